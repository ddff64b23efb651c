"""From expectation to weights."""

from typing import Annotated, TypeAlias

from forefolio.component import OneOf
from forefolio.optimize.base import Allocation, Basis, Optimizer, Outlook, outlook_for
from forefolio.optimize.black_litterman import BlackLitterman
from forefolio.optimize.budgeting import RiskParity
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
from forefolio.optimize.curve import CurvePoint, FrontierCurve
from forefolio.optimize.cvar import CVaRFrontier, CVaRPoint, cvar_frontier, minimum_cvar
from forefolio.optimize.cvar_sieve import conditional_value_at_risk
from forefolio.optimize.efficient import EfficientFrontier
from forefolio.optimize.explain import explain
from forefolio.optimize.explanation import BindingLimit, Entrant, Explanation, PositionReason
from forefolio.optimize.factor_frontier import FactorFrontier, factor_frontier
from forefolio.optimize.frontier import Frontier, FrontierPoint
from forefolio.optimize.heuristic import EqualWeight, InverseVolatility
from forefolio.optimize.hierarchical import (
    HierarchicalEqualRisk,
    HierarchicalRiskParity,
    NestedClusters,
)
from forefolio.optimize.holdings import Forbidden, MaximumNames, MinimumPosition, MustHold
from forefolio.optimize.language import parse_constraint, parse_constraints
from forefolio.optimize.limits import Exposure, Leverage, TrackingError, VolatilityCap
from forefolio.optimize.names import Naming, Universe, check_names
from forefolio.optimize.optimizer import PortfolioOptimizer
from forefolio.optimize.polyhedron import Distance, Polyhedron
from forefolio.optimize.portfolio import PortfolioResult, optimize_portfolio
from forefolio.optimize.risk_measures import (
    RISK_MEASURES,
    ActiveRisk,
    AnyRiskMeasure,
    ConditionalDrawdown,
    ConditionalValueAtRisk,
    RiskMeasure,
    Volatility,
)
from forefolio.optimize.robust import WorstJointReturn, WorstReturn
from forefolio.optimize.row_frontier import RowFrontier, row_frontier
from forefolio.optimize.scenario_based import MaximumGrowth, MinimumDrawdown, MinimumTailLoss
from forefolio.optimize.scenarios import DrawdownLoss, LogGrowth, TailLoss
from forefolio.optimize.shares import Orders, whole_shares
from forefolio.optimize.soft import Soft
from forefolio.optimize.solvers import SolverControl
from forefolio.optimize.terms import TERMS, AnyTerm, ExpectedReturn, Term, TradingCost, Variance
from forefolio.optimize.views import View, parse_view
from forefolio.optimize.walk import SharpeWalk, walk_maximum_sharpe

OPTIMIZERS = (
    MaximumSharpe,
    MinimumVariance,
    TargetReturn,
    TargetVolatility,
    Utility,
    MaximumDiversification,
    MinimumTrackingError,
    MinimumTailLoss,
    MinimumDrawdown,
    MaximumGrowth,
    RiskParity,
    HierarchicalRiskParity,
    HierarchicalEqualRisk,
    NestedClusters,
    BlackLitterman,
    EqualWeight,
    InverseVolatility,
)
AnyOptimizer: TypeAlias = Annotated[Optimizer, OneOf(*OPTIMIZERS)]

__all__ = [
    "CONSTRAINTS",
    "COSTS",
    "OPTIMIZERS",
    "RISK_MEASURES",
    "TERMS",
    "ActiveRisk",
    "Allocation",
    "AnnualReturn",
    "AnyConstraint",
    "AnyCost",
    "AnyOptimizer",
    "AnyRiskMeasure",
    "AnyTerm",
    "Basis",
    "BindingLimit",
    "BlackLitterman",
    "Bounds",
    "Budget",
    "CVaRFrontier",
    "CVaRPoint",
    "ConditionalDrawdown",
    "ConditionalValueAtRisk",
    "Constraint",
    "Cost",
    "CurvePoint",
    "Distance",
    "DrawdownLoss",
    "EfficientFrontier",
    "Entrant",
    "EqualWeight",
    "ExpectedReturn",
    "Explanation",
    "Exposure",
    "FactorFrontier",
    "Forbidden",
    "Frontier",
    "FrontierCurve",
    "FrontierPoint",
    "Group",
    "HierarchicalEqualRisk",
    "HierarchicalRiskParity",
    "InverseVolatility",
    "Leverage",
    "LogGrowth",
    "LongOnly",
    "MaximumDiversification",
    "MaximumGrowth",
    "MaximumNames",
    "MaximumSharpe",
    "MinimumDrawdown",
    "MinimumPosition",
    "MinimumTailLoss",
    "MinimumTrackingError",
    "MinimumVariance",
    "MustHold",
    "Naming",
    "NestedClusters",
    "Optimizer",
    "Orders",
    "Outlook",
    "Polyhedron",
    "PortfolioOptimizer",
    "PortfolioResult",
    "PositionReason",
    "Proportional",
    "RiskMeasure",
    "RiskParity",
    "RowFrontier",
    "SharpeWalk",
    "Soft",
    "SolverControl",
    "SquareRootImpact",
    "TailLoss",
    "TargetReturn",
    "TargetVolatility",
    "Term",
    "TrackingError",
    "TradingContext",
    "TradingCost",
    "Turnover",
    "Universe",
    "Utility",
    "Variance",
    "View",
    "Volatility",
    "VolatilityCap",
    "WorstJointReturn",
    "WorstReturn",
    "check_names",
    "conditional_value_at_risk",
    "cvar_frontier",
    "exact_frontier",
    "explain",
    "factor_frontier",
    "minimum_cvar",
    "optimize_portfolio",
    "outlook_for",
    "parse_constraint",
    "parse_constraints",
    "parse_view",
    "row_frontier",
    "walk_maximum_sharpe",
    "whole_shares",
]
