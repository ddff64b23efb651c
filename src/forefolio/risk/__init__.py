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
from forefolio.risk.paths import BlockBootstrap, Gaussian, Law, ReturnModel, StudentT
from forefolio.risk.simulate import Estimate, MonteCarlo, Simulation
from forefolio.risk.tails import CornishFisher, Historical, Loss, Normal, Question, TailModel
from forefolio.risk.validate import (
    LikelihoodRatio,
    ValueAtRiskCheck,
    check_breaches,
    check_value_at_risk,
)
from forefolio.risk.var_backtest import ValueAtRiskBacktest, backtest_value_at_risk

__all__ = [
    "OAS",
    "RETURN_MODELS",
    "RISK_MODELS",
    "TAIL_MODELS",
    "AnyCovariance",
    "AnyReturnModel",
    "AnyRiskModel",
    "AnyTailModel",
    "BlockBootstrap",
    "Contributions",
    "CornishFisher",
    "Covariance",
    "Denoised",
    "EWMACovariance",
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
    "Normal",
    "Question",
    "RegimeSwitching",
    "ReturnModel",
    "RiskAttribution",
    "RiskModel",
    "SampleCovariance",
    "Simulation",
    "StudentT",
    "TailModel",
    "TailRisk",
    "ValueAtRiskBacktest",
    "ValueAtRiskCheck",
    "VolatilityTimesCorrelation",
    "analyze_factors",
    "attribute_risk",
    "attribute_to_factors",
    "backtest_value_at_risk",
    "check_breaches",
    "check_value_at_risk",
    "covariance_loss",
    "market_factors",
    "portfolio_returns",
    "principal_factors",
    "rolling_exposures",
    "tail_risk",
]
