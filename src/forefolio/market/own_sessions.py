"""An asset's own sessions: those on which it has a close, whoever else trades.

1. A return is the close over the asset's own close before, however long ago, and is booked on the
   session on which it trades again. Compounded over any stretch, returns are the price ratio:
   a halt, a holiday or a weekend beside another market loses nothing.
2. Whoever holds an asset that does not trade earns nothing then, and the whole move later.
3. An asset that has not traded for a short time is closed; for longer, it is halted, or gone for
   good. Which of the two, only later sessions tell.
"""

import numpy as np

from forefolio.core.numerics import OUT_PANEL, PANEL, Integer, kernel
from forefolio.core.units import Array

LATELY = 64  # rows in which the last close of most assets is, so that it is looked for there first
CLOSED = 10  # of its own sessions without one: longer than any exchange's holidays


@kernel((PANEL, OUT_PANEL))
def _own(values: Array, out: Array) -> None:
    rows, columns = values.shape
    before = np.full(columns, np.nan)
    for row in range(rows):
        for column in range(columns):
            now = values[row, column]
            out[row, column] = now / before[column] - 1.0
            if not np.isnan(now):
                before[column] = now


@kernel((PANEL, Integer, OUT_PANEL))
def _lagged(values: Array, lag: int, out: Array) -> None:
    rows, columns = values.shape
    ring, seen = np.full((lag, columns), np.nan), np.zeros(columns, np.int64)
    for row in range(rows):
        for column in range(columns):
            now = values[row, column]
            place = seen[column] % lag
            out[row, column] = now / ring[place, column] - 1.0
            if not np.isnan(now):
                ring[place, column] = now
                seen[column] += 1


def own_growth(values: Array, lag: int = 1) -> Array:
    """Simple return (T, ...) over the last `lag` values; NaN where there are fewer.

    Missing values between two others are skipped, so that no move is lost.
    """
    if not values.size:
        return np.full(values.shape, np.nan)
    panel = np.ascontiguousarray(values, dtype=np.float64).reshape(len(values), -1)
    out = np.empty(panel.shape)
    if lag == 1:
        _own(panel, out)
    else:
        _lagged(panel, lag, out)
    return out.reshape(values.shape)


def carried_forward(values: Array) -> Array:
    """The last value (T, N) up to each row; NaN before the first."""
    finite = np.isfinite(values)
    if finite.all():
        return values
    rows = np.maximum.accumulate(np.where(finite, np.arange(len(values))[:, None], -1), axis=0)
    last = np.take_along_axis(values, np.maximum(rows, 0), axis=0)
    return np.where(rows >= 0, last, np.nan)


def never_silent(values: Array) -> bool:
    """Whether a series (T,), once it has begun, is never unknown for longer than a holiday."""
    rows = np.flatnonzero(np.isfinite(values))
    gaps = np.diff(rows, append=len(values))
    return bool(len(rows)) and int(gaps.max()) <= CLOSED + 1


def silent_rows(close: Array) -> Array:
    """How many rows (N,) before the last each asset has its last close; T where it has none."""
    since = _silent(close[-LATELY:])
    if (longer := since == LATELY).any() and len(close) > LATELY:
        since[longer] = _silent(close[:, longer])
    return since


def _silent(close: Array) -> Array:
    traded = np.isfinite(close)
    since = traded[::-1].argmax(axis=0) if len(close) else np.zeros(close.shape[1])
    return np.where(traded.any(axis=0), since, len(close)).astype(np.float64)
