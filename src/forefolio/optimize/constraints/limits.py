"""Limits on what a portfolio is exposed to: leverage, risk, a benchmark, a number per asset."""

from collections.abc import Iterator
from typing import Literal, Self, TypeAlias

import numpy as np
from pydantic import Field, model_validator

from forefolio.core.component import Component
from forefolio.core.errors import DataError
from forefolio.core.mends import NUMBER, PER_YEAR
from forefolio.core.units import AnnualVolatility, Array, Fraction
from forefolio.features import AnyFeature, Feature, MarketBeta
from forefolio.market.own_sessions import carried_forward, silent_rows
from forefolio.optimize import text
from forefolio.optimize.base import Outlook
from forefolio.optimize.constraints.limited import PositiveAmount, between, in_order
from forefolio.optimize.names import Universe
from forefolio.optimize.program.problem import Rows
from forefolio.optimize.program.symbols import Symbols

Weights: TypeAlias = tuple[tuple[str, Fraction], ...]


class Leverage(Component):
    """Long and short positions together: `sum |w| <= gross`; what is net of it is the `Budget`.

    >>> print(Leverage(gross=1.3))
    gross <= 130%
    """

    kind: Literal["leverage"] = "leverage"
    gross: PositiveAmount = Field(
        1.5,
        description="Most that long and short positions may add up to, both counted as positive.",
    )

    def __str__(self) -> str:
        """Such as "gross <= 150%"."""
        return text.within("gross", None, self.gross)

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """One row over the sizes of the weights."""
        gross = s.program.absolute(s.x).sum()
        yield from between("gross", gross, (None, self.gross), s, called="the gross exposure")


class Exposure(Component):
    """The weighted sum of a feature: `lower <= sum w_i f_i <= upper`, f as known at the decision.

    `lower` and `upper` bound it, None does not; `to` is any feature, such as the beta to the
    benchmark; cash has an exposure of zero.
    """

    kind: Literal["exposure"] = "exposure"
    to: AnyFeature = Field(
        MarketBeta(),
        description="Feature whose weighted sum is limited, such as the beta to the benchmark.",
    )
    lower: float | None = Field(
        None, description="Least weighted sum, in the unit of the feature; none: no lower limit."
    )
    upper: float | None = Field(
        None, description="Greatest weighted sum, in the unit of the feature; none: no upper limit."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        in_order(self.lower, self.upper)
        return self

    def __str__(self) -> str:
        """Such as "0.9 <= market_beta <= 1.1"."""
        limits = (None if x is None else text.plain(x) for x in (self.lower, self.upper))
        return text.limited(text.feature(self.to), *limits)

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """One or two rows."""
        exposure = _loadings(self.to, s) @ s.x
        limits = (self.lower, self.upper)
        yield from between(self.to.name, exposure, limits, s, unit=NUMBER)


class VolatilityCap(Component):
    """The volatility a year is at most so much: `sqrt(w'Cw x horizons per year) <= at_most`.

    C is the covariance over the horizon.
    """

    kind: Literal["volatility_cap"] = "volatility_cap"
    at_most: AnnualVolatility = Field(0.12, description="Greatest volatility of the portfolio.")

    @property
    def statement(self) -> str:
        """What messages and prices call it."""
        return f"annual volatility at most {text.spaced_share(self.at_most)}"

    def __str__(self) -> str:
        """Such as "volatility <= 12% per year"."""
        return f"{text.within('volatility', None, self.at_most)} per year"

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """One row over the length of R @ x."""
        annual = np.sqrt(s.horizons_per_year) * s.program.norm(s.risk_root @ s.x)
        limits = (None, self.at_most)
        yield from between(
            "annual volatility", annual, limits, s, unit=PER_YEAR, called="the volatility"
        )


class TrackingError(Component):
    """The volatility a year of the difference to a `benchmark` is at most so much.

    In a formula: `sqrt((w - b)'C(w - b) x horizons per year) <= at_most`, C over the horizon. The
    benchmark is (asset, weight) pairs, or equal weights where there are none. Of one that names
    assets which cannot be held at a decision, the rest is taken, in proportion.
    """

    kind: Literal["tracking_error"] = "tracking_error"
    at_most: AnnualVolatility = Field(
        0.04, description="Greatest volatility of the difference to the benchmark."
    )
    benchmark: Weights = Field(
        (), description="Pairs of asset and weight to compare with; none: equal weights."
    )

    def __str__(self) -> str:
        """Such as "te(equal weight) <= 4% per year"."""
        measure = f"te({text.mixed(self.benchmark)})"
        return f"{text.within(measure, None, self.at_most)} per year"

    def check_names(self, universe: Universe) -> None:
        """Refuse a benchmark of what is no asset."""
        universe.check_assets(dict(self.benchmark), self)

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """One row over the length of R @ (x - benchmark)."""
        away = s.x - benchmark_weights(self.benchmark, s.outlook) * s.scale
        annual = np.sqrt(s.horizons_per_year) * s.program.norm(s.risk_root @ away)
        limits = (None, self.at_most)
        yield from between(
            "annual tracking error", annual, limits, s, unit=PER_YEAR, called="the tracking error"
        )


LIMITS = (Leverage, Exposure, VolatilityCap, TrackingError)


def benchmark_weights(named: Weights, outlook: Outlook) -> Array:
    """Weights (N,) of a benchmark among the assets of an outlook: equal, or as named.

    Raises:
        DataError: none of what is named can be held.
        UnclearName: something that is named is no asset.
    """
    assets = outlook.assets
    if not named:
        return np.full(len(assets), 1.0 / len(assets))
    outlook.universe.check_assets(dict(named), f"the benchmark {text.mixed(named)}")
    weights = dict(named)
    among = np.array([weights.get(asset, 0.0) for asset in assets])
    if not among.sum():
        raise DataError(f"the benchmark {text.mixed(named)} has no asset that can be held")
    scaled: Array = among * (sum(weights.values()) / among.sum())
    return scaled


def _loadings(to: Feature, s: Symbols) -> Array:
    market = s.outlook.past_of(to.name)
    if lacking := [need for need in to.needs if need not in market.columns]:
        raise DataError(f"{to.name} needs {', '.join(lacking)}, which this market does not have")
    closed = int(silent_rows(market.close).max(initial=0.0))
    values: Array = carried_forward(to(market)[-closed - 1 :])[
        -1
    ]  # of what is closed, its own last
    unknown = [a for a, v in zip(s.assets, values, strict=True) if not np.isfinite(v)]
    if unknown:
        raise DataError(f"the {to.name} of {', '.join(unknown)} is not known; leave the asset out")
    return values
