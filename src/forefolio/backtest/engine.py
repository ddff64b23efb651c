"""The backtest: one decision after the other, each from the holdings that the last one left.

1. What does not depend on holdings is computed first, in parallel (`Strategy.prepare`).
2. At each decision `_decide` gives the policy `market.as_of(date)` and the current weights; the
   policy returns target weights.
3. `Ledger.follow` trades towards them in the next session, pays the costs and values the holdings
   at every close until the next decision; `kernels.py` holds the arithmetic of one session.
4. A checkpoint stores the decisions made so far. A resumed run replays them through the ledger,
   which takes milliseconds and gives the same bits.
5. A ruined account makes no more decisions.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Self

import numpy as np

from forefolio.backtest.account_state import Decision
from forefolio.backtest.ledger import Ledger
from forefolio.backtest.result import BacktestRemark, BacktestResult
from forefolio.backtest.trading import Trading, scheduled
from forefolio.core.errors import (
    ForefolioError,
    LookAhead,
    RunCancelled,
    UnclearName,
    UnknownWeights,
)
from forefolio.core.events import Checkpoint, Job, Note, Progress, Started
from forefolio.core.market_argument import takes_market
from forefolio.core.numerics import one_thread
from forefolio.core.units import Array
from forefolio.market import Market
from forefolio.optimize import Allocation, Universe, check_names
from forefolio.strategy import Policy, Strategy

CHECKPOINTS = 20  # at most, per backtest: what they hold together grows with D, not with D squared


@dataclass(slots=True)
class _Decisions:
    targets: list[Array] = field(default_factory=list)
    failures: list[BacktestRemark] = field(default_factory=list)
    notes: list[BacktestRemark] = field(default_factory=list)

    def dump(self) -> dict[str, Any]:
        raw = np.array(self.targets, dtype="<f8").tobytes()
        return {
            "decisions": len(self.targets),
            "targets": b64encode(raw).decode(),
            "failures": [remark.to_dict() for remark in self.failures],
            "notes": [remark.to_dict() for remark in self.notes],
        }

    @classmethod
    def load(cls, raw: Mapping[str, Any]) -> Self:
        flat = np.frombuffer(b64decode(raw["targets"]), dtype="<f8")
        return cls(
            list(flat.reshape(raw["decisions"], -1)),
            [BacktestRemark.from_dict(remark) for remark in raw["failures"]],
            [BacktestRemark.from_dict(remark) for remark in raw["notes"]],
        )


@takes_market
def backtest(
    strategy: Strategy,
    trading: Trading,
    market: Market,
    executor: Executor,
    resume: dict[str, Any] | None = None,
) -> Job[BacktestResult]:
    """Backtest `strategy` on `market`, a job: `finish(backtest(...))` runs it.

    A decision that fails is recorded in the result's `failures`, and the holdings stay.

    Args:
        strategy: gives target weights at each decision, from `market.as_of` that session only.
        trading: decision dates, costs, cash rate, capital.
        market: T sessions of N assets.
        executor: runs what does not depend on holdings, such as forecasts.
        resume: the state of a checkpoint of this job, to go on from it.

    Returns:
        Equity, weights, trades and costs from the first decision to the last session.

    >>> from forefolio.core.events import finish
    >>> from forefolio.market import simulated_market
    >>> from forefolio.runs.executors import executor
    >>> from forefolio.strategy import EqualWeight
    >>> market = simulated_market(seed=1, sessions=600, assets=5)
    >>> with executor("inline:") as inline:
    ...     result = finish(backtest(EqualWeight(), Trading(warmup=252), market, inline))
    >>> result.weights.shape
    (349, 5)

    Raises:
        NotEnoughHistory: the market has no decision date after the warm-up.
        UnknownWeights: a decision lacks the weight of an asset.
        UnclearName: a limit of the strategy names an asset or sector that the market never has.
    """
    check_names(strategy, Universe.of(market))
    stage = f"backtest:{strategy.name}"
    ledger = Ledger(market, scheduled(strategy, trading))
    total = len(ledger.rows)
    decisions = _Decisions.load(resume) if resume else _Decisions()
    yield Started(stage=stage, total=total)
    policy = yield from strategy.prepare(market, ledger.dates, executor)
    for target in decisions.targets:
        ledger.follow(target)
    while ledger.done < total and not ledger.ruined:
        yield from _decide(strategy.name, policy, ledger, decisions)
        if ledger.done % ceil(total / CHECKPOINTS) == 0:
            yield Checkpoint(stage=stage, state=decisions.dump())
        yield Progress(stage=stage, done=ledger.done, total=total)
    if ledger.done < total:
        yield Progress(stage=stage, done=total, total=total)
    notes = (*decisions.notes, *_failed_decisions(decisions, ledger))
    return ledger.result(strategy.name, tuple(decisions.failures), notes)


@takes_market
def allocate(
    strategy: Strategy, market: Market, executor: Executor, current: Array
) -> Job[Allocation]:
    """Target weights for the next session, from the weights `current` (N,): a backtest's last step.

    Raises:
        UnknownWeights: the decision lacks the weight of an asset.
        UnclearName: a limit of the strategy names an asset or sector that the market never has.
    """
    check_names(strategy, Universe.of(market))
    policy = yield from strategy.prepare(market, market.sessions[-1:], executor)
    return _made(policy, strategy.name, market, current)


def _decide(name: str, policy: Policy, ledger: Ledger, decisions: _Decisions) -> Job[None]:
    """Make the next decision and trade it; where it fails, keep the holdings."""
    snapshot = ledger.market.as_of(ledger.dates[ledger.done])
    made = yield from decide(name, policy, snapshot, ledger.current)
    decisions.notes.extend(made.notes)
    decisions.failures.extend(made.failures)
    decisions.targets.append(made.target)
    ledger.follow(made.target)


def decide(name: str, policy: Policy, snapshot: Market, current: Array) -> Job[Decision]:
    """The decision after the last session of a market; where it fails, there is no order."""
    date, nothing = snapshot.sessions[-1], np.full(len(snapshot.assets), np.nan)
    try:
        allocation = _made(policy, name, snapshot, current)
    except (LookAhead, RunCancelled, UnknownWeights, UnclearName):
        raise
    except ForefolioError as error:
        yield Note(code=error.code, message=f"{error}; holdings stay", about=str(date))
        failure = BacktestRemark(date, error.code, str(error))
        return Decision(target=nothing, failures=(failure,))
    notes = tuple(BacktestRemark(date, "allocation", note) for note in allocation.notes)
    target = allocation.weights if allocation.is_order else nothing
    return Decision(target=target, made=allocation, notes=notes)


def _failed_decisions(decisions: _Decisions, ledger: Ledger) -> tuple[BacktestRemark, ...]:
    """A remark on how many decisions failed, if any did: the holdings were not the strategy's."""
    failed, total = len(decisions.failures), len(ledger.rows)
    message = f"{failed} of {total} decisions could not be made; the holdings stayed as they were"
    return (
        (BacktestRemark(decisions.failures[-1].session, "holdings_stayed", message),)
        if failed
        else ()
    )


def _made(policy: Policy, name: str, snapshot: Market, current: Array) -> Allocation:
    """The decision, by one thread: matrices of some assets are no work to share out.

    On a busy machine threads that wait for each other make a backtest several times as slow.
    """
    with one_thread():
        return _checked(policy(snapshot, current), name, snapshot)


def _checked(allocation: Allocation, strategy: str, market: Market) -> Allocation:
    """The allocation, if every asset has a weight: NaN is neither cash nor no order."""
    weights, date = np.asarray(allocation.weights, dtype=np.float64), str(market.sessions[-1])
    if weights.shape != (len(market.assets),):
        raise UnknownWeights(strategy, date, market.assets)
    unknown = np.flatnonzero(~np.isfinite(weights))
    if len(unknown):
        raise UnknownWeights(strategy, date, [market.assets[place] for place in unknown])
    return allocation
