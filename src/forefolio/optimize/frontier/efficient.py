"""The efficient frontier, against any risk and under any constraints, as a job.

1. Its ends: the least risk, and the greatest return.
2. Where both are one portfolio, that is the frontier, and a note says so.
3. Between them, targets evenly spaced in return; at each the least risk that reaches it. Variance
   under linear limits is looked up on the exact frontier, CVaR found vertex by vertex; anything
   else is solved.
4. The greatest ratio of return to risk.
5. A target out of reach, or a solver that stops, is a point that says so.
"""

from typing import Annotated, Literal, TypeAlias

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
from forefolio.core.units import AnnualRate, Array
from forefolio.optimize.base import Outlook
from forefolio.optimize.constraints.linear import Budget, LongOnly
from forefolio.optimize.exact.of_outlook import exact_within
from forefolio.optimize.exact.reading import read_structure
from forefolio.optimize.exact.tail_or_solved import tail_problem
from forefolio.optimize.frontier.axes import VOLATILITY, Axes
from forefolio.optimize.frontier.curve import CurvePoint, FrontierCurve, finite, held
from forefolio.optimize.frontier.drawing import Drawing
from forefolio.optimize.frontier.portfolios_on import ConvexSolver, ExactSolver, FrontierSolver
from forefolio.optimize.frontier.tail_portfolios import TailSolver
from forefolio.optimize.measures.sessions import ConditionalValueAtRisk
from forefolio.optimize.names import check_names
from forefolio.optimize.objectives.risk_measures import AnyRiskMeasure
from forefolio.optimize.objectives.terms import AnyTerm, ExpectedReturn, is_return_alone
from forefolio.optimize.program.solvers import SolverControl, SolverSetting
from forefolio.optimize.words.catalog import AnyConstraints

STAGE = "frontier"
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
        drawing = self._begun(outlook)
        yield _bounds(drawing)
        points: list[CurvePoint] = []
        count = len(drawing.targets)
        for place, point in enumerate(drawing.points(), start=1):
            points.append(point)
            yield _new(place, point)
            message = f"Calculating portfolio {place}/{count}"
            yield Progress.unchecked(stage=STAGE, done=place, total=count, message=message)
        yield from _troubles(points, drawing.notes)
        return drawing.curve(points)

    def curve(self, outlook: Outlook) -> FrontierCurve:
        """The same at once, for whoever does not watch; it raises what `trace` does."""
        check_names(self, outlook.universe)
        drawing = self._begun(outlook)
        return drawing.curve(tuple(drawing.points()))

    def placed(self, weights: Array, outlook: Outlook) -> CurvePoint:
        """Where any portfolio lies beside the frontier: its weights (N,) are taken as they are."""
        return Axes.of(self.risk_measure, outlook).place(weights)

    def _begun(self, outlook: Outlook) -> Drawing:
        axes = Axes.of(self.risk_measure, outlook)
        return Drawing.begun(axes, self._frontier_solver(outlook), self.targets, self.points)

    def _frontier_solver(self, outlook: Outlook) -> FrontierSolver:
        """By the structure of the problem: the exact frontier where there is one."""
        general = ConvexSolver(
            outlook, self.risk_measure, self.terms, tuple(self.constraints), self.solver
        )
        plain = is_return_alone(self.terms)
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
        return ExactSolver.of(exact, general) if exact else general

    def _tail_solver(
        self, measure: ConditionalValueAtRisk, outlook: Outlook, general: ConvexSolver
    ) -> FrontierSolver:
        limits = read_structure(self.constraints, outlook)
        if limits is None:
            return general
        return TailSolver(tail_problem(outlook, limits, measure.level, measure.window), general)


def _bounds(drawing: Drawing) -> Part:
    """What the frontier lies within, for whoever draws it while it is calculated."""
    axes, curve = drawing.axes, drawing.curve(())
    alone = zip(curve.assets, curve.asset_risks.tolist(), curve.asset_returns.tolist(), strict=True)
    bounds = FrontierBounds(
        risk_measure=curve.risk_measure,
        assets=tuple(_spot(risk, earned, name) for name, risk, earned in alone),
        lowest=_spot_of(axes.place(drawing.lowest.weights)),
        highest=_spot_of(axes.place(drawing.highest.weights)),
        best=_spot_of(drawing.best),
    )
    return Part(stage=STAGE, part=bounds)


def _troubles(points: list[CurvePoint], notes: tuple[str, ...]) -> Job[None]:
    for message in notes:
        yield Note(code="general_way", about=STAGE, message=message)
    for point in points:
        for message in filter(None, [point.trouble, *point.notes]):
            yield Note(code="frontier_point", about=STAGE, message=message)


def _new(place: int, point: CurvePoint) -> Part:
    """A point that has just been calculated; one in trouble holds nothing."""
    weights = dict(held(point.assets, point.weights))
    spot = FrontierSpot.unchecked(place=place, spot=_spot_of(point), weights=weights)
    return Part.unchecked(stage=STAGE, part=spot)


def _spot_of(point: CurvePoint) -> Spot:
    return _spot(point.risk, point.expected_return)


def _spot(risk: float, earned: float, name: str = "") -> Spot:
    return Spot.unchecked(name=name, risk=finite(risk), expected_return=finite(earned))
