"""Which bounds cost something at a portfolio, and what a unit of its budget would gain."""

import numpy as np
from numpy.typing import NDArray

from forefolio.core.numerics import OUT_INDICES, VECTOR, Scalar, kernel
from forefolio.core.units import Array


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


@kernel((VECTOR, VECTOR, VECTOR, VECTOR, VECTOR, Scalar, Scalar, OUT_INDICES, OUT_INDICES))
def costly_bounds(
    weights: Array,
    low: Array,
    high: Array,
    down: Array,
    up: Array,
    touching: float,
    felt: float,
    below: NDArray[np.int64],
    above: NDArray[np.int64],
) -> tuple[int, int]:
    """How many lower and upper bounds cost more than is `felt`; which (N,) is written.

    `down` and `up` (N,) are by how much the objective falls with a unit beyond a bound.
    """
    lower, upper = 0, 0
    for i in range(len(weights)):
        if down[i] > felt and weights[i] <= low[i] + touching:
            below[lower] = i
            lower += 1
        if up[i] > felt and weights[i] >= high[i] - touching:
            above[upper] = i
            upper += 1
    return lower, upper
