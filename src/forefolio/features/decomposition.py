"""Decomposition of a price from past values alone: trend, season, distance from the trend.

1. Trend: double exponential smoothing of the log price, which looks back only (Brown, 1963).
2. Season: what the same weeks brought in past years, over the average.
3. The rest: how far the log price is from the level of its trend.
"""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.units import Array, Days
from forefolio.features.formulas import change, ratio
from forefolio.features.kernels import rolling_moments, seasonal_means, smoothed
from forefolio.features.traded import over_traded
from forefolio.market import Market


class Trend(Component):
    """Slope of the smoothed log price, in standard deviations of one session's move.

    An exponential mean of `span` sessions is smoothed once more; their gap is the slope, and the
    deviation is that of the last `span` moves.
    """

    needs: ClassVar[tuple[str, ...]] = ("close",)
    kind: Literal["trend"] = "trend"
    span: int = Field(
        63,
        ge=2,
        json_schema_extra={"unit": "trading days"},
        description="Sessions that the price is smoothed over, by an exponential mean.",
    )

    @property
    def name(self) -> str:
        """Such as "trend 63"."""
        return f"trend {self.span}"

    def __call__(self, market: Market) -> Array:
        """Deviations per session (T, N); NaN where the price did not move."""
        return over_traded(self._formula, market.close)

    def _formula(self, close: Array) -> Array:
        price = np.log(close)
        return ratio(_trend(price, self.span)[1], _deviation(price, self.span))


class TrendGap(Component):
    """Distance of the log price from the level of its trend, in standard deviations.

    The level is that of `Trend` with the same `span`; the deviation that of the last `span`
    moves of one session.
    """

    needs: ClassVar[tuple[str, ...]] = ("close",)
    kind: Literal["trend_gap"] = "trend_gap"
    span: int = Field(
        63,
        ge=2,
        json_schema_extra={"unit": "trading days"},
        description="Sessions that the price is smoothed over, by an exponential mean.",
    )

    @property
    def name(self) -> str:
        """Such as "gap to trend 63"."""
        return f"gap to trend {self.span}"

    def __call__(self, market: Market) -> Array:
        """Deviations (T, N), above 0 over the trend; NaN where the price did not move."""
        return over_traded(self._formula, market.close)

    def _formula(self, close: Array) -> Array:
        price = np.log(close)
        return ratio(price - _trend(price, self.span)[0], _deviation(price, self.span))


class Seasonal(Component):
    """What the `window` sessions after this date brought in up to `years` past years.

    Log returns from the same day of each past year on, averaged, less what `window` sessions
    brought on average since the first of them. Source: Heston and Sadka (2008).
    """

    needs: ClassVar[tuple[str, ...]] = ("close",)
    kind: Literal["seasonal"] = "seasonal"
    window: Days = Field(
        21, description="Sessions after this date over which the return is measured."
    )
    years: int = Field(
        5,
        ge=1,
        le=50,
        json_schema_extra={"unit": "years"},
        description="Past years that are averaged, at most.",
    )

    @property
    def name(self) -> str:
        """Such as "season 21"."""
        return f"season {self.window}"

    def __call__(self, market: Market) -> Array:
        """Log returns (T, N) over `window` sessions; NaN in an asset's first year."""
        days = market.sessions.astype("datetime64[D]").astype(np.float64)
        dates = np.broadcast_to(days[:, None], market.close.shape)
        return over_traded(self._formula, market.close, dates)

    def _formula(self, close: Array, days: Array) -> Array:
        return seasonal_means(np.log(close), days, self.window, self.years)


def _trend(price: Array, span: int) -> tuple[Array, Array]:
    """Level and slope per session (T, N) by Brown's double exponential smoothing.

    A plain mean lags a straight line as much as the exponential mean does, so a line is found
    without error from the first value on.
    """
    weight = 2 / (span + 1)
    once = smoothed(price, span, span - 1, weight)
    twice = smoothed(once, span, 2 * (span - 1), weight)
    return 2 * once - twice, (once - twice) * 2 / (span - 1)


def _deviation(price: Array, span: int) -> Array:
    return np.sqrt(rolling_moments(change(price), span, 1)[1])
