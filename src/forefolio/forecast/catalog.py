"""The forecasters a document may name; those that are used when it names none are a Recipe's."""

from typing import Annotated, TypeAlias

from forefolio.component import Component, OneOf
from forefolio.forecast.adaptive import RegimeAdaptive
from forefolio.forecast.arch_model import ArchModel
from forefolio.forecast.arima_volatility import ARIMAVolatility
from forefolio.forecast.base import Forecaster
from forefolio.forecast.baselines import AlwaysUp, HistoricalMean, PooledMean, ShrunkMean, Zero
from forefolio.forecast.garch import GARCH, GJR
from forefolio.forecast.har import HAR, HARX, RangeHAR
from forefolio.forecast.linear import BayesianRidge
from forefolio.forecast.neural import LSTM, MLP, TCN
from forefolio.forecast.ranks import RidgeRanks, XGBoostRanks
from forefolio.forecast.series import ARIMA
from forefolio.forecast.support_vector import SVR, KernelRidge
from forefolio.forecast.trees import RandomForest, XGBoost
from forefolio.forecast.tune import Tuned
from forefolio.forecast.variance_trees import XGBoostVolatility
from forefolio.forecast.volatility import EWMA, VolatilityAverage

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
    LSTM,
    TCN,
    MLP,
    Zero,
    HistoricalMean,
    PooledMean,
    ShrunkMean,
    AlwaysUp,
    EWMA,
    GARCH,
    GJR,
    HAR,
    RangeHAR,
    HARX,
    XGBoostVolatility,
    ARIMAVolatility,
    ArchModel,
    VolatilityAverage,
    RegimeAdaptive,
)

AnyForecaster: TypeAlias = Annotated[Forecaster, OneOf(*MODELS)]
