"""Portfolios on a critical line with rows, each with its proof, and its corners: in machine code.

At `N` = 20 following the line takes less time than numpy does for these.
"""

import numpy as np
from numpy.typing import NDArray

from forefolio.core.numerics import (
    ANY_ORDER,
    INDICES,
    OUT_PANEL,
    OUT_VECTOR,
    PANEL,
    VECTOR,
    Integer,
    Scalar,
    kernel,
)
from forefolio.core.units import Array
from forefolio.optimize.exact.polyhedron_kernel import most_missed, short_of_best

GAIN, VARIANCE, TOLERANCE = 0, 1, 2  # rows of the numbers of corners


@kernel((PANEL, VECTOR, VECTOR, VECTOR, VECTOR, PANEL, VECTOR, VECTOR, Scalar, OUT_PANEL,
         OUT_PANEL, OUT_PANEL), ANY_ORDER)  # fmt: skip
def settle_rows(
    corners: Array,
    base: Array,
    mean: Array,
    lower: Array,
    upper: Array,
    rows: Array,
    low: Array,
    high: Array,
    unit: float,
    weights: Array,
    numbers: Array,
    prices: Array,
) -> float:
    """Corners of `trace_rows` as weights (C, N), numbers (3, C) and prices of rows (C, m).

    Weights are within their bounds, `lower` and `upper` (N,); how far they are from those of
    `rows` (M, N), `low` and `high` (M,), at worst, is returned.
    """
    count, missed = len(mean), np.empty(len(corners))
    for c in range(len(corners)):
        gain = 0.0
        for i in range(count):
            own = min(max(corners[c, i] + base[i], lower[i]), upper[i])
            weights[c, i] = own
            gain += own * mean[i]
        numbers[GAIN, c], numbers[VARIANCE, c] = gain, max(corners[c, count + 1], 0.0)
        numbers[TOLERANCE, c] = corners[c, count] / unit
        prices[c] = corners[c, count + 2 :]
    most_missed(weights, lower, upper, rows, low, high, missed)
    worst = 0.0
    for one in missed:
        worst = max(worst, one)
    return worst


@kernel((PANEL, VECTOR, PANEL, Integer, Scalar, VECTOR, VECTOR, PANEL, VECTOR, VECTOR,
         OUT_VECTOR, OUT_VECTOR, OUT_VECTOR), ANY_ORDER)  # fmt: skip
def mixed_row(
    corners: Array,
    tolerances: Array,
    priced: Array,
    piece: int,
    share: float,
    lower: Array,
    upper: Array,
    covariance: Array,
    expected: Array,
    base: Array,
    weights: Array,
    risk: Array,
    prices: Array,
) -> tuple[float, float, float]:
    """Weights, their risk (N,) and prices of rows (m,) at a place of a line.

    The place is a `share` of the way from the corner `piece` to the next; below zero only prices
    and the tolerance go on. Mean, variance and tolerance are returned; risk and variance are those
    of the difference to `base`.
    """
    after, count, mean, variance = min(piece + 1, len(corners) - 1), len(expected), 0.0, 0.0
    inside = max(share, 0.0)
    risk[:] = 0.0
    for i in range(count):
        own = (1.0 - inside) * corners[piece, i] + inside * corners[after, i]
        weights[i] = min(max(own, lower[i]), upper[i])
        mean += weights[i] * expected[i]
    for j in range(count):
        away = weights[j] - base[j]
        if away != 0.0:
            for i in range(count):
                risk[i] += away * covariance[j, i]
    for i in range(count):
        variance += (weights[i] - base[i]) * risk[i]
    for r in range(len(prices)):
        prices[r] = (1.0 - share) * priced[piece, r] + share * priced[after, r]
    tolerance = (1.0 - share) * tolerances[piece] + share * tolerances[after]
    return mean, max(variance, 0.0), tolerance


@kernel((VECTOR, VECTOR, VECTOR, VECTOR, VECTOR, Scalar, INDICES, VECTOR, VECTOR, VECTOR, PANEL,
         VECTOR, VECTOR, PANEL, VECTOR, VECTOR))  # fmt: skip
def gap_and_miss(
    weights: Array,
    base: Array,
    risk: Array,
    prices: Array,
    gain: Array,
    tolerance: float,
    asset: NDArray[np.int64],
    below: Array,
    least: Array,
    most: Array,
    rows: Array,
    lower: Array,
    upper: Array,
    sums: Array,
    low: Array,
    high: Array,
) -> tuple[float, float]:
    """By how much the variance could be less at this gain, at most, and how far limits are missed.

    Args:
        weights: (N,).
        base: (N,) from which the variance is counted.
        risk: (N,) covariance @ (weights - base).
        prices: (m,) of `rows`, of any size: whatever they are, the gap is a bound.
        gain: (n,) of a unit of each piece.
        tolerance: what half the variance may rise by for a unit of gain.
        asset: (n,) of each piece, and the rest of `polyhedron.Pieces`:
        below: (n,),
        least: (n + m,),
        most: (n + m,),
        rows: (m, n).
        lower: bounds (N,), and the sums of the polyhedron itself:
        upper: (N,),
        sums: (M, N),
        low: (M,),
        high: (M,).
    """
    away, rises, missed = weights - base, np.empty(len(asset)), np.empty(1)
    for j in range(len(asset)):
        rises[j] = tolerance * gain[j] - risk[asset[j]]
    short = short_of_best(away, asset, below, least, most, rows, rises, -prices)
    most_missed(weights.reshape(1, len(weights)), lower, upper, sums, low, high, missed)
    return 2.0 * max(short, 0.0), missed[0]
