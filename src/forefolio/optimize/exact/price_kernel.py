"""Which bounds cost something at a portfolio, and what a unit of its budget would gain."""

import numpy as np
from numpy.typing import NDArray

from forefolio.core.numerics import (
    FLAGS,
    OUT_INDEX_PANEL,
    OUT_PANEL,
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


@kernel((VECTOR,))
def largest_size(values: Array) -> float:
    """The largest of the sizes of values (N,); zero of none."""
    largest = 0.0
    for value in values:
        largest = max(largest, abs(value))
    return largest


@kernel((VECTOR, VECTOR, VECTOR, VECTOR, VECTOR, FLAGS, Scalar, Scalar, OUT_INDEX_PANEL,
         OUT_PANEL))  # fmt: skip
def costly_bounds(
    weights: Array,
    low: Array,
    high: Array,
    down: Array,
    up: Array,
    exact: Flags,
    touching: float,
    felt: float,
    which: NDArray[np.int64],
    prices: Array,
) -> tuple[int, int]:
    """How many lower and upper bounds cost more than is `felt`.

    Args:
        weights: (N,).
        low: bounds (N,).
        high: (N,).
        down: (N,) by how much the objective falls with a unit below a bound, and
        up: above it.
        exact: (N,) where one row says what the weight is: its lower side has a negative price.
        touching: a weight nearer to a bound is at it.
        felt: no less is a price.
        which: (2, N) written: the weights that are at a lower, and at an upper bound.
        prices: (2, N) written: of those bounds.
    """
    lower, upper = 0, 0
    for i in range(len(weights)):
        if down[i] > felt and weights[i] <= low[i] + touching:
            which[0, lower], prices[0, lower] = i, -down[i] if exact[i] else down[i]
            lower += 1
        if up[i] > felt and weights[i] >= high[i] - touching:
            which[1, upper], prices[1, upper] = i, up[i]
            upper += 1
    return lower, upper
