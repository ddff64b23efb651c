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
from forefolio.forecast.trees import XGBoost
from forefolio.forecast.volatility import EWMA

__all__ = [
    "DEFAULT_FALLBACK",
    "DEFAULT_MODELS",
    "DEFAULT_VOLATILITY",
    "EWMA",
    "MODELS",
    "AlwaysUp",
    "AnyForecaster",
    "BayesianRidge",
    "Dataset",
    "Forecast",
    "ForecastPanel",
    "Forecaster",
    "HistoricalMean",
    "PooledMean",
    "Predictor",
    "ShrunkMean",
    "XGBoost",
    "Zero",
]
