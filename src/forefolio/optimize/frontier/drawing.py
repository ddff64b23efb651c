"""A frontier while it is drawn: its ends and its best portfolio, and then point by point."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from forefolio.core.errors import Infeasible, SolverFailed
from forefolio.core.mends import mend_between
from forefolio.optimize.base import Allocation
from forefolio.optimize.exact.corners import ONE_PORTFOLIO, evenly
from forefolio.optimize.frontier.axes import NAN, Axes
from forefolio.optimize.frontier.curve import SHOWN, CurvePoint, FrontierCurve
from forefolio.optimize.frontier.portfolios_on import Ask, FrontierSolver
from forefolio.optimize.objectives.risk_measures import horizons_per_year, ratio_words

SAME_RETURN = 1e-6  # a year: returns nearer to each other are one


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawing:
    """A frontier of which the ends are known, and what returns are asked for between them."""

    axes: Axes
    solver: FrontierSolver
    lowest: Allocation
    highest: Allocation
    top: float  # the greatest return a year
    named: tuple[float, ...]  # the returns that were asked for by name; none: evenly spaced ones
    targets: tuple[float, ...]
    best: CurvePoint
    notes: tuple[str, ...]

    @classmethod
    def begun(
        cls, axes: Axes, solver: FrontierSolver, named: tuple[float, ...], points: int
    ) -> Self:
        """Find the ends and the best, and set `points` targets unless some are named.

        Raises:
            SolverFailed: not even the ends can be found.
        """
        lowest, highest = solver.least_risk(), solver.greatest_return()
        bottom, top = solver.annual(lowest), solver.annual(highest)
        one = _one(lowest, highest, top - bottom)
        return cls(
            axes=axes,
            solver=solver,
            lowest=lowest,
            highest=highest,
            top=top,
            named=named,
            targets=named or tuple(evenly(bottom, top, 1 if one else points).tolist()),
            best=_answered(axes, top, NAN, lambda: solver.best(lowest)),
            notes=(*solver.notes, *filter(None, [one])),
        )

    def points(self) -> Iterator[CurvePoint]:
        """A point for each target; where there is no portfolio it says why."""
        for target, ask in zip(self.targets, self._asked(), strict=True):
            yield _answered(self.axes, self.top, target, ask)

    def curve(self, points: Sequence[CurvePoint]) -> FrontierCurve:
        """The frontier with these points."""
        measure, outlook = self.axes.measure, self.axes.outlook
        return FrontierCurve(
            risk_measure=str(getattr(measure, "kind", type(measure).__name__)),
            assets=outlook.assets,
            points=tuple(points),
            best=self.best,
            asset_returns=outlook.mean * horizons_per_year(outlook),
            asset_risks=self.axes.alone(),
            neutral_return=self.axes.neutral_return,
            ratio_is=ratio_words(measure),
            notes=self.notes,
        )

    def _asked(self) -> Iterator[Ask]:
        if self.named:
            yield from self.solver.along(self.named, self.top)
            return
        yield lambda: self.lowest
        yield from self.solver.along(self.targets[1:-1], self.top)
        if len(self.targets) > 1:
            yield lambda: self.highest


def _answered(axes: Axes, top: float, target: float, ask: Ask) -> CurvePoint:
    """The portfolio at a return; where there is none, why: `top` is the greatest."""
    try:
        allocation = ask()
    except Infeasible as error:
        asked, best = mend_between("the target", target, top).levels
        out_of_reach = f"no portfolio reaches {asked} a year: the best attainable is {best}"
        trouble = out_of_reach if target > top else str(error)
        return CurvePoint(target=target, assets=axes.outlook.assets, trouble=trouble)
    except SolverFailed as error:
        return CurvePoint(target=target, assets=axes.outlook.assets, trouble=str(error))
    return axes.answer(allocation, target)


def _one(lowest: Allocation, highest: Allocation, span: float) -> str:
    """Why the frontier is one portfolio, if it is; `span` is of annual returns along it."""
    if len(lowest.assets) == 1:
        return f"{ONE_PORTFOLIO}: there is one asset, {lowest.assets[0]}"
    if span <= SAME_RETURN:
        return f"{ONE_PORTFOLIO}: none that is allowed is expected to earn more than another"
    if np.abs(lowest.weights - highest.weights).max() < SHOWN:
        return f"{ONE_PORTFOLIO}: the one of least risk is also that of the greatest return"
    return ""
