"""The few loops that rolling features are made of, over panels without holes.

1. A panel's row k is the k-th session that each asset traded (see `traded.py`), so the loops walk
   rows, touch memory in order and know nothing of gaps; what follows an asset's last row is NaN.
2. A window slides in O(1): the new row enters, the oldest leaves. Such sums drift, so every
   `FRESH` rows they are made afresh, at rows that depend on nothing that comes later.
"""

import numpy as np
from numpy.typing import NDArray

from forefolio.core.numerics import (
    FLAG_PANEL,
    INDEX_PANEL,
    INDICES,
    OUT_PANEL,
    OUT_VECTOR,
    PANEL,
    Integer,
    Scalar,
    kernel,
)
from forefolio.core.units import Array, Flags

FRESH = 512
TINY = 1e-18  # a variance below (1e-9)^2, or (1e-7)^2 of the mean, is rounding, not movement


@kernel((PANEL, Integer, Integer, OUT_PANEL, OUT_VECTOR))
def _afresh(values: Array, window: int, row: int, mean: Array, about: Array) -> None:
    assets = values.shape[1]
    mean[row] = 0.0
    about[:] = 0.0
    for member in range(row - window + 1, row + 1):
        for asset in range(assets):
            mean[row, asset] += values[member, asset] / window
    for member in range(row - window + 1, row + 1):
        for asset in range(assets):
            about[asset] += (values[member, asset] - mean[row, asset]) ** 2


@kernel((PANEL, Integer, Integer))
def rolling_moments(values: Array, window: int, first: int) -> tuple[Array, Array]:
    """Mean and population variance (T, N) of the last `window` rows, from row `first` on.

    NaN until the window is full. Source: Welford (1962), with an observation that leaves.
    """
    rows, assets = values.shape
    mean = np.full((rows, assets), np.nan)
    variance = np.full((rows, assets), np.nan)
    about = np.zeros(assets)  # sum of squares about the mean
    for row in range(first + window - 1, rows):
        if (row - first - window + 1) % FRESH == 0:
            _afresh(values, window, row, mean, about)
        else:
            for asset in range(assets):
                new, old = values[row, asset], values[row - window, asset]
                before = mean[row - 1, asset]
                after = before + (new - old) / window
                about[asset] += (new - old) * (new - after + old - before)
                mean[row, asset] = after
        for asset in range(assets):
            spread = about[asset] / window
            centre = mean[row, asset]
            still = spread <= TINY + 1e-14 * centre * centre
            variance[row, asset] = 0.0 if still else spread
    return mean, variance


@kernel((PANEL, Integer, Integer, Scalar))
def smoothed(values: Array, window: int, first: int, weight: float) -> Array:
    """Exponential mean (T, N) that gives the newest row `weight`.

    It starts at row `first`, from the plain mean of the last `window` rows. Wilder (1978) and
    TA-Lib start this way.
    """
    rows, assets = values.shape
    out = np.full((rows, assets), np.nan)
    if rows <= first:
        return out
    out[first] = 0.0
    for row in range(first - window + 1, first + 1):
        for asset in range(assets):
            out[first, asset] += values[row, asset] / window
    for row in range(first + 1, rows):
        for asset in range(assets):
            before = out[row - 1, asset]
            out[row, asset] = before + weight * (values[row, asset] - before)
    return out


@kernel((PANEL, Integer))
def rolling_peak(values: Array, window: int) -> Array:
    """Highest value (T, N) of the last `window` rows, or of those there are."""
    rows, assets = values.shape
    out = values.copy()
    where = np.zeros(assets, np.int64)
    for row in range(1, rows):
        for asset in range(assets):
            if where[asset] <= row - window:
                where[asset] = row - window + 1
                for other in range(row - window + 2, row):
                    if values[other, asset] >= values[where[asset], asset]:
                        where[asset] = other
            if values[row, asset] >= values[where[asset], asset]:
                where[asset] = row
            out[row, asset] = values[where[asset], asset]
    return out


@kernel((PANEL, INDEX_PANEL))
def centred_ranks(values: Array, order: NDArray[np.int64]) -> Array:
    """Rank (T, N) within each row from -0.5, lowest, to 0.5, highest; equals share their rank.

    `order` is `values.argsort(axis=1)`, NaN last; NaN has no rank and does not count.
    """
    rows, assets = values.shape
    out = np.full((rows, assets), np.nan)
    for row in range(rows):
        count = assets - np.isnan(values[row]).sum()
        first = 0
        while first < count:
            end = first + 1
            while end < count and values[row, order[row, end]] == values[row, order[row, first]]:
                end += 1
            for place in range(first, end):
                out[row, order[row, place]] = (first + end) / (2 * count) - 0.5
            first = end
    return out


@kernel((PANEL, INDICES))
def group_moments(values: Array, groups: NDArray[np.int64]) -> tuple[Array, Array]:
    """Mean and population variance (T, N), within each row, of the asset's group.

    `groups` (N,) numbers them from 0; NaN does not count, and has the moments of its group too.
    """
    rows, assets = values.shape
    mean, variance = np.empty((rows, assets)), np.empty((rows, assets))
    count, centre, spread = np.empty(assets), np.empty(assets), np.empty(assets)
    for row in range(rows):
        count[:] = centre[:] = spread[:] = 0.0
        for asset in range(assets):
            if not np.isnan(values[row, asset]):
                count[groups[asset]] += 1.0
                centre[groups[asset]] += values[row, asset]
        centre /= count
        for asset in range(assets):
            if not np.isnan(values[row, asset]):
                spread[groups[asset]] += (values[row, asset] - centre[groups[asset]]) ** 2
        spread /= count
        for asset in range(assets):
            group = groups[asset]
            still = spread[group] <= TINY + 1e-14 * centre[group] ** 2
            mean[row, asset] = centre[group]
            variance[row, asset] = 0.0 if still else spread[group]
    return mean, variance


@kernel((PANEL, PANEL, Integer, Integer))
def seasonal_means(values: Array, days: Array, window: int, years: int) -> Array:
    """What `window` rows after this date brought in past years, over what they bring on average.

    The change (T, N) from the first row at or after the day 365.25 * k days ago to `window` rows
    later, averaged over k = 1 ... `years` as far as there is history; less `window` times the
    mean change of a row since the first of them. `days` (T, N) are the rows' dates.
    """
    rows, assets = values.shape
    out = np.full((rows, assets), np.nan)
    start = np.zeros((years, assets), np.int64)
    for row in range(rows):
        for asset in range(assets):
            total, count, first = 0.0, 0, row
            for back in range(years):
                day = days[row, asset] - np.floor(365.25 * (back + 1))
                if not days[0, asset] <= day:
                    break
                while days[start[back, asset], asset] < day:
                    start[back, asset] += 1
                since = start[back, asset]
                if since + window <= row:
                    total += values[since + window, asset] - values[since, asset]
                    count, first = count + 1, since
            if count:
                drift = (values[row, asset] - values[first, asset]) / (row - first)
                out[row, asset] = total / count - window * drift
    return out


@kernel((PANEL, FLAG_PANEL))
def pack(values: Array, traded: Flags) -> Array:
    """Move each asset's `traded` rows up until they lie without gaps; NaN follows them."""
    rows, assets = values.shape
    out = np.full((rows, assets), np.nan)
    seen = np.zeros(assets, np.int64)
    for row in range(rows):
        for asset in range(assets):
            if traded[row, asset]:
                out[seen[asset], asset] = values[row, asset]
                seen[asset] += 1
    return out


@kernel((PANEL, FLAG_PANEL, OUT_PANEL))
def unpack(packed: Array, traded: Flags, out: Array) -> None:
    """Write `packed` back to the rows of `out` that it came from."""
    rows, assets = packed.shape
    seen = np.zeros(assets, np.int64)
    for row in range(rows):
        for asset in range(assets):
            if traded[row, asset]:
                out[row, asset] = packed[seen[asset], asset]
                seen[asset] += 1
