"""The recent probability of a turbulent regime, at each close."""

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.units import Array, Days
from forefolio.features import RegimeProbability
from forefolio.market import Market


class Turbulence(Component):
    """The mean probability of `turbulence` over the last `persistence` sessions.

    A rise has to last before much is traded on it: one of a single day moves little.
    """

    turbulence: RegimeProbability = Field(
        RegimeProbability(), description="Probability of a turbulent market on one session."
    )
    persistence: Days = Field(21, description="Sessions that the probability is averaged over.")

    def history(self, market: Market) -> Array:
        """Probabilities (T,), each from its session and those before; NaN before the first."""
        daily = np.fmax.reduce(self.turbulence(market), axis=1)
        available = np.isfinite(daily)
        total = _moving_sum(np.where(available, daily, 0.0), self.persistence)
        count = _moving_sum(available.astype(np.float64), self.persistence)
        mean = np.full(len(daily), np.nan)
        np.divide(total, count, out=mean, where=count > 0)
        return np.asarray(np.clip(mean, 0.0, 1.0))


def _moving_sum(values: Array, window: int) -> Array:
    total: Array = np.cumsum(values)
    total[window:] -= total[:-window].copy()
    return total
