"""Forecasts: what the coming sessions are expected to bring."""

from forefolio.forecast.base import (
    Dataset,
    Forecast,
    Forecaster,
    ForecastPanel,
    JointForecaster,
    Predictor,
)
from forefolio.forecast.baselines import AlwaysUp, HistoricalMean, PooledMean, ShrunkMean, Zero
from forefolio.forecast.catalog import (
    DEFAULT_FALLBACK,
    DEFAULT_MODELS,
    DEFAULT_VOLATILITY,
    MODELS,
    AnyForecaster,
)
from forefolio.forecast.combine import Combination, Combiner
from forefolio.forecast.conformal import Conformal
from forefolio.forecast.evidence import Evidence, Forecasts, Recipe, gather, weigh
from forefolio.forecast.garch import GARCH, GJR
from forefolio.forecast.har import HAR
from forefolio.forecast.linear import BayesianRidge
from forefolio.forecast.scores import Score, Truth, score
from forefolio.forecast.selection import ModelSelector, Selection
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
from forefolio.forecast.walk import WalkForward, WalkResult, model_name, walk_forward

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
    "Combination",
    "Combiner",
    "Conformal",
    "Dataset",
    "Evidence",
    "Forecast",
    "ForecastPanel",
    "Forecaster",
    "Forecasts",
    "ForwardReturn",
    "ForwardVolatility",
    "HistoricalMean",
    "JointForecaster",
    "ModelSelector",
    "PooledMean",
    "Predictor",
    "Recipe",
    "RiskAdjustedReturn",
    "Score",
    "Selection",
    "ShrunkMean",
    "SignificantMove",
    "Target",
    "Truth",
    "VolatilityAverage",
    "WalkForward",
    "WalkResult",
    "XGBoost",
    "Zero",
    "build_dataset",
    "gather",
    "model_name",
    "score",
    "volatility_forecast",
    "walk_forward",
    "weigh",
]
