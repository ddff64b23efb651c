"""Risk: what is feared."""

from forefolio.risk.base import AnyCovariance, Covariance, FactorCovariance, RiskModel
from forefolio.risk.clustered_paths import (
    RETURN_MODELS,
    AnyReturnModel,
    FilteredBootstrap,
    RegimeSwitching,
)
from forefolio.risk.contributions import (
    Contributions,
    RiskAttribution,
    attribute_risk,
    attribute_to_factors,
)
from forefolio.risk.covariance import (
    RISK_MODELS,
    AnyRiskModel,
    LedoitWolf,
    LedoitWolfIdentity,
    SampleCovariance,
    VolatilityTimesCorrelation,
)
from forefolio.risk.episodes import EPISODES, Episode
from forefolio.risk.estimators import OAS, Denoised, EWMACovariance
from forefolio.risk.factor_covariance import FactorModel
from forefolio.risk.factors import (
    FactorAnalysis,
    FactorReturns,
    analyze_factors,
    principal_factors,
    rolling_exposures,
)
from forefolio.risk.filtered import FilteredHistorical
from forefolio.risk.loss import covariance_loss
from forefolio.risk.market_factors import market_factors
from forefolio.risk.measures import (
    TAIL_MODELS,
    AnyTailModel,
    TailRisk,
    portfolio_returns,
    tail_risk,
)
from forefolio.risk.named import RiskFactorModel, VaRModel, VolatilityModel
from forefolio.risk.paths import BlockBootstrap, Gaussian, Law, ReturnModel, StudentT
from forefolio.risk.shocks import SHOCKS, Shock
from forefolio.risk.simulate import Estimate, MonteCarlo, Simulation, with_drift
from forefolio.risk.stress import Moves, Stress, StressLoss, StressTest, stress_loss
from forefolio.risk.stresses import STRESSES, USUAL, AnyStress, load_stresses, stress_test
from forefolio.risk.tails import CornishFisher, Historical, Loss, Normal, Question, TailModel
from forefolio.risk.validate import (
    LikelihoodRatio,
    ValueAtRiskCheck,
    check_breaches,
    check_value_at_risk,
)
from forefolio.risk.var_backtest import ValueAtRiskBacktest, backtest_value_at_risk

__all__ = [
    "EPISODES",
    "OAS",
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
    "Contributions",
    "CornishFisher",
    "Covariance",
    "Denoised",
    "EWMACovariance",
    "Episode",
    "Estimate",
    "FactorAnalysis",
    "FactorCovariance",
    "FactorModel",
    "FactorReturns",
    "FilteredBootstrap",
    "FilteredHistorical",
    "Gaussian",
    "Historical",
    "Law",
    "LedoitWolf",
    "LedoitWolfIdentity",
    "LikelihoodRatio",
    "Loss",
    "MonteCarlo",
    "Moves",
    "Normal",
    "Question",
    "RegimeSwitching",
    "ReturnModel",
    "RiskAttribution",
    "RiskFactorModel",
    "RiskModel",
    "SampleCovariance",
    "Shock",
    "Simulation",
    "Stress",
    "StressLoss",
    "StressTest",
    "StudentT",
    "TailModel",
    "TailRisk",
    "VaRModel",
    "ValueAtRiskBacktest",
    "ValueAtRiskCheck",
    "VolatilityModel",
    "VolatilityTimesCorrelation",
    "analyze_factors",
    "attribute_risk",
    "attribute_to_factors",
    "backtest_value_at_risk",
    "check_breaches",
    "check_value_at_risk",
    "covariance_loss",
    "load_stresses",
    "market_factors",
    "portfolio_returns",
    "principal_factors",
    "rolling_exposures",
    "stress_loss",
    "stress_test",
    "tail_risk",
    "with_drift",
]
