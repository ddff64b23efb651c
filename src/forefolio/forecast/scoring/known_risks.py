"""What is known of each asset's risk at a close: ranks by these alone need no forecast.

Volatility of the last 63 sessions, slope on the mean of all assets over the last 252, and size as
the money traded a session over the last 63, where volumes are known.
"""

import numpy as np

from forefolio.core.units import Array
from forefolio.features import Volatility
from forefolio.market import Market

MONTHS = 63  # sessions over which volatility and size are reckoned
YEAR = 252  # sessions over which the slope on the market is
FEWEST = 20  # sessions known of a window, below which nothing is said


def known_risks(market: Market, rows: int) -> Array:
    """Exposures (K, R, N) at the closes of the last `rows` sessions; NaN where not known.

    K is 3, or 2 where no volume is known.
    """
    exposures = [Volatility(window=MONTHS)(market), _slopes(market.returns)]
    money = market.dollar_volume()
    if np.isfinite(money).any():
        exposures.append(_recent_mean(money, MONTHS))
    return np.stack([np.ascontiguousarray(exposure[-rows:]) for exposure in exposures])


def _slopes(returns: Array) -> Array:
    """Slopes (T, N) of each asset's returns on the mean of all assets known that session."""
    known = np.isfinite(returns)
    count = known.sum(axis=1, keepdims=True)
    together = np.where(known, returns, 0.0).sum(axis=1, keepdims=True) / np.maximum(count, 1)
    own, market = np.where(known, returns, 0.0), known * together
    seen, mine, theirs, both, squares = (
        _recent_sum(v, YEAR) for v in (known * 1.0, own, market, own * market, market**2)
    )
    often = np.maximum(seen, 1)
    spread = squares - theirs**2 / often
    slope = (both - mine * theirs / often) / np.where(spread > 0, spread, np.nan)
    return np.where(seen >= FEWEST, slope, np.nan)


def _recent_mean(values: Array, window: int) -> Array:
    known = np.isfinite(values)
    seen = _recent_sum(known * 1.0, window)
    total = _recent_sum(np.where(known, values, 0.0), window)
    return np.where(seen >= FEWEST, total / np.maximum(seen, 1), np.nan)


def _recent_sum(values: Array, window: int) -> Array:
    """Sums (T, N) over the last `window` rows, or as many as there are."""
    total = np.cumsum(values, axis=0)
    total[window:] -= total[:-window].copy()
    return total
