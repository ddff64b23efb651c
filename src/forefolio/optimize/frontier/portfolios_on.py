"""The portfolios of a frontier, from its exact line where there is one, or from a solver."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol, Self, TypeAlias

import numpy as np

from forefolio.core.errors import Infeasible, SolverFailed
from forefolio.core.mends import PER_YEAR, mend_between
from forefolio.core.wording import percent
from forefolio.optimize.base import Allocation, Outlook
from forefolio.optimize.constraints.linear import Constraint
from forefolio.optimize.exact.frontier import Frontier, FrontierPoint
from forefolio.optimize.exact.of_outlook import ExactFrontier
from forefolio.optimize.exact.proof import least_size, proved_gap
from forefolio.optimize.objectives.ratio import greatest_return_to
from forefolio.optimize.objectives.risk_measures import (
    RiskMeasure,
    expected_annual,
    horizons_per_year,
)
from forefolio.optimize.objectives.solving import least
from forefolio.optimize.objectives.terms import Term, gained
from forefolio.optimize.program.affine import Affine
from forefolio.optimize.program.problem import Program, Rows
from forefolio.optimize.program.solvers import SolverControl
from forefolio.optimize.program.symbols import Symbols

LOOSER = 1e-6  # the tolerance of a second attempt
ROUNDING = 1e-9  # by which the greatest return is not quite asked for, beside its size

Ask: TypeAlias = Callable[[], Allocation]


class FrontierSolver(Protocol):
    """Finds portfolios of a frontier; annual returns are sums of its terms."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What readers should know about all of them."""
        ...

    def annual(self, allocation: Allocation) -> float:
        """The annual return of a portfolio."""
        ...

    def least_risk(self) -> Allocation:
        """The least risk."""
        ...

    def greatest_return(self) -> Allocation:
        """The greatest return; of several portfolios the one of least risk."""
        ...

    def at(self, target: float, top: float) -> Allocation:
        """The least risk at an annual return of at least `target`; `top` is the greatest."""
        ...

    def along(self, targets: Sequence[float], top: float) -> Iterator[Ask]:
        """The same for each of the targets, in their order."""
        ...

    def best(self, lowest: Allocation) -> Allocation:
        """The greatest ratio of return to risk; `lowest` where there is nothing to gain."""
        ...


@dataclass(frozen=True, slots=True)
class Earning:
    """The sum of `terms` over the horizon is at least `target`, which people read as `shown`."""

    terms: tuple[Term, ...]
    target: float
    shown: str

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """One row."""
        short = self.target * s.scale - gained(self.terms, s)
        yield Rows(name=f"annual return at least {self.shown}", excess=short, firmness=1e-3)


@dataclass(frozen=True, slots=True)
class ConvexSolver:
    """Every portfolio is a convex problem of its own."""

    outlook: Outlook
    measure: RiskMeasure
    terms: tuple[Term, ...]
    constraints: tuple[Constraint, ...]
    control: SolverControl
    notes: tuple[str, ...] = ()

    def noted(self, note: str) -> Self:
        """The same solver with one note more."""
        return replace(self, notes=(*self.notes, note))

    def annual(self, allocation: Allocation) -> float:
        """The annual return of a portfolio."""
        fixed = Affine(np.zeros((len(allocation.assets), 0)), allocation.weights)
        s = Symbols(self.outlook, Program(), fixed, Affine(np.zeros((1, 0)), np.ones(1)))
        total = gained(self.terms, s)
        if not total.width:
            return float(total.constant[0]) * horizons_per_year(self.outlook)
        solution = s.program.minimise([-total])
        if solution is None:
            raise SolverFailed("the return of a portfolio is not known")
        return float(solution.value(total)[0]) * horizons_per_year(self.outlook)

    def least_risk(self) -> Allocation:
        """The least risk."""
        return self._least(())

    def greatest_return(self) -> Allocation:
        """The greatest return, and of several portfolios the one of least risk."""
        richest = least(
            self.outlook,
            lambda s: [-gained(self.terms, s)],
            self.constraints,
            "greatest_return",
            self.control,
        )
        top = self.annual(richest)
        try:
            return self.at(top - ROUNDING * max(abs(top), 1e-3), top)
        except (Infeasible, SolverFailed):  # rounding: it is the only one
            return richest

    def at(self, target: float, top: float) -> Allocation:  # noqa: ARG002
        """The least risk at an annual return of at least `target`."""
        over_horizon = target / horizons_per_year(self.outlook)
        return self._least((Earning(self.terms, over_horizon, percent(target)),))

    def along(self, targets: Sequence[float], top: float) -> Iterator[Ask]:
        """One after the other."""
        return (partial(self.at, target, top) for target in targets)

    def best(self, lowest: Allocation) -> Allocation:
        """The greatest return beyond doing nothing, by the risk."""
        return greatest_return_to(
            self.measure, self.terms, self.outlook, self.constraints, self.control, lowest
        )

    def _least(self, more: tuple[Constraint, ...]) -> Allocation:
        """The least risk, with a looser tolerance at a second attempt where solvers stop."""
        stated_all = (*self.constraints, *more)
        looser = self.control.model_copy(update={"tolerance": LOOSER})

        def asked(control: SolverControl) -> Allocation:
            return least(
                self.outlook, lambda s: [self.measure.loss(s)], stated_all, "least_risk", control
            )

        try:
            return asked(self.control)
        except SolverFailed:
            return asked(looser).noted(
                f"solved at the second attempt, to a tolerance of {LOOSER:g}"
            )


@dataclass(frozen=True, slots=True)
class ExactSolver:
    """Portfolios of least variance, looked up; one that is not proved is solved in `general`."""

    exact: ExactFrontier
    general: ConvexSolver
    least: float  # the variance beside which the gaps of smaller ones count
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, exact: ExactFrontier, general: ConvexSolver) -> Self:
        """That of an exact frontier."""
        return cls(exact, general, least_size(general.outlook))

    def annual(self, allocation: Allocation) -> float:
        """The annual return of a portfolio."""
        return expected_annual(allocation.weights, self.general.outlook)

    def least_risk(self) -> Allocation:
        """The least variance."""
        point = self.exact.line.minimum_variance()
        return self._proved(point) or self.general.least_risk()

    def greatest_return(self) -> Allocation:
        """The greatest return."""
        point = self.exact.line.points(2)[-1]
        return self._proved(point) or self.general.greatest_return()

    def at(self, target: float, top: float) -> Allocation:
        """The least variance at an annual return of at least `target`."""
        if target > top + ROUNDING:
            raise Infeasible([mend_between("the target return", target, top, PER_YEAR)])
        point = self.exact.line.at_return(self._excess(min(target, top)))
        return self._reached(point, target, top)

    def along(self, targets: Sequence[float], top: float) -> Iterator[Ask]:
        """Within a budget and bounds those on the line are found together."""
        line = self.exact.line
        if not isinstance(line, Frontier):
            return (partial(self.at, target, top) for target in targets)
        excess = [self._excess(target) for target in targets]
        on_line = [one <= line.mean[0] for one in excess]
        found = iter(line.at_returns([e for e, on in zip(excess, on_line, strict=True) if on]))
        return (
            partial(self._reached, next(found), target, top)
            if on
            else partial(self.at, target, top)
            for target, on in zip(targets, on_line, strict=True)
        )

    def best(self, lowest: Allocation) -> Allocation:
        """The maximum Sharpe portfolio."""
        point = self.exact.line.maximum_sharpe()
        return self._proved(point) or self.general.best(lowest)

    def _excess(self, annual: float) -> float:
        """What a return a year is over the horizon, beyond cash."""
        outlook = self.general.outlook
        return annual / horizons_per_year(outlook) - outlook.risk_free

    def _reached(self, point: FrontierPoint, target: float, top: float) -> Allocation:
        return self._proved(point) or self.general.at(target, top)

    def _proved(self, point: FrontierPoint) -> Allocation | None:
        gap = proved_gap(point, self.least)
        if gap is None:
            return None
        repairs = self.general.outlook.repairs
        return Allocation(
            assets=self.exact.line.assets,
            weights=point.rounded,
            method="exact_frontier",
            notes=(*repairs, point.note) if point.note else repairs,
            status=self.exact.by,
            gap=gap,
        )
