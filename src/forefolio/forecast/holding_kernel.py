"""What happened from each trade on until `horizon` sessions later, a few assets at a time.

Arrays lie session by session: some assets side by side are read as one line of memory, and what is
reckoned of them on the way stays in a core's cache.
"""

import numpy as np

from forefolio.core.numerics import OUT_PANEL, PANEL, Integer, kernel
from forefolio.core.units import Array

TOGETHER = 8  # assets


@kernel((PANEL, PANEL, Integer, Integer, OUT_PANEL, OUT_PANEL, OUT_PANEL))
def _own_moves(
    price: Array, close: Array, first: int, last: int, square: Array, total: Array, count: Array
) -> None:
    """Of some assets the squared return to each session that they trade on, and sums so far."""
    for asset in range(first, last):
        k = asset - first
        carried, before = np.nan, np.nan
        sums, sessions = 0.0, 0.0
        for row in range(len(price)):
            if np.isfinite(close[row, asset]):
                carried = close[row, asset]
            value = price[row, asset] if np.isfinite(price[row, asset]) else carried
            moved = (value / before - 1.0) ** 2
            own = np.isfinite(close[row, asset])
            square[row, k] = moved if own and np.isfinite(moved) else 0.0
            sums += square[row, k]
            sessions += 1.0 if own else 0.0
            total[row, k], count[row, k] = sums, sessions
            before = value


@kernel((PANEL, PANEL, Integer, OUT_PANEL))
def realised_volatility(price: Array, close: Array, horizon: int, out: Array) -> None:
    """Root mean squares (T, N) of the returns that are earned after an entry, per session.

    Args:
        price: what trades (T, N) are made at; NaN where there is none.
        close: (T, N); NaN where an asset does not trade.
        horizon: sessions after the session of the trade.
        out: of the entry after each close; NaN where there is none within the horizon, the horizon
            has not ended, or nothing traded on the way.
    """
    rows, assets = price.shape
    square, total = np.empty((rows, TOGETHER)), np.empty((rows, TOGETHER))
    count = np.empty((rows, TOGETHER))
    for first in range(0, assets, TOGETHER):
        last = min(first + TOGETHER, assets)
        _own_moves(price, close, first, last, square, total, count)
        for asset in range(first, last):
            k, following = asset - first, rows  # the next row with a price, seen from each row
            for row in range(rows - 1, -1, -1):
                end = row + 1 + horizon
                out[row, asset] = np.nan
                if end < rows and following <= row + horizon:
                    moves = total[end, k] - total[row + 1, k]
                    sessions = count[end, k] - count[row + 1, k]
                    if following > row + 1:  # it is entered later: its return until then is not had
                        moves -= square[following, k]
                        sessions -= 1.0
                    if sessions > 0.0:
                        out[row, asset] = np.sqrt(max(moves, 0.0) / sessions)
                if np.isfinite(price[row, asset]):
                    following = row
