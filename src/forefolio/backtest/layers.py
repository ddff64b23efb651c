"""Ex ante and ex post: what each layer of the weights was expected to earn, and what it earned.

1. What is held is a sum of layers: equal weights; how much is invested; what choosing by risk and
   by the past changes; what forecasts change; what limits change; and what the weights have drifted
   by since.
2. A layer's return over cash is the one its decision expected, and luck. With interest and costs
   the layers add up to the return of every session, and so do expectation, luck and costs.
3. What would have been held without limits, and without forecasts too, is decided anew at each
   decision, from the same past and the same holdings.

The layers are those of Clarke, de Silva and Thorley 2002, "Portfolio constraints and the
fundamental law of active management", taken over time as Carino 1999 does.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Self, TypeAlias, TypeGuard

import numpy as np

from forefolio.backtest.attribution import attribution
from forefolio.backtest.result import BacktestResult
from forefolio.core.errors import ForefolioError, LookAhead, RunCancelled, UnclearName
from forefolio.core.events import Job, Progress, Started
from forefolio.core.units import Array, Dates, Flags, read_only
from forefolio.market import Market
from forefolio.optimize import Allocation
from forefolio.strategy import (
    ForecastStrategy,
    Policy,
    RiskOnTarget,
    Scaling,
    Strategy,
    without_forecasts,
    without_limits,
)
from forefolio.strategy.baselines import alive
from forefolio.strategy.plain import by_itself

LAYERS = ("equal weights", "amount", "risk", "forecasts", "limits", "drift")
STAGE = "layers"

Expected: TypeAlias = Callable[[np.datetime64, Allocation | None], Array]
"""Returns per session (N,) that a decision expects, NaN where nothing is.

It is given the decision's session and what was decided, None where that failed.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layered:
    """A strategy, the same without its limits, and that without forecasts too.

    None stands for what is the same as the one before. `is_scaled`: whether it is shown holdings
    brought to their full size, as overlays do.
    """

    whole: Strategy
    unlimited: Strategy | None
    plain: Strategy | None
    is_scaled: bool

    @classmethod
    def of(cls, strategy: Strategy) -> Self:
        """That of what a strategy scales, at any depth, or of itself.

        >>> from forefolio.strategy import Classical, EqualWeight, VolatilityTarget
        >>> Layered.of(VolatilityTarget(strategy=EqualWeight())).whole.name
        'equal weight'
        """
        is_scaled = False
        while _scales(strategy):
            is_scaled = not isinstance(strategy, RiskOnTarget)  # what that goes by is whole
            strategy = strategy.strategy
        unlimited = without_limits(strategy)
        plain = without_forecasts(unlimited)
        return cls(
            whole=strategy,
            unlimited=None if unlimited == strategy else unlimited,
            plain=None if plain == unlimited else plain,
            is_scaled=is_scaled,
        )

    def shown(self, holdings: Array) -> Array:
        """What the strategy is shown of holdings (N,)."""
        return by_itself(holdings) if self.is_scaled else holdings

    def each(self, change: Callable[[Strategy], Strategy]) -> Self:
        """The same with a change made to all three, such as forecasts that are made already."""
        others = (self.unlimited, self.plain)
        unlimited, plain = (None if one is None else change(one) for one in others)
        return replace(self, whole=change(self.whole), unlimited=unlimited, plain=plain)


def _scales(strategy: Strategy) -> TypeGuard[Scaling]:
    return isinstance(strategy, Scaling) and not isinstance(strategy, ForecastStrategy)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LayerReturns:
    """What the layers of the weights were expected to earn over cash, and earned, by session.

    `realised[:, k]` is that of `LAYERS[k]`; interest and costs (negative) make the return whole.
    `linking` are what each session counts in a sum over time that comes to the annual return.
    """

    sessions: Dates  # (T,)
    expected: Array  # (T, L)
    realised: Array  # (T, L)
    interest: Array  # (T,) on all of the account
    costs: Array  # (T,)
    linking: Array  # (T,)
    periods_per_year: float

    def __post_init__(self) -> None:
        read_only(self.sessions, self.expected, self.realised, self.interest, self.costs)

    @property
    def luck(self) -> Array:
        """What came beyond expectation (T, L)."""
        beyond: Array = self.realised - self.expected
        return beyond

    @property
    def total(self) -> Array:
        """The return (T,) of each session: expectation and luck of all layers, interest, costs."""
        layers = self.expected.sum(axis=1) + self.luck.sum(axis=1)
        summed: Array = layers + self.interest + self.costs
        return summed

    def annual(self, part: Array) -> Array:
        """What a part (T, ...) adds to the annual return."""
        added: Array = self.linking @ part
        return added


def layer_returns(
    layered: Layered,
    result: BacktestResult,
    market: Market,
    executor: Executor,
    expected: Expected,
    decided: Mapping[np.datetime64, Array],
) -> Job[LayerReturns]:
    """Take a backtest's return apart into layers, each expected and realised.

    Args:
        layered: whose weights `result` holds, or scales.
        result: the backtest on `market`.
        expected: what was expected at a session, where the decision itself does not say.
        decided: holdings (N,) that weights were decided from, by session; at other decisions they
            were scaled.

    Raises:
        InputError: the account was ruined.
    """
    parts = attribution(result)
    weights, means = yield from _decisions(layered, result, market, executor, expected, decided)
    rows = _decision_of(result)
    first = len(market) - len(result)
    over_cash = np.nan_to_num(market.held_returns[first + 1 :]) - result.cash_returns[1:, None]
    mean, expected_of, decided_on = means[rows], [], []
    for layer in weights:  # one at a time: of all sessions they are large
        held = layer[rows]
        expected_of.append(_earned(held, mean))
        decided_on.append(_earned(held, over_cash))
    drift = result.weights[:-1] - weights.sum(axis=0)[rows]
    expected_of.append(_earned(drift, mean))
    chosen = np.stack(decided_on, axis=1)
    invested = parts.total - result.cash_returns[1:] - parts.costs
    return LayerReturns(
        sessions=parts.sessions,
        expected=np.stack(expected_of, axis=1),
        realised=np.column_stack([chosen, invested - chosen.sum(axis=1)]),
        interest=result.cash_returns[1:].copy(),
        costs=parts.costs,
        linking=parts.weights,
        periods_per_year=result.periods_per_year,
    )


def _earned(weights: Array, returns: Array) -> Array:
    """What weights (T, N) earn by returns (T, N) of the same sessions: (T,)."""
    earned: Array = np.einsum("tn,tn->t", weights, returns)
    return earned


def _decision_of(result: BacktestResult) -> Array:
    """The number (T,) of the decision that each session's weights go by; the last row: of none."""
    traded = result.decisions + 1
    last = np.searchsorted(traded, np.arange(len(result) - 1), side="right") - 1
    of_each: Array = np.where(last < 0, len(traded), last)
    return of_each


def _decisions(
    layered: Layered,
    result: BacktestResult,
    market: Market,
    executor: Executor,
    expected: Expected,
    decided: Mapping[np.datetime64, Array],
) -> Job[tuple[Array, Array]]:
    """Layers (L - 1, D + 1, N) of every decision, and expected returns over cash (D + 1, N).

    The last of either is nothing: what was held before the first trade.
    """
    policies = yield from _prepared(layered, market, np.array([*decided]), executor)
    count, assets = len(result.decisions), len(result.assets)
    weights = np.zeros((len(LAYERS) - 1, count + 1, assets))
    means = np.zeros((count + 1, assets))
    yield Started(stage=STAGE, total=count)
    for number, row in enumerate(result.decisions.tolist()):
        session, target = result.sessions[row], result.targets[number]
        before = weights[:, number - 1], means[number - 1]
        if np.isnan(target).any():
            weights[:, number], means[number] = before
        elif session not in decided:
            weights[:, number], means[number] = _scaled(target, *before)
        else:
            snapshot, current = market.as_of(session), layered.shown(decided[session])
            allocation = _allocated(policies.whole, snapshot, current)
            weights[:, number] = _layers(policies, snapshot, current, allocation, target)
            over_cash = expected(session, allocation) - result.cash_returns[row]
            means[number] = np.nan_to_num(over_cash)
            yield Progress(stage=STAGE, done=number + 1, total=count)
    yield Progress(stage=STAGE, done=count, total=count)
    return weights, means


@dataclass(frozen=True, slots=True)
class _Policies:
    """The rules of a `Layered`."""

    whole: Policy
    unlimited: Policy | None
    plain: Policy | None


def _prepared(
    layered: Layered, market: Market, decided: Dates, executor: Executor
) -> Job[_Policies]:
    each: list[Policy | None] = []
    for one in (layered.unlimited, layered.plain):
        made = None if one is None else (yield from one.prepare(market, decided, executor))
        each.append(made)
    whole = yield from layered.whole.prepare(market, decided, executor)
    return _Policies(whole, *each)


def _layers(
    policies: _Policies,
    snapshot: Market,
    current: Array,
    allocation: Allocation | None,
    target: Array,
) -> Array:
    """The layers (L - 1, N) of a target that is an allocation of the whole strategy, scaled."""
    own = target if allocation is None else allocation.weights
    scale = _ratio(target, own)
    free = _weights(policies.unlimited, snapshot, current, own)
    by_risk = _weights(policies.plain, snapshot, current, free)
    equal = _equal(alive(snapshot))
    steps = [equal, scale * by_risk.sum() * equal, scale * by_risk, scale * free, target]
    return np.diff(steps, axis=0, prepend=np.zeros((1, len(target))))


def _allocated(policy: Policy, snapshot: Market, current: Array) -> Allocation | None:
    """What a policy decides; None where it fails."""
    try:
        return policy(snapshot, current)
    except (LookAhead, RunCancelled, UnclearName):
        raise
    except ForefolioError:
        return None


def _weights(policy: Policy | None, snapshot: Market, current: Array, otherwise: Array) -> Array:
    made = None if policy is None else _allocated(policy, snapshot, current)
    return otherwise if made is None else made.weights


def _scaled(target: Array, layers: Array, mean: Array) -> tuple[Array, Array]:
    """Layers brought to the size of a target, in which nothing but the amount invested changed."""
    scaled = layers * _ratio(target, layers.sum(axis=0))
    scaled[1] += scaled[0] - layers[0]
    scaled[0] = layers[0]
    return scaled, mean


def _ratio(target: Array, weights: Array) -> float:
    size = float(np.abs(weights).sum())
    return float(np.abs(target).sum()) / size if size > 0 else 0.0


def _equal(among: Flags) -> Array:
    """Equal weights (N,) of the assets where `among` is True."""
    return among / max(int(among.sum()), 1)
