"""Rank correlations across assets, session by session."""

import numpy as np
from numba import types
from numpy.typing import NDArray

from forefolio.numerics import OUT_VECTOR, PANEL, VECTOR, kernel
from forefolio.units import Array

ORDER = types.Array(types.int64, 1, "C", readonly=True)
ORDERS = types.Array(types.int64, 2, "C", readonly=True)


@kernel((VECTOR, ORDER, types.int64, OUT_VECTOR))
def _centred_ranks(values: Array, order: NDArray[np.int64], count: int, out: Array) -> None:
    """Average ranks of the `count` first in `order`, less their mean; zero elsewhere."""
    out[:] = 0.0
    first = 0
    while first < count:
        after = first + 1
        while after < count and values[order[after]] == values[order[first]]:
            after += 1
        for place in range(first, after):
            out[order[place]] = (first + after - count) / 2
        first = after


@kernel((PANEL, PANEL, ORDERS, ORDERS, VECTOR, OUT_VECTOR))
def _correlate(
    one: Array,
    other: Array,
    by_one: NDArray[np.int64],
    by_other: NDArray[np.int64],
    counts: Array,
    out: Array,
) -> None:
    assets = one.shape[1]
    first, second = np.empty(assets), np.empty(assets)
    for row in range(one.shape[0]):
        out[row] = np.nan
        count = int(counts[row])
        if count < 3:
            continue
        _centred_ranks(one[row], by_one[row], count, first)
        _centred_ranks(other[row], by_other[row], count, second)
        product = (first * second).sum()
        spread = np.sqrt((first * first).sum() * (second * second).sum())
        if spread > 0:
            out[row] = product / spread


def rank_correlations(forecast: Array, outcome: Array) -> Array:
    """Spearman correlations (R,) over what is known of both (R, N); NaN below three or if flat."""
    known = np.isfinite(forecast) & np.isfinite(outcome)
    panels = [np.where(known, values, np.inf) for values in (forecast, outcome)]
    orders = [np.argsort(panel, axis=1) for panel in panels]  # what is not known comes last
    out = np.empty(len(forecast))
    _correlate(panels[0], panels[1], orders[0], orders[1], known.sum(axis=1) * 1.0, out)
    return out
