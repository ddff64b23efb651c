"""Less of a strategy while it is dangerous, and cash for the rest.

An overlay asks the strategy it holds what to hold, and multiplies all its weights by one number
between 0 and 1, which depends on prices known at that close alone.
"""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from math import sqrt
from typing import Annotated, Literal, TypeAlias

import numpy as np
from pydantic import Field

from forefolio.component import Component
from forefolio.events import Job
from forefolio.market import Market
from forefolio.optimize import Allocation
from forefolio.risk import AnyRiskModel, RiskModel, VolatilityTimesCorrelation
from forefolio.strategy.base import Policy
from forefolio.strategy.baselines import InverseVolatility
from forefolio.strategy.plain import PlainStrategy, by_itself
from forefolio.units import Array, Dates, Days, Share

AnnualVolatility: TypeAlias = Annotated[
    float, Field(gt=0, json_schema_extra={"unit": "fraction per year"})
]
Exposure: TypeAlias = Callable[[Market, Array], float]


class VolatilityTarget(Component):
    """As much of `strategy` as is expected to have a volatility of `target` a year, the rest cash.

    Its weights are multiplied by target / volatility, at most by `most`; the volatility is the one
    `risk` expects of them. What it reliably buys is smaller falls, not a better Sharpe ratio
    (Moreira and Muir 2017, "Volatility-managed portfolios"; Cederburg et al. 2020, "On the
    performance of volatility-managed portfolios").
    """

    kind: Literal["volatility_target"] = "volatility_target"
    strategy: PlainStrategy = InverseVolatility()
    target: AnnualVolatility = 0.1
    most: Share = 1.0
    risk: AnyRiskModel = VolatilityTimesCorrelation()

    @property
    def name(self) -> str:
        """What tables call it."""
        return "volatility target"

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:
        """Prepare what is held."""
        policy = yield from self.strategy.prepare(market, sessions, executor)
        return _scaled(policy, self._exposure)

    def _exposure(self, known: Market, weights: Array) -> float:
        volatility = annual_volatility(self.risk, known, weights)
        return min(self.most, self.target / volatility) if volatility > 0 else self.most


class DrawdownTrigger(Component):
    """The share `exposure` of `strategy` while its portfolio is far below its peak, else all.

    Far is more than `trigger` below the highest of the last `window` sessions. It is judged by the
    portfolio that is to be held now, as if it had been held all along.
    """

    kind: Literal["drawdown_trigger"] = "drawdown_trigger"
    strategy: PlainStrategy = InverseVolatility()
    trigger: Share = 0.15
    exposure: Share = 0.5
    window: Days = 250

    @property
    def name(self) -> str:
        """What tables call it."""
        return "drawdown trigger"

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:
        """Prepare what is held."""
        policy = yield from self.strategy.prepare(market, sessions, executor)
        return _scaled(policy, self._exposure)

    def _exposure(self, known: Market, weights: Array) -> float:
        held = weights != 0
        close = known.close[-self.window - 1 :, held]
        returns = close[1:] / close[:-1] - 1.0
        moved = np.where(np.isfinite(returns), returns, 0.0)  # what did not trade did not move
        level = np.cumprod(np.concatenate([[1.0], 1.0 + moved @ weights[held]]))
        return self.exposure if level[-1] < (1.0 - self.trigger) * level.max() else 1.0


def annual_volatility(risk: RiskModel, known: Market, weights: Array) -> float:
    """The volatility a year that `risk` expects of `weights` (N,)."""
    held = weights != 0
    if not held.any():
        return 0.0
    some = known.select([a for a, on in zip(known.assets, held, strict=True) if on])
    variance = float(weights[held] @ risk(some).matrix @ weights[held])
    return sqrt(max(variance, 0.0) * known.periods_per_year)


def _scaled(policy: Policy, exposure: Exposure) -> Policy:
    def decide(known: Market, current: Array) -> Allocation:
        whole = policy(known, by_itself(current))
        part = exposure(known, whole.weights)
        return replace(whole, weights=whole.weights * part, parts=(("exposure", part),))

    return decide
