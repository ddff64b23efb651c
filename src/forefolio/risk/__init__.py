"""Risk: what is feared."""

from forefolio.risk.base import Covariance, RiskModel

__all__ = ["Covariance", "RiskModel"]
