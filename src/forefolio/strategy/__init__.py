"""Strategies: a rule that can be followed every day."""

from forefolio.strategy.barbell import Barbell
from forefolio.strategy.base import (
    Composite,
    ForecastStrategy,
    GoingOn,
    Leaning,
    Policy,
    Resumable,
    Scaling,
    Scheduled,
    Strategy,
    Suited,
)
from forefolio.strategy.baselines import Classical, EqualWeight, InverseVolatility, Momentum
from forefolio.strategy.blend import Blend
from forefolio.strategy.catalog import STRATEGIES, AnyStrategy
from forefolio.strategy.diversified import Diversified
from forefolio.strategy.duration import DurationTiming
from forefolio.strategy.fixed_weights import FixedWeights
from forefolio.strategy.forecast_driven import ForecastDriven
from forefolio.strategy.limits import without_limits
from forefolio.strategy.named import strategy_named
from forefolio.strategy.needs import (
    Needs,
    following,
    following_recipe,
    horizon_of,
    needs_of,
    walking,
    with_forecasts,
    without_forecasts,
)
from forefolio.strategy.nervousness import Turbulence
from forefolio.strategy.overlays import DrawdownTrigger, VolatilityTarget
from forefolio.strategy.portfolio_volatility import PortfolioVolatility
from forefolio.strategy.record_state import RecordState
from forefolio.strategy.regime_aware import RegimeAware
from forefolio.strategy.risk_on_target import ExposureSchedule, RiskOnTarget
from forefolio.strategy.signalled import SignalDriven
from forefolio.strategy.stocks_and_bonds import StocksAndBonds, has_bonds
from forefolio.strategy.tilted import Tilted

__all__ = [
    "STRATEGIES",
    "AnyStrategy",
    "Barbell",
    "Blend",
    "Classical",
    "Composite",
    "Diversified",
    "DrawdownTrigger",
    "DurationTiming",
    "EqualWeight",
    "ExposureSchedule",
    "FixedWeights",
    "ForecastDriven",
    "ForecastStrategy",
    "GoingOn",
    "InverseVolatility",
    "Leaning",
    "Momentum",
    "Needs",
    "Policy",
    "PortfolioVolatility",
    "RecordState",
    "RegimeAware",
    "Resumable",
    "RiskOnTarget",
    "Scaling",
    "Scheduled",
    "SignalDriven",
    "StocksAndBonds",
    "Strategy",
    "Suited",
    "Tilted",
    "Turbulence",
    "VolatilityTarget",
    "following",
    "following_recipe",
    "has_bonds",
    "horizon_of",
    "needs_of",
    "strategy_named",
    "walking",
    "with_forecasts",
    "without_forecasts",
    "without_limits",
]
