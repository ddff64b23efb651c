"""The backtest: a fold over decisions, because each decision depends on the last.

1. What does not depend on holdings is made first, in parallel (`Strategy.prepare`).
2. At each decision the policy sees `market.as_of(date)` and the weights it holds.
3. The `Ledger` trades in the next session, pays the costs and lets prices move the holdings.
4. The decisions made so far are all there is to remember: a run that resumes replays them through
   the ledger, which takes milliseconds, and ends with the same bits.
5. A ruined account decides nothing any more.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Self

import numpy as np

from forefolio.backtest.ledger import Ledger
from forefolio.backtest.result import BacktestResult, Remark
from forefolio.backtest.trading import Trading
from forefolio.core.errors import (
    ForefolioError,
    LookAhead,
    RunCancelled,
    UnclearName,
    UnknownWeights,
)
from forefolio.core.events import Checkpoint, Job, Note, Progress, Started
from forefolio.core.market_argument import takes_market
from forefolio.core.units import Array
from forefolio.market import Market
from forefolio.optimize import Allocation, Universe, check_names
from forefolio.strategy import Policy, Strategy

CHECKPOINTS = 20  # at most, per backtest: what they hold together grows with D, not with D squared


@dataclass(slots=True)
class _Decisions:
    targets: list[Array] = field(default_factory=list)
    failures: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)

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
            [Remark.from_dict(remark) for remark in raw["failures"]],
            [Remark.from_dict(remark) for remark in raw["notes"]],
        )


@takes_market
def backtest(
    strategy: Strategy,
    trading: Trading,
    market: Market,
    executor: Executor,
    resume: dict[str, Any] | None = None,
) -> Job[BacktestResult]:
    """Follow `strategy` through `market`; `resume` is the state of any checkpoint of this job.

    A decision that fails is recorded in the result's `failures`, and the holdings stay.

    Raises:
        NotEnoughHistory: there is no decision to be made after the warm-up.
        UnknownWeights: a decision did not say what to hold of something.
        UnclearName: a limit of the strategy names what the market has at no session.
    """
    check_names(strategy, Universe.of(market))
    stage = f"backtest:{strategy.name}"
    ledger = Ledger(market, trading)
    total = len(ledger.rows)
    made = _Decisions.load(resume) if resume else _Decisions()
    yield Started(stage=stage, total=total)
    policy = yield from strategy.prepare(market, ledger.dates, executor)
    for target in made.targets:
        ledger.follow(target)
    while ledger.done < total and not ledger.ruined:
        yield from _decide(strategy.name, policy, ledger, made)
        if ledger.done % ceil(total / CHECKPOINTS) == 0:
            yield Checkpoint(stage=stage, state=made.dump())
        yield Progress(stage=stage, done=ledger.done, total=total)
    if ledger.done < total:
        yield Progress(stage=stage, done=total, total=total)
    notes = (*made.notes, *_stayed(made, ledger))
    return ledger.result(strategy.name, tuple(made.failures), notes)


@takes_market
def allocate(
    strategy: Strategy, market: Market, executor: Executor, current: Array
) -> Job[Allocation]:
    """Decide once, now, holding the weights `current` (N,): the last step of a backtest.

    Raises:
        UnknownWeights: the decision does not say what to hold of something.
        UnclearName: a limit of the strategy names what the market has at no session.
    """
    check_names(strategy, Universe.of(market))
    policy = yield from strategy.prepare(market, market.sessions[-1:], executor)
    return _checked(policy(market, current), strategy.name, market)


def _decide(name: str, policy: Policy, ledger: Ledger, made: _Decisions) -> Job[None]:
    """Make the next decision and follow it; where none can be made, follow none."""
    date = ledger.dates[ledger.done]
    target = np.full(len(ledger.market.assets), np.nan)
    try:
        known = ledger.market.as_of(date)
        allocation = _checked(policy(known, ledger.current), name, known)
        target = allocation.weights
        made.notes.extend(Remark(date, "allocation", note) for note in allocation.notes)
    except (LookAhead, RunCancelled, UnknownWeights, UnclearName):
        raise
    except ForefolioError as error:
        made.failures.append(Remark(date, error.code, str(error)))
        yield Note(code=error.code, message=f"{error}; holdings stay", about=str(date))
    made.targets.append(target)
    ledger.follow(target)


def _stayed(made: _Decisions, ledger: Ledger) -> tuple[Remark, ...]:
    """How much of a result is not the strategy's, but what was left lying."""
    failed, total = len(made.failures), len(ledger.rows)
    told = f"{failed} of {total} decisions could not be made; what was held then stayed"
    return (Remark(made.failures[-1].session, "holdings_stayed", told),) if failed else ()


def _checked(allocation: Allocation, strategy: str, known: Market) -> Allocation:
    """The allocation, which says of every asset what to hold: NaN is neither cash nor no order."""
    weights, date = np.asarray(allocation.weights, dtype=np.float64), str(known.sessions[-1])
    if weights.shape != (len(known.assets),):
        raise UnknownWeights(strategy, date, known.assets)
    if unknown := [a for a, w in zip(known.assets, weights, strict=True) if not np.isfinite(w)]:
        raise UnknownWeights(strategy, date, unknown)
    return allocation
