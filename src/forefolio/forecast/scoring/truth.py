"""The outcomes that forecasts are compared with."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from forefolio.core.units import Array, read_only
from forefolio.forecast.scoring.losses import ended
from forefolio.forecast.targets import ForwardReturn, ForwardVolatility
from forefolio.market import Market

LEAST_PAST = 63  # outcomes of an asset that its own mean needs


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Truth:
    """The outcomes over the `horizon` sessions after each of R sessions."""

    horizon: int
    periods_per_year: float
    returns: Array  # (R, N) simple return over the horizon, NaN where not ended yet
    variance: Array  # (R, N) sum of squared returns over the horizon

    def __post_init__(self) -> None:
        read_only(self.returns, self.variance)

    @classmethod
    def of(cls, market: Market, horizon: int, rows: int) -> Self:
        """The outcomes of the last `rows` sessions, as known at the market's end."""
        volatility = ForwardVolatility(horizon=horizon)(market)[-rows:]
        return cls(
            horizon=horizon,
            periods_per_year=market.periods_per_year,
            returns=ForwardReturn(horizon=horizon)(market)[-rows:].copy(),
            variance=volatility**2 * horizon,
        )

    @property
    def last(self) -> Self:
        """That of the last session alone, in arrays of its own."""
        returns, variance = self.returns[-1:].copy(), self.variance[-1:].copy()
        return replace(self, returns=returns, variance=variance)


def log_variance(truth: Truth) -> Array:
    """The logarithm (R, N) of the variance; NaN where nothing moved or it is not known."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(np.where(truth.variance > 0, truth.variance, np.nan))


def past_log_variance(truth: Truth) -> Array:
    """Mean (R, N) of each asset's log variance over the outcomes that had ended by each row.

    NaN before 63 of them.
    """
    logs = log_variance(truth)
    count = ended(np.cumsum(np.isfinite(logs) * 1.0, axis=0), truth.horizon)
    total = ended(np.cumsum(np.nan_to_num(logs), axis=0), truth.horizon)
    return np.where(count >= LEAST_PAST, total / np.maximum(count, 1), np.nan)
