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
from forefolio.forecast.garch import GARCH, GJR
from forefolio.forecast.har import HAR
from forefolio.forecast.linear import BayesianRidge
from forefolio.forecast.series import ARIMA
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
from forefolio.forecast.volatility import EWMA, VolatilityAverage, volatility_forecast

__all__ = [
    "ARIMA",
    "DEFAULT_FALLBACK",
    "DEFAULT_MODELS",
    "DEFAULT_VOLATILITY",
    "EWMA",
    "GARCH",
    "GJR",
    "HAR",
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
    "VolatilityAverage",
    "XGBoost",
    "Zero",
    "build_dataset",
    "volatility_forecast",
]
