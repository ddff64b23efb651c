"""Models fitted on all data up to now, stored so that they can forecast later markets.

A `TrainedModel` holds what was fitted and the features it was fitted on. It is bytes by
`values.pack`, so that reading one, whoever wrote it, never runs code.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forefolio.core.component import content_digest
from forefolio.core.errors import ForefolioError, InputError
from forefolio.core.numerics import one_thread
from forefolio.features import FeaturePanel, compute
from forefolio.forecast.base import Forecaster, ForecastPanel, JointForecaster, fit_each
from forefolio.forecast.targets import ForwardReturn, build_dataset
from forefolio.forecast.walk import model_digest, model_name
from forefolio.market import Market


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainedModel:
    """A model fitted for one horizon on what was known at the close of `trained`."""

    model: Any  # the settings it was fitted with, a component
    horizon: int
    trained: str  # session, as 2022-12-28
    features: tuple[Any, ...]  # components
    names: tuple[str, ...]  # of the features that its data supported
    predictor: Any
    market: str = ""  # digest of the prices that it was fitted on

    @property
    def name(self) -> str:
        """What tables call the model."""
        return model_name(self.model)

    def forecast(self, market: Market, rows: int = 1) -> ForecastPanel:
        """Forecast at each of the last `rows` sessions of `market`, without learning again.

        Raises:
            InputError: the market lacks what a feature needs that the model was trained with.
        """
        used = tuple(f for f in self.features if f.name in self.names)
        panel = compute(used, market)
        if panel.skipped:
            lacking = "; ".join(f"{name}: {reason}" for name, reason in panel.skipped)
            raise InputError(f"{self.name} was trained with what this market lacks: {lacking}")
        data = build_dataset(market, panel, ForwardReturn(horizon=self.horizon))
        with one_thread():
            result: ForecastPanel = self.predictor.predict(data, rows)
        return result


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainingTask:
    """Fit one model at some horizons on all of the market."""

    model: Forecaster
    horizons: tuple[int, ...]
    market: Market
    features: FeaturePanel
    settings: tuple[Any, ...]  # the features as components

    @property
    def digest(self) -> str:
        """Name what this task computes."""
        content = self.market.digest, self.features.digest
        return content_digest(model_digest(self.model), repr(self.horizons), *content)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Training:
    """The result of a task: a fitted model for each horizon, or why there is none."""

    models: tuple[TrainedModel, ...]
    seconds: float  # of the whole task
    failure: str = ""


def training_tasks(
    models: Sequence[Forecaster],
    horizons: Sequence[int],
    market: Market,
    features: FeaturePanel,
    settings: tuple[Any, ...],
) -> list[TrainingTask]:
    """One task for each model and horizon; for each model, if it learns all horizons at once."""
    return [
        TrainingTask(
            model=model, horizons=joint, market=market, features=features, settings=settings
        )
        for model in models
        for joint in (
            [tuple(horizons)] if isinstance(model, JointForecaster) else [(h,) for h in horizons]
        )
    ]


def train(task: TrainingTask) -> Training:
    """Fit a task's model; runs in a worker."""
    begun = time.perf_counter()
    data = [
        build_dataset(task.market, task.features, ForwardReturn(horizon=h)) for h in task.horizons
    ]
    try:
        with one_thread():
            predictors = fit_each(task.model, data)
    except (ForefolioError, np.linalg.LinAlgError) as error:
        return Training(models=(), seconds=time.perf_counter() - begun, failure=str(error))
    models = tuple(
        TrainedModel(
            model=task.model,
            horizon=horizon,
            trained=str(task.market.sessions[-1]),
            features=task.settings,
            names=task.features.names,
            predictor=predictor,
            market=task.market.digest,
        )
        for horizon, predictor in zip(task.horizons, predictors, strict=True)
    )
    return Training(models=models, seconds=time.perf_counter() - begun)
