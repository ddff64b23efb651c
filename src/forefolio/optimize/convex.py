"""Portfolios by convex optimisation.

1. Objective and constraints are written down in symbols, afresh for each decision.
2. The program is solved and polished: budget and bounds hold to rounding.
3. Where no portfolio satisfies the constraints, the error says which must give.
"""

from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np

from forefolio.component import Component
from forefolio.errors import Infeasible, SolverFailed
from forefolio.optimize.affine import Affine, Squares
from forefolio.optimize.base import Allocation, Outlook
from forefolio.optimize.conflicts import conflict
from forefolio.optimize.constraints import (
    AnnualReturn,
    AnyConstraint,
    Budget,
    Constraint,
    LongOnly,
)
from forefolio.optimize.program import Piece, Program, Rows, Solution
from forefolio.optimize.symbols import Symbols, symbols
from forefolio.optimize.terms import AnyTerm, ExpectedReturn, Variance
from forefolio.units import AnnualRate, Array

Constraints: TypeAlias = tuple[AnyConstraint, ...]
LONG_ONLY: Constraints = (Budget(), LongOnly())
TINY = 1e-9  # weights below are nothing but rounding


class MinimumVariance(Component):
    """The least variance that the constraints allow."""

    kind: Literal["minimum_variance"] = "minimum_variance"
    constraints: Constraints = LONG_ONLY

    def allocate(self, outlook: Outlook) -> Allocation:
        """Choose weights; prices of constraints are in variance over the horizon.

        Raises:
            Infeasible: no portfolio satisfies the constraints together.
        """
        s = symbols(outlook)
        return _optimum(s, [_variance(s)], self.constraints, self.kind)


class TargetReturn(Component):
    """The least variance at an expected return of at least `annual_return`, cash included."""

    kind: Literal["target_return"] = "target_return"
    annual_return: AnnualRate = 0.1
    constraints: Constraints = LONG_ONLY

    def allocate(self, outlook: Outlook) -> Allocation:
        """Choose weights; prices of constraints are in variance over the horizon.

        Raises:
            Infeasible: the constraints contradict each other, or the target is out of reach: it
                then names the best that is attainable.
        """
        s = symbols(outlook)
        target = AnnualReturn(at_least=self.annual_return)
        try:
            return _optimum(s, [_variance(s)], (*self.constraints, target), self.kind)
        except Infeasible as error:
            raise _with_best(error, self.annual_return) from None


class Utility(Component):
    """The greatest sum of `terms`: expected return minus variance, unless told otherwise."""

    kind: Literal["utility"] = "utility"
    terms: tuple[AnyTerm, ...] = (ExpectedReturn(), Variance())
    constraints: Constraints = LONG_ONLY

    def allocate(self, outlook: Outlook) -> Allocation:
        """Choose weights; prices of constraints are in return over the horizon.

        Raises:
            Infeasible: no portfolio satisfies the constraints together.
        """
        s = symbols(outlook)
        losses = [-term.expression(s) for term in self.terms]
        return _optimum(s, losses, self.constraints, self.kind)


class MaximumSharpe(Component):
    """The greatest expected excess return for its standard deviation.

    The ratio does not change with the scale, so the excess return is fixed and the variance
    minimised (Cornuejols and Tutuncu 2006, "Optimization Methods in Finance", section 8.2). Where
    nothing that the constraints allow is expected to beat cash, it is the minimum variance
    portfolio, and a note says so.
    """

    kind: Literal["maximum_sharpe"] = "maximum_sharpe"
    constraints: Constraints = LONG_ONLY

    def allocate(self, outlook: Outlook) -> Allocation:
        """Choose weights; prices of constraints are in Sharpe ratio over the horizon.

        Raises:
            Infeasible: no portfolio satisfies the constraints together.
            SolverFailed: nothing limits the size of the portfolio.
        """
        s = symbols(outlook, ratio=True)
        rows = _stated(self.constraints, s)
        excess = s.mean - outlook.risk_free
        unit = _gain_of_size_one(excess)
        gain = Rows(name="excess return", excess=excess @ s.x - unit, exact=True)
        positive = Rows(name="scale", excess=-s.scale)
        solution = s.program.minimise([_variance(s)], [*rows, gain, positive])
        if solution is None:
            note = "nothing allowed is expected to beat cash: minimum variance instead"
            return MinimumVariance(constraints=self.constraints).allocate(outlook).noted(note)
        scale = _scale(s, solution, rows, self.constraints)
        variance = float(solution.value(s.x) @ outlook.risk @ solution.value(s.x))
        price = unit * scale / (2 * variance**1.5) if variance > 0 else 0.0  # d ratio / d variance
        return Allocation(
            assets=s.assets,
            weights=_clean(solution.value(s.x) / scale),
            method=self.kind,
            notes=_notes(outlook),
            binding=_binding(rows, solution, price),
        )


def _gain_of_size_one(excess: Array) -> float:
    """The excess return to ask for, so that the scale comes out near one: the best asset's."""
    best, largest = float(excess.max()), float(np.abs(excess).max())
    return best if best > 1e-6 * largest else largest or 1.0


def _variance(s: Symbols) -> Squares:
    return Squares(s.risk_root @ s.x)


def _stated(constraints: Sequence[Constraint], s: Symbols) -> list[Rows]:
    return [rows for constraint in constraints for rows in constraint.rows(s)]


def _optimum(
    s: Symbols, losses: Sequence[Piece], constraints: Sequence[Constraint], method: str
) -> Allocation:
    rows = _stated(constraints, s)
    solution = s.program.minimise(losses, rows)
    if solution is None:
        raise conflict(s.outlook, constraints)
    return Allocation(
        assets=s.assets,
        weights=_clean(solution.value(s.x)),
        method=method,
        notes=_notes(s.outlook),
        binding=_binding(rows, solution),
    )


def _scale(
    s: Symbols, solution: Solution, rows: Sequence[Rows], constraints: Sequence[Constraint]
) -> float:
    """The scale; where no equality settles it, the one that invests most."""
    column = s.scale.width - 1
    scale = float(solution.value(s.scale)[0])
    if not any(r.exact and r.excess.wide(s.scale.width)[:, column].any() for r in rows):
        scale = _smallest_scale(s.outlook, solution.value(s.x), constraints)
    if scale < TINY:
        raise SolverFailed("nothing limits the portfolio: add a Budget or Bounds")
    return scale


def _smallest_scale(outlook: Outlook, x: Array, constraints: Sequence[Constraint]) -> float:
    program = Program()
    s = Symbols(outlook, program, Affine(np.zeros((len(x), 0)), x), program.unknown())
    rows = [*_stated(constraints, s), Rows(name="scale", excess=-s.scale)]
    solution = program.minimise([s.scale], rows)
    if solution is None:
        raise SolverFailed("the solver contradicts itself about the size of the portfolio")
    return float(solution.value(s.scale)[0])


def _notes(outlook: Outlook) -> tuple[str, ...]:
    return (outlook.covariance.note,) if outlook.covariance.note else ()


def _clean(weights: Array) -> Array:
    return np.where(np.abs(weights) < TINY, 0.0, weights)


def _binding(
    rows: Sequence[Rows], solution: Solution, price: float = 1.0
) -> tuple[tuple[str, float], ...]:
    """Rows that cost something, dearest first."""
    priced = [
        (name, float(cost) * price)
        for statement, costs in zip(rows, solution.prices, strict=False)
        for name, cost in zip(statement.row_names, costs, strict=True)
        if cost
    ]
    return tuple(sorted(priced, key=lambda pair: -abs(pair[1])))


def _with_best(error: Infeasible, target: float) -> Infeasible:
    """Say what could be attained, where it is the target alone that is out of reach."""
    name, amount = error.relax[-1]
    if len(error.relax) > 1 or not name.startswith("annual return"):
        return error
    return Infeasible(
        [(f"{name} (the best attainable is {100 * (target - amount):.4g} %)", amount)]
    )
