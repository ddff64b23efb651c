"""Which model to believe for which asset, and how sure one can be.

An asset's own record is short, so it is shrunk to the record pooled over all assets:
s = s_pooled + k / (k + tau) (s_own - s_pooled), with k independent outcomes. Out of sample the
best model per asset loses to the combination more often than not, so a selection always tells
what it is expected to lose against the combination; it is there for whoever must pick one.
"""

import logging
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from forefolio.component import Component
from forefolio.events import Job
from forefolio.forecast.base import Forecaster, ForecastPanel
from forefolio.forecast.evidence import COMBINED, Recipe, gather
from forefolio.forecast.scores import Score
from forefolio.market import Market
from forefolio.units import Array, Days

RESAMPLES = 500

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The model chosen for one asset. Gains are shares of squared error saved over the prior."""

    ticker: str
    model: str
    gain: float  # shrunk
    own_gain: float  # the asset's own record alone
    pooled_gain: float  # the record over all assets
    outcomes: int  # independent ones
    probability_best: float  # how often it comes first when the outcomes are resampled
    regret: float  # expected loss of gain against the combination; negative is an advantage


class ModelSelector(Component):
    """Validates models out of sample and selects one per asset."""

    recipe: Recipe = Recipe()
    horizon: Days = 21
    tau: Annotated[float, Field(ge=0)] = 100.0  # outcomes at which its own record counts half
    seed: Annotated[int, Field(ge=0)] = 0

    def validate_model(self, model: Forecaster, market: Market, executor: Executor) -> Job[Score]:
        """Score one model out of sample, walking forward through `market`."""
        alone = self.recipe.model_copy(update={"models": (model,)})
        forecasts = yield from gather(alone, (self.horizon,), market, executor)
        (name,) = alone.names.models
        scores = forecasts.horizons[self.horizon].scores
        found = next(score for score in scores if score.model == name)
        logger.info("%s at %d sessions: %s; %s", name, self.horizon, found.verdict, found)
        return found

    def select_best_model(self, market: Market, executor: Executor) -> Job[dict[str, Selection]]:
        """Choose a model for each asset from its shrunk record out of sample."""
        forecasts = yield from gather(self.recipe, (self.horizon,), market, executor)
        evidence = forecasts.horizons[self.horizon]
        candidates = {name: evidence.panels[name] for name in evidence.combination.names}
        chosen = self.choose(candidates, evidence.panel, evidence.prior.mean, evidence.returns)
        for selection in chosen.values():
            logger.info("%s", selection)
        return chosen

    def choose(
        self,
        candidates: Mapping[str, ForecastPanel],
        combined: ForecastPanel,
        prior: Array,
        returns: Array,
    ) -> dict[str, Selection]:
        """Choose among panels made at the same R sessions, given the outcomes (R, N)."""
        names = tuple(candidates)
        panels = {**candidates, COMBINED: combined}
        apart = slice(None, None, combined.horizon)
        saved, base = _savings(
            [p.mean[apart] for p in panels.values()], prior[apart], returns[apart]
        )
        outcomes = (base > 0).sum(axis=0)
        trust = outcomes / (outcomes + self.tau)
        own, pooled = _gains(saved.sum(axis=1), base.sum(axis=0))
        gain = pooled + trust * (own - pooled)
        best = gain[:-1].argmax(axis=0)
        sure = _probabilities(saved[:-1], base, trust, best, self.seed)
        return {
            ticker: Selection(
                ticker=ticker,
                model=names[best[i]],
                gain=float(gain[best[i], i]),
                own_gain=float(own[best[i], i]),
                pooled_gain=float(pooled[best[i], 0]),
                outcomes=int(outcomes[i]),
                probability_best=float(sure[i]),
                regret=float(gain[-1, i] - gain[best[i], i]),
            )
            for i, ticker in enumerate(combined.assets)
        }


def _savings(means: list[Array], prior: Array, returns: Array) -> tuple[Array, Array]:
    """Squared error saved over the prior (M, D, N), and the prior's squared error (D, N)."""
    stacked = np.stack(means)
    known = np.isfinite(stacked).all(axis=0) & np.isfinite(returns)
    base = np.where(known, (returns - prior) ** 2, 0.0)
    errors = np.where(known, (returns - stacked) ** 2, 0.0)
    return base - errors, base


def _gains(saved: Array, base: Array) -> tuple[Array, Array]:
    """Shares of the prior's error saved: each asset's own (..., N), all assets' (..., 1)."""
    least = np.finfo(float).tiny
    together = saved.sum(axis=-1, keepdims=True) / np.maximum(
        base.sum(axis=-1, keepdims=True), least
    )
    return saved / np.maximum(base, least), together


def _probabilities(
    saved: Array, base: Array, trust: Array, best: NDArray[np.intp], seed: int
) -> Array:
    """How often the best (N,) still has the largest shrunk gain when the dates are drawn again."""
    dates = base.shape[0]
    counts = np.random.default_rng(seed).multinomial(dates, np.full(dates, 1 / dates), RESAMPLES)
    bases = counts @ base
    drawn = []
    for model in saved:
        own, pooled = _gains(counts @ model, bases)
        drawn.append(pooled + trust * (own - pooled))
    first = np.stack(drawn).argmax(axis=0)
    share: Array = (first == best).mean(axis=0)
    return share
