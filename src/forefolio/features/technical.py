"""The classical indicators, started as Wilder and TA-Lib start them, in scale-free units."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.units import Array, Days
from forefolio.features.formulas import change, ratio
from forefolio.features.kernels import rolling_moments, smoothed
from forefolio.features.traded import over_traded
from forefolio.market import Market


class RSI(Component):
    """Relative strength index: the share of movement that was upward (Wilder, 1978)."""

    needs: ClassVar[tuple[str, ...]] = ("close",)
    kind: Literal["rsi"] = "rsi"
    window: Days = Field(
        14, description="Sessions that the rises and falls are averaged over, by Wilder's mean."
    )

    @property
    def name(self) -> str:
        """Such as "RSI 14"."""
        return f"RSI {self.window}"

    def __call__(self, market: Market) -> Array:
        """Fractions (T, N) from 0 to 1; 0.5 where nothing moved."""
        return over_traded(self._formula, market.close)

    def _formula(self, close: Array) -> Array:
        step = change(close)
        up = _wilder(np.maximum(step, 0), self.window)
        moved = _wilder(np.abs(step), self.window)
        return ratio(up, moved, otherwise=0.5)


class MACD(Component):
    """Convergence of two exponential means, less its own mean, over the price (Appel, 1979)."""

    needs: ClassVar[tuple[str, ...]] = ("close",)
    kind: Literal["macd"] = "macd"
    fast: Days = Field(12, description="Sessions of the short exponential mean of the price.")
    slow: Days = Field(26, description="Sessions of the long exponential mean of the price.")
    signal: Days = Field(9, description="Sessions of the exponential mean of their difference.")

    @property
    def name(self) -> str:
        """Such as "MACD 12/26/9"."""
        return f"MACD {self.fast}/{self.slow}/{self.signal}"

    def __call__(self, market: Market) -> Array:
        """The histogram as a fraction (T, N) of the price."""
        return over_traded(self._formula, market.close)

    def _formula(self, close: Array) -> Array:
        first = max(self.slow, self.fast) - 1
        fast, slow = (_exponential(close, span, first) for span in (self.fast, self.slow))
        gap = fast - slow
        return (gap - _exponential(gap, self.signal, first + self.signal - 1)) / close


class BollingerPosition(Component):
    """Where the price is between its mean and the band two deviations away (Bollinger, 1983)."""

    needs: ClassVar[tuple[str, ...]] = ("close",)
    kind: Literal["bollinger"] = "bollinger"
    window: Days = Field(20, description="Sessions of the mean and of the deviation around it.")

    @property
    def name(self) -> str:
        """Such as "Bollinger position 20"."""
        return f"Bollinger position {self.window}"

    def __call__(self, market: Market) -> Array:
        """-1 at the lower band, 1 at the upper (T, N); 0 where nothing moved."""
        return over_traded(self._formula, market.close)

    def _formula(self, close: Array) -> Array:
        mean, variance = rolling_moments(close, self.window, 0)
        return ratio(close - mean, 2 * np.sqrt(variance), otherwise=0.0)


class ATR(Component):
    """Average true range over the price (Wilder, 1978)."""

    needs: ClassVar[tuple[str, ...]] = ("high", "low", "close")
    kind: Literal["atr"] = "atr"
    window: Days = Field(
        14, description="Sessions that the true range is averaged over, by Wilder's mean."
    )

    @property
    def name(self) -> str:
        """Such as "ATR 14"."""
        return f"ATR {self.window}"

    def __call__(self, market: Market) -> Array:
        """Fractions (T, N) of the price."""
        assert market.high is not None and market.low is not None
        return over_traded(self._formula, market.high, market.low, market.close)

    def _formula(self, high: Array, low: Array, close: Array) -> Array:
        return _wilder(_true_range(high, low, close), self.window) / close


class ADX(Component):
    """Average directional index: how strong a trend is, whichever way it goes (Wilder, 1978)."""

    needs: ClassVar[tuple[str, ...]] = ("high", "low", "close")
    kind: Literal["adx"] = "adx"
    window: Days = Field(
        14, description="Sessions that the moves are averaged over, by Wilder's mean."
    )

    @property
    def name(self) -> str:
        """Such as "ADX 14"."""
        return f"ADX {self.window}"

    def __call__(self, market: Market) -> Array:
        """Fractions (T, N) from 0 to 1."""
        assert market.high is not None and market.low is not None
        return over_traded(self._formula, market.high, market.low, market.close)

    def _formula(self, high: Array, low: Array, close: Array) -> Array:
        up, down = change(high), -change(low)
        plus, minus, reach = (
            self._directional(move)
            for move in (
                np.where((up > down) & (up > 0), up, 0),
                np.where((down > up) & (down > 0), down, 0),
                _true_range(high, low, close),
            )
        )
        plus, minus = ratio(plus, reach, otherwise=0.0), ratio(minus, reach, otherwise=0.0)
        index = ratio(np.abs(plus - minus), plus + minus, otherwise=0.0)
        return smoothed(index, self.window, 2 * self.window - 1, 1 / self.window)

    def _directional(self, move: Array) -> Array:
        move[:1] = 0  # there is no move on the first session; TA-Lib's start counts it as none
        return smoothed(move, self.window, self.window - 1, 1 / self.window)


def _wilder(values: Array, window: int) -> Array:
    return smoothed(values, window, window, 1 / window)


def _exponential(values: Array, span: int, first: int) -> Array:
    return smoothed(values, span, first, 2 / (span + 1))


def _true_range(high: Array, low: Array, close: Array) -> Array:
    out = np.full(close.shape, np.nan)
    before = close[:-1]
    np.subtract(np.maximum(high[1:], before), np.minimum(low[1:], before), out=out[1:])
    return out
