"""Portfolios by what would have happened to them: tails, drawdowns, growth."""

from typing import Literal

from pydantic import Field

from forefolio.core.component import Component
from forefolio.optimize.base import Allocation, Outlook
from forefolio.optimize.exact.past_or_solved import drawdown_or_solved, growth_or_solved
from forefolio.optimize.exact.scenario_selection import least_cvar
from forefolio.optimize.names import check_names
from forefolio.optimize.objectives.mean_variance import LONG_ONLY, Constraints
from forefolio.optimize.objectives.solving import least
from forefolio.optimize.program.scenarios import (
    Level,
    LogGrowth,
    Window,
    conditional_drawdown,
    conditional_loss,
)
from forefolio.optimize.program.solvers import SolverControl, SolverSetting


class MinimumTailLoss(Component):
    """The least expected shortfall (CVaR) of a session, over the last `window` sessions.

    It is the mean loss in the worst 1 - `level` of them; `conditional_value_at_risk` has the
    formula. Rockafellar and Uryasev 2000, "Optimization of conditional value-at-risk". It does not
    look at the forecast; `Utility` with the term `TailLoss` does.

    >>> import forefolio as ff
    >>> market = ff.simulated_market(seed=1, sessions=300, assets=4)
    >>> best = ff.optimize(market, objective=ff.MinimumTailLoss())
    >>> round(sum(best.weights.values()), 6)
    1.0
    """

    kind: Literal["minimum_tail_loss"] = "minimum_tail_loss"
    level: Level = Field(
        0.95, description="Probability below the tail: 0.95 looks at the worst 5 % of the sessions."
    )
    window: Window = Field(
        500, description="Past sessions that are looked at.", json_schema_extra={"advanced": True}
    )
    constraints: Constraints = LONG_ONLY
    solver: SolverSetting = SolverControl()

    def allocate(self, outlook: Outlook) -> Allocation:
        """Choose weights; prices of constraints are in loss per session.

        Raises:
            Infeasible: no portfolio satisfies the constraints together.
            NotEnoughHistory: fewer than 60 sessions have a return of every asset.
        """
        check_names(self.constraints, outlook.universe)
        return least_cvar(
            outlook,
            self.constraints,
            self.kind,
            (self.level, self.window),
            lambda: least(
                outlook,
                lambda s: [conditional_loss(s, self.level, self.window)],
                self.constraints,
                self.kind,
                self.solver,
            ),
        )


class MinimumDrawdown(Component):
    """The least mean drawdown in the worst 1 - `level` of the last `window` sessions: least CDaR.

    Chekhlov, Uryasev and Zabarankin 2005, "Drawdown measure in portfolio optimization"; returns
    are added up, not compounded. It does not look at the forecast.
    """

    kind: Literal["minimum_drawdown"] = "minimum_drawdown"
    level: Level = Field(
        0.95, description="Probability below the tail: 0.95 looks at the worst 5 % of the sessions."
    )
    window: Window = Field(
        500, description="Past sessions that are looked at.", json_schema_extra={"advanced": True}
    )
    constraints: Constraints = LONG_ONLY
    solver: SolverSetting = SolverControl()

    def allocate(self, outlook: Outlook) -> Allocation:
        """Choose weights; prices of constraints are in drawdown.

        Raises:
            Infeasible: no portfolio satisfies the constraints together.
            NotEnoughHistory: fewer than 60 sessions have a return of every asset.
        """
        check_names(self.constraints, outlook.universe)
        return drawdown_or_solved(
            outlook,
            self.constraints,
            self.kind,
            (self.level, self.window),
            lambda: least(
                outlook,
                lambda s: [conditional_drawdown(s, self.level, self.window)],
                self.constraints,
                self.kind,
                self.solver,
            ),
        )


class MaximumGrowth(Component):
    """The greatest expected logarithm of wealth, over the last `window` sessions.

    The sessions are moved so that their mean is what is expected (`LogGrowth`). No portfolio that
    could have been ruined in one of them is chosen.
    """

    kind: Literal["maximum_growth"] = "maximum_growth"
    window: Window = Field(
        500, description="Past sessions that are looked at.", json_schema_extra={"advanced": True}
    )
    constraints: Constraints = LONG_ONLY
    solver: SolverSetting = SolverControl()

    def allocate(self, outlook: Outlook) -> Allocation:
        """Choose weights; prices of constraints are in growth over the horizon.

        Raises:
            Infeasible: no portfolio satisfies the constraints together.
            NotEnoughHistory: fewer than 60 sessions have a return of every asset.
        """
        check_names(self.constraints, outlook.universe)
        growth = LogGrowth(window=self.window)
        return growth_or_solved(
            outlook,
            self.constraints,
            self.kind,
            self.window,
            lambda: least(
                outlook,
                lambda s: [-growth.expression(s)],
                self.constraints,
                self.kind,
                self.solver,
            ),
        )
