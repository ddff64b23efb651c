"""The forecasters a document may name, and those that are used when it names none."""

from typing import Annotated, TypeAlias

from forefolio.component import Component, OneOf
from forefolio.forecast.base import Forecaster
from forefolio.forecast.baselines import AlwaysUp, HistoricalMean, PooledMean, ShrunkMean, Zero
from forefolio.forecast.linear import BayesianRidge
from forefolio.forecast.trees import XGBoost
from forefolio.forecast.volatility import EWMA

MODELS: tuple[type[Component], ...] = (
    BayesianRidge,
    XGBoost,
    Zero,
    HistoricalMean,
    PooledMean,
    ShrunkMean,
    AlwaysUp,
    EWMA,
)

AnyForecaster: TypeAlias = Annotated[Forecaster, OneOf(*MODELS)]

DEFAULT_MODELS: tuple[Forecaster, ...] = (
    BayesianRidge(),
    XGBoost(),
    Zero(),
    HistoricalMean(),
    PooledMean(),
    ShrunkMean(),
    AlwaysUp(),
)

DEFAULT_FALLBACK: Forecaster = ShrunkMean()

DEFAULT_VOLATILITY: Forecaster = EWMA()
