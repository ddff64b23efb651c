"""Diversified weights that lean to forecasts, as far as these have shown skill."""

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from math import sqrt
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import ForefolioError, UnclearName
from forefolio.core.events import Job
from forefolio.core.units import Array, Dates, DaysAhead, read_only
from forefolio.forecast import Evidence, Recipe, gather_combined
from forefolio.forecast.scoring.losses import ended
from forefolio.forecast.scoring.rank_kernel import rank_correlations
from forefolio.forecast.scoring.sampling_error import expanding_ratio
from forefolio.market import Market
from forefolio.optimize import (
    Allocation,
    Bounds,
    Budget,
    ExpectedReturn,
    LongOnly,
    Optimizer,
    Outlook,
    TradingCost,
    Utility,
    Variance,
)
from forefolio.optimize.base import TINY
from forefolio.optimize.objectives.costs import AnyCost, Proportional
from forefolio.strategy.base import Policy, Strategy
from forefolio.strategy.diversified import Diversified

TILT = "tilt"  # in an allocation's parts: the share of the weights that forecasts moved


class Tilted(Component):
    """The weights of `strategy`, leant to forecasts as far as these have shown skill.

    Weights chosen by risk are the best for some expected returns: w for aversion x Cw, where the
    aversion is what makes them earn an annual Sharpe ratio of `ratio`. To these each asset's
    forecast is added, as far as it departs from the pooled mean and is trusted: what is held is
    best for the sum less what it costs to get there, within the same limits. Trust is
    1 - (1 / t)^2, with t that of the mean rank correlation of outcomes and what the models said of
    them, believed or not: none up to one standard error. Without any, the weights stay as they are
    to the last digit. How much of them moved is `tilt`, in the allocation's parts.
    Source: Black and Litterman 1992, "Global portfolio optimization"; James and Stein 1961,
    "Estimation with quadratic loss".

    >>> import forefolio as ff
    >>> rule = ff.Tilted(recipe=ff.Recipe(models=(ff.BayesianRidge(),)), horizon=5)
    >>> rule.name, rule.strategy.name
    ('tilted', 'diversified')
    """

    kind: Literal["tilted"] = "tilted"
    strategy: Diversified = Field(
        Diversified(), description="Weights that are held where forecasts have shown no skill."
    )
    recipe: Recipe = Field(Recipe(), description="Features and models that make the forecasts.")
    horizon: DaysAhead = Field(21, description="Sessions that a forecast covers.")
    ratio: Annotated[float, Field(gt=0)] = Field(
        0.5,
        description="Annual Sharpe ratio that the weights are taken to earn without forecasts; "
        "the higher, the less a forecast moves.",
    )
    costs: tuple[AnyCost, ...] = Field(
        (Proportional(),),
        description="What trading costs: a forecast that does not earn it within its horizon "
        "moves nothing. Several are added up.",
    )

    @property
    def name(self) -> str:
        """What tables call it."""
        return "tilted"

    @property
    def fallback(self) -> Strategy:
        """What is held without forecasts."""
        return self.strategy

    @property
    def parts(self) -> Mapping[str, Strategy]:
        """What is tilted."""
        return {"strategy": self.strategy}

    def with_parts(self, parts: Mapping[str, Strategy]) -> Strategy:
        """The same of other strategies."""
        return self.model_copy(update=parts)

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:  # noqa: ARG002
        """Make every forecast ahead; forecasts do not depend on holdings."""
        forecasts = yield from gather_combined(self.recipe, (self.horizon,), market, executor)
        return self.policy(forecasts.horizons[self.horizon])

    def policy(self, evidence: Evidence) -> Policy:
        """The rule that follows from forecasts already made."""
        return partial(self._decide, Beyond.of(evidence))

    def _decide(self, beyond: "Beyond", snapshot: Market, current: Array) -> Allocation:
        return self.leant(beyond.at(snapshot.sessions[-1]), snapshot, current)

    def leant(self, beyond: Mapping[str, float], snapshot: Market, current: Array) -> Allocation:
        """The weights that lean to returns `beyond` the prior, a session, by asset."""
        return self.strategy.decide_by(
            lambda own: _Leaning(own, beyond, self.ratio, self.costs), snapshot, current
        )


def trusted(evidence: Evidence) -> Array:
    """How far (R,) forecasts are trusted, 0 to 1, by the ranks whose outcomes had ended."""
    ranks = ranks_of_signal(evidence)
    known = np.isfinite(ranks)
    mean, error = expanding_ratio(np.where(known, ranks, 0.0), known * 1.0, evidence.horizon)
    t = np.divide(mean, error, out=np.zeros(len(mean)), where=error > 0)
    return ended(1.0 - 1.0 / np.maximum(t, 1.0) ** 2, evidence.horizon)


def ranks_of_signal(evidence: Evidence) -> Array:
    """Rank correlations (R,) of outcomes and what the models said, whether or not it was believed.

    A record of forecasts already shrunk would begin with the first belief, years late.
    """
    combined = evidence.combination
    return rank_correlations(combined.panel.std * combined.signal, evidence.returns)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Beyond:
    """What forecasts made at each session R say beyond the prior, as far as they are trusted."""

    sessions: Dates  # (R,)
    assets: tuple[str, ...]
    returns: Array  # (R, N) per session, NaN of what has no forecast
    trust: Array  # (R,)

    def __post_init__(self) -> None:
        read_only(self.returns, self.trust)

    @classmethod
    def of(cls, evidence: Evidence) -> Self:
        """That of forecasts already made."""
        trust, panel = trusted(evidence), evidence.panel
        departure = panel.mean - evidence.prior.mean
        return cls(
            sessions=panel.sessions,
            assets=panel.assets,
            returns=trust[:, None] * departure / evidence.horizon,
            trust=trust,
        )

    def at(self, session: np.datetime64) -> dict[str, float]:
        """Returns by asset, those without a forecast left out; empty where there is no trust."""
        row = int(np.searchsorted(self.sessions, session))
        if row == len(self.sessions) or self.sessions[row] != session or not self.trust[row]:
            return {}
        pairs = zip(self.assets, self.returns[row].tolist(), strict=True)
        return {asset: value for asset, value in pairs if np.isfinite(value)}


@dataclass(frozen=True, slots=True)
class _Leaning:
    """An optimiser whose answer leans to what is expected beyond the prior, a session, by asset."""

    own: Optimizer
    beyond: Mapping[str, float]
    ratio: float
    costs: tuple[AnyCost, ...]

    def allocate(self, outlook: Outlook) -> Allocation:
        chosen = self.own.allocate(outlook)
        if not any(self.beyond.get(asset) for asset in outlook.assets):
            return _moved(chosen, chosen)
        try:
            return _moved(self._leant(outlook, chosen.weights), chosen)
        except UnclearName:  # a mistake in the settings
            raise
        except ForefolioError as error:
            return _moved(chosen, chosen).noted(f"not tilted to forecasts: {error}")

    def _leant(self, outlook: Outlook, weights: Array) -> Allocation:
        horizon = outlook.forecast.horizon
        risk = outlook.risk @ weights
        volatility = sqrt(float(weights @ risk))
        aversion = self.ratio * sqrt(horizon / outlook.periods_per_year) / volatility
        beyond = np.array([self.beyond.get(asset, 0.0) for asset in outlook.assets])
        best = Utility(
            terms=(
                ExpectedReturn(),
                Variance(aversion=aversion),
                *(TradingCost(cost=cost) for cost in self.costs),
            ),
            constraints=_limits(self.own, weights),
        )
        return best.allocate(outlook.with_mean(aversion * risk + horizon * beyond))


def _limits(own: Optimizer, weights: Array) -> tuple[object, ...]:
    """What the optimiser keeps; of one that states nothing, no weight beyond its largest."""
    stated = getattr(own, "constraints", None)
    usual = (Budget(), LongOnly(), Bounds(upper=float(weights.max())))
    return usual if stated is None else tuple(stated)


def _moved(tilted: Allocation, untilted: Allocation) -> Allocation:
    share = float(np.abs(tilted.weights - untilted.weights).sum()) / 2
    parts = (*untilted.parts, (TILT, share if share > TINY else 0.0))
    return replace(tilted, method=untilted.method, notes=untilted.notes, parts=parts)
