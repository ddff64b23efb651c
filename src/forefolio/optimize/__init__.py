"""From expectation to weights."""

from typing import Annotated, TypeAlias

from forefolio.component import OneOf
from forefolio.optimize.base import Allocation, Optimizer, Outlook, outlook_for
from forefolio.optimize.catalog import CONSTRAINTS, AnyConstraint
from forefolio.optimize.constraints import (
    AnnualReturn,
    Bounds,
    Budget,
    Constraint,
    Group,
    LongOnly,
    Turnover,
)
from forefolio.optimize.convex import (
    MaximumDiversification,
    MaximumSharpe,
    MinimumTrackingError,
    MinimumVariance,
    TargetReturn,
    TargetVolatility,
    Utility,
)
from forefolio.optimize.costs import (
    COSTS,
    AnyCost,
    Cost,
    Proportional,
    SquareRootImpact,
    TradingContext,
)
from forefolio.optimize.critical_line import exact_frontier
from forefolio.optimize.factor_frontier import FactorFrontier, factor_frontier
from forefolio.optimize.frontier import Frontier, FrontierPoint
from forefolio.optimize.heuristic import EqualWeight, InverseVolatility
from forefolio.optimize.holdings import Forbidden, MaximumNames, MinimumPosition, MustHold
from forefolio.optimize.language import parse_constraint, parse_constraints
from forefolio.optimize.limits import Exposure, Leverage, TrackingError, VolatilityCap
from forefolio.optimize.portfolio import PortfolioResult, optimize_portfolio
from forefolio.optimize.shares import Orders, whole_shares
from forefolio.optimize.soft import Soft
from forefolio.optimize.solvers import SolverControl
from forefolio.optimize.terms import TERMS, AnyTerm, ExpectedReturn, Term, TradingCost, Variance

OPTIMIZERS = (
    MaximumSharpe,
    MinimumVariance,
    TargetReturn,
    TargetVolatility,
    Utility,
    MaximumDiversification,
    MinimumTrackingError,
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
    "Exposure",
    "Forbidden",
    "FactorFrontier",
    "Frontier",
    "FrontierPoint",
    "Group",
    "InverseVolatility",
    "Leverage",
    "LongOnly",
    "MaximumDiversification",
    "MaximumNames",
    "MaximumSharpe",
    "MinimumPosition",
    "MinimumTrackingError",
    "MinimumVariance",
    "MustHold",
    "Optimizer",
    "Orders",
    "Outlook",
    "PortfolioResult",
    "Proportional",
    "Soft",
    "SolverControl",
    "SquareRootImpact",
    "TargetReturn",
    "TargetVolatility",
    "Term",
    "TrackingError",
    "TradingContext",
    "TradingCost",
    "Turnover",
    "Utility",
    "Variance",
    "VolatilityCap",
    "exact_frontier",
    "factor_frontier",
    "optimize_portfolio",
    "outlook_for",
    "parse_constraint",
    "parse_constraints",
    "whole_shares",
]
