"""Risks of each asset known at a close: a ranking by these needs no forecast.

Volatility of the last 63 sessions, beta on the mean of all assets over the last 252, and size as
the money traded per session over the last 63, where volumes are known.
"""

import numpy as np

from forefolio.core.units import Array
from forefolio.features import Volatility
from forefolio.market import Market

MONTHS = 63  # sessions over which volatility and size are reckoned
YEAR = 252  # sessions over which the slope on the market is
FEWEST = 20  # sessions of a window that must be known


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
    finite = np.isfinite(returns)
    present = finite.sum(axis=1, keepdims=True)
    market_mean = np.where(finite, returns, 0.0).sum(axis=1, keepdims=True) / np.maximum(present, 1)
    asset, market = np.where(finite, returns, 0.0), finite * market_mean
    count, asset_sum, market_sum, both, squares = (
        _recent_sum(v, YEAR) for v in (finite * 1.0, asset, market, asset * market, market**2)
    )
    number = np.maximum(count, 1)
    spread = squares - market_sum**2 / number
    slope = (both - asset_sum * market_sum / number) / np.where(spread > 0, spread, np.nan)
    return np.where(count >= FEWEST, slope, np.nan)


def _recent_mean(values: Array, window: int) -> Array:
    finite = np.isfinite(values)
    count = _recent_sum(finite * 1.0, window)
    total = _recent_sum(np.where(finite, values, 0.0), window)
    return np.where(count >= FEWEST, total / np.maximum(count, 1), np.nan)


def _recent_sum(values: Array, window: int) -> Array:
    """Sums (T, N) over the last `window` rows, or as many as there are."""
    total = np.cumsum(values, axis=0)
    total[window:] -= total[:-window].copy()
    return total
