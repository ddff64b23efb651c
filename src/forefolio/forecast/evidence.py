"""From a market to forecasts with their evidence, one horizon at a time.

1. Every model, baseline and volatility model forecasts out of sample (`walk_forward`).
2. The volatility models' log-average is the standard deviation of all that follows.
3. The models are combined and shrunk towards the prior by their past skill (`combine`).
4. Intervals are calibrated on past outcomes (`conformal`).
5. Everything is scored on the same sessions, baselines included (`scores`).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from forefolio.component import Component
from forefolio.events import Job, Note, Progress, Started
from forefolio.features import DEFAULT_FEATURES, AnyFeature, FeaturePanel, compute
from forefolio.forecast.base import ForecastPanel
from forefolio.forecast.baselines import AlwaysUp, HistoricalMean, PooledMean, ShrunkMean, Zero
from forefolio.forecast.catalog import AnyForecaster
from forefolio.forecast.combine import Combination, Combiner, log_average
from forefolio.forecast.conformal import Conformal
from forefolio.forecast.garch import GARCH
from forefolio.forecast.har import HAR
from forefolio.forecast.linear import BayesianRidge
from forefolio.forecast.scores import Score, Truth, score
from forefolio.forecast.series import ARIMA
from forefolio.forecast.trees import XGBoost
from forefolio.forecast.volatility import EWMA
from forefolio.forecast.walk import WalkForward, model_name, walk_forward
from forefolio.market import Market
from forefolio.units import Array

COMBINED = "combined"
AVERAGE = "volatility average"


class Recipe(Component):
    """Features and models, and how their forecasts become one."""

    features: tuple[AnyFeature, ...] = DEFAULT_FEATURES
    models: tuple[AnyForecaster, ...] = (ARIMA(), BayesianRidge(), XGBoost())
    prior: AnyForecaster = PooledMean()
    baselines: tuple[AnyForecaster, ...] = (Zero(), HistoricalMean(), ShrunkMean(), AlwaysUp())
    volatility: Annotated[tuple[AnyForecaster, ...], Field(min_length=1)] = (EWMA(), GARCH(), HAR())
    walk: WalkForward = WalkForward()
    combiner: Combiner = Combiner()
    intervals: Conformal = Conformal()

    @model_validator(mode="after")
    def _apart(self) -> Self:
        names = Counter(map(model_name, self.everything))
        if twice := [name for name, times in names.items() if times > 1]:
            raise ValueError(f"{', '.join(twice)} is there twice; results go by a model's name")
        return self

    @property
    def everything(self) -> tuple[AnyForecaster, ...]:
        """All that forecasts, the costly first, so that workers end together."""
        return (*reversed(self.models), *self.volatility, self.prior, *self.baselines)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """What was forecast out of sample at one horizon, and what came of it."""

    horizon: int
    panel: ForecastPanel  # the combined forecast, intervals included
    panels: dict[str, ForecastPanel]  # by name
    prior: ForecastPanel
    truth: Truth
    combination: Combination
    scores: tuple[Score, ...]
    kinds: dict[str, str]  # "model", "baseline", "volatility" or "combined", by name

    @property
    def returns(self) -> Array:
        """The (R, N) outcomes, NaN where not ended yet."""
        return self.truth.returns


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forecasts:
    """The evidence of every horizon, and what was left out on the way."""

    horizons: dict[int, Evidence]
    skipped: tuple[tuple[str, str], ...]  # features switched off: name, reason
    notes: tuple[Note, ...]


def gather(
    recipe: Recipe,
    horizons: Sequence[int],
    market: Market,
    executor: Executor,
    features: FeaturePanel | None = None,
) -> Job[Forecasts]:
    """Forecast at every horizon, out of sample, and weigh the evidence.

    `features` may be given when they are known already, such as a panel mapped from disk.
    """
    panel = compute(recipe.features, market) if features is None else features
    known = (market, panel)
    walk = yield from walk_forward(recipe.everything, horizons, recipe.walk, known, executor)
    yield Started(stage="evidence", total=len(horizons))
    gathered: dict[int, Evidence] = {}
    for horizon in horizons:
        panels = {name: p for (name, h), p in walk.panels.items() if h == horizon}
        gathered[horizon] = weigh(recipe, horizon, panels, market)
        yield Progress(stage="evidence", done=len(gathered), total=len(horizons))
    gaps = tuple(Note(code="feature_filled", about=f, message=r) for f, r in panel.filled)
    return Forecasts(horizons=gathered, skipped=panel.skipped, notes=(*gaps, *walk.failures))


def weigh(
    recipe: Recipe, horizon: int, panels: Mapping[str, ForecastPanel], market: Market
) -> Evidence:
    """Combine, calibrate and score the panels of one horizon."""
    prior = panels[model_name(recipe.prior)]
    truth = Truth.of(market, horizon, len(prior))
    std = log_average([panels[model_name(m)] for m in recipe.volatility])
    spoke = [n for n in map(model_name, recipe.models) if np.isfinite(panels[n].mean).any()]
    models = {name: panels[name] for name in spoke} or {model_name(recipe.prior): prior}
    combination = recipe.combiner.combine(models, prior.mean, std, truth.returns)
    panel = recipe.intervals.calibrate(combination.panel, truth.returns)
    average = replace(prior, std=std)
    everything = {**panels, AVERAGE: average, COMBINED: panel}
    reference = panels[model_name(recipe.volatility[0])].std ** 2
    return Evidence(
        horizon=horizon,
        panel=panel,
        panels=everything,
        prior=prior,
        truth=truth,
        combination=combination,
        scores=tuple(
            score(name, p, truth, prior.mean, reference) for name, p in everything.items()
        ),
        kinds=_kinds(recipe),
    )


def _kinds(recipe: Recipe) -> dict[str, str]:
    kinds = {model_name(m): "model" for m in recipe.models}
    kinds |= {model_name(m): "baseline" for m in (recipe.prior, *recipe.baselines)}
    kinds |= {model_name(m): "volatility" for m in recipe.volatility}
    return kinds | {AVERAGE: "volatility", COMBINED: "combined"}
