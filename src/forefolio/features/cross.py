"""Features of an asset among the others, and against the market."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component, OneOf
from forefolio.core.units import Array, Days
from forefolio.features.base import Feature
from forefolio.features.formulas import ratio
from forefolio.features.kernels import centred_ranks, group_moments, rolling_moments
from forefolio.features.price import PriceMomentum, RangeVolatility, Reversal, Volatility
from forefolio.features.traded import over_traded
from forefolio.market import Market
from forefolio.market.returns import growth

COMPARED = (PriceMomentum, Reversal, Volatility, RangeVolatility)


class MarketBeta(Component):
    """Slope of the asset's returns on the benchmark's over the last `window` sessions."""

    needs: ClassVar[tuple[str, ...]] = ("close", "benchmark")
    kind: Literal["market_beta"] = "market_beta"
    window: Days = Field(126, description="Sessions of returns that the beta is measured on.")

    @property
    def name(self) -> str:
        """Such as "market beta 126"."""
        return f"market beta {self.window}"

    def __call__(self, market: Market) -> Array:
        """Slopes (T, N); NaN where the benchmark did not move."""
        return over_traded(self._formula, market.close, _benchmark(market))

    def _formula(self, close: Array, benchmark: Array) -> Array:
        covariance, _, variance = _together(close, benchmark, self.window)
        return ratio(covariance, variance)


class MarketCorrelation(Component):
    """Correlation of the asset's returns with the benchmark's over the last `window` sessions."""

    needs: ClassVar[tuple[str, ...]] = ("close", "benchmark")
    kind: Literal["market_correlation"] = "market_correlation"
    window: Days = Field(
        126, description="Sessions of returns that the correlation is measured on."
    )

    @property
    def name(self) -> str:
        """Such as "market correlation 126"."""
        return f"market correlation {self.window}"

    def __call__(self, market: Market) -> Array:
        """Correlations (T, N); NaN where either did not move."""
        return over_traded(self._formula, market.close, _benchmark(market))

    def _formula(self, close: Array, benchmark: Array) -> Array:
        covariance, own, variance = _together(close, benchmark, self.window)
        return np.clip(ratio(covariance, np.sqrt(own * variance)), -1, 1)


class CrossRank(Component):
    """Where the asset ranks, that session, by another feature: -0.5 is last, 0.5 is first."""

    kind: Literal["cross_rank"] = "cross_rank"
    of: Annotated[Feature, OneOf(*COMPARED)] = Field(
        PriceMomentum(), description="Feature by which the assets are ranked."
    )

    @property
    def needs(self) -> tuple[str, ...]:
        """What the ranked feature needs."""
        return self.of.needs

    @property
    def name(self) -> str:
        """Such as "rank of momentum 21"."""
        return f"rank of {self.of.name}"

    def __call__(self, market: Market) -> Array:
        """Fractions (T, N) between -0.5 and 0.5; equals share their rank."""
        values = self.of(market)
        return centred_ranks(values, values.argsort(axis=1))


class CrossZScore(Component):
    """How far the asset is from the others, that session, by another feature.

    Unlike the rank it says how much an asset stands out, and lets it.
    """

    kind: Literal["cross_zscore"] = "cross_zscore"
    of: Annotated[Feature, OneOf(*COMPARED)] = Field(
        PriceMomentum(), description="Feature by which the assets are compared."
    )

    @property
    def needs(self) -> tuple[str, ...]:
        """What the compared feature needs."""
        return self.of.needs

    @property
    def name(self) -> str:
        """Such as "z-score of momentum 21"."""
        return f"z-score of {self.of.name}"

    def __call__(self, market: Market) -> Array:
        """Standard deviations (T, N) from the mean of the assets; 0 where they are all equal."""
        values = self.of(market)
        mean, variance = group_moments(values, np.zeros(len(market.assets), np.int64))
        return ratio(values - mean, np.sqrt(variance), otherwise=0.0)


class SectorRelative(Component):
    """Another feature, less its mean over the assets of the same sector that session.

    Source: momentum is partly that of industries (Moskowitz and Grinblatt, 1999); this is the
    rest. Assets of unknown sector are compared with each other.
    """

    kind: Literal["sector_relative"] = "sector_relative"
    of: Annotated[Feature, OneOf(*COMPARED)] = Field(
        PriceMomentum(), description="Feature that is compared with its mean over the sector."
    )

    @property
    def needs(self) -> tuple[str, ...]:
        """What the compared feature needs, and the sectors."""
        return (*self.of.needs, "sectors")

    @property
    def name(self) -> str:
        """Such as "momentum 21 over its sector"."""
        return f"{self.of.name} over its sector"

    def __call__(self, market: Market) -> Array:
        """Differences (T, N) in the unit of the feature; 0 for an asset alone in its sector."""
        values = self.of(market)
        sectors = np.unique(market.sectors, return_inverse=True)[1].astype(np.int64)
        return values - group_moments(values, sectors)[0]


def _benchmark(market: Market) -> Array:
    return np.broadcast_to(market.series["benchmark"][:, None], market.close.shape)


def _together(close: Array, benchmark: Array, window: int) -> tuple[Array, Array, Array]:
    """Covariance, variance of the asset, variance of the benchmark.

    The covariance is a quarter of var(a + b) - var(a - b).
    """
    own, other = growth(close), growth(benchmark)
    variances = [rolling_moments(r, window, 1)[1] for r in (own, other, own + other, own - other)]
    return (variances[2] - variances[3]) / 4, variances[0], variances[1]
