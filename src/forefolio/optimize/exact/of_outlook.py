"""The exact frontier of an outlook under constraints, where what they come to has one.

Over a budget and bounds it is followed by the critical line, over anything linear by that of a
polyhedron; of a factor model it is asked of the dual, unless distances are limited.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from forefolio.core.units import Array
from forefolio.optimize.base import Outlook
from forefolio.optimize.constraints.linear import Constraint
from forefolio.optimize.exact.box import Box
from forefolio.optimize.exact.corners import WHOLE_LINE, End
from forefolio.optimize.exact.critical_line import check_moments, traced
from forefolio.optimize.exact.factor_frontier import FactorFrontier, factor_frontier
from forefolio.optimize.exact.factor_rows import FactorRowFrontier, factor_row_frontier
from forefolio.optimize.exact.frontier import Frontier, FrontierPoint
from forefolio.optimize.exact.reading import read_structure
from forefolio.optimize.exact.row_frontier import RowFrontier, rows_traced
from forefolio.optimize.exact.structure import Structure
from forefolio.risk import FactorCovariance

LINE, FACTORS = "critical line", "factor Newton"
MOST_DENSE = 3_000  # assets, beyond which a covariance is not written down for rows

BoxFrontier: TypeAlias = Frontier | FactorFrontier
AnyFrontier: TypeAlias = BoxFrontier | RowFrontier | FactorRowFrontier


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExactFrontier:
    """A frontier that is known exactly, and the limits that it was traced within."""

    line: AnyFrontier
    limits: Structure

    @property
    def by(self) -> str:
        """Who answers."""
        return FACTORS if isinstance(self.line, FactorFrontier | FactorRowFrontier) else LINE

    def binding(
        self, point: FrontierPoint, gradient: Array, risk: float, reward: float
    ) -> tuple[tuple[str, float], ...]:
        """What limits cost at `point`, where the objective has this `gradient` (N,).

        The objective counts half the variance with `risk` and the gain with `reward`.
        """
        if not isinstance(self.line, RowFrontier | FactorRowFrontier):
            return self.limits.binding(point.weights, gradient)
        prices = risk * point.prices if risk else reward * self.line.vertex_prices
        return self.limits.binding(point.weights, gradient, prices)


def exact_within(
    constraints: Sequence[Constraint], outlook: Outlook, end: End = WHOLE_LINE
) -> ExactFrontier | None:
    """The frontier of excess over cash, over the horizon; None where constraints say more.

    Nothing will be asked beyond `end`.

    Raises:
        DataError: a moment is not known, or the covariance is not positive semi-definite.
        Infeasible: no portfolio satisfies the constraints together.
        SolverFailed: rounding keeps the trace from its end.
    """
    limits = read_structure(constraints, outlook)
    if limits is None or limits.cap:
        return None
    return frontier_of(limits, outlook, outlook.mean - outlook.risk_free, end)


def frontier_of(
    limits: Structure, outlook: Outlook, gain: Array, end: End = WHOLE_LINE
) -> ExactFrontier | None:
    """The frontier of a `gain` (N,) over the horizon; None where it would take too long.

    Raises:
        DataError: a moment is not known, or the covariance is not positive semi-definite.
        Infeasible: no portfolio is within the limits.
        SolverFailed: rounding keeps the trace from its end.
    """
    if (box := limits.box) is not None:
        return ExactFrontier(line=_over_box(box, outlook, gain, end), limits=limits)
    if isinstance(outlook.covariance, FactorCovariance) and not limits.distances:
        model = _over_horizon(outlook.covariance, outlook.forecast.horizon)
        factors = factor_row_frontier(gain, model, limits.polyhedron, outlook.assets)
        return ExactFrontier(line=factors, limits=limits)
    if len(outlook.assets) > MOST_DENSE:
        return None
    risk = np.ascontiguousarray(outlook.risk)
    line = rows_traced(np.ascontiguousarray(gain), risk, limits.polyhedron, outlook.assets, end=end)
    return ExactFrontier(line=line, limits=limits)


def _over_box(box: Box, outlook: Outlook, gain: Array, end: End) -> BoxFrontier:
    if isinstance(covariance := outlook.covariance, FactorCovariance):
        model = _over_horizon(covariance, outlook.forecast.horizon)
        return factor_frontier(gain, model, box.lower, box.upper, box.invested)
    risk = np.ascontiguousarray(outlook.risk)
    if not (covariance.proven and np.isfinite(gain).all()):
        check_moments(gain, risk, outlook.assets)
    cash = 0.0 if end.at_best_ratio else -np.inf  # gains are beyond what cash earns
    return traced(np.array(gain, dtype=np.float64), risk, box, outlook.assets, cash)


def _over_horizon(model: FactorCovariance, horizon: int) -> FactorCovariance:
    factors, specific = model.factors * horizon, model.specific * horizon
    return replace(model, factors=factors, specific=specific)
