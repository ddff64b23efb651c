"""Forecasts: what the coming sessions are expected to bring."""

from forefolio.forecast.adaptive import FittedAdaptive, RegimeAdaptive
from forefolio.forecast.arch_model import ArchModel
from forefolio.forecast.arima_volatility import ARIMAVolatility
from forefolio.forecast.base import (
    Dataset,
    Forecast,
    Forecaster,
    ForecastPanel,
    JointForecaster,
    Predictor,
)
from forefolio.forecast.baselines import AlwaysUp, HistoricalMean, PooledMean, ShrunkMean, Zero
from forefolio.forecast.belief import Belief
from forefolio.forecast.catalog import (
    MODELS,
    AnyForecaster,
)
from forefolio.forecast.combine import Combination, Combiner
from forefolio.forecast.compare import (
    Comparison,
    Pair,
    compare,
    compare_models,
)
from forefolio.forecast.conformal import Conformal
from forefolio.forecast.evidence import Evidence, Forecasts, Recipe, gather, weigh
from forefolio.forecast.garch import GARCH, GJR
from forefolio.forecast.har import HAR, HARX, RangeHAR
from forefolio.forecast.importance import Explainer, Importance
from forefolio.forecast.linear import BayesianRidge
from forefolio.forecast.losses import squared_errors, variance_losses
from forefolio.forecast.named import model_named
from forefolio.forecast.neural import LSTM, MLP, TCN
from forefolio.forecast.ranks import RidgeRanks, XGBoostRanks
from forefolio.forecast.scores import Score, Truth, score
from forefolio.forecast.selection import ModelSelector, Selection
from forefolio.forecast.series import ARIMA
from forefolio.forecast.shapley import Contributions, contributions
from forefolio.forecast.significance import (
    LossTest,
    diebold_mariano,
    model_confidence_set,
)
from forefolio.forecast.space import SPACES, Choice, Range
from forefolio.forecast.support_vector import SVR, KernelRidge
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
from forefolio.forecast.trees import RandomForest, XGBoost
from forefolio.forecast.tune import FittedTuned, Trial, Tuned
from forefolio.forecast.variance_trees import XGBoostVolatility
from forefolio.forecast.volatility import (
    EWMA,
    VolatilityAverage,
    volatility_forecast,
    volatility_panel,
)
from forefolio.forecast.walk import WalkForward, WalkResult, model_name, walk_forward

__all__ = [
    "ARIMA",
    "EWMA",
    "GARCH",
    "GJR",
    "HAR",
    "HARX",
    "LSTM",
    "MLP",
    "MODELS",
    "SPACES",
    "SVR",
    "TARGETS",
    "TCN",
    "ARIMAVolatility",
    "AlwaysUp",
    "AnyForecaster",
    "AnyTarget",
    "ArchModel",
    "BayesianRidge",
    "Belief",
    "Choice",
    "Combination",
    "Combiner",
    "Comparison",
    "Conformal",
    "Contributions",
    "Dataset",
    "Evidence",
    "Explainer",
    "FittedAdaptive",
    "FittedTuned",
    "Forecast",
    "ForecastPanel",
    "Forecaster",
    "Forecasts",
    "ForwardReturn",
    "ForwardVolatility",
    "HistoricalMean",
    "Importance",
    "JointForecaster",
    "KernelRidge",
    "LossTest",
    "ModelSelector",
    "Pair",
    "PooledMean",
    "Predictor",
    "RandomForest",
    "Range",
    "RangeHAR",
    "Recipe",
    "RegimeAdaptive",
    "RidgeRanks",
    "RiskAdjustedReturn",
    "Score",
    "Selection",
    "ShrunkMean",
    "SignificantMove",
    "Target",
    "Trial",
    "Truth",
    "Tuned",
    "VolatilityAverage",
    "WalkForward",
    "WalkResult",
    "XGBoost",
    "XGBoostRanks",
    "XGBoostVolatility",
    "Zero",
    "build_dataset",
    "compare",
    "compare_models",
    "contributions",
    "diebold_mariano",
    "gather",
    "model_confidence_set",
    "model_name",
    "model_named",
    "score",
    "squared_errors",
    "variance_losses",
    "volatility_forecast",
    "volatility_panel",
    "walk_forward",
    "weigh",
]
