"""Strategies: a rule that can be followed every day."""

from forefolio.strategy.barbell import Barbell
from forefolio.strategy.base import Composite, ForecastStrategy, Policy, Strategy
from forefolio.strategy.baselines import Classical, EqualWeight, InverseVolatility, Momentum
from forefolio.strategy.catalog import STRATEGIES, AnyStrategy
from forefolio.strategy.duration import DurationTiming
from forefolio.strategy.forecast_driven import ForecastDriven
from forefolio.strategy.named import strategy_named
from forefolio.strategy.needs import (
    Needs,
    following,
    horizon_of,
    needs_of,
    walking,
    with_forecasts,
    without_forecasts,
)
from forefolio.strategy.nervousness import Turbulence
from forefolio.strategy.overlays import DrawdownTrigger, VolatilityTarget
from forefolio.strategy.regime_aware import RegimeAware
from forefolio.strategy.signalled import SignalDriven

__all__ = [
    "STRATEGIES",
    "AnyStrategy",
    "Barbell",
    "Classical",
    "Composite",
    "DrawdownTrigger",
    "DurationTiming",
    "EqualWeight",
    "ForecastDriven",
    "ForecastStrategy",
    "InverseVolatility",
    "Momentum",
    "Needs",
    "Policy",
    "RegimeAware",
    "SignalDriven",
    "Strategy",
    "Turbulence",
    "VolatilityTarget",
    "following",
    "horizon_of",
    "needs_of",
    "strategy_named",
    "walking",
    "with_forecasts",
    "without_forecasts",
]
