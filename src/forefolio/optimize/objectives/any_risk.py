"""Portfolios by a risk of any kind: the least of it, and the greatest return for it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field

from forefolio.core.component import Component
from forefolio.optimize.base import Allocation, Outlook
from forefolio.optimize.constraints.linear import Constraint
from forefolio.optimize.exact.past_or_solved import drawdown_or_solved
from forefolio.optimize.exact.scenario_selection import least_cvar
from forefolio.optimize.measures.drawdowns import ConditionalDrawdown, MaximumDrawdown
from forefolio.optimize.measures.sessions import ConditionalValueAtRisk, Semideviation, WorstLoss
from forefolio.optimize.names import check_names
from forefolio.optimize.objectives.mean_variance import LONG_ONLY, Constraints
from forefolio.optimize.objectives.penalties import Penalties, penalized
from forefolio.optimize.objectives.ratio import greatest_return_to
from forefolio.optimize.objectives.risk_measures import AnyRiskMeasure, RiskMeasure
from forefolio.optimize.objectives.solving import least
from forefolio.optimize.objectives.terms import AnyTerm, ExpectedReturn
from forefolio.optimize.program.affine import Squares
from forefolio.optimize.program.problem import Piece
from forefolio.optimize.program.solvers import SolverControl, SolverSetting
from forefolio.optimize.program.symbols import Symbols


class MinimumRisk(Component):
    """The least risk of any kind: of a session, of drawdowns, beside a benchmark.

    It does not look at the forecast. `penalties` on the weights are added to the risk: their
    strength is in its unit, beside volatility and active risk in a year's variance.

    >>> import forefolio as ff
    >>> market = ff.simulated_market(seed=1, sessions=300, assets=4)
    >>> best = ff.optimize(market, objective=ff.MinimumRisk(risk_measure="ulcer_index"))
    >>> round(sum(best.weights.values()), 6)
    1.0
    """

    kind: Literal["minimum_risk"] = "minimum_risk"
    risk_measure: AnyRiskMeasure = Field(
        Semideviation(), description="Risk that is made as small as possible."
    )
    penalties: Penalties = ()
    constraints: Constraints = LONG_ONLY
    solver: SolverSetting = SolverControl()

    def allocate(self, outlook: Outlook) -> Allocation:
        """Choose weights; prices of constraints are in the unit of the risk, or in variance.

        Raises:
            Infeasible: no portfolio satisfies the constraints together.
            NotEnoughHistory: fewer than 60 sessions have a return of every asset.
        """
        check_names(self, outlook.universe)
        if not self.penalties:
            return least_risk(self.risk_measure, outlook, self.constraints, self.kind, self.solver)
        return least(outlook, self._losses, self.constraints, self.kind, self.solver)

    def _losses(self, s: Symbols) -> list[Piece]:
        loss = self.risk_measure.loss(s)
        if isinstance(loss, Squares):
            return [loss, *penalized(self.penalties, s)]
        return [loss, *(each.penalty(s) for each in self.penalties)]


class MaximumReturnToRisk(Component):
    """The greatest expected return beyond cash for a risk of any kind.

    The return is the sum of `terms`, as in `MaximumSharpe`, and a benchmark's is taken off where
    the risk is beside one. Where nothing that is allowed is expected to beat cash, it is the
    portfolio of least risk, and a note says so.

    >>> import forefolio as ff
    >>> market = ff.simulated_market(seed=1, sessions=300, assets=4)
    >>> objective = ff.MaximumReturnToRisk(risk_measure="maximum_drawdown")
    >>> best = ff.optimize(market, objective=objective)
    >>> round(sum(best.weights.values()), 6)
    1.0
    """

    kind: Literal["maximum_return_to_risk"] = "maximum_return_to_risk"
    risk_measure: AnyRiskMeasure = Field(
        ConditionalValueAtRisk(), description="Risk that the return is divided by."
    )
    terms: tuple[AnyTerm, ...] = Field(
        (ExpectedReturn(),), description="What is added up as the return."
    )
    constraints: Constraints = LONG_ONLY
    solver: SolverSetting = SolverControl()

    def allocate(self, outlook: Outlook) -> Allocation:
        """Choose weights; no prices of constraints are given.

        Raises:
            Infeasible: no portfolio satisfies the constraints together.
            InputError: a term is not linear.
            NotEnoughHistory: fewer than 60 sessions have a return of every asset.
        """
        check_names(self, outlook.universe)
        lowest = least_risk(self.risk_measure, outlook, self.constraints, self.kind, self.solver)
        best = greatest_return_to(
            self.risk_measure, self.terms, outlook, self.constraints, self.solver, lowest
        )
        return replace(best, method=self.kind)


def least_risk(
    measure: RiskMeasure,
    outlook: Outlook,
    constraints: Sequence[Constraint],
    method: str,
    control: SolverControl,
) -> Allocation:
    """The least of a risk: by a solver of its own where it has one, and by its formula elsewhere.

    The worst loss is the mean of a tail of one session, as the maximum drawdown is.

    Raises:
        Infeasible: no portfolio satisfies the constraints together.
        NotEnoughHistory: fewer than 60 sessions have a return of every asset.
    """

    def solved() -> Allocation:
        return least(outlook, lambda s: [measure.loss(s)], constraints, method, control)

    match measure:
        case ConditionalValueAtRisk() | ConditionalDrawdown():
            level = measure.level
        case WorstLoss() | MaximumDrawdown():
            level = 1.0 - 1.0 / len(outlook.scenarios(measure.window))
        case _:
            return solved()
    own = (
        least_cvar
        if isinstance(measure, ConditionalValueAtRisk | WorstLoss)
        else drawdown_or_solved
    )
    return own(outlook, constraints, method, (level, measure.window), solved)
