"""Which bounds cost something at a portfolio, and what a unit of its budget would gain."""

import numpy as np
from numpy.typing import NDArray

from forefolio.core.numerics import (
    FLAGS,
    OUT_INDEX_PANEL,
    OUT_PANEL,
    PANEL,
    VECTOR,
    Scalar,
    kernel,
)
from forefolio.core.units import Array, Flags


@kernel((VECTOR, VECTOR, VECTOR, VECTOR, Scalar))
def marginal(slope: Array, weights: Array, low: Array, high: Array, touching: float) -> float:
    """What an asset that is free gains; where none is, halfway between those that would move.

    `slope` (N,) is that of the objective; a weight nearer to a bound than `touching` is at it.
    """
    total, free, enters, leaves = 0.0, 0, np.inf, -np.inf
    for i in range(len(slope)):
        at_low, at_high = weights[i] <= low[i] + touching, weights[i] >= high[i] - touching
        if not at_low and not at_high:
            total, free = total + slope[i], free + 1
        elif at_low and not at_high:
            enters = min(enters, slope[i])
        elif at_high and not at_low:
            leaves = max(leaves, slope[i])
    if free:
        return total / free
    if np.isinf(enters):
        return 0.0 if np.isinf(leaves) else leaves
    return enters if np.isinf(leaves) else 0.5 * (enters + leaves)


@kernel((VECTOR, VECTOR, PANEL, VECTOR, PANEL, VECTOR, VECTOR, FLAGS, Scalar, Scalar,
         OUT_INDEX_PANEL, OUT_PANEL))  # fmt: skip
def costly_bounds(
    weights: Array,
    slope: Array,
    rows: Array,
    prices: Array,
    kinks: Array,
    low: Array,
    high: Array,
    exact: Flags,
    touching: float,
    felt: float,
    which: NDArray[np.int64],
    costs: Array,
) -> tuple[int, int, float]:
    """How many lower and upper bounds cost something, and what is no price but rounding.

    Args:
        weights: (N,).
        slope: (N,) by how much the objective rises with each.
        rows: (m, N) sums of weights, and
        prices: (m,) of them.
        kinks: (2, N) what distances cost where a weight falls, and where it rises; or (0, N).
        low: bounds (N,).
        high: (N,).
        exact: (N,) where one row says what the weight is: its lower side has a negative price.
        touching: a weight nearer to a bound is at it.
        felt: beside the largest slope, no less is a price.
        which: (2, N) written: the weights that are at a lower, and at an upper bound.
        costs: (2, N) written: of those bounds.
    """
    lower, upper, largest = 0, 0, 0.0
    for i in range(len(slope)):
        largest = max(largest, abs(slope[i]))
    edge = felt * largest
    for i in range(len(weights)):
        beyond = 0.0
        for r in range(len(rows)):
            beyond += prices[r] * rows[r, i]
        down = slope[i] + beyond
        up = -down
        if len(kinks):
            down, up = down - kinks[0, i], up - kinks[1, i]
        if down > edge and weights[i] <= low[i] + touching:
            which[0, lower], costs[0, lower] = i, -down if exact[i] else down
            lower += 1
        if up > edge and weights[i] >= high[i] - touching:
            which[1, upper], costs[1, upper] = i, up
            upper += 1
    return lower, upper, edge
