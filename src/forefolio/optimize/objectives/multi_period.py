"""A plan over several horizons: what is traded now and what later, with the costs of all of it.

1. Every step has weights of its own, and trades from those of the step before.
2. What a forecast says beyond the mean of all fades: it is halved every so many horizons, so that
   trading for it pays the less the later it is done.
3. The sum of the terms over all steps is one convex problem (Boyd, Busseti, Diamond, Kahn, Koh,
   Nystrup and Speth 2017, "Multi-period trading via convex optimization"). The first step is what
   is held; at the next decision there is a new forecast, and a new plan.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import SolverFailed
from forefolio.core.lazy import lazy
from forefolio.core.units import Array
from forefolio.core.wording import listed, percent
from forefolio.optimize.base import Allocation, Outlook, without_rounding
from forefolio.optimize.constraints.conflicts import settled
from forefolio.optimize.constraints.linear import Constraint
from forefolio.optimize.names import check_names
from forefolio.optimize.objectives.mean_variance import LONG_ONLY, Constraints
from forefolio.optimize.objectives.solving import stated
from forefolio.optimize.objectives.terms import AnyTerm, ExpectedReturn, TradingCost, Variance
from forefolio.optimize.program.affine import Affine
from forefolio.optimize.program.problem import Program
from forefolio.optimize.program.solvers import SolverControl, SolverSetting
from forefolio.optimize.program.symbols import Symbols

pandas: Any = lazy("pandas")


@dataclass(frozen=True, slots=True, eq=False)
class Step(Symbols):
    """The decision of one step, which trades from the weights `before` it (N,)."""

    before: Affine

    @property
    def trades(self) -> Affine:
        """What is bought and sold (N,)."""
        return self.x - self.before

    @property
    def is_held(self) -> bool:
        """Whether anything is held before it: after the first step something is."""
        return bool(self.before.matrix.any() or self.before.constant.any())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """The weights (H, N) that are to be held over H horizons, and who says so."""

    assets: tuple[str, ...]
    weights: Array
    held: Array  # (N,) now
    status: str = ""
    gap: float = float("inf")
    notes: tuple[str, ...] = ()

    @property
    def trades(self) -> Array:
        """What is bought and sold (H, N), as fractions of the portfolio's value."""
        return np.diff(self.weights, axis=0, prepend=self.held[None])

    @property
    def turnover(self) -> Array:
        """The share of the portfolio (H,) that each step replaces, one way."""
        replaced: Array = np.abs(self.trades).sum(axis=1) / 2
        return replaced

    def to_frame(self) -> Any:
        """A row per step with its weights."""
        steps = pandas.RangeIndex(1, len(self.weights) + 1, name="step")
        return pandas.DataFrame(self.weights, index=steps, columns=list(self.assets))


class MultiPeriod(Component):
    """The first step of the best plan over several horizons, its trading costs counted.

    It maximises the sum of `terms` over all `steps`: by default expected return less variance and
    costs. At step h an asset is expected to earn m + (mean - m) / 2^(h / `half_life`), h from 0 on
    and m the mean of all. Constraints hold at every step; weights do not drift between two.

    >>> import forefolio as ff
    >>> mu, cov = {'bonds': 0.03, 'stocks': 0.08}, [[0.0025, 0.001], [0.001, 0.0225]]
    >>> best = ff.optimize(mu=mu, cov=cov, objective=ff.MultiPeriod(steps=3))
    >>> {name: round(weight, 2) for name, weight in best.weights.items()}
    {'bonds': 0.24, 'stocks': 0.76}
    """

    kind: Literal["multi_period"] = "multi_period"
    steps: Annotated[int, Field(ge=2, le=24, json_schema_extra={"unit": "horizons"})] = Field(
        5, description="Horizons that are planned."
    )
    half_life: Annotated[float, Field(gt=0, json_schema_extra={"unit": "horizons"})] = Field(
        2.0, description="Horizons in which what is expected beyond the mean of all is halved."
    )
    terms: tuple[AnyTerm, ...] = Field(
        (ExpectedReturn(), Variance(), TradingCost()),
        description="What is added up over all steps and made as large as possible.",
    )
    constraints: Constraints = LONG_ONLY
    solver: SolverSetting = SolverControl()

    def allocate(self, outlook: Outlook) -> Allocation:
        """The weights of the first step; the notes say what comes after.

        Raises:
            Infeasible: no portfolio satisfies the constraints together.
        """
        plan = self.plan(outlook)
        now, *later = (percent(float(share)) for share in plan.turnover)
        first = f"replaces {now} of the portfolio"
        if not plan.held.any():
            first = f"buys {percent(float(np.abs(plan.trades[0]).sum()))} of the portfolio"
        return Allocation(
            assets=plan.assets,
            weights=without_rounding(plan.weights[0]),
            method=self.kind,
            notes=(
                *outlook.repairs,
                *plan.notes,
                f"the plan {first} now, and replaces {listed(later)} at the steps after it",
            ),
            status=plan.status,
            gap=plan.gap,
        )

    def plan(self, outlook: Outlook) -> Plan:
        """The weights of all steps.

        Raises:
            Infeasible: no portfolio satisfies the constraints together.
            SolverFailed: no solver has an answer, or nothing limits the portfolio.
        """
        check_names(self, outlook.universe)
        return self._planned(outlook, self.constraints, ())

    def _planned(
        self, outlook: Outlook, constraints: tuple[Constraint, ...], notes: tuple[str, ...]
    ) -> Plan:
        steps = self._steps(outlook)
        losses = [-term.expression(step) for step in steps for term in self.terms]
        rows = [rows for step in steps for rows in stated(constraints, step)]
        solution = steps[0].program.minimise(losses, rows)
        if solution is None:
            easier, given = settled(outlook, constraints, self.solver)
            if not given:
                raise SolverFailed(
                    "no plan keeps the constraints at every step, though one portfolio does now"
                )
            return self._planned(outlook, easier, given)
        return Plan(
            assets=outlook.assets,
            weights=np.array([solution.value(step.x) for step in steps]),
            held=outlook.current,
            status=solution.status,
            gap=solution.gap,
            notes=notes,
        )

    def _steps(self, outlook: Outlook) -> list[Step]:
        program = Program(control=self.solver)
        count = len(outlook.assets)
        one = Affine(np.zeros((1, 0)), np.ones(1))
        before = Affine(np.zeros((count, 0)), outlook.current)
        steps: list[Step] = []
        for number in range(self.steps):
            faded = outlook.with_mean(self._mean(outlook, number))
            steps.append(Step(faded, program, program.unknown(count), one, before))
            before = steps[-1].x
        return steps

    def _mean(self, outlook: Outlook, step: int) -> Array:
        """Expected returns (N,) over the horizon of a step."""
        usual = outlook.mean.mean()
        mean: Array = usual + (outlook.mean - usual) * 0.5 ** (step / self.half_life)
        return mean
