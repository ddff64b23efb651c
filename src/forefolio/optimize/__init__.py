"""From expectation to weights."""

from forefolio.optimize.base import Allocation, Optimizer, Outlook
from forefolio.optimize.costs import (
    COSTS,
    AnyCost,
    Cost,
    Proportional,
    SquareRootImpact,
    TradingContext,
)

__all__ = [
    "COSTS",
    "Allocation",
    "AnyCost",
    "Cost",
    "Optimizer",
    "Outlook",
    "Proportional",
    "SquareRootImpact",
    "TradingContext",
]
