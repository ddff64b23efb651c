"""The forecasters a document may name; those that are used when it names none are a Recipe's."""

from typing import Annotated, TypeAlias

from forefolio.core.component import Component, OneOf
from forefolio.forecast.base import Forecaster
from forefolio.forecast.models.adaptive import RegimeAdaptive
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
from forefolio.forecast.models.scikit_learn import ScikitLearn, as_forecaster
from forefolio.forecast.models.support_vector import SVR, KernelRidge
from forefolio.forecast.models.trees import RandomForest, XGBoost
from forefolio.forecast.models.tune import Tuned
from forefolio.forecast.volatility.arch_model import ArchModel
from forefolio.forecast.volatility.arima import ARIMAVolatility
from forefolio.forecast.volatility.forecasters import EWMA, VolatilityAverage
from forefolio.forecast.volatility.garch import GARCH, GJR
from forefolio.forecast.volatility.half_lives import HalfLives
from forefolio.forecast.volatility.har import HAR, HARX, RangeHAR
from forefolio.forecast.volatility.learnt import LearntVolatility

MODELS: tuple[type[Component], ...] = (
    ARIMA,
    BayesianRidge,
    XGBoost,
    XGBoostRanks,
    RidgeRanks,
    RandomForest,
    SVR,
    KernelRidge,
    Tuned,
    ScikitLearn,
    LSTM,
    TCN,
    MLP,
    Zero,
    HistoricalMean,
    PooledMean,
    ShrunkMean,
    AlwaysUp,
    EWMA,
    HalfLives,
    GARCH,
    GJR,
    HAR,
    RangeHAR,
    HARX,
    LearntVolatility,
    ARIMAVolatility,
    ArchModel,
    VolatilityAverage,
    RegimeAdaptive,
)

AnyForecaster: TypeAlias = Annotated[Forecaster, OneOf(*MODELS, adapt=as_forecaster)]
