"""Constraints that say no more than a budget and bounds: the structure that fast solvers need.

1. What each constraint says of each asset is joined; one that says anything else ends it.
2. The frontier over the box is exact: by the critical line, or by the dual of a factor model.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from forefolio.errors import Infeasible, InputError
from forefolio.optimize.base import Outlook
from forefolio.optimize.box import Box
from forefolio.optimize.constraints import Bounds, Budget, Constraint, Level, LongOnly, Turnover
from forefolio.optimize.critical_line import exact_frontier
from forefolio.optimize.factor_frontier import FactorFrontier, factor_frontier
from forefolio.optimize.frontier import Frontier
from forefolio.optimize.holdings import Forbidden, MustHold
from forefolio.risk import FactorCovariance
from forefolio.units import Array

AnyFrontier: TypeAlias = Frontier | FactorFrontier


@dataclass(slots=True)
class _Limits:
    """The tightest limits so far."""

    assets: tuple[str, ...]
    lower: Array  # (N,)
    upper: Array  # (N,)
    budgets: set[float] = field(default_factory=set)

    def within(self, lower: Level, upper: Level, among: Sequence[bool] | None = None) -> None:
        """Let the weights of some assets, all unless told, lie between two limits."""
        here = np.ones(len(self.assets), dtype=np.bool_) if among is None else np.array(among)
        if lower is not None:
            self.lower[here] = np.maximum(self.lower[here], lower)
        if upper is not None:
            self.upper[here] = np.minimum(self.upper[here], upper)

    def said(self, constraint: Constraint, outlook: Outlook) -> bool:
        """Whether a constraint is about budget and bounds alone; if so it is joined."""
        match constraint:
            case Budget(lower=lower, upper=upper) if lower == upper:
                self.budgets.add(lower)
            case LongOnly():
                self.within(0.0, None)
            case Bounds(lower=lower, upper=upper, overrides=overrides):
                special = {asset for asset, _, _ in overrides}
                self.within(lower, upper, [asset not in special for asset in self.assets])
                for asset, least, most in overrides:
                    self.within(least, most, [known == asset for known in self.assets])
            case Forbidden(assets=names):
                self.within(0.0, 0.0, [asset in names for asset in self.assets])
            case MustHold(assets=names, at_least=least):
                self.within(least, None, [asset in names for asset in self.assets])
            case Turnover():
                return not outlook.current.any()
            case _:
                return False
        return True


def box_of(constraints: Sequence[Constraint], outlook: Outlook) -> Box | None:
    """The budget and bounds that `constraints` come to; None where they say more, or too little.

    Where they contradict each other it is None as well: the general way says which must give.
    """
    count = len(outlook.assets)
    limits = _Limits(outlook.assets, np.full(count, -np.inf), np.full(count, np.inf))
    if not all(limits.said(constraint, outlook) for constraint in constraints):
        return None
    if len(limits.budgets) != 1 or not np.isfinite(limits.lower).all():
        return None
    try:
        return Box.of(limits.lower, limits.upper, limits.budgets.pop(), outlook.assets)
    except (InputError, Infeasible):
        return None


def frontier_over(box: Box, outlook: Outlook) -> AnyFrontier:
    """Every efficient portfolio within `box`; means are excess over cash, over the horizon.

    Raises:
        DataError: a moment is not known, or the covariance is not positive semi-definite.
        SolverFailed: rounding keeps the trace from its end.
    """
    excess = outlook.mean - outlook.risk_free
    if isinstance(covariance := outlook.covariance, FactorCovariance):
        over_horizon = FactorCovariance(
            assets=covariance.assets,
            loadings=covariance.loadings,
            factors=covariance.factors * outlook.forecast.horizon,
            specific=covariance.specific * outlook.forecast.horizon,
        )
        return factor_frontier(excess, over_horizon, box.lower, box.upper, box.invested)
    return exact_frontier(excess, outlook.risk, box.lower, box.upper, box.invested, outlook.assets)
