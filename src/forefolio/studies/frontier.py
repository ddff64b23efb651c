"""The efficient frontier: the portfolios of least risk, from the safest to the most rewarding."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from forefolio.core import quantities
from forefolio.core.component import Component
from forefolio.core.events import Job, Note
from forefolio.core.kinds import in_words
from forefolio.core.units import AnnualRate
from forefolio.core.wording import listed
from forefolio.optimize import CurvePoint, EfficientFrontier, FrontierCurve, Outlook
from forefolio.optimize.frontier.curve import held
from forefolio.optimize.frontier.efficient import Points
from forefolio.optimize.objectives.risk_measures import AnyRiskMeasure, VolatilityMeasure
from forefolio.optimize.portfolio import idle_limits, limits_of
from forefolio.optimize.words.usual import with_usual
from forefolio.risk import AnyCovariance
from forefolio.studies.cost import ComputingCost, of_market
from forefolio.studies.expectation import ExpectationStudy, Expected, about
from forefolio.studies.frontier_band import FrontierBand, OtherPasts, frontier_band
from forefolio.studies.holding import Weights
from forefolio.studies.place import Place
from forefolio.studies.portfolio import OwnScores, Stated
from forefolio.studies.result import Number, notes
from forefolio.studies.risk_shares import RiskShares, risk_shares


def _rates(given: Any) -> Any:
    """Rates with commas or spaces between: "10%, 15%"."""
    if not isinstance(given, str):
        return given
    return tuple(quantities.fraction(word) for word in quantities.words(given))


Targets = Annotated[tuple[AnnualRate, ...], BeforeValidator(_rates)]


class EfficientPortfolio(Component):
    """A portfolio of the least risk for its return; returns are fractions per year."""

    target: Number = Field(description="The annual return that was asked for.")
    expected_return: Number = Field(description="That of cash included, per year.")
    risk: Number = Field(description="In the unit of the frontier's risk measure.")
    volatility: Number = Field(description="Per year.")
    ratio: Number = Field(description="Expected return beyond cash or the benchmark, by the risk.")
    weights: Mapping[str, float] = Field(description="By ticker, the largest first.")
    risk_shares: RiskShares = Field(default_factory=dict)
    solved_by: str = Field(description="Who solved it.")
    gap: Number = Field(description="By how much the risk may still be lower, relative.")
    trouble: str = Field("", description="Why there is no such portfolio; empty if there is.")


class AssetRisk(Component):
    """An asset by itself."""

    ticker: str = Field(description="The asset.")
    expected_return: Number = Field(description="Fraction per year.")
    risk: Number = Field(description="In the unit of the frontier's risk measure.")


class FrontierResult(Expected):
    """An efficient frontier; returns are fractions per year."""

    kind: Literal["frontier"] = "frontier"
    risk_measure: str = Field(description="What it is drawn against, such as volatility.")
    ratio_is: str = Field(description="Which return is divided by which risk.")
    neutral_return: float = Field(description="Of cash, or of the benchmark, per year.")
    points: tuple[EfficientPortfolio, ...] = Field(description="By rising return.")
    best: EfficientPortfolio = Field(description="The one of the greatest ratio.")
    weights: Mapping[str, float] = Field(description="Of the best, by ticker, the largest first.")
    alone: tuple[AssetRisk, ...] = Field(description="What each asset is by itself.")
    placed: EfficientPortfolio | None = Field(
        None, description="The portfolio that was given, by the same estimates; none if none was."
    )
    equal: EfficientPortfolio | None = Field(
        None,
        description="Equal weights of all assets, by the same estimates; none: of an earlier "
        "version.",
    )

    band: FrontierBand | None = Field(
        None, description="Frontiers of other pasts; none: they were not asked for."
    )

    @property
    def described(self) -> str:
        """Whose its weights are, in words."""
        return f"best of a frontier of {in_words(self.risk_measure)}"


class FrontierStudy(ExpectationStudy):
    """Calculate the efficient frontier: the least risk for each return, and the best ratio.

    >>> import forefolio as ff
    >>> study = ff.FrontierStudy(source=ff.Synthetic(sessions=600, assets=3), points=3)
    >>> [round(point.volatility, 3) for point in ff.ask(study).points]
    [0.176, 0.183, 0.203]
    """

    path: ClassVar[str] = "optimize/frontier"
    command: ClassVar[str] = "frontier"
    result: ClassVar[type[FrontierResult]] = FrontierResult
    stages: ClassVar[Mapping[str, float]] = {
        "data": 5,
        "forecast": 65,
        "evidence": 10,
        "frontier": 15,
        "band": 5,
    }

    kind: Literal["frontier"] = "frontier"
    points: Points = Field(25, description="How many portfolios.")
    targets: Targets = Field(
        (), description="Annual returns instead of evenly spaced points, such as 10%,15%."
    )
    risk_measure: AnyRiskMeasure = Field(
        VolatilityMeasure(),
        description="volatility, cvar, maximum_drawdown, ulcer_index, active_risk or another.",
    )
    constraints: Stated = ()
    scores: OwnScores = Field(default_factory=dict)
    resamples: Annotated[int, Field(ge=0, le=1000)] = Field(
        0,
        description="Draw the past anew so many times, and say how far the frontier would move; "
        "100 are enough.",
        json_schema_extra={"advanced": True},
    )
    seed: Annotated[int, Field(ge=0)] = Field(
        0,
        description="Of the random numbers that the pasts are drawn with.",
        json_schema_extra={"advanced": True},
    )
    weights: Weights = Field(
        None,
        description="A portfolio to place beside it, by ticker, such as AAPL=30%,KO=0.2.",
        json_schema_extra={"in_words": True, "advanced": True},
    )

    def sizes(self) -> Mapping[str, int]:
        """Those of the estimates, how many portfolios, and how many pasts."""
        points = len(self.targets) or self.points
        return {**super().sizes(), "points": points, "resamples": self.resamples}

    def cost(self, sizes: Mapping[str, int] | None = None) -> ComputingCost:
        """A portfolio is chosen at every point."""
        chosen = self.sizes() if sizes is None else sizes
        estimates, (assets, _) = super().cost(chosen), of_market(chosen)
        points = (chosen["points"] + chosen.get("resamples", 0)) * (
            0.02 + 1e-9 * float(assets) ** 3
        )
        return ComputingCost(cpu_s=estimates.cpu_s + points, bytes=estimates.bytes)

    def job(self, place: Place) -> Job[FrontierResult]:
        """Calculate it, point by point."""
        estimates = yield from self.expectation.estimate(self.data, place)
        frontier = EfficientFrontier(
            points=self.points,
            targets=self.targets,
            risk_measure=self.risk_measure,
            constraints=with_usual(limits_of(self.constraints, self.scores, estimates.outlook)),
        )
        idle = idle_limits(frontier.constraints, estimates.outlook)
        for message in idle:
            yield Note(code="outlook", message=message)
        curve = yield from frontier.trace(estimates.outlook)
        band, unsaid = yield from self._band(frontier, curve, estimates.outlook)
        placed, missing = self._placed(frontier, estimates.outlook)
        messages = dict.fromkeys((*idle, *curve.notes, *curve.best.notes, *missing, *unsaid))
        return FrontierResult(
            **about(self.expectation, estimates),
            **curve_fields(curve, estimates.outlook.covariance),
            placed=placed,
            equal=_equal(frontier, estimates.outlook),
            band=band,
            remarks=(*estimates.remarks, *notes(messages, "frontier")),
        )

    def _band(
        self, frontier: EfficientFrontier, curve: FrontierCurve, outlook: Outlook
    ) -> Job[tuple[FrontierBand | None, tuple[str, ...]]]:
        """Frontiers of other pasts, or why there are none."""
        if not self.resamples:
            return None, ()
        if frontier.risk_measure != VolatilityMeasure():
            return None, ("other pasts are drawn for a frontier against volatility alone",)
        sessions = len(outlook.past_of("other pasts"))
        pasts = OtherPasts(draws=self.resamples, sessions=sessions, seed=self.seed)
        found = yield from frontier_band(frontier, curve, outlook, pasts)
        return found, ()

    def _placed(
        self, frontier: EfficientFrontier, outlook: Outlook
    ) -> tuple[EfficientPortfolio | None, tuple[str, ...]]:
        """The portfolio that was given beside the frontier, or why it is not there."""
        if self.weights is None:
            return None, ()
        if missing := [ticker for ticker in self.weights if ticker not in outlook.assets]:
            which = f"nothing is expected of {listed(missing)}"
            return None, (f"the given portfolio is not placed beside the frontier: {which}",)
        row = np.array([self.weights.get(asset, 0.0) for asset in outlook.assets])
        return _point(frontier.placed(row, outlook), outlook.covariance), ()


def _equal(frontier: EfficientFrontier, outlook: Outlook) -> EfficientPortfolio:
    """What costs no thought, to hold the others against."""
    count = len(outlook.assets)
    return _point(frontier.placed(np.full(count, 1.0 / count), outlook), outlook.covariance)


def curve_fields(curve: FrontierCurve, covariance: AnyCovariance | None = None) -> dict[str, Any]:
    """A frontier as the fields of a result; without a covariance, no shares of the risk."""
    best = _point(curve.best, covariance)
    return {
        "risk_measure": curve.risk_measure,
        "ratio_is": curve.ratio_is,
        "neutral_return": curve.neutral_return,
        "points": tuple(_point(one, covariance) for one in curve.points),
        "best": best,
        "weights": best.weights,
        "alone": tuple(
            AssetRisk(ticker=name, expected_return=earned, risk=risk)
            for name, earned, risk in zip(
                curve.assets, curve.asset_returns.tolist(), curve.asset_risks.tolist(), strict=True
            )
        ),
    }


def _point(point: CurvePoint, covariance: AnyCovariance | None) -> EfficientPortfolio:
    kept = held(point.assets, point.weights)
    shares = {} if covariance is None else risk_shares(kept, point.weights, covariance)
    return EfficientPortfolio(
        target=point.target,
        expected_return=point.expected_return,
        risk=point.risk,
        volatility=point.volatility,
        ratio=point.ratio,
        weights=kept,
        risk_shares=shares,
        solved_by=point.by,
        gap=point.gap,
        trouble=point.trouble,
    )
