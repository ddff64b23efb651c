"""Loops of the stationary bootstrap: over the blocks of each draw, from running sums."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from forefolio.core.numerics import INDEX_PANEL, OUT_PANEL, PANEL, VECTOR, kernel
from forefolio.core.units import Array

Blocks: TypeAlias = NDArray[np.int64]


@kernel((PANEL, INDEX_PANEL, INDEX_PANEL, OUT_PANEL, OUT_PANEL))
def resample_differences(
    running: Array, starts: Blocks, lengths: Blocks, differences: Array, errors: Array
) -> None:
    """Sharpe ratio of each series less that of the first, and its error, in each draw.

    `running` (2 T + 1, 2 N) are sums so far of the returns (T, N) twice over, then of their
    squares. A block of length 0 ends a draw. The error is that of the blocks drawn, by the delta
    method (Goetze and Kuensch 1996). Out are (B, N - 1), NaN where a series does not vary.
    """
    draws, most = starts.shape
    series = running.shape[1] // 2
    sessions = (running.shape[0] - 1) // 2
    mean, square = np.empty(series), np.empty(series)
    by_mean, by_square, ratio = np.empty(series), np.empty(series), np.empty(series)
    for draw in range(draws):
        mean[:] = 0.0
        square[:] = 0.0
        for place in range(most):
            length = lengths[draw, place]
            if length == 0:
                break
            first = starts[draw, place]
            for one in range(series):
                mean[one] += running[first + length, one] - running[first, one]
                square[one] += running[first + length, series + one] - running[first, series + one]
        for one in range(series):
            mean[one] /= sessions
            square[one] /= sessions
            variance = square[one] - mean[one] ** 2
            spread = np.sqrt(variance) if variance > 1e-14 * square[one] else np.nan
            ratio[one] = mean[one] / spread * np.sqrt((sessions - 1.0) / sessions)
            by_mean[one] = square[one] / spread**3
            by_square[one] = -0.5 * mean[one] / spread**3
        for one in range(1, series):
            total = 0.0
            for place in range(most):
                length = lengths[draw, place]
                if length == 0:
                    break
                first, last = starts[draw, place], starts[draw, place] + length
                moved = 0.0
                for side in range(2):
                    which = one if side == 0 else 0
                    own = running[last, which] - running[first, which] - length * mean[which]
                    squared = running[last, series + which] - running[first, series + which]
                    squared -= length * square[which]
                    influence = by_mean[which] * own + by_square[which] * squared
                    moved += influence if side == 0 else -influence
                total += moved * moved
            differences[draw, one - 1] = ratio[one] - ratio[0]
            errors[draw, one - 1] = np.sqrt(total) / sessions


@kernel((VECTOR, INDEX_PANEL, INDEX_PANEL, OUT_PANEL))
def resample_growth(returns: Array, starts: Blocks, lengths: Blocks, growth: Array) -> None:
    """Growth of 1 (B, T) along each draw of returns (T,)."""
    sessions = len(returns)
    for draw in range(starts.shape[0]):
        value, row = 1.0, 0
        for place in range(starts.shape[1]):
            session = starts[draw, place]
            for _ in range(lengths[draw, place]):
                value *= 1.0 + returns[session]
                growth[draw, row] = value
                row += 1
                session = session + 1 if session + 1 < sessions else 0
