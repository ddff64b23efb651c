"""From expectation to weights."""

from typing import Annotated, TypeAlias

from forefolio.core.callable_package import make_callable
from forefolio.core.component import OneOf
from forefolio.optimize.base import Allocation, Basis, Optimizer, Outlook, outlook_for
from forefolio.optimize.constraints.holdings import (
    Forbidden,
    MaximumNames,
    MinimumNames,
    MinimumPosition,
    MustHold,
)
from forefolio.optimize.constraints.limits import Exposure, Leverage, TrackingError, VolatilityCap
from forefolio.optimize.constraints.linear import (
    AnnualReturn,
    Bounds,
    Budget,
    Constraint,
    Group,
    LongOnly,
    Turnover,
)
from forefolio.optimize.constraints.positions import (
    ActiveShare,
    ActiveWeights,
    LongPositions,
    ShortPositions,
    TradeLimit,
)
from forefolio.optimize.constraints.risk_contribution import RiskContribution
from forefolio.optimize.constraints.risk_limit import RiskLimit
from forefolio.optimize.constraints.soft import Soft
from forefolio.optimize.constraints.weighted import WeightedSum
from forefolio.optimize.estimates import (
    frontier_from_estimates,
    optimize_from_estimates,
    outlook_from_estimates,
)
from forefolio.optimize.exact.critical_line import exact_frontier
from forefolio.optimize.exact.cvar import CVaRFrontier, CVaRPoint, cvar_frontier, minimum_cvar
from forefolio.optimize.exact.factor_frontier import FactorFrontier, factor_frontier
from forefolio.optimize.exact.factor_rows import FactorRowFrontier, factor_row_frontier
from forefolio.optimize.exact.frontier import Frontier, FrontierPoint
from forefolio.optimize.exact.polyhedron import Distance, Polyhedron
from forefolio.optimize.exact.row_frontier import RowFrontier, row_frontier
from forefolio.optimize.exact.sliding_window import (
    SharpeWalk,
    VarianceWalk,
    walk_maximum_sharpe,
    walk_minimum_variance,
)
from forefolio.optimize.exact.tail_frontier import TailFrontier, tail_frontier
from forefolio.optimize.explanation.explain import explain
from forefolio.optimize.explanation.explanation import (
    BindingLimit,
    Entrant,
    Explanation,
    PositionReason,
)
from forefolio.optimize.frontier.curve import CurvePoint, FrontierCurve
from forefolio.optimize.frontier.efficient import EfficientFrontier
from forefolio.optimize.liquidity import TradingContext
from forefolio.optimize.measures.catalog import PAST_MEASURES, AnyPastMeasure
from forefolio.optimize.measures.drawdowns import (
    AverageDrawdown,
    ConditionalDrawdown,
    EntropicDrawdown,
    MaximumDrawdown,
    RelativisticDrawdown,
    UlcerIndex,
)
from forefolio.optimize.measures.of_losses import conditional_value_at_risk
from forefolio.optimize.measures.ordered import GiniMeanDifference, OrderedLosses, TailGini
from forefolio.optimize.measures.sessions import (
    ConditionalValueAtRisk,
    EntropicValueAtRisk,
    LowerPartialMoment,
    MeanAbsoluteDeviation,
    RelativisticValueAtRisk,
    RobustConditionalValueAtRisk,
    Semideviation,
    WorstLoss,
)
from forefolio.optimize.names import Naming, Universe, check_names
from forefolio.optimize.objectives.any_risk import MaximumReturnToRisk, MinimumRisk
from forefolio.optimize.objectives.black_litterman import BlackLitterman
from forefolio.optimize.objectives.capital_asset_pricing import CapitalAssetPricing
from forefolio.optimize.objectives.costs import COSTS, AnyCost, Cost, Proportional, SquareRootImpact
from forefolio.optimize.objectives.covariance_sets import (
    COVARIANCE_SETS,
    AnyCovarianceSet,
    BootstrappedCovariances,
    CovarianceBox,
    CovarianceEllipsoid,
    CovarianceSet,
)
from forefolio.optimize.objectives.entropy_pooling import EntropyPooling
from forefolio.optimize.objectives.fees import Fees, parse_fees
from forefolio.optimize.objectives.heuristic import EqualWeighted, InverseVolatilityWeighted
from forefolio.optimize.objectives.hierarchical import (
    HierarchicalEqualRisk,
    HierarchicalRiskParity,
    NestedClusters,
)
from forefolio.optimize.objectives.mean_variance import (
    MaximumDiversification,
    MaximumSharpe,
    MinimumTrackingError,
    MinimumVariance,
    TargetReturn,
    TargetVolatility,
    Utility,
)
from forefolio.optimize.objectives.multi_period import MultiPeriod, Plan
from forefolio.optimize.objectives.opinion_pooling import Opinion, OpinionPooling
from forefolio.optimize.objectives.own import FunctionObjective, as_optimizer
from forefolio.optimize.objectives.penalties import LassoPenalty, RidgePenalty, parse_penalty
from forefolio.optimize.objectives.resampled import Resampled
from forefolio.optimize.objectives.risk_budget import RiskParity
from forefolio.optimize.objectives.risk_measures import (
    RISK_MEASURES,
    ActiveRisk,
    AnyRiskMeasure,
    RiskMeasure,
    VolatilityMeasure,
    WorstVolatility,
)
from forefolio.optimize.objectives.robust import WorstJointReturn, WorstReturn
from forefolio.optimize.objectives.scenario_based import (
    MaximumGrowth,
    MinimumDrawdown,
    MinimumTailLoss,
)
from forefolio.optimize.objectives.scenario_views import ScenarioView, parse_scenario_view
from forefolio.optimize.objectives.schur import SchurComplementary
from forefolio.optimize.objectives.stacked import Stacked
from forefolio.optimize.objectives.terms import (
    TERMS,
    AnyTerm,
    ExpectedReturn,
    RiskPenalty,
    Term,
    TradingCost,
    Variance,
)
from forefolio.optimize.objectives.views import View, parse_view
from forefolio.optimize.objectives.worst_variance import WorstVariance
from forefolio.optimize.optimizer import PortfolioOptimizer
from forefolio.optimize.portfolio import PortfolioResult, optimize_portfolio
from forefolio.optimize.program.scenarios import DrawdownLoss, LogGrowth, TailLoss
from forefolio.optimize.program.solvers import SolverControl
from forefolio.optimize.shares import Orders, whole_shares
from forefolio.optimize.words.catalog import CONSTRAINTS, AnyConstraint
from forefolio.optimize.words.language import parse_constraint, parse_constraints
from forefolio.optimize.words.usual import with_usual

OPTIMIZERS = (
    MaximumSharpe,
    MinimumVariance,
    TargetReturn,
    TargetVolatility,
    Utility,
    MultiPeriod,
    MaximumDiversification,
    MinimumTrackingError,
    MinimumTailLoss,
    MinimumDrawdown,
    MaximumGrowth,
    MinimumRisk,
    MaximumReturnToRisk,
    RiskParity,
    HierarchicalRiskParity,
    SchurComplementary,
    HierarchicalEqualRisk,
    NestedClusters,
    BlackLitterman,
    CapitalAssetPricing,
    EntropyPooling,
    OpinionPooling,
    Resampled,
    Stacked,
    EqualWeighted,
    InverseVolatilityWeighted,
)
AnyOptimizer: TypeAlias = Annotated[Optimizer, OneOf(*OPTIMIZERS, adapt=as_optimizer)]

__all__ = [
    "CONSTRAINTS",
    "COSTS",
    "COVARIANCE_SETS",
    "OPTIMIZERS",
    "PAST_MEASURES",
    "RISK_MEASURES",
    "TERMS",
    "ActiveRisk",
    "ActiveShare",
    "ActiveWeights",
    "Allocation",
    "AnnualReturn",
    "AnyConstraint",
    "AnyCost",
    "AnyCovarianceSet",
    "AnyOptimizer",
    "AnyPastMeasure",
    "AnyRiskMeasure",
    "AnyTerm",
    "AverageDrawdown",
    "Basis",
    "BindingLimit",
    "BlackLitterman",
    "BootstrappedCovariances",
    "Bounds",
    "Budget",
    "CVaRFrontier",
    "CVaRPoint",
    "CapitalAssetPricing",
    "ConditionalDrawdown",
    "ConditionalValueAtRisk",
    "Constraint",
    "Cost",
    "CovarianceBox",
    "CovarianceEllipsoid",
    "CovarianceSet",
    "CurvePoint",
    "Distance",
    "DrawdownLoss",
    "EfficientFrontier",
    "Entrant",
    "EntropicDrawdown",
    "EntropicValueAtRisk",
    "EntropyPooling",
    "EqualWeighted",
    "ExpectedReturn",
    "Explanation",
    "Exposure",
    "FactorFrontier",
    "FactorRowFrontier",
    "Fees",
    "Forbidden",
    "Frontier",
    "FrontierCurve",
    "FrontierPoint",
    "FunctionObjective",
    "GiniMeanDifference",
    "Group",
    "HierarchicalEqualRisk",
    "HierarchicalRiskParity",
    "InverseVolatilityWeighted",
    "LassoPenalty",
    "Leverage",
    "LogGrowth",
    "LongOnly",
    "LongPositions",
    "LowerPartialMoment",
    "MaximumDiversification",
    "MaximumDrawdown",
    "MaximumGrowth",
    "MaximumNames",
    "MaximumReturnToRisk",
    "MaximumSharpe",
    "MeanAbsoluteDeviation",
    "MinimumDrawdown",
    "MinimumNames",
    "MinimumPosition",
    "MinimumRisk",
    "MinimumTailLoss",
    "MinimumTrackingError",
    "MinimumVariance",
    "MultiPeriod",
    "MustHold",
    "Naming",
    "NestedClusters",
    "Opinion",
    "OpinionPooling",
    "Optimizer",
    "OrderedLosses",
    "Orders",
    "Outlook",
    "Plan",
    "Polyhedron",
    "PortfolioOptimizer",
    "PortfolioResult",
    "PositionReason",
    "Proportional",
    "RelativisticDrawdown",
    "RelativisticValueAtRisk",
    "Resampled",
    "RidgePenalty",
    "RiskContribution",
    "RiskLimit",
    "RiskMeasure",
    "RiskParity",
    "RiskPenalty",
    "RobustConditionalValueAtRisk",
    "RowFrontier",
    "ScenarioView",
    "SchurComplementary",
    "Semideviation",
    "SharpeWalk",
    "ShortPositions",
    "Soft",
    "SolverControl",
    "SquareRootImpact",
    "Stacked",
    "TailFrontier",
    "TailGini",
    "TailLoss",
    "TargetReturn",
    "TargetVolatility",
    "Term",
    "TrackingError",
    "TradeLimit",
    "TradingContext",
    "TradingCost",
    "Turnover",
    "UlcerIndex",
    "Universe",
    "Utility",
    "Variance",
    "VarianceWalk",
    "View",
    "VolatilityCap",
    "VolatilityMeasure",
    "WeightedSum",
    "WorstJointReturn",
    "WorstLoss",
    "WorstReturn",
    "WorstVariance",
    "WorstVolatility",
    "check_names",
    "conditional_value_at_risk",
    "cvar_frontier",
    "exact_frontier",
    "explain",
    "factor_frontier",
    "factor_row_frontier",
    "frontier_from_estimates",
    "minimum_cvar",
    "optimize_from_estimates",
    "optimize_portfolio",
    "outlook_for",
    "outlook_from_estimates",
    "parse_constraint",
    "parse_constraints",
    "parse_fees",
    "parse_penalty",
    "parse_scenario_view",
    "parse_view",
    "row_frontier",
    "tail_frontier",
    "walk_maximum_sharpe",
    "walk_minimum_variance",
    "whole_shares",
    "with_usual",
]

make_callable(__name__, "forefolio.library.portfolios", "optimize")
