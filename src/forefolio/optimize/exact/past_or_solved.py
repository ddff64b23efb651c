"""The greatest growth and the least drawdown of past sessions, by solvers of their own, if proved.

The structure of the constraints decides: anything that comes to bounds, sums and distances.
"""

from collections.abc import Callable, Sequence

import numpy as np

from forefolio.core.errors import Infeasible, SolverFailed
from forefolio.core.units import Array
from forefolio.optimize.base import Allocation, Outlook, without_rounding
from forefolio.optimize.constraints.linear import Constraint
from forefolio.optimize.exact.drawdown import LeastDrawdown, least_drawdown
from forefolio.optimize.exact.exact_or_solved import explained
from forefolio.optimize.exact.growth import Growth, greatest_growth
from forefolio.optimize.exact.proof import PROVEN
from forefolio.optimize.exact.reading import read_structure
from forefolio.optimize.exact.structure import Structure

GROWTH, DRAWDOWN = "growth Newton", "drawdown chain"


def growth_or_solved(
    outlook: Outlook,
    constraints: Sequence[Constraint],
    method: str,
    window: int,
    solved: Callable[[], Allocation],
) -> Allocation:
    """The greatest growth over the last `window` sessions, moved to what is expected.

    Raises:
        NotEnoughHistory: fewer than 60 sessions have a return of every asset.
    """
    if outlook.weighed is not None:
        return solved()
    horizon = outlook.forecast.horizon
    cash = outlook.risk_free / horizon

    def growing(limits: Structure) -> Allocation | None:
        past = outlook.scenarios(window)
        returns = past - past.mean(axis=0) + (outlook.mean / horizon - cash)
        base = np.full(len(past), 1.0 + cash)
        found = greatest_growth(np.ascontiguousarray(returns), base, limits.polyhedron)
        size = max(abs(found.growth), float(returns.var(axis=0).mean()))
        slope = -horizon * found.gradient
        return _allocation(found, size, slope, horizon, outlook, limits, method, GROWTH)

    return _or_solved(growing, outlook, constraints, solved)


def drawdown_or_solved(
    outlook: Outlook,
    constraints: Sequence[Constraint],
    method: str,
    tail: tuple[float, int],
    solved: Callable[[], Allocation],
) -> Allocation:
    """The least mean of the worst drawdowns, at the level and over the window of `tail`.

    What cash earns is a return as well, of a portfolio that is not all invested.

    Raises:
        NotEnoughHistory: fewer than 60 sessions have a return of every asset.
    """
    level, window = tail

    def falling(limits: Structure) -> Allocation | None:
        if outlook.risk_free and not _all_invested(limits):
            return None  # the path of cash is no weight's
        past = outlook.scenarios(window)
        found = least_drawdown(np.ascontiguousarray(past), level, limits.polyhedron)
        size = max(found.drawdown, float(np.abs(past).mean()))
        return _allocation(found, size, found.gradient, 1.0, outlook, limits, method, DRAWDOWN)

    return _or_solved(falling, outlook, constraints, solved)


def _or_solved(
    exact: Callable[[Structure], Allocation | None],
    outlook: Outlook,
    constraints: Sequence[Constraint],
    solved: Callable[[], Allocation],
) -> Allocation:
    limits = read_structure(constraints, outlook)
    if limits is None:
        return solved()
    try:
        return exact(limits) or solved()
    except Infeasible as refusal:
        return explained(refusal, solved)
    except SolverFailed as error:
        return solved().noted(f"not by a solver of its own but in general: {error}")


def _all_invested(limits: Structure) -> bool:
    """Whether a budget says that nothing stays in cash."""
    return any(s.low == s.high == 1.0 and (s.coefficients == 1.0).all() for s in limits.sums)


def _allocation(
    found: Growth | LeastDrawdown,
    size: float,
    slope: Array,
    unit: float,
    outlook: Outlook,
    limits: Structure,
    method: str,
    by: str,
) -> Allocation | None:
    """The answer where no portfolio is better by more than rounding, beside `size`."""
    if not (found.gap <= PROVEN * size and found.miss <= PROVEN):
        return None
    return Allocation(
        assets=outlook.assets,
        weights=without_rounding(found.weights),
        method=method,
        notes=outlook.repairs,
        binding=limits.binding(found.weights, slope, unit * found.prices),
        status=by,
        gap=found.gap / size if size else 0.0,
    )
