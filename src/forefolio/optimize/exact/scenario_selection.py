"""The least CVaR over a box: by the sieve, if its proof closes."""

from collections.abc import Callable, Sequence

from forefolio.core.errors import DataError, Infeasible, InputError, SolverFailed
from forefolio.optimize.base import Allocation, Outlook, without_rounding
from forefolio.optimize.constraints.linear import Constraint
from forefolio.optimize.exact.as_box import boxed
from forefolio.optimize.exact.cvar import minimum_cvar
from forefolio.optimize.exact.proof import PROVEN

NOTHING = 1e-3  # of what an asset moves: a CVaR below is next to nothing


def sieved(
    outlook: Outlook,
    constraints: Sequence[Constraint],
    kind: str,
    tail: tuple[float, int],
    general: Callable[[], Allocation],
) -> Allocation:
    """The least CVaR at the level and over the window of `tail`, or the answer of `general`.

    Raises:
        NotEnoughHistory: fewer than 60 sessions have a return of every asset.
    """
    within = boxed(constraints, outlook)
    if within is None:
        return general()
    level, window = tail
    returns, box = outlook.scenarios(window), within.box
    try:
        point = minimum_cvar(returns, level, box.lower, box.upper, box.invested, outlook.assets)
    except Infeasible:
        return general()  # which has the words of the constraints
    except (DataError, InputError, SolverFailed) as error:
        return general().noted(f"solved the general way: {error}")
    size = max(abs(point.cvar), NOTHING * float(returns.std(axis=0).max()))
    if not (point.gap <= PROVEN * size and point.miss <= PROVEN):
        return general()
    cash = outlook.risk_free / outlook.forecast.horizon
    return Allocation(
        assets=outlook.assets,
        weights=without_rounding(point.weights),
        method=kind,
        notes=outlook.repairs,
        binding=within.binding(point.weights, cash - point.worst @ returns),
        status="CVaR sieve",
        gap=point.gap / size if size else 0.0,
    )
