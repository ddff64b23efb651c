"""The efficient frontier, against any risk and under any constraints, as a job.

1. Its ends: the least risk, and the greatest return.
2. Where both are one portfolio, that is the frontier, and a note says so.
3. Between them, targets evenly spaced in return; at each the least risk that reaches it. Variance
   under linear limits is looked up on the exact frontier, CVaR found vertex by vertex; anything
   else is solved.
4. The greatest ratio of return to risk.
5. A target out of reach, or a solver that stops, is a point that says so.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Annotated, Literal, TypeAlias

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import DataError, Infeasible, SolverFailed
from forefolio.core.events import (
    FrontierBounds,
    FrontierSpot,
    Job,
    Note,
    Part,
    Progress,
    Spot,
    Started,
)
from forefolio.core.mends import mend_between
from forefolio.core.units import AnnualRate, Array
from forefolio.optimize.base import Allocation, Outlook
from forefolio.optimize.constraints.linear import Budget, LongOnly
from forefolio.optimize.exact.corners import ONE_PORTFOLIO, evenly
from forefolio.optimize.exact.of_outlook import exact_within
from forefolio.optimize.exact.reading import read_structure
from forefolio.optimize.exact.tail_or_solved import tail_problem
from forefolio.optimize.frontier.curve import SHOWN, CurvePoint, FrontierCurve, finite, held
from forefolio.optimize.frontier.portfolios_on import ConvexSolver, ExactSolver, FrontierSolver
from forefolio.optimize.frontier.tail_portfolios import TailSolver
from forefolio.optimize.measures.sessions import ConditionalValueAtRisk
from forefolio.optimize.names import check_names
from forefolio.optimize.objectives.risk_measures import (
    AnyRiskMeasure,
    VolatilityMeasure,
    expected_annual,
    horizons_per_year,
    ratio_to,
    ratio_words,
)
from forefolio.optimize.objectives.terms import AnyTerm, ExpectedReturn
from forefolio.optimize.program.solvers import SolverControl, SolverSetting
from forefolio.optimize.words.catalog import AnyConstraints

STAGE = "frontier"
VOLATILITY = VolatilityMeasure()
SAME_RETURN = 1e-6  # a year: returns nearer to each other are one
Points: TypeAlias = Annotated[int, Field(ge=2, le=500)]


class EfficientFrontier(Component):
    """Portfolios of the least risk for their return.

    So many `points` are evenly spaced in return, unless `targets`, annual returns, are named.
    Risk is what `risk_measure` says; the return is the sum of `terms`, so that costs or errors of
    the forecast can be taken off.

    >>> import forefolio as ff
    >>> mu, cov = {'bonds': 0.03, 'stocks': 0.08}, [[0.0025, 0.001], [0.001, 0.0225]]
    >>> curve = ff.frontier(mu=mu, cov=cov, points=5)
    >>> [round(point.risk, 3) for point in curve.points]
    [0.049, 0.06, 0.086, 0.117, 0.15]
    >>> ff.EfficientFrontier(points=5, risk_measure="cvar").risk_measure.kind
    'cvar'
    """

    kind: Literal["efficient_frontier"] = "efficient_frontier"
    points: Points = Field(
        25, description="Portfolios that are calculated, evenly spaced in return."
    )
    targets: tuple[AnnualRate, ...] = Field(
        (), description="Expected returns of the portfolios, instead of evenly spaced ones."
    )
    risk_measure: AnyRiskMeasure = Field(
        VOLATILITY, description="Risk that is made as small as possible for each return."
    )
    terms: tuple[AnyTerm, ...] = Field(
        (ExpectedReturn(),), description="What is added up as the return."
    )
    constraints: AnyConstraints = Field(
        (Budget(), LongOnly()),
        description="Limits that the weights must keep, such as fully invested and long only.",
    )
    solver: SolverSetting = SolverControl()

    def trace(self, outlook: Outlook) -> Job[FrontierCurve]:
        """Calculate it, point by point.

        Raises:
            Infeasible: no portfolio satisfies the constraints together.
            InputError: the terms are not linear.
            UnclearName: a limit or a benchmark names what the market does not have.
            SolverFailed: not even the ends of the frontier can be found.
        """
        check_names(self, outlook.universe)
        yield Started(stage=STAGE, total=len(self.targets) or self.points)
        solver = self._frontier_solver(outlook)
        lowest, highest = solver.least_risk(), solver.greatest_return()
        bottom, top = solver.annual(lowest), solver.annual(highest)
        one = _one(lowest, highest, top - bottom)
        targets = self.targets or tuple(evenly(bottom, top, 1 if one else self.points).tolist())
        asked: list[Callable[[], Allocation]] = [partial(solver.at, each, top) for each in targets]
        if not self.targets:
            asked[-1], asked[0] = (lambda: highest), (lambda: lowest)
        count, notes = len(targets), (*solver.notes, *filter(None, [one]))
        best = self._point(float("nan"), top, lambda: solver.best(lowest), outlook)
        yield self._bounds(outlook, (lowest, highest), top, best)
        points: list[CurvePoint] = []
        for place, (target, ask) in enumerate(zip(targets, asked, strict=True), start=1):
            points.append(self._point(target, top, ask, outlook))
            yield Part(stage=STAGE, part=_new(place, points[-1]))
            message = f"Calculating portfolio {place}/{count}"
            yield Progress(stage=STAGE, done=place, total=count, message=message)
        yield from _troubles(points, notes)
        return self._curve(outlook, tuple(points), best, notes)

    def _bounds(
        self, outlook: Outlook, ends: tuple[Allocation, Allocation], top: float, best: CurvePoint
    ) -> Part:
        """What the frontier lies within, for whoever draws it while it is calculated."""
        low, high = (self._point(float("nan"), top, partial(_same, end), outlook) for end in ends)
        curve = self._curve(outlook, (), best, ())
        alone = zip(curve.assets, curve.asset_risks, curve.asset_returns, strict=True)
        bounds = FrontierBounds(
            risk_measure=curve.risk_measure,
            assets=tuple(
                Spot(name=name, risk=finite(risk), expected_return=finite(earned))
                for name, risk, earned in alone
            ),
            lowest=_spot(low),
            highest=_spot(high),
            best=_spot(best),
        )
        return Part(stage=STAGE, part=bounds)

    def _frontier_solver(self, outlook: Outlook) -> FrontierSolver:
        """By the structure of the problem: the exact frontier where there is one."""
        general = ConvexSolver(
            outlook, self.risk_measure, self.terms, tuple(self.constraints), self.solver
        )
        plain = self.terms == (ExpectedReturn(),)
        try:
            if plain and isinstance(self.risk_measure, ConditionalValueAtRisk):
                return self._tail_solver(self.risk_measure, outlook, general)
            by_variance = plain and self.risk_measure == VOLATILITY
            exact = exact_within(self.constraints, outlook) if by_variance else None
        except Infeasible:
            return general  # which explains the conflict
        except (DataError, SolverFailed) as error:
            message = f"each point is solved by itself, because there is no exact frontier: {error}"
            return general.noted(message)
        return ExactSolver(exact, general) if exact else general

    def _tail_solver(
        self, measure: ConditionalValueAtRisk, outlook: Outlook, general: ConvexSolver
    ) -> FrontierSolver:
        limits = read_structure(self.constraints, outlook)
        if limits is None:
            return general
        return TailSolver(tail_problem(outlook, limits, measure.level, measure.window), general)

    def _point(
        self, target: float, top: float, ask: Callable[[], Allocation], outlook: Outlook
    ) -> CurvePoint:
        try:
            allocation = ask()
        except Infeasible as error:
            asked, best = mend_between("the target", target, top).levels
            out_of_reach = f"no portfolio reaches {asked} a year: the best attainable is {best}"
            trouble = out_of_reach if target > top else str(error)
            return CurvePoint(target=target, assets=outlook.assets, trouble=trouble)
        except SolverFailed as error:
            return CurvePoint(target=target, assets=outlook.assets, trouble=str(error))
        point = self.placed(allocation.weights, outlook)
        return replace(
            point,
            target=point.expected_return if np.isnan(target) else target,
            by=allocation.status,
            gap=allocation.gap,
            notes=allocation.notes,
        )

    def placed(self, weights: Array, outlook: Outlook) -> CurvePoint:
        """Where any portfolio lies beside the frontier: its weights (N,) are taken as they are."""
        measure = self.risk_measure
        risk, earned = measure.of(weights, outlook), expected_annual(weights, outlook)
        beyond = earned - expected_annual(measure.neutral(outlook), outlook)
        return CurvePoint(
            target=earned,
            assets=outlook.assets,
            weights=weights,
            expected_return=earned,
            risk=risk,
            volatility=VOLATILITY.of(weights, outlook),
            ratio=ratio_to(measure, beyond, risk, outlook),
        )

    def _curve(
        self,
        outlook: Outlook,
        points: tuple[CurvePoint, ...],
        best: CurvePoint,
        notes: tuple[str, ...],
    ) -> FrontierCurve:
        measure = self.risk_measure
        return FrontierCurve(
            risk_measure=str(getattr(measure, "kind", type(measure).__name__)),
            assets=outlook.assets,
            points=points,
            best=best,
            asset_returns=outlook.mean * horizons_per_year(outlook),
            asset_risks=_alone(measure, outlook),
            neutral_return=expected_annual(measure.neutral(outlook), outlook),
            ratio_is=ratio_words(measure),
            notes=notes,
        )


def _one(lowest: Allocation, highest: Allocation, span: float) -> str:
    """Why the frontier is one portfolio, if it is; `span` is of annual returns along it."""
    if len(lowest.assets) == 1:
        return f"{ONE_PORTFOLIO}: there is one asset, {lowest.assets[0]}"
    if span <= SAME_RETURN:
        return f"{ONE_PORTFOLIO}: none that is allowed is expected to earn more than another"
    if np.abs(lowest.weights - highest.weights).max() < SHOWN:
        return f"{ONE_PORTFOLIO}: the one of least risk is also that of the greatest return"
    return ""


def _alone(measure: AnyRiskMeasure, outlook: Outlook) -> Array:
    """The risk (N,) of everything in one asset."""
    if measure == VOLATILITY:
        volatility: Array = outlook.covariance.std * np.sqrt(outlook.periods_per_year)
        return volatility
    return np.array([measure.of(one, outlook) for one in np.eye(len(outlook.assets))])


def _troubles(points: list[CurvePoint], notes: tuple[str, ...]) -> Job[None]:
    for message in notes:
        yield Note(code="general_way", about=STAGE, message=message)
    for point in points:
        for message in filter(None, [point.trouble, *point.notes]):
            yield Note(code="frontier_point", about=STAGE, message=message)


def _same(allocation: Allocation) -> Allocation:
    return allocation


def _new(place: int, point: CurvePoint) -> FrontierSpot:
    """A point that has just been calculated; one in trouble holds nothing."""
    return FrontierSpot(
        place=place, spot=_spot(point), weights=dict(held(point.assets, point.weights))
    )


def _spot(point: CurvePoint) -> Spot:
    return Spot(risk=finite(point.risk), expected_return=finite(point.expected_return))
