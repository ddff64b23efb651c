"""The greatest expected return beyond doing nothing, by a risk of any kind."""

from collections.abc import Sequence

from forefolio.core.errors import SolverFailed
from forefolio.optimize.base import TINY, Allocation, Outlook, without_rounding
from forefolio.optimize.constraints.linear import Constraint
from forefolio.optimize.objectives.risk_measures import (
    RiskMeasure,
    expected_annual,
    horizons_per_year,
)
from forefolio.optimize.objectives.solving import gain_of_size_one, stated
from forefolio.optimize.objectives.terms import Term, gained
from forefolio.optimize.program.problem import Rows
from forefolio.optimize.program.solvers import SolverControl
from forefolio.optimize.program.symbols import symbols

NOTHING_TO_GAIN = "nothing allowed is expected to earn more than doing nothing: the least risk"
WITHOUT_RISK = "something allowed earns more than doing nothing at no risk at all: the least risk"


def greatest_return_to(
    measure: RiskMeasure,
    terms: tuple[Term, ...],
    outlook: Outlook,
    constraints: Sequence[Constraint],
    control: SolverControl,
    lowest: Allocation,
) -> Allocation:
    """The least risk of a given gain, whatever the scale; `lowest` where there is nothing to gain.

    The gain is the sum of `terms` beyond what `measure` compares with: cash, or a benchmark.
    """
    s = symbols(outlook, ratio=True, control=control)
    rows = stated(constraints, s)
    neutral = expected_annual(measure.neutral(outlook), outlook)
    gain = gained(terms, s) - neutral / horizons_per_year(outlook) * s.scale
    unit = gain_of_size_one(outlook.mean - outlook.risk_free)
    rows += [Rows(name="gain", excess=unit - gain), Rows(name="scale", excess=-s.scale)]
    try:
        solution = s.program.minimise([measure.loss(s)], rows)
    except SolverFailed as error:
        return lowest.noted(f"{WITHOUT_RISK}, or {error}")
    if solution is None:
        return lowest.noted(NOTHING_TO_GAIN)
    scale = float(solution.value(s.scale)[0])
    if scale < TINY:
        return lowest.noted("nothing limits the size of the portfolio: the least risk")
    return Allocation(
        assets=s.assets,
        weights=without_rounding(solution.value(s.x) / scale),
        method="greatest_ratio",
        notes=outlook.repairs,
        status=solution.status,
        gap=solution.gap,
    )
