"""Strategies: a rule that can be followed every day."""

from forefolio.strategy.base import Policy, Strategy
from forefolio.strategy.baselines import Classical, EqualWeight, InverseVolatility, Momentum
from forefolio.strategy.catalog import STRATEGIES, AnyStrategy
from forefolio.strategy.driven import ForecastDriven

__all__ = [
    "STRATEGIES",
    "AnyStrategy",
    "Classical",
    "EqualWeight",
    "ForecastDriven",
    "InverseVolatility",
    "Momentum",
    "Policy",
    "Strategy",
]
