"""Logarithms of mean variances over the last days, weeks, months and quarters, in one pass."""

import numpy as np
from numpy.typing import NDArray

from forefolio.core.numerics import INDICES, OUT_CUBE, PANEL, Flag, kernel
from forefolio.core.units import Array

WINDOWS = (1, 5, 21, 63)  # sessions
LEAST = 0.01  # floor, as a share of the quarter's variance: zero has no logarithm


@kernel((PANEL, PANEL, Flag, INDICES, OUT_CUBE))
def _means(
    variance: Array, least: Array, has_least: bool, windows: NDArray[np.int64], out: Array
) -> None:
    rows, assets = variance.shape
    longest = windows[-1]
    total, count = np.zeros(assets), np.zeros(assets)
    totals, counts = np.zeros((longest + 1, assets)), np.zeros((longest + 1, assets))  # before rows
    level, floor = np.empty(assets), np.empty(assets)
    for row in range(rows):
        here = (row + 1) % (longest + 1)
        for asset in range(assets):
            if np.isfinite(variance[row, asset]):
                total[asset] += variance[row, asset]
                count[asset] += 1.0
            totals[here, asset], counts[here, asset] = total[asset], count[asset]
        level[:] = np.nan
        for place in range(len(windows) - 1, -1, -1):
            is_longest = windows[place] == longest
            begin = max(row + 1 - windows[place], 0) % (longest + 1)
            enough = longest // 3 if is_longest else 1
            for asset in range(assets):
                known = count[asset] - counts[begin, asset]
                if known >= enough:
                    level[asset] = (total[asset] - totals[begin, asset]) / known
                if is_longest and not has_least and not level[asset] > 0.0:
                    level[asset] = np.nan
                if is_longest:
                    floor[asset] = least[row, asset] if has_least else LEAST * level[asset]
                lower = level[asset] < floor[asset] or np.isnan(floor[asset])
                out[row, asset, place] = floor[asset] if lower else level[asset]


def log_means(variance: Array, least: Array | None = None) -> Array:
    """Logarithms (T, N, 4) of means over the windows; NaN without a third of the longest.

    They are at least those of `least` (T, N), by default of a hundredth of the longest window's
    mean. A window in which nothing is known takes the next longer one's value.
    """
    out = np.empty((*variance.shape, len(WINDOWS)))
    panel = np.ascontiguousarray(variance)
    floor = panel if least is None else np.ascontiguousarray(least)
    _means(panel, floor, least is not None, np.array(WINDOWS), out)
    return np.log(out, out=out)
