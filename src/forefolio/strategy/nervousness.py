"""How nervous the market has been of late, as it was known at each close."""

import numpy as np

from forefolio.core.component import Component
from forefolio.core.units import Array, Days
from forefolio.features import RegimeProbability
from forefolio.market import Market


class Turbulence(Component):
    """How probable `turbulence` was on average over the last `persistence` sessions.

    An alarm has to last before much is traded on it: one of a single day moves little.
    """

    turbulence: RegimeProbability = RegimeProbability()
    persistence: Days = 21

    def history(self, market: Market) -> Array:
        """Probabilities (T,), each from its session and those before; NaN before any is known."""
        daily = np.fmax.reduce(self.turbulence(market), axis=1)
        known = np.isfinite(daily)
        total = _moving_sum(np.where(known, daily, 0.0), self.persistence)
        count = _moving_sum(known.astype(np.float64), self.persistence)
        mean = np.full(len(daily), np.nan)
        np.divide(total, count, out=mean, where=count > 0)
        return np.asarray(np.clip(mean, 0.0, 1.0))


def _moving_sum(values: Array, window: int) -> Array:
    total: Array = np.cumsum(values)
    total[window:] -= total[:-window].copy()
    return total
