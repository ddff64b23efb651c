"""The exact frontier of an outlook under constraints, where what they come to has one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from forefolio.core.units import Array
from forefolio.optimize.base import Outlook
from forefolio.optimize.constraints.linear import Constraint
from forefolio.optimize.exact.as_box import AnyFrontier, Boxed, boxed, frontier_over
from forefolio.optimize.exact.factor_frontier import FactorFrontier
from forefolio.optimize.exact.frontier import FrontierPoint
from forefolio.optimize.exact.row_frontier import RowFrontier, row_frontier
from forefolio.optimize.exact.structure import Structure, structure

LINE, FACTORS = "critical line", "factor Newton"
MOST_DENSE = 3_000  # assets, beyond which a covariance is not written down for rows

Lines: TypeAlias = AnyFrontier | RowFrontier


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExactFrontier:
    """A frontier that is known exactly, and the limits that it was traced within."""

    line: Lines
    limits: Boxed | Structure

    @property
    def by(self) -> str:
        """Who answers."""
        return FACTORS if isinstance(self.line, FactorFrontier) else LINE

    def binding(
        self, point: FrontierPoint, rises: Array, weighed: tuple[float, float]
    ) -> tuple[tuple[str, float], ...]:
        """What limits cost at `point`, where the objective rises by `rises` (N,).

        `weighed`: what the objective counts half the variance and the gain with.
        """
        if isinstance(self.limits, Boxed) or not isinstance(self.line, RowFrontier):
            assert isinstance(self.limits, Boxed)
            return self.limits.binding(point.weights, rises)
        fear, wish = weighed
        prices = fear * point.prices if fear else wish * self.line.vertex_prices
        return self.limits.binding(point.weights, rises, prices)


def exact_within(
    constraints: Sequence[Constraint], outlook: Outlook, end: tuple[float, float] = (0.0, -1.0)
) -> ExactFrontier | None:
    """The frontier of excess over cash, over the horizon; None where constraints say more.

    `end` is the tolerance and the variance below which nothing will be asked.

    Raises:
        DataError: a moment is not known, or the covariance is not positive semi-definite.
        Infeasible: no portfolio satisfies the constraints together.
        SolverFailed: rounding keeps the trace from its end.
    """
    box = boxed(constraints, outlook)
    if box is not None:
        return ExactFrontier(line=frontier_over(box.box, outlook), limits=box)
    among = structure(constraints, outlook)
    if among is None or len(outlook.assets) > MOST_DENSE:
        return None
    excess = outlook.mean - outlook.risk_free
    line = row_frontier(excess, outlook.risk, among.within, outlook.assets, end=end)
    return ExactFrontier(line=line, limits=among)
