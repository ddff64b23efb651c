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

__all__ = [
    "RISK_MODELS",
    "AnyRiskModel",
    "Contributions",
    "Covariance",
    "LedoitWolf",
    "LedoitWolfIdentity",
    "RiskAttribution",
    "RiskModel",
    "SampleCovariance",
    "VolatilityTimesCorrelation",
    "attribute_risk",
]
