"""Risk: what is feared."""

from forefolio.risk.base import Covariance, RiskModel
from forefolio.risk.contributions import Contributions, RiskAttribution, attribute_risk
from forefolio.risk.covariance import (
    RISK_MODELS,
    AnyRiskModel,
    LedoitWolf,
    LedoitWolfIdentity,
    SampleCovariance,
    VolatilityTimesCorrelation,
)
from forefolio.risk.validate import (
    LikelihoodRatio,
    ValueAtRiskCheck,
    check_breaches,
    check_value_at_risk,
)

__all__ = [
    "RISK_MODELS",
    "AnyRiskModel",
    "Contributions",
    "Covariance",
    "LedoitWolf",
    "LedoitWolfIdentity",
    "LikelihoodRatio",
    "RiskAttribution",
    "RiskModel",
    "SampleCovariance",
    "ValueAtRiskCheck",
    "VolatilityTimesCorrelation",
    "attribute_risk",
    "check_breaches",
    "check_value_at_risk",
]
