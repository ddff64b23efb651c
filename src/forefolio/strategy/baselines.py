"""Baseline strategies, which forecasts have to beat.

All of them weigh the assets that are `alive`; the others have weight zero.
"""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from math import ceil
from typing import Annotated, ClassVar, Literal, TypeAlias

import numpy as np
from pydantic import Field

from forefolio.core.component import Component, OneOf
from forefolio.core.errors import DataError, NotEnoughHistory
from forefolio.core.events import Job
from forefolio.core.units import Array, Dates, Days, DaysAhead, Flags, Money, Share
from forefolio.forecast import (
    Dataset,
    Forecast,
    Forecaster,
    HistoricalMean,
    PooledMean,
    ShrunkMean,
)
from forefolio.forecast.base import latest
from forefolio.market import Market
from forefolio.market.cleaning.alignment import last_own, last_returns
from forefolio.optimize import (
    Allocation,
    AnyOptimizer,
    Basis,
    MaximumSharpe,
    Optimizer,
    Outlook,
    outlook_for,
)
from forefolio.risk import AnyRiskModel, LedoitWolf
from forefolio.strategy.alongside import estimated
from forefolio.strategy.base import Policy
from forefolio.strategy.limits import unlimited_optimizer

HISTORY = 126  # sessions; enough for its covariance with every other asset, holes included
MOSTLY = 0.9  # of those sessions an asset must have traded on

AnyMean: TypeAlias = Annotated[Forecaster, OneOf(ShrunkMean, HistoricalMean, PooledMean)]

Weigh: TypeAlias = Callable[[Market], Array]
"""Weights (M,) for a market of M assets that are all alive."""


class EqualWeight(Component):
    """The same weight in everything that trades (DeMiguel, Garlappi and Uppal 2009, "1/N").

    >>> import forefolio as ff
    >>> market = ff.simulated_market(seed=1, sessions=300, assets=4)
    >>> ff.AllocationStrategy(ff.EqualWeight()).allocate(market).weights.round(3).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """

    kind: Literal["equal_weight"] = "equal_weight"

    @property
    def name(self) -> str:
        """What tables call it."""
        return "equal weight"

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:  # noqa: ARG002
        """Nothing to prepare."""
        return _ready(self.decide)

    def decide(self, snapshot: Market, current: Array) -> Allocation:  # noqa: ARG002
        """1 / M of the value in each of the M assets that trade."""
        return weigh_alive(snapshot, 1, self.kind, lambda held: equal(len(held.assets)))


class InverseVolatility(Component):
    """Weights proportional to 1 / volatility over the last `window` sessions.

    >>> import forefolio as ff
    >>> market = ff.simulated_market(seed=1, sessions=300, assets=4)
    >>> ff.AllocationStrategy(ff.InverseVolatility()).allocate(market).weights.round(3).tolist()
    [0.305, 0.282, 0.216, 0.197]
    """

    kind: Literal["inverse_volatility"] = "inverse_volatility"
    window: Days = Field(
        63, description="Sessions of returns that the volatilities are measured on."
    )

    @property
    def name(self) -> str:
        """What tables call it."""
        return "inverse volatility"

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:  # noqa: ARG002
        """Nothing to prepare."""
        return _ready(self.decide)

    def decide(self, snapshot: Market, current: Array) -> Allocation:  # noqa: ARG002
        """Weights (N,) by 1 / volatility; zero for an asset that did not move."""
        return weigh_alive(snapshot, self.window + 1, self.kind, self._weigh)

    def _weigh(self, held: Market) -> Array:
        volatility = np.sqrt(np.nanmean(last_returns(held, self.window) ** 2, axis=0))
        inverse = np.divide(1.0, volatility, out=np.zeros(len(volatility)), where=volatility > 0)
        return inverse / inverse.sum() if inverse.any() else equal(len(inverse))


class Momentum(Component):
    """Equal weight in the `top` share of assets by the return of `window` sessions before `skip`.

    Jegadeesh and Titman 1993, "Returns to buying winners and selling losers"; with the last month
    left out, because it tends to reverse.

    >>> import forefolio as ff
    >>> market = ff.simulated_market(seed=1, sessions=300, assets=4)
    >>> rule = ff.Momentum(window=60, skip=5, top=0.5)
    >>> ff.AllocationStrategy(rule).allocate(market).weights.tolist()
    [0.5, 0.5, 0.0, 0.0]
    """

    stored_as: ClassVar[str] = "MomentumStrategy"
    kind: Literal["momentum"] = "momentum"
    window: Days = Field(231, description="Sessions over which the return is measured.")
    skip: Days = Field(21, description="Latest sessions that are left out.")
    top: Share = Field(
        0.3, description="Share of the assets, those of the highest return, that is held."
    )

    @property
    def name(self) -> str:
        """What tables call it."""
        return "momentum"

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:  # noqa: ARG002
        """Nothing to prepare."""
        return _ready(self.decide)

    def decide(self, snapshot: Market, current: Array) -> Allocation:  # noqa: ARG002
        """Equal weights of the winners, at least one."""
        return weigh_alive(snapshot, self.window + self.skip + 1, self.kind, self._weigh)

    def _weigh(self, held: Market) -> Array:
        count = len(held.assets)
        winners = np.argsort(-self._growth(held), kind="stable")[: max(1, round(self.top * count))]
        weights = np.zeros(count)
        weights[winners] = 1.0 / len(winners)
        return weights

    def _growth(self, held: Market) -> Array:
        past = last_own(held.close, self.window + self.skip + 1)[: self.window + 1]
        traded, asset = np.isfinite(past), np.arange(len(held.assets))
        first, last = traded.argmax(axis=0), len(past) - 1 - traded[::-1].argmax(axis=0)
        growth: Array = past[last, asset] / past[first, asset] - 1.0
        return growth


class Classical(Component):
    """Mean-variance optimisation of past means and covariances, both shrunk.

    Markowitz 1952, with the covariance of Ledoit and Wolf 2004, over a `horizon` of sessions.
    `capital` is what market impact is planned for, where the `optimizer` has it in its objective.

    >>> import forefolio as ff
    >>> market = ff.simulated_market(seed=1, sessions=300, assets=4)
    >>> ff.AllocationStrategy(ff.Classical()).allocate(market).weights.round(3).tolist()
    [0.385, 0.092, 0.316, 0.207]
    """

    kind: Literal["classical"] = "classical"
    mean: AnyMean = Field(
        ShrunkMean(), description="How expected returns are estimated from the past."
    )
    risk: AnyRiskModel = Field(
        LedoitWolf(), description="How the covariance is estimated from the past."
    )
    optimizer: AnyOptimizer = Field(
        MaximumSharpe(), description="Objective that chooses the weights."
    )
    horizon: DaysAhead = Field(
        21, description="Sessions that the forecast of return and risk covers."
    )
    capital: Money | None = Field(
        None,
        description="Value of the portfolio, for an objective that plans market impact.",
        json_schema_extra={"advanced": True},
    )

    @property
    def name(self) -> str:
        """What tables call it."""
        return "classical"

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:  # noqa: ARG002
        """Nothing to prepare: it is fitted at each decision."""
        return _ready(self.decide)

    def decide(self, snapshot: Market, current: Array) -> Allocation:
        """The portfolio that the optimiser finds from past returns.

        Raises:
            NotEnoughHistory: no asset has traded on enough of the last `HISTORY` sessions.
            OptimizationError: the optimiser found no portfolio.
        """
        return self.decide_by(lambda _: self.optimizer, snapshot, current)

    @property
    def unlimited(self) -> "Classical":
        """The same without the limits of its objective."""
        return self.model_copy(update={"optimizer": unlimited_optimizer(self.optimizer)})

    def decide_by(
        self, choose: Callable[[Outlook], Optimizer], snapshot: Market, current: Array
    ) -> Allocation:
        """`decide`, by the optimiser that is chosen when the estimates are known."""
        by = Classical, self.mean, self.risk, self.horizon, self.capital
        among, outlook = estimated(snapshot, by, lambda: self._estimates(snapshot))
        outlook = replace(outlook, current=current[among])
        chosen = choose(outlook).allocate(outlook).spread(snapshot.assets, among)
        mean_by = f"the {kind_of(self.mean)} of past returns"
        return replace(chosen, basis=Basis.of(outlook, mean_by, kind_of(self.risk)))

    def _estimates(self, snapshot: Market) -> tuple[Flags, Outlook]:
        """Which assets are alive, and what is thought of them, as if none were held."""
        among = _some_alive(snapshot, HISTORY, self.name)
        held = only(snapshot, among)
        nothing = np.zeros(len(held.assets))
        outlook = outlook_for(held, self._forecast(held), self.risk, nothing, self.capital)
        return among, outlook.listed_in(snapshot)

    def _forecast(self, held: Market) -> Forecast:
        past = Dataset.of_prices(held, self.horizon)
        return latest(self.mean.fit(past), past).at(held.sessions[-1])


def kind_of(component: object) -> str:
    """The kind of a component in words."""
    return str(getattr(component, "kind", type(component).__name__)).replace("_", " ")


def alive(market: Market, needed: int = HISTORY) -> Flags:
    """Assets (N,) that are not `Market.silent` and traded on nine in ten of `needed` own sessions.

    The sessions are those up to each asset's last close: an asset that is closed at the last
    session of the market, for a weekend or a holiday, is alive, and is traded when it opens.
    """
    if len(market) < needed:
        return np.zeros(len(market.assets), dtype=np.bool_)
    since, silent = market.silence
    loud, last = ~silent, len(market) - since
    rows = np.ceil(needed / np.maximum(market.share_of_sessions, 1.0 / len(market)))
    first = np.maximum(last - rows, 0.0).astype(np.intp)
    begin = int(first[loud].min(initial=len(market)))  # what was before counts for none of them
    span = np.arange(begin, len(market))[:, None]
    own = (np.isfinite(market.close[begin:]) & (span >= first)).sum(axis=0)
    return np.asarray(loud & (own >= ceil(MOSTLY * needed)))


def weigh_alive(snapshot: Market, needed: int, method: str, weigh: Weigh) -> Allocation:
    """Weigh the assets that are alive, and spread the weights over all: zero elsewhere.

    Raises:
        DataError: nothing is alive at the last session.
        NotEnoughHistory: no asset has traded on enough of the last `needed` sessions.
    """
    among = _some_alive(snapshot, needed, method.replace("_", " "))
    held = only(snapshot, among)
    allocation = Allocation(assets=held.assets, weights=weigh(held), method=method)
    return allocation.spread(snapshot.assets, among)


def _some_alive(snapshot: Market, needed: int, what: str) -> Flags:
    among = alive(snapshot, needed)
    if among.any():
        return among
    if snapshot.silent.all():
        raise DataError(
            f"no asset has traded lately on {snapshot.sessions[-1]}: {what} has nothing to choose"
        )
    traded = np.isfinite(snapshot.close[-needed:]).sum(axis=0).max()
    raise NotEnoughHistory(needed, int(traded), what)


def only(snapshot: Market, among: Flags) -> Market:
    """The market of the assets where `among` (N,) is True."""
    if among.all():
        return snapshot
    return snapshot.select([a for a, on in zip(snapshot.assets, among, strict=True) if on])


def _ready(policy: Policy) -> Job[Policy]:
    yield from ()
    return policy


def equal(count: int) -> Array:
    """Equal weights (N,)."""
    return np.full(count, 1.0 / count)
