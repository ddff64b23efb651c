"""Strategies: a rule that can be followed every day."""

from forefolio.strategy.base import ForecastStrategy, Policy, Strategy
from forefolio.strategy.baselines import Classical, EqualWeight, InverseVolatility, Momentum
from forefolio.strategy.catalog import STRATEGIES, AnyStrategy
from forefolio.strategy.driven import ForecastDriven
from forefolio.strategy.signalled import SignalDriven

__all__ = [
    "STRATEGIES",
    "AnyStrategy",
    "Classical",
    "EqualWeight",
    "ForecastDriven",
    "ForecastStrategy",
    "InverseVolatility",
    "Momentum",
    "Policy",
    "SignalDriven",
    "Strategy",
]
