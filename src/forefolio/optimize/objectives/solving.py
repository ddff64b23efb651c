"""From an objective and constraints in symbols to an allocation.

1. Both are written down afresh for each decision, solved and polished.
2. Where no portfolio satisfies the constraints, soft ones give way, or the error says which must.
3. A ratio does not change with the scale: its numerator is fixed and the variance minimised
   (Cornuejols and Tutuncu 2006, "Optimization Methods in Finance", section 8.2).
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

import numpy as np

from forefolio.core.errors import Infeasible, SolverFailed
from forefolio.core.units import Array
from forefolio.optimize.base import TINY, Allocation, Outlook, without_rounding
from forefolio.optimize.constraints.conflicts import settled
from forefolio.optimize.constraints.linear import Constraint
from forefolio.optimize.exact.exact_or_solved import explained
from forefolio.optimize.exact.of_formula import least_on_line, steepest_on_line
from forefolio.optimize.exact.proof import check_ratio
from forefolio.optimize.program.affine import Affine, Squares
from forefolio.optimize.program.problem import Piece, Program, Rows, Solution
from forefolio.optimize.program.solvers import SolverControl
from forefolio.optimize.program.symbols import Symbols, symbols

Losses: TypeAlias = Callable[[Symbols], Sequence[Piece]]
Gain: TypeAlias = Callable[[Symbols], tuple[Affine, float]]
RatioWay: TypeAlias = Callable[
    [Outlook, Gain, Sequence[Constraint], str, SolverControl], Allocation | None
]


def variance(s: Symbols) -> Squares:
    """The variance over the horizon."""
    return Squares(s.risk_root @ s.x)


def least(
    outlook: Outlook,
    losses: Losses,
    constraints: Sequence[Constraint],
    method: str,
    control: SolverControl,
) -> Allocation:
    """The allocation with the least sum of `losses`; prices of constraints are in their unit.

    From an exact line where formulas and constraints have one, otherwise from a solver.

    Raises:
        Infeasible: no portfolio satisfies the constraints together.
        SolverFailed: no solver has an answer, or nothing limits the portfolio.
    """
    solved = partial(solved_least, outlook, losses, constraints, method, control)
    try:
        return least_on_line(outlook, losses, constraints, method) or solved()
    except Infeasible as refusal:
        return explained(refusal, solved)


def solved_least(
    outlook: Outlook,
    losses: Losses,
    constraints: Sequence[Constraint],
    method: str,
    control: SolverControl,
) -> Allocation:
    """The same from a solver.

    Raises:
        Infeasible: no portfolio satisfies the constraints together.
        SolverFailed: no solver has an answer, or nothing limits the portfolio.
    """
    s = symbols(outlook, control=control)
    rows = stated(constraints, s)
    solution = s.program.minimise(losses(s), rows)
    if solution is None:
        easier, notes = settled(outlook, constraints, control)
        if not notes:
            raise SolverFailed("the solver finds no portfolio, yet the constraints allow some")
        return least(outlook, losses, easier, method, control).noted(*notes)
    return _allocation(s, solution.value(s.x), method, solution, binding_rows(rows, solution))


def greatest_ratio(
    outlook: Outlook,
    gain: Gain,
    constraints: Sequence[Constraint],
    method: str,
    control: SolverControl,
) -> Allocation | None:
    """The greatest gain for its standard deviation, None where no gain is above zero.

    `gain` says what is gained, and how much that is about for the best asset. From an exact line
    where formulas and constraints have one, otherwise from a solver.

    Raises:
        Infeasible: no portfolio satisfies the constraints together.
        SolverFailed: nothing limits the size of the portfolio.
    """
    exact = steepest_on_line(outlook, lambda s: gain(s)[0], constraints, method)
    return exact or solved_ratio(outlook, gain, constraints, method, control)


def solved_ratio(
    outlook: Outlook,
    gain: Gain,
    constraints: Sequence[Constraint],
    method: str,
    control: SolverControl,
) -> Allocation | None:
    """The same from a solver.

    Raises:
        Infeasible: no portfolio satisfies the constraints together.
        SolverFailed: nothing limits the size of the portfolio.
    """
    s = symbols(outlook, ratio=True, control=control)
    rows = stated(constraints, s)
    earned, unit = gain(s)
    rows += [Rows(name="gain", excess=unit - earned), Rows(name="scale", excess=-s.scale)]
    solution = s.program.minimise([variance(s)], rows)
    if solution is None:
        easier, notes = settled(outlook, constraints, control)
        allocation = solved_ratio(outlook, gain, easier, method, control) if notes else None
        return allocation and allocation.noted(*notes)
    scale = _scale(s, solution, rows, constraints)
    risk = outlook.covariance.variance(solution.value(s.x)) * outlook.forecast.horizon
    check_ratio(outlook, solution.value(s.x), unit, risk)
    price = unit * scale / (2 * risk**1.5) if risk > 0 else 0.0  # d ratio / d variance
    binding = binding_rows(rows[:-2], solution, price)
    return _allocation(s, solution.value(s.x) / scale, method, solution, binding)


def stated(constraints: Sequence[Constraint], s: Symbols) -> list[Rows]:
    """All that the constraints say; their names have been checked by the objective."""
    return [rows for constraint in constraints for rows in constraint.rows(s)]


def gain_of_size_one(excess: Array) -> float:
    """The excess return to ask for, so that the scale comes out near one: the best asset's."""
    best, largest = float(excess.max()), float(np.abs(excess).max())
    return best if best > 1e-6 * largest else largest or 1.0


def _allocation(
    s: Symbols,
    weights: Array,
    method: str,
    solution: Solution,
    binding: tuple[tuple[str, float], ...],
) -> Allocation:
    return Allocation(
        assets=s.assets,
        weights=without_rounding(weights),
        method=method,
        notes=s.outlook.repairs,
        binding=binding,
        status=solution.status,
        gap=solution.gap,
    )


def _scale(
    s: Symbols, solution: Solution, rows: Sequence[Rows], constraints: Sequence[Constraint]
) -> float:
    """The scale; where no equality settles it, the one that invests most."""
    column = s.scale.width - 1
    scale = float(solution.value(s.scale)[0])
    if not any(r.exact and r.excess.wide(s.scale.width)[:, column].any() for r in rows):
        scale = min(scale, _smallest_scale(s.outlook, solution.value(s.x), constraints))
    if scale < TINY:
        raise SolverFailed("nothing limits the portfolio: add a Budget or Bounds")
    return scale


def _smallest_scale(outlook: Outlook, x: Array, constraints: Sequence[Constraint]) -> float:
    program = Program(relaxed=True)
    s = Symbols(outlook, program, Affine(np.zeros((len(x), 0)), x), program.unknown())
    rows = [*stated(constraints, s), Rows(name="scale", excess=-s.scale)]
    solution = program.minimise([s.scale], rows)
    if solution is None:
        raise SolverFailed("the solver contradicts itself about the size of the portfolio")
    return float(solution.value(s.scale)[0])


def binding_rows(
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
