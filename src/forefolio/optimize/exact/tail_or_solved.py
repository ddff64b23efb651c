"""Objectives of return and CVaR, by the simplex on the kinks of CVaR, if that is proved.

The structure of the constraints decides: anything that comes to bounds, sums and distances.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from forefolio.core.errors import DataError, Infeasible, InputError, SolverFailed
from forefolio.core.units import Array
from forefolio.optimize.base import Allocation, Outlook, without_rounding
from forefolio.optimize.constraints.linear import Constraint
from forefolio.optimize.exact.exact_or_solved import explained
from forefolio.optimize.exact.proof import PROVEN
from forefolio.optimize.exact.reading import read_structure
from forefolio.optimize.exact.structure import Structure
from forefolio.optimize.exact.tail_problem import Proven, TailProblem
from forefolio.optimize.exact.tail_search import TailSearch

BY = "scenario simplex"
NOTHING = 1e-3  # of what an asset moves: a CVaR below is next to nothing


@dataclass(frozen=True, slots=True)
class TailAim:
    """The least `risk` times the CVaR of a session less `reward` times the excess return."""

    level: float
    window: int
    risk: float = 1.0
    reward: float = 0.0


def tail_or_solved(
    aim: TailAim,
    outlook: Outlook,
    constraints: Sequence[Constraint],
    method: str,
    solved: Callable[[], Allocation],
) -> Allocation:
    """The proven optimum, or the answer of a solver where there is none.

    Raises:
        NotEnoughHistory: fewer than 60 sessions have a return of every asset.
    """
    if outlook.weighed is not None:
        return solved()
    structure = read_structure(constraints, outlook)
    if structure is None:
        return solved()
    try:
        problem = tail_problem(outlook, structure, aim.level, aim.window)
        found = TailSearch(problem).optimum(aim.reward / aim.risk)
    except Infeasible as refusal:
        return explained(refusal, solved)
    except (DataError, InputError, SolverFailed) as error:
        return solved().noted(f"not from the simplex of scenarios but from a solver: {error}")
    if not is_proven(found, problem):
        return solved()
    slope = -aim.risk * (found.worst @ problem.returns) - aim.reward * problem.expected
    return Allocation(
        assets=outlook.assets,
        weights=without_rounding(found.weights),
        method=method,
        notes=outlook.repairs,
        binding=structure.binding(found.weights, slope, -aim.risk * found.prices),
        status=BY,
        gap=relative_gap(found, problem),
    )


def tail_problem(outlook: Outlook, limits: Structure, level: float, window: int) -> TailProblem:
    """CVaR over past sessions, and expected returns over the horizon, both in excess of cash."""
    cash = outlook.risk_free / outlook.forecast.horizon
    returns = np.ascontiguousarray(outlook.scenarios(window) - cash)
    excess: Array = outlook.mean - outlook.risk_free
    return TailProblem(returns, excess, level, limits.polyhedron)


def is_proven(found: Proven, problem: TailProblem) -> bool:
    """Whether no portfolio is better by more than rounding."""
    return found.gap <= PROVEN * _size(found, problem) and found.miss <= PROVEN


def relative_gap(found: Proven, problem: TailProblem) -> float:
    """By how much the CVaR could be lower at most, beside itself."""
    return found.gap / _size(found, problem) if found.gap else 0.0


def _size(found: Proven, problem: TailProblem) -> float:
    """What a gap is compared with: the CVaR, or where it is next to nothing what an asset moves."""
    return max(abs(found.cvar), NOTHING * float(problem.returns.std(axis=0).max()))
