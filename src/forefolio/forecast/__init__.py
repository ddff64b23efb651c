"""Forecasts: what the coming sessions are expected to bring."""

from forefolio.forecast.base import Dataset, Forecast, Forecaster, ForecastPanel, Predictor
from forefolio.forecast.baselines import AlwaysUp, HistoricalMean, PooledMean, ShrunkMean, Zero
from forefolio.forecast.catalog import (
    DEFAULT_FALLBACK,
    DEFAULT_MODELS,
    DEFAULT_VOLATILITY,
    MODELS,
    AnyForecaster,
)
from forefolio.forecast.linear import BayesianRidge
from forefolio.forecast.targets import (
    TARGETS,
    AnyTarget,
    ForwardReturn,
    ForwardVolatility,
    RiskAdjustedReturn,
    SignificantMove,
    Target,
    build_dataset,
)
from forefolio.forecast.trees import XGBoost
from forefolio.forecast.volatility import EWMA

__all__ = [
    "DEFAULT_FALLBACK",
    "DEFAULT_MODELS",
    "DEFAULT_VOLATILITY",
    "EWMA",
    "MODELS",
    "TARGETS",
    "AlwaysUp",
    "AnyForecaster",
    "AnyTarget",
    "BayesianRidge",
    "Dataset",
    "Forecast",
    "ForecastPanel",
    "Forecaster",
    "ForwardReturn",
    "ForwardVolatility",
    "HistoricalMean",
    "PooledMean",
    "Predictor",
    "RiskAdjustedReturn",
    "ShrunkMean",
    "SignificantMove",
    "Target",
    "XGBoost",
    "Zero",
    "build_dataset",
]
