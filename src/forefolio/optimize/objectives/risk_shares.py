"""Risk budgets of any risk measure, within constraints: of assets, sectors, components or factors.

1. Minimise the risk of x subject to sum(budget * log(held)) >= 0, where `held` = K x is what is
   held of each thing: its weight, its sector's, or its exposure. At the optimum the slope of the
   risk is K'(price * budget / held), so that a thing's part of the risk, what is held of it times
   its slope, is in proportion to its budget (Roncalli and Weisang 2016, "Risk parity portfolios
   with risk factors").
2. The risk and the constraints are homogeneous in (x, scale), so that x is a portfolio once it is
   divided by its scale. Where a constraint binds, it is the portfolio of least risk for its
   weighted mean of logarithms (Richard and Roncalli 2019, "Constrained risk budgeting portfolios").
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forefolio.core.errors import InputError, SolverFailed
from forefolio.core.units import Array
from forefolio.core.wording import percent
from forefolio.optimize.base import TINY, Allocation, Outlook, without_rounding
from forefolio.optimize.constraints.conflicts import settled
from forefolio.optimize.constraints.linear import Budget, Constraint
from forefolio.optimize.objectives.risk_measures import RiskMeasure
from forefolio.optimize.objectives.solving import binding_rows, stated
from forefolio.optimize.program.affine import Affine, Squares
from forefolio.optimize.program.problem import Rows, Solution
from forefolio.optimize.program.solvers import SolverControl
from forefolio.optimize.program.symbols import Symbols, symbols

NO_PARTS = (
    "no portfolio that the constraints allow has a part of the risk for everything with a budget"
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Budgeted:
    """What has a budget of risk: combinations `held` (K, N) of the weights, and their budgets (K,).

    `invested` is the sum of the weights; `long` says that none of them is sold short, and `remedy`
    what to do where not all of them can be held.
    """

    held: Array
    budgets: Array
    invested: float
    remedy: str
    long: bool = True


def least_risk_in_shares(
    measure: RiskMeasure,
    of: Budgeted,
    outlook: Outlook,
    constraints: Sequence[Constraint],
    control: SolverControl,
) -> Allocation:
    """The portfolio whose risk has these shares, as far as the constraints allow.

    Prices of constraints say by which part the risk would fall if one gave by one.

    Raises:
        Infeasible: no portfolio satisfies the constraints together.
        InputError: the constraints allow no such sum of the weights.
        SolverFailed: the constraints leave something with a budget out, or the risk has no end.
    """
    limits = _without_budgets(constraints, of.invested)
    s = symbols(outlook, ratio=True, control=control)
    rows = [*stated(limits, s), *_sum_and_signs(s, of)]
    _keep_mean_of_logarithms(s, of)
    risk = measure.loss(s)
    try:
        solution = s.program.minimise([risk], rows)
    except SolverFailed:
        solution = None
    if solution is None:
        invested = Budget(lower=of.invested, upper=of.invested)
        easier, notes = settled(outlook, (*limits, invested), control)
        if not notes:
            raise SolverFailed(f"{NO_PARTS}: {of.remedy}")
        return least_risk_in_shares(measure, of, outlook, easier, control).noted(*notes)
    return _allocation(s, solution, risk, rows[: -1 - of.long])


def _without_budgets(constraints: Sequence[Constraint], invested: float) -> list[Constraint]:
    for one in constraints:
        if isinstance(one, Budget) and not one.lower - TINY <= invested <= one.upper + TINY:
            raise InputError(
                f"{percent(invested)} of the portfolio are invested, which {one} does not allow; "
                "set invested of the objective"
            )
    return [one for one in constraints if not isinstance(one, Budget)]


def _sum_and_signs(s: Symbols, of: Budgeted) -> list[Rows]:
    signs = [Rows(name="no short position", excess=-s.x)] if of.long else []
    return [*signs, Rows(name="invested", excess=s.x.sum() - of.invested * s.scale, exact=True)]


def _keep_mean_of_logarithms(s: Symbols, of: Budgeted) -> None:
    one = Affine(np.zeros((1, 0)), np.ones(1))
    logarithms = s.program.logarithm(of.held @ s.x, one)
    s.program.at_least(of.budgets @ logarithms, Affine(np.zeros((1, 0)), np.zeros(1)))


def _allocation(
    s: Symbols, solution: Solution, risk: Affine | Squares, rows: Sequence[Rows]
) -> Allocation:
    scale = float(solution.value(s.scale)[0])
    if not scale > TINY:
        raise SolverFailed("nothing limits the size of the portfolio: add bounds")
    if isinstance(risk, Squares):
        amount = 2 * risk.factor * float((solution.value(risk.of) ** 2).sum())
    else:
        amount = float(solution.value(risk)[0])
    if not amount > 0:
        raise SolverFailed("the risk is nothing, and has no parts; choose another measure")
    return Allocation(
        assets=s.assets,
        weights=without_rounding(solution.value(s.x) / scale),
        method="risk_parity",
        notes=s.outlook.repairs,
        binding=binding_rows(rows, solution, scale / amount),
        status=solution.status,
        gap=solution.gap,
    )
