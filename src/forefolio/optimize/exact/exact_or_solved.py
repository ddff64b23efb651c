"""Mean-variance objectives, looked up on the exact frontier, if that is proved.

1. The structure of the constraints decides, never the user: a budget and bounds, or anything
   linear.
2. The answer carries its proof; where that does not close, a solver is asked, and the status of
   the answer says who gave it. Prices of limits follow from the gradient of the objective.
"""

from collections.abc import Callable, Sequence

from forefolio.core.errors import DataError, Infeasible, InputError, SolverFailed
from forefolio.optimize.base import Allocation, Outlook
from forefolio.optimize.constraints.linear import Constraint
from forefolio.optimize.exact.aims import Aim, GreatestRatio, LeastVariance, gradient
from forefolio.optimize.exact.corners import NOTHING_BEATS_CASH
from forefolio.optimize.exact.frontier import FrontierPoint
from forefolio.optimize.exact.of_outlook import ExactFrontier, exact_within
from forefolio.optimize.exact.proof import Proof, least_size, proved_gap

CALM = "minimum_variance"  # what answered where nothing beats cash


def exact_or_solved(
    aim: Aim,
    outlook: Outlook,
    constraints: Sequence[Constraint],
    method: str,
    solved: Callable[[], Allocation],
    formulated: Callable[[], Allocation],
    calm: Callable[[], Allocation] | None = None,
) -> Allocation:
    """The answer from the exact frontier where there is one; that of a solver otherwise.

    Where the constraints say more than a frontier can keep to, the objective is `formulated`; where
    the corner of its greatest return earns less than cash, the end of the same frontier answers, or
    `calm`, if there is one.
    """
    try:
        exact = exact_within(constraints, outlook, aim.end(outlook))
        point = aim.point(exact.line, outlook) if exact else None
    except Infeasible as refusal:
        return explained(refusal, solved)
    except (DataError, InputError, SolverFailed) as error:
        return solved().noted(f"not from the exact frontier but from a solver: {error}")
    if exact is None or point is None:
        return formulated()
    gap = proved_gap(point, least_size(outlook))
    if point.note == NOTHING_BEATS_CASH:
        if calm is None:
            return solved()
        if gap is None:
            return calm()
        return _answer(exact, LeastVariance(), point, outlook, Proof(CALM, gap)).noted(point.note)
    divides_by_zero = isinstance(aim, GreatestRatio) and not point.variance > 0
    if divides_by_zero or gap is None:
        return solved()
    return _answer(exact, aim, point, outlook, Proof(method, gap))


def _answer(
    exact: ExactFrontier,
    aim: Aim,
    point: FrontierPoint,
    outlook: Outlook,
    proof: Proof,
) -> Allocation:
    """The weights of a point, with the prices of what limits them."""
    trade = aim.tradeoff(point, outlook)
    risk, reward = trade.unit * trade.risk, trade.unit * trade.reward
    rises = gradient(risk, reward, outlook, point.weights)
    binding = exact.binding(point, rises, risk, reward)
    if trade.own:
        binding = tuple(sorted((*binding, *trade.own), key=lambda pair: -abs(pair[1])))
    return Allocation(
        assets=outlook.assets,
        weights=point.rounded,
        method=proof.method,
        notes=outlook.repairs,
        binding=binding,
        status=exact.by,
        gap=proof.gap,
    )


def explained(refusal: Infeasible, solved: Callable[[], Allocation]) -> Allocation:
    """What the general way says of limits that contradict: it names those that do.

    Where they miss each other by a hair no solver can tell, and the exact refusal stands.
    """
    try:
        return solved()
    except SolverFailed:
        raise refusal from None
