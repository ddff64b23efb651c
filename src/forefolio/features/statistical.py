"""Features of the distribution and the memory of an asset's returns."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.units import Array, Days
from forefolio.features.formulas import lagged_variance, ratio
from forefolio.features.kernels import rolling_moments
from forefolio.features.traded import over_traded
from forefolio.market import Market
from forefolio.market.returns import growth


class Hurst(Component):
    """Hurst exponent: above 0.5 moves persist, below they turn back.

    The slope of log standard deviation against log lag, for lags 1, 2, 4, 8 and 16 (the structure
    function of order 2). These lags are equally spaced in logarithms, so the least-squares slope
    weighs them -2, -1, 0, 1 and 2, and one logarithm does for all.
    """

    needs: ClassVar[tuple[str, ...]] = ("close",)
    kind: Literal["hurst"] = "hurst"
    window: Days = Field(100, description="Sessions of prices that the exponent is measured on.")

    @property
    def name(self) -> str:
        """Such as "Hurst 100"."""
        return f"Hurst {self.window}"

    def __call__(self, market: Market) -> Array:
        """Exponents (T, N); NaN where the price did not move."""
        return over_traded(self._formula, market.close)

    def _formula(self, close: Array) -> Array:
        price = np.log(close)
        v1, v2, v8, v16 = (lagged_variance(price, lag, self.window) for lag in (1, 2, 8, 16))
        steepness = ratio(v16, v1) ** 2 * ratio(v8, v2)
        steepness[steepness == 0] = np.nan
        slope: Array = np.log(steepness) / (20 * np.log(2))
        return slope


class VarianceRatio(Component):
    """Variance of `lag`-session moves over `lag` times that of one session (Lo, MacKinlay, 1988).

    Above 1 moves persist, below they turn back.
    """

    needs: ClassVar[tuple[str, ...]] = ("close",)
    kind: Literal["variance_ratio"] = "variance_ratio"
    lag: Days = Field(
        5, description="Sessions of the longer move, which is compared with moves of one session."
    )
    window: Days = Field(100, description="Sessions of prices that the variances are measured on.")

    @property
    def name(self) -> str:
        """Such as "variance ratio 5"."""
        return f"variance ratio {self.lag}"

    def __call__(self, market: Market) -> Array:
        """Ratios (T, N); NaN where the price did not move."""
        return over_traded(self._formula, market.close)

    def _formula(self, close: Array) -> Array:
        price = np.log(close)
        one = lagged_variance(price, 1, self.window)
        return ratio(lagged_variance(price, self.lag, self.window), self.lag * one)


class Skew(Component):
    """Skewness of the last `window` returns: below 0 the falls are the larger moves."""

    needs: ClassVar[tuple[str, ...]] = ("close",)
    kind: Literal["skew"] = "skew"
    window: Days = Field(63, description="Sessions of returns that the skewness is measured on.")

    @property
    def name(self) -> str:
        """Such as "skew 63"."""
        return f"skew {self.window}"

    def __call__(self, market: Market) -> Array:
        """Skewness (T, N); NaN where the price did not move."""
        return over_traded(self._formula, market.close)

    def _formula(self, close: Array) -> Array:
        returns = growth(close)
        mean, variance = rolling_moments(returns, self.window, 1)
        cubes = rolling_moments(returns * returns * returns, self.window, 1)[0]
        return ratio(cubes - 3 * mean * variance - mean * mean * mean, variance * np.sqrt(variance))


class Kurtosis(Component):
    """Excess kurtosis of the last `window` returns: above 0 large moves are more common."""

    needs: ClassVar[tuple[str, ...]] = ("close",)
    kind: Literal["kurtosis"] = "kurtosis"
    window: Days = Field(126, description="Sessions of returns that the kurtosis is measured on.")

    @property
    def name(self) -> str:
        """Such as "kurtosis 126"."""
        return f"kurtosis {self.window}"

    def __call__(self, market: Market) -> Array:
        """Kurtosis (T, N) less 3, from -2 to `window` - 3; NaN where the price did not move."""
        return over_traded(self._formula, market.close)

    def _formula(self, close: Array) -> Array:
        r = growth(close)
        mean, variance = rolling_moments(r, self.window, 1)
        cubes = rolling_moments(r * r * r, self.window, 1)[0]
        fourths = rolling_moments(r * r * r * r, self.window, 1)[0]
        square = mean * mean
        about = fourths - 4 * mean * cubes + square * (6 * variance + 3 * square)
        return np.clip(ratio(about, variance * variance), 1, self.window) - 3
