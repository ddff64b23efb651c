"""Features of the world around the assets: one number per session, the same for every asset."""

from collections.abc import Callable
from typing import Literal

import numpy as np

from forefolio.component import Component
from forefolio.features.formulas import change, ratio, zscore
from forefolio.features.kernels import rolling_moments
from forefolio.features.traded import over_traded
from forefolio.market import Market
from forefolio.units import Array, Days


class MacroLevel(Component):
    """How high the `series` stands among its last `window` sessions, in standard deviations."""

    kind: Literal["macro_level"] = "macro_level"
    series: str = "vix"
    window: Days = 250

    @property
    def needs(self) -> tuple[str, ...]:
        """The series."""
        return (self.series,)

    @property
    def name(self) -> str:
        """Such as "vix level 250"."""
        return f"{self.series} level {self.window}"

    def __call__(self, market: Market) -> Array:
        """Standard deviations (T, N); 0 where the series stood still."""
        return _everywhere(lambda series: zscore(series, self.window), self.series, market)


class MacroChange(Component):
    """How far the `series` moved over `lag` sessions, in standard deviations of such moves.

    The deviation is that of the last `window` one-session changes, times the root of `lag`, so
    rates, index levels and volatilities come out in one unit.
    """

    kind: Literal["macro_change"] = "macro_change"
    series: str = "vix"
    lag: Days = 21
    window: Days = 250

    @property
    def needs(self) -> tuple[str, ...]:
        """The series."""
        return (self.series,)

    @property
    def name(self) -> str:
        """Such as "vix change 21"."""
        return f"{self.series} change {self.lag}"

    def __call__(self, market: Market) -> Array:
        """Standard deviations (T, N); 0 where the series stood still."""
        return _everywhere(self._formula, self.series, market)

    def _formula(self, series: Array) -> Array:
        variance = rolling_moments(change(series), self.window, 1)[1]
        return ratio(change(series, self.lag), np.sqrt(self.lag * variance), otherwise=0.0)


def _everywhere(formula: Callable[[Array], Array], series: str, market: Market) -> Array:
    values = over_traded(formula, market.series[series][:, None])
    return np.where(np.isfinite(market.close), values, np.nan)
