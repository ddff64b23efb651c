"""The least CVaR: over a box by the selection of scenarios, under rows by the simplex on them."""

from collections.abc import Callable, Sequence

from forefolio.core.errors import DataError, Infeasible, InputError, SolverFailed
from forefolio.optimize.base import Allocation, Outlook, without_rounding
from forefolio.optimize.constraints.linear import Constraint
from forefolio.optimize.exact.cvar import minimum_cvar
from forefolio.optimize.exact.exact_or_solved import explained
from forefolio.optimize.exact.proof import PROVEN
from forefolio.optimize.exact.reading import read_structure
from forefolio.optimize.exact.tail_or_solved import NOTHING, TailAim, tail_or_solved


def least_cvar(
    outlook: Outlook,
    constraints: Sequence[Constraint],
    kind: str,
    tail: tuple[float, int],
    solved: Callable[[], Allocation],
) -> Allocation:
    """The least CVaR at the level and over the window of `tail`, or the answer of a solver.

    Raises:
        NotEnoughHistory: fewer than 60 sessions have a return of every asset.
    """
    if outlook.weighed is not None:
        return solved()
    structure = read_structure(constraints, outlook)
    try:
        box = structure.box if structure else None
    except Infeasible as refusal:
        return explained(refusal, solved)
    if structure is None:
        return solved()
    level, window = tail
    if box is None:
        return tail_or_solved(TailAim(level, window), outlook, constraints, kind, solved)
    returns = outlook.scenarios(window)
    try:
        point = minimum_cvar(returns, level, box.lower, box.upper, box.invested, outlook.assets)
    except (DataError, InputError, SolverFailed) as error:
        return solved().noted(f"not from the selection of scenarios but from a solver: {error}")
    size = max(abs(point.cvar), NOTHING * float(returns.std(axis=0).max()))
    if not (point.gap <= PROVEN * size and point.miss <= PROVEN):
        return solved()
    cash = outlook.risk_free / outlook.forecast.horizon
    return Allocation(
        assets=outlook.assets,
        weights=without_rounding(point.weights),
        method=kind,
        notes=outlook.repairs,
        binding=structure.binding(point.weights, cash - point.worst @ returns),
        status="scenario selection",
        gap=point.gap / size if size else 0.0,
    )
