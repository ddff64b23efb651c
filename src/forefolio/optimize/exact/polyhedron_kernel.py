"""What pieces of assets gain, how far portfolios miss limits, and the best: in machine code."""

import numpy as np
from numpy.typing import NDArray

from forefolio.core.numerics import (
    ANY_ORDER,
    INDICES,
    OUT_VECTOR,
    PANEL,
    VECTOR,
    Flag,
    kernel,
)
from forefolio.core.units import Array


@kernel((PANEL, VECTOR, VECTOR, PANEL, VECTOR, VECTOR, OUT_VECTOR), ANY_ORDER)
def most_missed(
    weights: Array, lower: Array, upper: Array, rows: Array, low: Array, high: Array, worst: Array
) -> None:
    """How far each of `weights` (P, N) is from a bound (N,) or a row (m, N), at worst (P,)."""
    for p in range(len(weights)):
        own, missed = weights[p], 0.0
        for i in range(len(own)):
            missed = max(missed, lower[i] - own[i], own[i] - upper[i])
            if not np.isfinite(own[i]):
                missed = np.inf
        for r in range(len(rows)):
            does = 0.0
            for i in range(len(own)):
                does += rows[r, i] * own[i]
            missed = max(missed, low[r] - does, does - high[r])
        worst[p] = missed


@kernel((VECTOR, INDICES, VECTOR, VECTOR, VECTOR, PANEL, VECTOR, VECTOR))
def short_of_best(
    weights: Array,
    asset: NDArray[np.int64],
    below: Array,
    low: Array,
    high: Array,
    rows: Array,
    gain: Array,
    prices: Array,
) -> float:
    """How far weights (N,) in pieces (n,) may be from the best by `gain` (n,) and `prices` (m,).

    Weak duality: whatever the prices are, no amounts within `low` and `high` (n + m,) gain more
    than these by more than each item would by going to the bound that its price sends it to.
    """
    count, short = len(asset), 0.0
    amounts, falls = np.empty(count), np.empty(count)
    for j in range(count):
        amounts[j] = min(max(weights[asset[j]] - below[j], low[j]), high[j])
        falls[j] = -gain[j]
    for r in range(len(rows)):
        price, does = prices[r], 0.0
        if price > 0.0 and high[count + r] == np.inf:
            price = 0.0
        if not price > 0.0 and low[count + r] == -np.inf:
            price = 0.0
        for j in range(count):
            does += rows[r, j] * amounts[j]
            falls[j] += price * rows[r, j]
        if price != 0.0:
            short -= price * (does - (low[count + r] if price < 0.0 else high[count + r]))
    for j in range(count):
        if falls[j] != 0.0:
            short += falls[j] * (amounts[j] - (low[j] if falls[j] > 0.0 else high[j]))
    return short


@kernel((VECTOR, INDICES, VECTOR, Flag, OUT_VECTOR))
def gains_of_pieces(
    mean: Array, asset: NDArray[np.int64], own: Array, beside: bool, gain: Array
) -> float:
    """Write the gain (n,) of a unit of each piece: its `own`, and its asset's mean.

    Where all assets sum to one number, gains are `beside` the mean (N,) of all, which is returned.
    """
    shift = 0.0
    if beside:
        for value in mean:
            shift += value
        shift /= len(mean)
    for j in range(len(asset)):
        gain[j] = (mean[asset[j]] - shift) + own[j]
    return shift
