"""Monte Carlo simulation of a portfolio's value.

1. A portfolio that is brought back to its weights every session has one return; one that is
   bought and held has those of its assets. Their law is learnt from the history.
2. Paths are drawn and followed some at a time, and only their values at up to 63 sessions are
   kept: memory does not grow with the number of assets.
3. Every number comes with its Monte Carlo standard error.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import InputError, NotEnoughHistory
from forefolio.core.events import FanSlice, Job, Part, Progress, Started, finish
from forefolio.core.lazy import lazy
from forefolio.core.numerics import one_thread
from forefolio.core.units import Array, Days, read_only
from forefolio.market import read_weights_of
from forefolio.risk.simulation.clustered_paths import AnyReturnModel
from forefolio.risk.simulation.elliptical_kernel import ABREAST
from forefolio.risk.simulation.monte_carlo_kernel import follow
from forefolio.risk.simulation.paths import BlockBootstrap, Elliptical, Law, SimulatedPlan
from forefolio.risk.tails.measures import portfolio_returns

if TYPE_CHECKING:
    import pandas as pd

pandas: Any = lazy("pandas")

AT_ONCE = 250_000  # returns, which stay in the cache; the numbers drawn depend on it
POINTS = 63  # of a fan, at most
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
PREVIEWS = 5  # of the fan while it is simulated, at most
SLICES = 4  # of a preview, at most: the last session, and some before it
SOME = 20  # paths that are kept whole, to be drawn
SHORTEST = 60  # sessions that a law is learnt from


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateWithError:
    """A number, and its Monte Carlo standard error."""

    stored_as: ClassVar[str] = "Estimate"
    value: float
    error: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Simulation:
    """Values of a portfolio that begins at 1, over P paths.

    `paid_in` is that 1, and what was paid in later less what was taken out.
    """

    sessions: Array  # (K,) from 0 to the horizon
    levels: tuple[float, ...]
    fan: Array  # (K, Q) quantiles of the value at `levels`
    fan_error: Array  # (K, Q)
    final: Array  # (P,) values at the horizon, ascending
    lowest: Array  # (P,) lowest values at any close, ascending
    deepest: (
        Array  # (P,) depth of the maximum drawdowns at any close, positive fractions, ascending
    )
    some: Array  # (S, K) values of the first few paths at `sessions`
    paid_in: float

    def __post_init__(self) -> None:
        read_only(self.sessions, self.fan, self.fan_error, self.final, self.lowest, self.deepest)
        read_only(self.some)

    @property
    def mean(self) -> EstimateWithError:
        """Mean value at the horizon."""
        return _mean(self.final)

    @property
    def probability_of_loss(self) -> EstimateWithError:
        """How likely it is to end below what was paid in: without payments, where it began."""
        return _probability(int(np.searchsorted(self.final, self.paid_in)), len(self.final))

    def probability_of_reaching(self, goal: float) -> EstimateWithError:
        """How likely it is to end at `goal` times the beginning, or above."""
        below = int(np.searchsorted(self.final, goal))
        return _probability(len(self.final) - below, len(self.final))

    def probability_of_falling_below(self, floor: float) -> EstimateWithError:
        """How likely the value closes below `floor` at any session."""
        return _probability(int(np.searchsorted(self.lowest, floor)), len(self.lowest))

    def probability_of_drawdown(self, depth: float) -> EstimateWithError:
        """How likely it falls by `depth` or more, such as 0.2, from its highest close so far."""
        less = int(np.searchsorted(self.deepest, depth))
        return _probability(len(self.deepest) - less, len(self.deepest))

    def value_at_risk(self, level: float = 0.95) -> EstimateWithError:
        """Value at risk: the loss on what was paid in, exceeded with probability 1 - `level`."""
        value, error = _quantiles(self.final, (1.0 - level,))
        return EstimateWithError(value=self.paid_in - float(value[0]), error=float(error[0]))

    def expected_shortfall(self, level: float = 0.95) -> EstimateWithError:
        """Expected shortfall (CVaR): the mean loss of the worst share 1 - `level` of paths."""
        loss = self.value_at_risk(level).value
        beyond = _mean(np.maximum(self.paid_in - loss - self.final, 0.0) / (1.0 - level))
        return EstimateWithError(value=loss + beyond.value, error=beyond.error)

    def to_frame(self) -> pd.DataFrame:
        """The fan: a row per session, a column per level."""
        frame: pd.DataFrame = pandas.DataFrame(
            self.fan,
            index=pandas.Index(self.sessions.astype(int), name="session"),
            columns=list(self.levels),
        )
        return frame


class MonteCarlo(Component):
    """Simulate `paths` of a portfolio's value over a `horizon`, from a `seed`.

    The portfolio is rebalanced to its weights every session, or bought and held. Payments are
    split in the proportions held.

    >>> import numpy as np
    >>> history = np.random.default_rng(0).normal(0.0003, 0.01, (500, 2))
    >>> simulation = MonteCarlo(horizon=21, paths=500).run(np.array([0.6, 0.4]), history)
    >>> 0.0 < simulation.probability_of_loss.value < 1.0
    True
    """

    horizon: Days = Field(description="Sessions that are simulated.")
    paths: Annotated[int, Field(ge=100, le=1_000_000)] = Field(
        10_000, description="Number of simulated paths."
    )
    model: AnyReturnModel = Field(
        BlockBootstrap(), description="Model that the returns are drawn from."
    )
    rebalanced: bool = Field(
        True,
        description=(
            "Whether the portfolio is brought back to its weights every session; else "
            "bought and held."
        ),
    )
    flow: float = Field(
        0.0,
        json_schema_extra={"unit": "fraction of the beginning"},
        description=(
            "Payment into the portfolio (negative: out of it), as a fraction of its initial value."
        ),
    )
    flow_every: Days = Field(21, description="Sessions between two payments.")
    seed: int = Field(0, description="Seed of the simulated paths.")

    def run(self, weights: Any, history: Any, cash_return: float = 0.0) -> Simulation:
        """Simulate `weights` (N,) from the returns `history` (T, N); the rest of 1 is cash.

        Where the history is a frame, weights may be by ticker.
        Cash earns `cash_return` per session. Sessions without a return of an asset that is held
        are left out of the history.

        Raises:
            InputError: there is not one finite weight per asset, or `cash_return` is -1 or less.
            NotEnoughHistory: fewer sessions have every return than the model needs, or than 60.
            DataError: the returns do not vary, and the model needs them to.
        """
        return finish(self.steps(weights, history, cash_return))

    def steps(self, weights: Any, history: Any, cash_return: float = 0.0) -> Job[Simulation]:
        """The same as a job, which says how many paths are done."""
        if not cash_return > -1.0:
            raise InputError(f"cash_return is {cash_return}, must be above -1: all of it is lost")
        weights, history = read_weights_of(weights, history)
        returns = portfolio_returns(weights, history)
        if len(returns) < SHORTEST:
            raise NotEnoughHistory(SHORTEST, len(returns), "a simulation")
        cash = 1.0 - float(weights.sum())
        if not weights.any():  # cash, of which no model has anything to learn
            certain = BlockBootstrap().law(np.full((1, 1), cash_return))
            return (yield from self._simulate(certain, np.ones(1), 0.0, 0.0))
        if self.rebalanced:
            portfolio = (returns + cash * cash_return)[:, None]
            law = self.model.law(portfolio)
            return (yield from self._simulate(law, np.ones(1), 0.0, 0.0))
        holdings = np.flatnonzero(weights)
        complete = np.isfinite(history[:, holdings]).all(axis=1)
        law = self.model.law(history[complete][:, holdings])
        return (yield from self._simulate(law, weights[holdings], cash, cash_return))

    def _simulate(
        self, law: Law, weights: Array, cash: float, cash_return: float
    ) -> Job[Simulation]:
        plan = SimulatedPlan(
            weights=weights,
            cash=cash,
            cash_return=cash_return,
            flow=self.flow,
            flow_every=self.flow_every,
            horizon=self.horizon,
            stride=-(-self.horizon // POINTS),
        )
        values = np.empty((self.paths, -(-self.horizon // plan.stride)))
        ends = np.minimum(np.arange(1, values.shape[1] + 1) * plan.stride, self.horizon)
        extremes = np.empty((self.paths, 2))
        batch = _at_once(law, plan)
        rng = np.random.default_rng(self.seed)
        yield Started(stage="simulation", total=self.paths)
        for first in range(0, self.paths, batch):
            part = slice(first, min(first + batch, self.paths))
            with one_thread():
                _follow(law, rng, plan, values[part], extremes[part])
            yield Progress(stage="simulation", done=part.stop, total=self.paths)
            if part.stop * PREVIEWS // self.paths > first * PREVIEWS // self.paths:
                yield from _preview(ends, values[: part.stop])
        paid_in = 1.0 + self.flow * (self.horizon // self.flow_every)
        return _summary(ends.astype(np.float64), values, extremes, paid_in)


def _at_once(law: Law, plan: SimulatedPlan) -> int:
    """How many paths are simulated before it is said how many are done."""
    batch = max(AT_ONCE // (plan.horizon * len(plan.weights)), 1)
    return -(-batch // ABREAST) * ABREAST if isinstance(law, Elliptical) else batch


def _follow(
    law: Law, rng: np.random.Generator, plan: SimulatedPlan, values: Array, extremes: Array
) -> None:
    """Draw paths and write what becomes of what is held."""
    if isinstance(law, Elliptical):
        law.follow(rng, plan, values, extremes)
        return
    returns, room = law.draw(rng, len(values), plan.horizon), np.empty((1, len(plan.weights)))
    money = np.array([[plan.cash, plan.cash_return, plan.flow]])
    follow(returns, plan.weights, money, plan.stride, plan.flow_every, room, values, extremes)


def with_drift(history: Array, drift: float) -> Array:
    """The returns `history` (T, N), each asset's moved to a mean of `drift` per session.

    Deviations from the mean stay as they were.
    """
    if not np.isfinite(history).any():
        return history
    moved: Array = history - np.nanmean(history, axis=0, keepdims=True) + drift
    return moved


def _preview(ends: Array, values: Array) -> Iterator[Part]:
    """Slices of the fan of the paths so far, (P, K) values after the sessions `ends` (K,)."""
    count = min(SLICES, len(ends))
    for column in np.arange(1, count + 1) * len(ends) // count - 1:
        at, _ = _quantiles(np.sort(values[:, column]), LEVELS)
        fan = FanSlice(session=int(ends[column]), levels=LEVELS, values=tuple(at.tolist()))
        yield Part(stage="simulation", part=fan)


def _summary(ends: Array, values: Array, extremes: Array, paid_in: float) -> Simulation:
    fan, error = np.ones((len(ends) + 1, len(LEVELS))), np.zeros((len(ends) + 1, len(LEVELS)))
    for row, column in enumerate(np.sort(values.T, axis=1), 1):
        fan[row], error[row] = _quantiles(column, LEVELS)
    lowest, deepest = np.sort(extremes.T, axis=1)
    return Simulation(
        sessions=np.append(0.0, ends),
        levels=LEVELS,
        fan=fan,
        fan_error=error,
        final=np.sort(values[:, -1]),
        lowest=lowest,
        deepest=deepest,
        some=np.column_stack((np.ones(len(values[:SOME])), values[:SOME])),
        paid_in=paid_in,
    )


def _quantiles(ascending: Array, levels: tuple[float, ...]) -> tuple[Array, Array]:
    """Quantiles and their errors: half the distance of those one error of rank away."""
    count, at = len(ascending), np.array(levels)
    rank, spread = at * (count - 1), np.sqrt(at * (1.0 - at) * count)
    place = np.arange(count)
    value = np.interp(rank, place, ascending)
    above, below = (np.interp(rank + step, place, ascending) for step in (spread, -spread))
    return value, (above - below) / 2.0


def _probability(cases: int, paths: int) -> EstimateWithError:
    """A share of paths; the error is that of a share with one more case of either kind."""
    cautious = (cases + 1) / (paths + 2)
    return EstimateWithError(
        value=cases / paths, error=float(np.sqrt(cautious * (1 - cautious) / paths))
    )


def _mean(values: Array) -> EstimateWithError:
    return EstimateWithError(
        value=float(values.mean()), error=float(values.std() / np.sqrt(len(values)))
    )
