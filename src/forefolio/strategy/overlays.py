"""Overlays: a strategy scaled down while its risk is high, with cash for the rest.

An overlay multiplies all weights of the strategy it holds by one number between 0 and 1, which
depends on prices up to that close alone.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from math import sqrt
from typing import Literal, TypeAlias

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.events import Job
from forefolio.core.units import AnnualVolatility, Array, Dates, Days, Share
from forefolio.market import Market
from forefolio.market.own_sessions import own_growth
from forefolio.optimize import Allocation
from forefolio.risk import AnyRiskModel, RiskModel, VolatilityTimesCorrelation
from forefolio.risk.base import finite_risk
from forefolio.strategy.base import Policy, Strategy
from forefolio.strategy.baselines import InverseVolatility
from forefolio.strategy.plain import PlainStrategy, by_itself

Notes: TypeAlias = tuple[str, ...]
Exposure: TypeAlias = Callable[[Market, Array], tuple[float, Notes]]
"""The fraction of the weights (N,) that is held, and notes on repairs of the estimate."""


class VolatilityTarget(Component):
    """Hold `strategy` scaled to an expected volatility of `target` a year, the rest in cash.

    Its weights are multiplied by target / volatility, at most by `most`; the volatility is the one
    `risk` expects of them. It reliably reduces drawdowns, but not reliably raises the Sharpe
    ratio (Moreira and Muir 2017, "Volatility-managed portfolios"; Cederburg et al. 2020, "On the
    performance of volatility-managed portfolios").

    >>> import forefolio as ff
    >>> market = ff.simulated_market(seed=1, sessions=300, assets=4)
    >>> target = ff.VolatilityTarget(strategy=ff.EqualWeight(), target=0.05)
    >>> ff.AllocationStrategy(target).allocate(market).weights.round(3).tolist()
    [0.087, 0.087, 0.087, 0.087]
    """

    kind: Literal["volatility_target"] = "volatility_target"
    strategy: PlainStrategy = Field(
        InverseVolatility(), description="Strategy whose weights are scaled."
    )
    target: AnnualVolatility = Field(0.1, description="Volatility that the portfolio is scaled to.")
    most: Share = Field(1.0, description="Greatest share of the strategy; 1 borrows nothing.")
    risk: AnyRiskModel = Field(
        VolatilityTimesCorrelation(), description="Risk model that estimates the volatility."
    )

    @property
    def name(self) -> str:
        """What tables call it."""
        return "volatility target"

    @property
    def parts(self) -> Mapping[str, Strategy]:
        """What is held."""
        return {"strategy": self.strategy}

    def with_parts(self, parts: Mapping[str, Strategy]) -> Strategy:
        """The same of other strategies."""
        return self.model_copy(update=parts)

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:
        """Prepare what is held."""
        policy = yield from self.strategy.prepare(market, sessions, executor)
        return _with_own_risk(_scaled(policy, self._exposure))

    def _exposure(self, snapshot: Market, weights: Array) -> tuple[float, Notes]:
        expected = expected_volatility(self.risk, snapshot, weights)
        return expected.room(self.target, self.most), expected.notes


class DrawdownTrigger(Component):
    """The share `exposure` of `strategy` while its portfolio is far below its peak, else all.

    Far is more than `trigger` below the highest of the last `window` sessions. It is judged by the
    portfolio that is to be held now, as if it had been held all along.

    >>> import forefolio as ff
    >>> market = ff.simulated_market(seed=1, sessions=300, assets=4)
    >>> careful = ff.DrawdownTrigger(strategy=ff.EqualWeight(), trigger=0.01, exposure=0.5)
    >>> ff.AllocationStrategy(careful).allocate(market).weights.tolist()
    [0.125, 0.125, 0.125, 0.125]
    """

    kind: Literal["drawdown_trigger"] = "drawdown_trigger"
    strategy: PlainStrategy = Field(
        InverseVolatility(), description="Strategy whose weights are scaled."
    )
    trigger: Share = Field(0.15, description="Fall below the peak from which on less is held.")
    exposure: Share = Field(0.5, description="Share of the strategy that is then held.")
    window: Days = Field(250, description="Sessions whose highest value is the peak.")

    @property
    def name(self) -> str:
        """What tables call it."""
        return "drawdown trigger"

    @property
    def parts(self) -> Mapping[str, Strategy]:
        """What is held."""
        return {"strategy": self.strategy}

    def with_parts(self, parts: Mapping[str, Strategy]) -> Strategy:
        """The same of other strategies."""
        return self.model_copy(update=parts)

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:
        """Prepare what is held."""
        policy = yield from self.strategy.prepare(market, sessions, executor)
        return _scaled(policy, self._exposure)

    def _exposure(self, snapshot: Market, weights: Array) -> tuple[float, Notes]:
        held = weights != 0
        close = snapshot.while_open(held).close[:, held]
        returns = own_growth(close)[-self.window :]
        moved = np.where(np.isfinite(returns), returns, 0.0)  # what did not trade did not move
        level = np.cumprod(np.concatenate([[1.0], 1.0 + moved @ weights[held]]))
        return (self.exposure if level[-1] < (1.0 - self.trigger) * level.max() else 1.0), ()


@dataclass(frozen=True, slots=True)
class EstimatedVolatility:
    """Expected annual volatility of a portfolio, with notes on repairs of the estimate."""

    a_year: float
    notes: Notes = ()

    def room(self, target: float, most: float) -> float:
        """The share of the portfolio that has the volatility `target`, at most `most`."""
        return min(most, target / self.a_year) if self.a_year > 0 else most


def expected_volatility(risk: RiskModel, snapshot: Market, weights: Array) -> EstimatedVolatility:
    """What `risk` expects of `weights` (N,).

    Raises:
        DataError: the risk of an asset held cannot be estimated.
    """
    held = weights != 0
    if not held.any():
        return EstimatedVolatility(0.0)
    some = snapshot.select([a for a, on in zip(snapshot.assets, held, strict=True) if on])
    covariance = finite_risk(risk(some), f"on {snapshot.sessions[-1]}")
    variance = max(covariance.variance(weights[held]), 0.0)
    notes = (covariance.note,) if covariance.note else ()
    return EstimatedVolatility(sqrt(variance * snapshot.periods_per_year), notes)


def _with_own_risk(policy: Policy) -> Policy:
    """The policy, with a basis that leaves out the risk estimate of the strategy held."""
    return partial(_decided_without_risk, policy)


def _decided_without_risk(policy: Policy, snapshot: Market, current: Array) -> Allocation:
    chosen = policy(snapshot, current)
    return replace(chosen, basis=chosen.basis and chosen.basis.without_risk())


def _scaled(policy: Policy, exposure: Exposure) -> Policy:
    return partial(_decided_in_part, policy, exposure)


def _decided_in_part(
    policy: Policy, exposure: Exposure, snapshot: Market, current: Array
) -> Allocation:
    whole = policy(snapshot, by_itself(current))
    part, notes = exposure(snapshot, whole.weights)
    scaled = replace(whole, weights=whole.weights * part, parts=(("exposure", part),))
    return scaled.noted(*notes)
