"""Risk: covariances, tail losses, simulations, stress tests and factor exposures."""

from forefolio.core.callable_package import make_callable
from forefolio.risk.base import AnyCovariance, Covariance, FactorCovariance, RiskModel
from forefolio.risk.covariance.dynamic_correlation import DynamicCorrelation
from forefolio.risk.covariance.estimators import OAS, Denoised, EWMACovariance
from forefolio.risk.covariance.factor_model import FactorModel
from forefolio.risk.covariance.loss import covariance_loss
from forefolio.risk.covariance.models import (
    FOR_RISK,
    RISK_MODELS,
    AnyRiskModel,
    LedoitWolf,
    LedoitWolfIdentity,
    SampleCovariance,
    VolatilityTimesCorrelation,
)
from forefolio.risk.covariance.nonlinear import NonlinearShrinkage
from forefolio.risk.covariance.robust import Gerber, Semicovariance
from forefolio.risk.covariance.structured import Detoned, SingleIndex
from forefolio.risk.covariance.thresholded import POET
from forefolio.risk.entropy_pooling import PooledScenarios, entropy_pooled
from forefolio.risk.factors.contributions import (
    RiskAttribution,
    RiskContributions,
    attribute_risk,
    attribute_to_factors,
    volatility_shares,
)
from forefolio.risk.factors.market_factors import market_factors
from forefolio.risk.factors.model import (
    FactorAnalysis,
    FactorReturns,
    analyze_factors,
    principal_factors,
    rolling_exposures,
)
from forefolio.risk.named import RiskFactorModel, VaRModel, VolatilityModel
from forefolio.risk.simulation.clustered_paths import (
    RETURN_MODELS,
    AnyReturnModel,
    FilteredBootstrap,
    RegimeSwitching,
)
from forefolio.risk.simulation.monte_carlo import (
    EstimateWithError,
    MonteCarlo,
    Simulation,
    with_drift,
)
from forefolio.risk.simulation.paths import BlockBootstrap, Gaussian, Law, ReturnModel, StudentT
from forefolio.risk.stress.base import Moves, Stress, StressLoss, StressTest, stress_loss
from forefolio.risk.stress.catalog import STRESSES, USUAL, AnyStress, load_stresses, stress_test
from forefolio.risk.stress.episodes import EPISODES, Episode
from forefolio.risk.stress.shocks import SHOCKS, Shock
from forefolio.risk.tails.backtest import ValueAtRiskBacktest, backtest_value_at_risk
from forefolio.risk.tails.breaches import (
    LikelihoodRatio,
    ValueAtRiskCheck,
    check_breaches,
    check_value_at_risk,
)
from forefolio.risk.tails.filtered import FilteredHistorical
from forefolio.risk.tails.measures import (
    TAIL_MODELS,
    AnyTailModel,
    TailRisk,
    portfolio_returns,
    tail_risk,
)
from forefolio.risk.tails.models import CornishFisher, Historical, Loss, Normal, TailModel, TailSpec
from forefolio.risk.volatility_interval import (
    IntervalRecord,
    VolatilityInterval,
    interval_record,
    volatility_interval,
)

__all__ = [
    "EPISODES",
    "FOR_RISK",
    "OAS",
    "POET",
    "RETURN_MODELS",
    "RISK_MODELS",
    "SHOCKS",
    "STRESSES",
    "TAIL_MODELS",
    "USUAL",
    "AnyCovariance",
    "AnyReturnModel",
    "AnyRiskModel",
    "AnyStress",
    "AnyTailModel",
    "BlockBootstrap",
    "CornishFisher",
    "Covariance",
    "Denoised",
    "Detoned",
    "DynamicCorrelation",
    "EWMACovariance",
    "Episode",
    "EstimateWithError",
    "FactorAnalysis",
    "FactorCovariance",
    "FactorModel",
    "FactorReturns",
    "FilteredBootstrap",
    "FilteredHistorical",
    "Gaussian",
    "Gerber",
    "Historical",
    "IntervalRecord",
    "Law",
    "LedoitWolf",
    "LedoitWolfIdentity",
    "LikelihoodRatio",
    "Loss",
    "MonteCarlo",
    "Moves",
    "NonlinearShrinkage",
    "Normal",
    "PooledScenarios",
    "RegimeSwitching",
    "ReturnModel",
    "RiskAttribution",
    "RiskContributions",
    "RiskFactorModel",
    "RiskModel",
    "SampleCovariance",
    "Semicovariance",
    "Shock",
    "Simulation",
    "SingleIndex",
    "Stress",
    "StressLoss",
    "StressTest",
    "StudentT",
    "TailModel",
    "TailRisk",
    "TailSpec",
    "VaRModel",
    "ValueAtRiskBacktest",
    "ValueAtRiskCheck",
    "VolatilityInterval",
    "VolatilityModel",
    "VolatilityTimesCorrelation",
    "analyze_factors",
    "attribute_risk",
    "attribute_to_factors",
    "backtest_value_at_risk",
    "check_breaches",
    "check_value_at_risk",
    "covariance_loss",
    "entropy_pooled",
    "interval_record",
    "load_stresses",
    "market_factors",
    "portfolio_returns",
    "principal_factors",
    "rolling_exposures",
    "stress_loss",
    "stress_test",
    "tail_risk",
    "volatility_interval",
    "volatility_shares",
    "with_drift",
]

make_callable(__name__, "forefolio.library.holdings", "risk")
