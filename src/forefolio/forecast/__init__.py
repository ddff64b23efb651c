"""Forecasts of returns and volatility: models, their combination and their out-of-sample scores."""

from forefolio.core.callable_package import make_callable
from forefolio.forecast.base import (
    Dataset,
    Forecast,
    Forecaster,
    ForecastPanel,
    JointForecaster,
    Predictor,
)
from forefolio.forecast.catalog import (
    MODELS,
    AnyForecaster,
)
from forefolio.forecast.judging.belief import Belief
from forefolio.forecast.judging.combine import Combination, Combiner
from forefolio.forecast.judging.compare import (
    ForecastComparison,
    Pair,
    compare,
    compare_models,
)
from forefolio.forecast.judging.conformal import Conformal
from forefolio.forecast.judging.evidence import (
    Evidence,
    Forecasts,
    Recipe,
    gather,
    gather_combined,
    weigh,
)
from forefolio.forecast.judging.importance import Explainer, Importance
from forefolio.forecast.judging.selection import ModelSelector, Selection
from forefolio.forecast.judging.shapley import ForecastContributions, contributions
from forefolio.forecast.models.adaptive import FittedAdaptive, RegimeAdaptive
from forefolio.forecast.models.arima import ARIMA
from forefolio.forecast.models.baselines import (
    AlwaysUp,
    HistoricalMean,
    PooledMean,
    ShrunkMean,
    Zero,
)
from forefolio.forecast.models.linear import BayesianRidge
from forefolio.forecast.models.neural import LSTM, MLP, TCN
from forefolio.forecast.models.ranks import RidgeRanks, XGBoostRanks
from forefolio.forecast.models.scikit_learn import ScikitLearn
from forefolio.forecast.models.space import SPACES, Choice, Range
from forefolio.forecast.models.support_vector import SVR, KernelRidge
from forefolio.forecast.models.trees import RandomForest, XGBoost
from forefolio.forecast.models.tune import FittedTuned, Trial, Tuned
from forefolio.forecast.named import model_named
from forefolio.forecast.scoring.losses import squared_errors, variance_losses
from forefolio.forecast.scoring.score import Score
from forefolio.forecast.scoring.scores import score
from forefolio.forecast.scoring.significance import (
    LossTest,
    diebold_mariano,
    model_confidence_set,
)
from forefolio.forecast.scoring.truth import Truth
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
from forefolio.forecast.volatility.arch_model import ArchModel
from forefolio.forecast.volatility.arima import ARIMAVolatility
from forefolio.forecast.volatility.forecasters import (
    EWMA,
    VolatilityAverage,
    volatility_forecast,
    volatility_panel,
)
from forefolio.forecast.volatility.garch import GARCH, GJR
from forefolio.forecast.volatility.half_lives import HalfLives
from forefolio.forecast.volatility.har import HAR, HARX, RangeHAR
from forefolio.forecast.volatility.learnt import LearntVolatility
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
    "Conformal",
    "Dataset",
    "Evidence",
    "Explainer",
    "FittedAdaptive",
    "FittedTuned",
    "Forecast",
    "ForecastComparison",
    "ForecastContributions",
    "ForecastPanel",
    "Forecaster",
    "Forecasts",
    "ForwardReturn",
    "ForwardVolatility",
    "HalfLives",
    "HistoricalMean",
    "Importance",
    "JointForecaster",
    "KernelRidge",
    "LearntVolatility",
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
    "ScikitLearn",
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
    "Zero",
    "build_dataset",
    "compare",
    "compare_models",
    "contributions",
    "diebold_mariano",
    "gather",
    "gather_combined",
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

make_callable(__name__, "forefolio.library.forecasts", "forecast")
