"""What a frontier is drawn against: each risk as a formula for the plan and as a number."""

from typing import Annotated, ClassVar, Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
from pydantic import Field

from forefolio.core.component import Component, OneOf
from forefolio.core.units import Array
from forefolio.optimize import text
from forefolio.optimize.base import Outlook
from forefolio.optimize.constraints.limits import Weights, benchmark_weights
from forefolio.optimize.measures.catalog import PAST_MEASURES
from forefolio.optimize.names import Universe
from forefolio.optimize.objectives.covariance_sets import (
    AnyCovarianceSet,
    CovarianceEllipsoid,
    usual_volatility,
    worst_variance,
    worst_variance_of,
)
from forefolio.optimize.objectives.solving import variance
from forefolio.optimize.program.affine import Affine, Squares
from forefolio.optimize.program.problem import Piece
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

    @property
    def ratio_is(self) -> str:
        """What the ratio of return to the risk is."""
        ...

    def periods_per_year(self, outlook: Outlook) -> float:
        """How many such periods a year has: 1 for a risk a year."""
        ...


def ratio_periods(measure: RiskMeasure, outlook: Outlook) -> float:
    """Of how many periods of the risk a year's return is that is set beside it: a year of one."""
    return measure.periods_per_year(outlook) if isinstance(measure, OfAPeriod) else 1.0


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


class WorstVolatility(Component):
    """The greatest volatility, per year, of the covariances `among` which the true one is.

    The root of the worst variance, as a cone of its own (`CovarianceEllipsoid`, `CovarianceBox` and
    `BootstrappedCovariances` have the formulas).

    >>> import forefolio as ff
    >>> market = ff.simulated_market(seed=1, sessions=300, assets=4)
    >>> robust = ff.MinimumRisk(risk_measure="worst_volatility")
    >>> round(sum(ff.optimize(market, objective=robust).weights.values()), 6)
    1.0
    """

    kind: Literal["worst_volatility"] = "worst_volatility"
    among: AnyCovarianceSet = Field(
        CovarianceEllipsoid(), description="Covariances that are plausible."
    )

    ratio_is: ClassVar[str] = "expected Sharpe at the worst volatility: return beyond cash by it"

    def loss(self, s: Symbols) -> Affine:
        """The volatility of a year."""
        size, unit = s.program.unknown(), usual_volatility(s.outlook)
        s.program.at_least(size, worst_variance(self.among, s, size, unit))
        return unit * float(np.sqrt(s.horizons_per_year)) * size

    def of(self, weights: Array, outlook: Outlook) -> float:
        """Per year."""
        worst = worst_variance_of(self.among, weights, outlook)
        return float(np.sqrt(worst * outlook.periods_per_year))

    def periods_per_year(self, outlook: Outlook) -> float:  # noqa: ARG002
        """One: returns a year are set beside it."""
        return 1.0

    def neutral(self, outlook: Outlook) -> Array:
        """Cash."""
        return np.zeros(len(outlook.assets))


RISK_MEASURES = (VolatilityMeasure, WorstVolatility, *PAST_MEASURES, ActiveRisk)
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
