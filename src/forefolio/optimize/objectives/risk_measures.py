"""What a frontier is drawn against: each risk as a formula for the plan and as a number."""

from typing import Annotated, ClassVar, Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
from pydantic import Field

from forefolio.core.component import Component, OneOf
from forefolio.core.units import Array
from forefolio.optimize import text
from forefolio.optimize.base import Outlook
from forefolio.optimize.constraints.limits import Weights, benchmark_weights
from forefolio.optimize.names import Universe
from forefolio.optimize.objectives.solving import variance
from forefolio.optimize.program.affine import Squares
from forefolio.optimize.program.problem import Piece
from forefolio.optimize.program.scenarios import (
    Level,
    Window,
    conditional_drawdown,
    conditional_loss,
)
from forefolio.optimize.program.symbols import Symbols


@runtime_checkable
class RiskMeasure(Protocol):
    """Something that there should be less of; zero for `neutral`."""

    def loss(self, s: Symbols) -> Piece:
        """A convex formula, homogeneous in (x, scale), least where the risk is least."""
        ...

    def of(self, weights: Array, outlook: Outlook) -> float:
        """The risk of weights (N,)."""
        ...

    def neutral(self, outlook: Outlook) -> Array:
        """The weights (N,) that returns are compared with: none, which is cash, or a benchmark."""
        ...


@runtime_checkable
class OfAPeriod(Protocol):
    """A risk measure that says over which period returns are set beside it, and what that is."""

    ratio_is: str

    def periods_per_year(self, outlook: Outlook) -> float:
        """How many such periods a year has: 1 for a risk a year."""
        ...


def ratio_to(measure: RiskMeasure, beyond: float, risk: float, outlook: Outlook) -> float:
    """What is earned a year `beyond` doing nothing, by the risk, both over the same period."""
    periods = measure.periods_per_year(outlook) if isinstance(measure, OfAPeriod) else 1.0
    return beyond / periods / risk if risk > 0 else float("nan")


def ratio_words(measure: RiskMeasure) -> str:
    """What the ratio of return to this risk is."""
    return measure.ratio_is if isinstance(measure, OfAPeriod) else UNNAMED_RATIO


UNNAMED_RATIO = "expected return a year beyond cash, by the risk"


class VolatilityMeasure(Component):
    """The standard deviation of the return, per year."""

    kind: Literal["volatility"] = "volatility"

    ratio_is: ClassVar[str] = "expected Sharpe: return beyond cash by volatility, both a year"

    def loss(self, s: Symbols) -> Squares:
        """The variance over the horizon."""
        return variance(s)

    def of(self, weights: Array, outlook: Outlook) -> float:
        """Per year."""
        return _annual_volatility(weights, outlook)

    def periods_per_year(self, outlook: Outlook) -> float:  # noqa: ARG002
        """One: returns a year are set beside it."""
        return 1.0

    def neutral(self, outlook: Outlook) -> Array:
        """Cash."""
        return np.zeros(len(outlook.assets))


class ConditionalValueAtRisk(Component):
    """The mean loss of a session in the worst 1 - `level` of the last `window`."""

    kind: Literal["cvar"] = "cvar"
    level: Level = Field(
        0.95, description="Probability below the tail: 0.95 looks at the worst 5 % of the sessions."
    )
    window: Window = Field(
        500, description="Past sessions that are looked at.", json_schema_extra={"advanced": True}
    )

    ratio_is: ClassVar[str] = "expected return beyond cash by CVaR, both of one session"

    def loss(self, s: Symbols) -> Piece:
        """Its formula (`TailLoss`)."""
        return conditional_loss(s, self.level, self.window)

    def of(self, weights: Array, outlook: Outlook) -> float:
        """As a fraction of the portfolio's value."""
        return _worst(-_earned(weights, outlook, self.window), self.level)

    def periods_per_year(self, outlook: Outlook) -> float:
        """As many as sessions: it is a loss of a session."""
        return outlook.periods_per_year

    def neutral(self, outlook: Outlook) -> Array:
        """Cash."""
        return np.zeros(len(outlook.assets))


class ConditionalDrawdown(Component):
    """The mean drawdown in the worst 1 - `level` of the last `window` sessions."""

    kind: Literal["cdar"] = "cdar"
    level: Level = Field(
        0.95, description="Probability below the tail: 0.95 looks at the worst 5 % of the sessions."
    )
    window: Window = Field(
        500, description="Past sessions that are looked at.", json_schema_extra={"advanced": True}
    )

    ratio_is: ClassVar[str] = (
        "expected return a year beyond cash, by the mean of the worst drawdowns"
    )

    def loss(self, s: Symbols) -> Piece:
        """Its formula (`DrawdownLoss`)."""
        return conditional_drawdown(s, self.level, self.window)

    def of(self, weights: Array, outlook: Outlook) -> float:
        """Of returns added up, as a fraction."""
        sums = np.cumsum(_earned(weights, outlook, self.window))
        peaks = np.maximum(np.maximum.accumulate(sums), 0.0)
        return _worst(peaks - sums, self.level)

    def periods_per_year(self, outlook: Outlook) -> float:  # noqa: ARG002
        """One: returns a year are set beside it."""
        return 1.0

    def neutral(self, outlook: Outlook) -> Array:
        """Cash."""
        return np.zeros(len(outlook.assets))


class ActiveRisk(Component):
    """The volatility of the difference to a `benchmark`, per year.

    The benchmark is (asset, weight) pairs, or equal weights where there are none.
    """

    kind: Literal["active_risk"] = "active_risk"
    benchmark: Weights = Field(
        (), description="Pairs of asset and weight to compare with; none: equal weights."
    )

    def check_names(self, universe: Universe) -> None:
        """Refuse a benchmark of what is no asset."""
        universe.check_assets(dict(self.benchmark), f"the benchmark {text.mixed(self.benchmark)}")

    ratio_is: ClassVar[str] = (
        "expected information ratio: return beyond the benchmark by active risk, both a year"
    )

    def loss(self, s: Symbols) -> Squares:
        """The variance of the difference over the horizon."""
        return Squares(s.risk_root @ (s.x - self.neutral(s.outlook) * s.scale))

    def of(self, weights: Array, outlook: Outlook) -> float:
        """Per year."""
        return _annual_volatility(weights - self.neutral(outlook), outlook)

    def periods_per_year(self, outlook: Outlook) -> float:  # noqa: ARG002
        """One: returns a year are set beside it."""
        return 1.0

    def neutral(self, outlook: Outlook) -> Array:
        """The benchmark."""
        return benchmark_weights(self.benchmark, outlook)


RISK_MEASURES = (VolatilityMeasure, ConditionalValueAtRisk, ConditionalDrawdown, ActiveRisk)
AnyRiskMeasure: TypeAlias = Annotated[RiskMeasure, OneOf(*RISK_MEASURES)]


def horizons_per_year(outlook: Outlook) -> float:
    """How many of the outlook's horizons a year has."""
    return outlook.periods_per_year / outlook.forecast.horizon


def expected_annual(weights: Array, outlook: Outlook) -> float:
    """The expected return of weights (N,) a year, that of their cash included."""
    cash = outlook.risk_free * (1.0 - float(weights.sum()))
    return (float(outlook.mean @ weights) + cash) * horizons_per_year(outlook)


def _annual_volatility(weights: Array, outlook: Outlook) -> float:
    per_session = max(outlook.covariance.variance(weights), 0.0)
    return float(np.sqrt(per_session * outlook.periods_per_year))


def _earned(weights: Array, outlook: Outlook, window: int) -> Array:
    cash = outlook.risk_free / outlook.forecast.horizon * (1.0 - float(weights.sum()))
    earned: Array = outlook.scenarios(window) @ weights + cash
    return earned


def _worst(losses: Array, level: float) -> float:
    """The mean of the worst 1 - `level`, the last of them in part."""
    count = (1.0 - level) * len(losses)
    shares = np.clip(count - np.arange(len(losses)), 0.0, 1.0)
    return float(-np.sort(-losses) @ shares / count)
