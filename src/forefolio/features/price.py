"""Features of an asset's own prices and volume."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.units import Array, Days
from forefolio.features.formulas import change, ratio, zscore
from forefolio.features.kernels import rolling_moments, rolling_peak
from forefolio.features.traded import over_traded
from forefolio.market import Market
from forefolio.market.returns import growth


class PriceMomentum(Component):
    """Return over `window` sessions that ended `skip` sessions ago (Jegadeesh and Titman, 1993)."""

    stored_as: ClassVar[str] = "Momentum"
    needs: ClassVar[tuple[str, ...]] = ("close",)
    kind: Literal["momentum"] = "momentum"
    window: Days = Field(21, description="Sessions over which the return is measured.")
    skip: int = Field(
        0,
        ge=0,
        json_schema_extra={"unit": "trading days"},
        description="Latest sessions that are left out.",
    )

    @property
    def name(self) -> str:
        """Such as "momentum 231 skip 21"."""
        return f"momentum {self.window}" + (f" skip {self.skip}" if self.skip else "")

    def __call__(self, market: Market) -> Array:
        """Fractions (T, N)."""
        return over_traded(self._formula, market.close)

    def _formula(self, close: Array) -> Array:
        out = np.full(close.shape, np.nan)
        out[self.skip :] = growth(close, self.window)[: max(len(close) - self.skip, 0)]
        return out


class Reversal(Component):
    """The last `window` sessions' return with its sign turned (Jegadeesh, 1990)."""

    needs: ClassVar[tuple[str, ...]] = ("close",)
    kind: Literal["reversal"] = "reversal"
    window: Days = Field(5, description="Sessions over which the return is measured.")

    @property
    def name(self) -> str:
        """Such as "reversal 5"."""
        return f"reversal {self.window}"

    def __call__(self, market: Market) -> Array:
        """Fractions (T, N)."""
        return over_traded(lambda close: -growth(close, self.window), market.close)


class Volatility(Component):
    """Standard deviation of the last `window` returns, per session."""

    needs: ClassVar[tuple[str, ...]] = ("close",)
    kind: Literal["volatility"] = "volatility"
    window: Days = Field(63, description="Sessions of returns that the volatility is measured on.")

    @property
    def name(self) -> str:
        """Such as "volatility 63"."""
        return f"volatility {self.window}"

    def __call__(self, market: Market) -> Array:
        """Fractions per session (T, N)."""
        return over_traded(self._formula, market.close)

    def _formula(self, close: Array) -> Array:
        return np.sqrt(rolling_moments(growth(close), self.window, 1)[1])


class VolatilityRatio(Component):
    """Volatility of the last `short` sessions over that of the last `long`: above 1 is unrest."""

    needs: ClassVar[tuple[str, ...]] = ("close",)
    kind: Literal["volatility_ratio"] = "volatility_ratio"
    short: Days = Field(10, description="Sessions of the recent volatility, the numerator.")
    long: Days = Field(63, description="Sessions of the usual volatility, the denominator.")

    @property
    def name(self) -> str:
        """Such as "volatility ratio 10/63"."""
        return f"volatility ratio {self.short}/{self.long}"

    def __call__(self, market: Market) -> Array:
        """Ratios (T, N)."""
        return over_traded(self._formula, market.close)

    def _formula(self, close: Array) -> Array:
        returns = growth(close)
        short = rolling_moments(returns, self.short, 1)[1]
        return np.sqrt(ratio(short, rolling_moments(returns, self.long, 1)[1]))


class RangeVolatility(Component):
    """Volatility of the last `window` sessions from open, high, low and close.

    Source: Garman and Klass (1980), some seven times as efficient as squared returns.
    """

    needs: ClassVar[tuple[str, ...]] = ("open", "high", "low", "close")
    kind: Literal["range_volatility"] = "range_volatility"
    window: Days = Field(21, description="Sessions of prices that the volatility is measured on.")

    @property
    def name(self) -> str:
        """Such as "range volatility 21"."""
        return f"range volatility {self.window}"

    def __call__(self, market: Market) -> Array:
        """Fractions per session (T, N), the overnight gap left out."""
        assert market.open is not None and market.high is not None and market.low is not None
        return over_traded(self._formula, market.open, market.high, market.low, market.close)

    def _formula(self, open_: Array, high: Array, low: Array, close: Array) -> Array:
        body = (2 * np.log(2) - 1) * np.log(close / open_) ** 2
        mean = rolling_moments(0.5 * np.log(high / low) ** 2 - body, self.window, 0)[0]
        return np.sqrt(np.maximum(mean, 0))


class Drawdown(Component):
    """Distance below the highest close of the last `window` sessions: 0 at a new high."""

    needs: ClassVar[tuple[str, ...]] = ("close",)
    kind: Literal["drawdown"] = "drawdown"
    window: Days = Field(250, description="Sessions whose highest close is the peak.")

    @property
    def name(self) -> str:
        """Such as "drawdown 250"."""
        return f"drawdown {self.window}"

    def __call__(self, market: Market) -> Array:
        """Fractions (T, N), at most 0."""
        return over_traded(lambda c: c / rolling_peak(c, self.window) - 1, market.close)


class VolumeZScore(Component):
    """How unusual the volume is among the last `window` sessions, in standard deviations."""

    needs: ClassVar[tuple[str, ...]] = ("volume",)
    kind: Literal["volume_zscore"] = "volume_zscore"
    window: Days = Field(63, description="Sessions that the volume is compared with.")

    @property
    def name(self) -> str:
        """Such as "volume z-score 63"."""
        return f"volume z-score {self.window}"

    def __call__(self, market: Market) -> Array:
        """Standard deviations (T, N) of the logarithm of volume."""
        assert market.volume is not None
        return over_traded(lambda volume: zscore(np.log1p(volume), self.window), market.volume)


class OnBalanceVolume(Component):
    """Volume of rising sessions less that of falling ones, as a share (Granville, 1963).

    It is the move of the on-balance volume over the last `window` sessions, over all their volume.
    """

    needs: ClassVar[tuple[str, ...]] = ("close", "volume")
    kind: Literal["on_balance_volume"] = "on_balance_volume"
    window: Days = Field(63, description="Sessions over which the volume is added up.")

    @property
    def name(self) -> str:
        """Such as "on-balance volume 63"."""
        return f"on-balance volume {self.window}"

    def __call__(self, market: Market) -> Array:
        """Fractions (T, N) from -1 to 1; 0 where nothing was traded."""
        assert market.volume is not None
        return over_traded(self._formula, market.close, market.volume)

    def _formula(self, close: Array, volume: Array) -> Array:
        signed = np.sign(change(close)) * volume
        signed[:1] = 0  # there is no move on the first session
        balance, total = np.cumsum(signed, axis=0), np.cumsum(volume, axis=0)
        share = ratio(change(balance, self.window), change(total, self.window), otherwise=0.0)
        return np.clip(share, -1, 1)
