"""What comes before and after the critical line is followed, in machine code.

At `N` = 20 following it takes a third of the time of its numpy: so its start and its corners are
set up here as well.
"""

import numpy as np
from numpy.typing import NDArray

from forefolio.core.numerics import (
    INDICES,
    OUT_INDICES,
    OUT_PANEL,
    PANEL,
    VECTOR,
    Scalar,
    kernel,
)
from forefolio.core.units import Array
from forefolio.optimize.exact.box_kernel import fill
from forefolio.optimize.exact.critical_line_kernel import (
    AT_LOWER,
    AT_UPPER,
    LOWER,
    MEAN,
    UPPER,
    WEIGHT,
)

GAIN, VARIANCE, TOLERANCE = 0, 1, 2  # rows of `numbers`
TILE = 32  # numbers in a row of a block that stays in the nearest cache
INDEFINITE = 1e-10  # what rounding may lack of curvature, beside each asset's variance


@kernel((VECTOR, PANEL, OUT_PANEL))
def are_moments(mean: Array, covariance: Array, root: Array) -> bool:
    """Whether all are finite, and the covariance is symmetric and positive semi-definite.

    That a rounding less is not is left to whoever says what is wrong. `root` (N, N) is overwritten
    by the Cholesky root, with `INDEFINITE` added to each asset's variance.
    """
    count, largest = len(mean), 0.0
    for i in range(count):
        if not np.isfinite(mean[i]):
            return False
        for j in range(i + 1):
            if not np.isfinite(covariance[i, j]) or covariance[i, j] != covariance[j, i]:
                return False
            largest = max(largest, abs(covariance[i, j]))
    for i in range(count):
        own = abs(covariance[i, i])
        for j in range(i + 1):
            left = covariance[i, j]
            for k in range(j):
                left -= root[i, k] * root[j, k]
            if j < i:
                root[i, j] = left / root[j, j]
                continue
            left += INDEFINITE * (own if own > 0.0 else (largest if largest > 0.0 else 1.0))
            if not left > 0.0:
                return False
            root[i, i] = np.sqrt(left)
    return True


@kernel((VECTOR, PANEL, OUT_PANEL))
def are_symmetric(mean: Array, covariance: Array, damped: Array) -> bool:
    """Whether all are finite, and the covariance (N, N) is symmetric to the bit.

    Its upper triangle, with `INDEFINITE` added to each asset's variance, is written to `damped`
    (N, N), whose Cholesky root is asked next. Tile by tile, so that both triangles are near.
    """
    count, largest, same = len(mean), 0.0, True
    for i in range(count):
        same &= np.isfinite(mean[i])
    for above in range(0, count, TILE):
        for left in range(above, count, TILE):
            for i in range(above, min(above + TILE, count)):
                for j in range(max(left, i), min(left + TILE, count)):
                    one = covariance[i, j]
                    same &= one == covariance[j, i]  # nothing equals what is not a number
                    largest = max(largest, abs(one))
                    damped[i, j] = one
        if not same:
            return False
    for i in range(count):
        own = abs(covariance[i, i])
        damped[i, i] += INDEFINITE * (own if own > 0.0 else (largest if largest > 0.0 else 1.0))
    return bool(largest < np.inf)


@kernel((VECTOR, VECTOR, VECTOR, INDICES, PANEL, Scalar, Scalar, OUT_PANEL, OUT_PANEL, OUT_INDICES,
         OUT_INDICES))  # fmt: skip
def begin(
    mean: Array,
    lower: Array,
    upper: Array,
    order: NDArray[np.int64],
    covariance: Array,
    invested: float,
    tied: float,
    assets: Array,
    inverse: Array,
    free: NDArray[np.int64],
    place: NDArray[np.int64],
) -> tuple[int, int, float, float]:
    """Set up the greatest mean, at which one asset alone is free, and the line from it.

    Args:
        mean: (N,).
        lower: bounds (N,).
        upper: (N,).
        order: assets (N,) by falling mean.
        covariance: (N, N).
        invested: the budget.
        tied: means this near to each other, beside their range, are the same.
        assets: (4, N) of `trace`; means are beside that of the free asset, fractions of `unit`.
        inverse: (N + 1, N + 1) of `trace`.
        free: (N + 1,).
        place: (N,).

    Returns:
        The free asset, how many that may move share its mean, the unit and the mean of it all.
    """
    count, spare, widest, same, earned = len(mean), invested, 0.0, 0, 0.0
    for i in range(count):
        spare -= lower[i]
    weights = assets[WEIGHT]
    first = fill(order, lower, upper, spare, weights)
    for i in range(count):
        widest = max(widest, abs(mean[i] - mean[first]))
        earned += weights[i] * mean[i]
    unit = widest if widest > 0.0 else 1.0
    for i in range(count):
        apart = mean[i] - mean[first]
        if abs(apart) <= tied * unit and lower[i] < upper[i]:
            apart, same = 0.0, same + 1
        assets[MEAN, i], assets[LOWER, i], assets[UPPER, i] = apart / unit, lower[i], upper[i]
        place[i] = AT_LOWER if weights[i] < upper[i] else AT_UPPER
        free[i] = 0
    free[count] = 0
    free[0], free[1], place[first] = 1, first, 1
    inverse[0, 0], inverse[0, 1] = -covariance[first, first], 1.0
    inverse[1, 0], inverse[1, 1] = 1.0, 0.0
    return first, same, unit, earned


@kernel((PANEL, VECTOR, VECTOR, VECTOR, Scalar, Scalar, OUT_PANEL, OUT_PANEL))
def settle(
    corners: Array,
    mean: Array,
    lower: Array,
    upper: Array,
    invested: float,
    unit: float,
    weights: Array,
    numbers: Array,
) -> float:
    """The corners of `trace` as weights (C, N) and numbers (3, C); how far the budget is missed."""
    count, missed = len(mean), 0.0
    for c in range(len(corners)):
        total, gain = 0.0, 0.0
        for i in range(count):
            own = min(max(corners[c, i], lower[i]), upper[i])
            weights[c, i] = own
            total += own
            gain += own * mean[i]
        missed = max(missed, abs(total - invested))
        numbers[GAIN, c], numbers[VARIANCE, c] = gain, max(corners[c, count + 1], 0.0)
        numbers[TOLERANCE, c] = corners[c, count] / unit
    return missed
