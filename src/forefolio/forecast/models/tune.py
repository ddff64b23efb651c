"""Settings tuned by their out-of-sample error, inside the training window only.

1. The later half of the history is cut into blocks. Each is forecast by a model fitted on what
   was known when it began, so that labels overlapping it are unknown to the fit by themselves.
2. The first trial is the model as it is; others are spread evenly over the space of settings
   (Halton 1960), always the same for the same seed. A few assets stand for all.
3. A trial saves so much of the squared error, in units of volatility, that the pooled mean
   leaves. The best replaces the model as it is only if its lead exceeds what the luckiest of as
   many draws of noise would show: sqrt(2 ln trials) standard errors.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf, isnan, log, nan, sqrt
from typing import Annotated, Any, Literal, Self, TypeAlias

import numpy as np
from pydantic import Field, model_validator

from forefolio.core.component import Component, OneOf
from forefolio.core.errors import ForefolioError
from forefolio.core.lazy import lazy
from forefolio.core.units import Array
from forefolio.forecast.base import Dataset, Forecaster, ForecastPanel, Predictor
from forefolio.forecast.models.arima import ARIMA
from forefolio.forecast.models.baselines import pooled_drift, pooled_mean
from forefolio.forecast.models.linear import BayesianRidge
from forefolio.forecast.models.ranks import RidgeRanks, XGBoostRanks
from forefolio.forecast.models.space import SPACES, Dimension, Settings, Value, changed, varied
from forefolio.forecast.models.support_vector import SVR, KernelRidge
from forefolio.forecast.models.trees import RandomForest, XGBoost
from forefolio.forecast.scaling import carry, horizon_volatility, in_units

qmc: Any = lazy("scipy.stats.qmc")

Errors: TypeAlias = tuple[Array, Array]  # (R,) of the pooled mean, (R,) of the model
TUNABLE: tuple[type[Component], ...] = (
    XGBoost,
    XGBoostRanks,
    RidgeRanks,
    RandomForest,
    SVR,
    KernelRidge,
    BayesianRidge,
    ARIMA,
)
"""What a document may tune; Python may pass any component that forecasts."""


class Tuned(Component):
    """A model whose settings are chosen, at each fit, by validation inside its training data.

    The model's own settings stay unless another trial beats them by more than the best of as many
    draws of noise would: sqrt(2 ln trials) standard errors.
    Source of the draws: Halton (1960).

    >>> Tuned(model=XGBoost(), trials=10).name
    'tuned XGBoost'
    """

    kind: Literal["tuned"] = "tuned"
    model: Annotated[Forecaster, OneOf(*TUNABLE)] = Field(
        XGBoost(), description="Model whose settings are tuned."
    )
    space: tuple[Dimension, ...] = Field(
        (), description="Settings to vary; empty for the usual ones of the model."
    )
    trials: Annotated[int, Field(ge=2, le=1000)] = Field(
        20, description="Number of settings tried, the model's own included."
    )
    blocks: Annotated[int, Field(ge=1, le=20)] = Field(
        3, description="Validation blocks that the later half of the history is cut into."
    )
    assets: Annotated[int, Field(ge=1)] = Field(
        20, description="Largest number of assets used in tuning, drawn at random."
    )
    seed: int = Field(0, description="Seed of the assets and of the trial settings.")

    @model_validator(mode="after")
    def _can_be_varied(self) -> Self:
        if not self.dimensions:
            raise ValueError(f"say in space what to vary; there is {varied(self.model)}")
        for dimension in self.dimensions:
            for value in dimension.ends:
                changed(self.model, {dimension.setting: value})
        return self

    @property
    def name(self) -> str:
        """Such as "tuned XGBoost"."""
        return f"tuned {getattr(self.model, 'name', type(self.model).__name__)}"

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """What is varied."""
        return self.space or SPACES.get(getattr(self.model, "kind", ""), ())

    def fit(self, data: Dataset) -> Predictor:
        """Choose the settings, then fit with them on all of `data`.

        Raises:
            NotEnoughHistory: too little for the model to be fitted on half of it.
        """
        subset = _few(data, self.assets, self.seed)
        drawn: tuple[Settings, ...] = ({}, *self._drawn())
        results = [_saved(changed(self.model, each), subset, self.blocks) for each in drawn]
        tried = _tried(drawn, results, data.horizon)
        chosen = changed(self.model, dict(_chosen(tried).settings))
        return FittedTuned(model=chosen, predictor=chosen.fit(data), tried=tried)

    def _drawn(self) -> list[Settings]:
        source = qmc.Halton(len(self.dimensions), rng=np.random.default_rng(self.seed))
        return [
            {
                dimension.setting: dimension.at(float(share))
                for dimension, share in zip(self.dimensions, point, strict=True)
            }
            for point in source.random(self.trials - 1)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Settings that differ from the model's, and their validation error."""

    settings: tuple[tuple[str, Value], ...]
    saved: float  # share of the squared error of the pooled mean; NaN if it could not be fitted
    lead: float  # over the first trial
    lead_error: float  # its standard error


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedTuned:
    """The fitted model with the chosen settings, and all trials."""

    model: Forecaster
    predictor: Predictor
    tried: tuple[Trial, ...]

    @property
    def trials(self) -> int:
        """How many settings were tried: a test for multiple comparisons must count them."""
        return len(self.tried)

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        """The forecast of the chosen model."""
        return self.predictor.predict(data, rows)


def _few(data: Dataset, most: int, seed: int) -> Dataset:
    """The dataset of at most so many assets, drawn from those with labels."""
    labelled = np.flatnonzero(data.usable.any(axis=0))
    if len(labelled) <= most:
        return data
    columns = np.sort(np.random.default_rng(seed).choice(labelled, most, replace=False))
    market = data.market.select([data.assets[column] for column in columns])
    return replace(data, market=market, x=data.x[:, columns], y=data.y[:, columns])


def _saved(model: Forecaster, data: Dataset, blocks: int) -> Errors | ForefolioError:
    """Squared errors (R,) of the pooled mean and of the model, session by session; or why not."""
    begin, end = len(data) // 2, len(data) - data.horizon - 1
    edges = np.linspace(begin, max(end, begin + blocks), blocks + 1).astype(int)
    try:
        errors = [_errors(model, data, *edge) for edge in pairwise(edges.tolist())]
    except ForefolioError as problem:
        return problem
    base, left = (np.concatenate(parts) for parts in zip(*errors, strict=True))
    return base, left


def _errors(model: Forecaster, data: Dataset, start: int, stop: int) -> Errors:
    past = data.as_of(start + 1)
    forecast = model.fit(past).predict(data.as_of(stop), rows=stop - start).mean
    ahead = data.as_of(stop)
    prior = pooled_mean(ahead, pooled_drift(past.market, "pooled mean"), stop - start)
    risk, carried = horizon_volatility(ahead, stop - start), carry(ahead, stop - start)
    outcome = in_units(data.y[start:stop] - carried, risk)
    base, left = ((outcome - in_units(mean - carried, risk)) ** 2 for mean in (prior, forecast))
    both = np.isfinite(base) & np.isfinite(left)
    return np.where(both, base, 0.0).sum(axis=1), np.where(both, left, 0.0).sum(axis=1)


def _tried(
    drawn: Sequence[Settings], results: Sequence[Errors | ForefolioError], horizon: int
) -> tuple[Trial, ...]:
    first = results[0]
    if isinstance(first, ForefolioError):
        raise first
    return tuple(
        _trial(settings, result, first, horizon)
        for settings, result in zip(drawn, results, strict=True)
    )


def _trial(
    settings: Settings, results: Errors | ForefolioError, first: Errors, horizon: int
) -> Trial:
    changed_settings = tuple(settings.items())
    if isinstance(results, ForefolioError):
        return Trial(settings=changed_settings, saved=nan, lead=nan, lead_error=nan)
    base, left = results
    total = float(base.sum()) or nan
    lead = (base - left) - (first[0] - first[1])
    spread = lead - lead.mean()
    return Trial(
        settings=changed_settings,
        saved=float((base - left).sum()) / total,
        lead=float(lead.sum()) / total,
        lead_error=sqrt(horizon * float((spread**2).sum())) / total,  # labels overlap
    )


def _chosen(tried: Sequence[Trial]) -> Trial:
    best = max(tried, key=lambda trial: -inf if isnan(trial.lead) else trial.lead)
    luck = max(sqrt(2 * log(len(tried))), 1.0)
    return best if best.lead > luck * best.lead_error else tried[0]
