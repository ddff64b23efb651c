"""Which model to believe for which asset, and how sure one can be.

An asset's own record is short, so it is shrunk to the record pooled over all assets:
s = s_pooled + k / (k + tau) (s_own - s_pooled), with k independent outcomes. Out of sample the
best model per asset loses to the combination more often than not, so a selection always tells
what it is expected to lose against the combination; it is there for whoever must pick one.
"""

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from forefolio.component import Component
from forefolio.events import Job
from forefolio.forecast.base import Forecaster, ForecastPanel
from forefolio.forecast.evidence import COMBINED, Recipe, gather
from forefolio.forecast.scores import Score
from forefolio.market import Market
from forefolio.units import Array, Days

RESAMPLES = 500


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
        name = str(getattr(model, "name", type(model).__name__))
        scores = forecasts.horizons[self.horizon].scores
        return next(score for score in scores if score.model == name)

    def select_best_model(self, market: Market, executor: Executor) -> Job[dict[str, Selection]]:
        """Choose a model for each asset from its shrunk record out of sample."""
        forecasts = yield from gather(self.recipe, (self.horizon,), market, executor)
        evidence = forecasts.horizons[self.horizon]
        candidates = {name: evidence.panels[name] for name in evidence.combination.names}
        return self.choose(candidates, evidence.panel, evidence.prior.mean, evidence.returns)

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
        pooled = saved.sum(axis=(1, 2)) / base.sum()
        rng = np.random.default_rng(self.seed)
        chosen: dict[str, Selection] = {}
        for asset, ticker in enumerate(combined.assets):
            mine, mine_base = saved[:, :, asset], base[:, asset]
            outcomes = int((mine_base > 0).sum())
            own = mine.sum(axis=1) / max(mine_base.sum(), np.finfo(float).tiny)
            trust = outcomes / (outcomes + self.tau)
            gain = pooled + trust * (own - pooled)
            best = int(np.argmax(gain[:-1]))
            chosen[ticker] = Selection(
                ticker=ticker,
                model=names[best],
                gain=float(gain[best]),
                own_gain=float(own[best]),
                pooled_gain=float(pooled[best]),
                outcomes=outcomes,
                probability_best=_probability(mine[:-1], best, rng),
                regret=float(gain[-1] - gain[best]),
            )
        return chosen


def _savings(means: list[Array], prior: Array, returns: Array) -> tuple[Array, Array]:
    """Squared error saved over the prior (M, D, N), and the prior's squared error (D, N)."""
    stacked = np.stack(means)
    known = np.isfinite(stacked).all(axis=0) & np.isfinite(returns)
    base = np.where(known, (returns - prior) ** 2, 0.0)
    errors = np.where(known, (returns - stacked) ** 2, 0.0)
    return base - errors, base


def _probability(saved: Array, best: int, rng: np.random.Generator) -> float:
    """How often `best` saves most when the dates (M, D) are drawn again."""
    dates = saved.shape[1]
    if not dates:
        return 1.0 / len(saved)
    draws = rng.integers(0, dates, (RESAMPLES, dates))
    totals = saved[:, draws].sum(axis=2)
    return float((totals.argmax(axis=0) == best).mean())
