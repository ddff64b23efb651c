"""Strategies: a rule that can be followed every day."""

from forefolio.strategy.barbell import Barbell
from forefolio.strategy.base import ForecastStrategy, Policy, Strategy
from forefolio.strategy.baselines import Classical, EqualWeight, InverseVolatility, Momentum
from forefolio.strategy.catalog import STRATEGIES, AnyStrategy
from forefolio.strategy.duration import DurationTiming
from forefolio.strategy.forecast_driven import ForecastDriven
from forefolio.strategy.named import strategy_named
from forefolio.strategy.nervousness import Turbulence
from forefolio.strategy.overlays import DrawdownTrigger, VolatilityTarget
from forefolio.strategy.regime_aware import RegimeAware
from forefolio.strategy.signalled import SignalDriven

__all__ = [
    "STRATEGIES",
    "AnyStrategy",
    "Barbell",
    "Classical",
    "DrawdownTrigger",
    "DurationTiming",
    "EqualWeight",
    "ForecastDriven",
    "ForecastStrategy",
    "InverseVolatility",
    "Momentum",
    "Policy",
    "RegimeAware",
    "SignalDriven",
    "Strategy",
    "Turbulence",
    "VolatilityTarget",
    "strategy_named",
]
