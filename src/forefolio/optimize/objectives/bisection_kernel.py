"""Risk parity along an order of assets whose risk is the variance, in machine code."""

import numpy as np

from forefolio.core.numerics import (
    ANY_ORDER,
    OUT_VECTOR,
    PANEL,
    VECTOR,
    Integer,
    Scalar,
    kernel,
)
from forefolio.core.units import Array


@kernel((PANEL, Scalar, Scalar, OUT_VECTOR))
def split_variance(covariance: Array, least: float, most: float, weights: Array) -> float:
    """Write what `bisected` says of variances: `weights` (N,) along the order of `covariance`.

    Returns a variance that cannot be split, not being above zero; infinite where all can.
    """
    count = len(weights)
    inverse = np.empty(count)
    for i in range(count):
        if not covariance[i, i] > 0:
            return float(covariance[i, i])
        inverse[i] = 1.0 / covariance[i, i]
        weights[i] = 1.0
    halves = np.empty((2 * count, 2), dtype=np.int64)
    halves[0, 0], halves[0, 1] = 0, count
    done, known = 0, 1
    while done < known:
        first, last = halves[done, 0], halves[done, 1]
        done += 1
        if last - first < 2:
            continue
        middle = first + (last - first) // 2
        left = variance_of(covariance, inverse, first, middle)
        right = variance_of(covariance, inverse, middle, last)
        for risk in (left, right):
            if not risk > 0:
                return risk
        whole, share = weights[first], right / (left + right)
        one, other = (middle - first) / whole, (last - middle) / whole
        share = min(share, most * one, 1.0 - least * other)
        share = max(share, least * one, 1.0 - most * other)
        for i in range(first, last):
            weights[i] *= share if i < middle else 1.0 - share
        halves[known, 0], halves[known, 1] = first, middle
        halves[known + 1, 0], halves[known + 1, 1] = middle, last
        known += 2
    return np.inf


@kernel((PANEL, VECTOR, Integer, Integer), ANY_ORDER)
def variance_of(covariance: Array, inverse: Array, first: int, last: int) -> float:
    """The variance of weights in proportion to `inverse` (N,) in some of the assets."""
    variance, size = 0.0, 0.0
    for i in range(first, last):
        row, within = covariance[i], 0.0
        for j in range(first, last):
            within += row[j] * inverse[j]
        variance += inverse[i] * within
        size += inverse[i]
    return variance / (size * size)
