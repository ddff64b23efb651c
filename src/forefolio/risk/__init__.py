"""Risk: what is feared."""

from forefolio.risk.base import Covariance, RiskModel
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
    "Covariance",
    "LedoitWolf",
    "LedoitWolfIdentity",
    "RiskModel",
    "SampleCovariance",
    "VolatilityTimesCorrelation",
]
