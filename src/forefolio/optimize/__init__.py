"""From expectation to weights."""

from typing import Annotated, TypeAlias

from forefolio.component import OneOf
from forefolio.optimize.base import Allocation, Optimizer, Outlook, outlook_for
from forefolio.optimize.constraints import (
    CONSTRAINTS,
    AnnualReturn,
    AnyConstraint,
    Bounds,
    Budget,
    Constraint,
    Group,
    LongOnly,
    Turnover,
)
from forefolio.optimize.convex import MaximumSharpe, MinimumVariance, TargetReturn, Utility
from forefolio.optimize.costs import (
    COSTS,
    AnyCost,
    Cost,
    Proportional,
    SquareRootImpact,
    TradingContext,
)
from forefolio.optimize.critical_line import exact_frontier
from forefolio.optimize.frontier import Frontier, FrontierPoint
from forefolio.optimize.heuristic import EqualWeight, InverseVolatility
from forefolio.optimize.portfolio import PortfolioResult, optimize_portfolio
from forefolio.optimize.terms import TERMS, AnyTerm, ExpectedReturn, Term, TradingCost, Variance

OPTIMIZERS = (
    MaximumSharpe,
    MinimumVariance,
    TargetReturn,
    Utility,
    EqualWeight,
    InverseVolatility,
)
AnyOptimizer: TypeAlias = Annotated[Optimizer, OneOf(*OPTIMIZERS)]

__all__ = [
    "CONSTRAINTS",
    "COSTS",
    "OPTIMIZERS",
    "TERMS",
    "Allocation",
    "AnnualReturn",
    "AnyConstraint",
    "AnyCost",
    "AnyOptimizer",
    "AnyTerm",
    "Bounds",
    "Budget",
    "Constraint",
    "Cost",
    "EqualWeight",
    "ExpectedReturn",
    "Frontier",
    "FrontierPoint",
    "Group",
    "InverseVolatility",
    "LongOnly",
    "MaximumSharpe",
    "MinimumVariance",
    "Optimizer",
    "Outlook",
    "PortfolioResult",
    "Proportional",
    "SquareRootImpact",
    "TargetReturn",
    "Term",
    "TradingContext",
    "TradingCost",
    "Turnover",
    "Utility",
    "Variance",
    "exact_frontier",
    "optimize_portfolio",
    "outlook_for",
]
