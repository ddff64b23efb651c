"""Where on a line the ratio of gain to volatility is greatest, in machine code."""

from forefolio.core.numerics import PANEL, VECTOR, Integer, kernel
from forefolio.core.units import Array

RAY = 1e-9  # of a portfolio's gain or variance: what rounding leaves of none


@kernel((PANEL, PANEL, VECTOR, VECTOR, Integer))
def parabola(
    weights: Array, covariance: Array, base: Array, variance: Array, piece: int
) -> tuple[float, float, float]:
    """Variance at the start of a piece, half its slope and its bend, per share of the piece."""
    after, count = min(piece + 1, len(weights) - 1), len(base)
    slope, bend = 0.0, 0.0
    for j in range(count):
        step = weights[after, j] - weights[piece, j]
        if step == 0.0:
            continue
        for i in range(count):
            risk = step * covariance[j, i]
            slope += (weights[piece, i] - base[i]) * risk
            bend += (weights[after, i] - weights[piece, i]) * risk
    return variance[piece], slope, bend


@kernel((VECTOR, VECTOR, VECTOR, PANEL, PANEL, VECTOR))
def steepest_place(
    excess: Array,
    variance: Array,
    tolerance: Array,
    weights: Array,
    covariance: Array,
    base: Array,
) -> tuple[int, float]:
    """The piece, and the share of it, at which `excess` (C,) is greatest for the volatility.

    A share below zero is beyond the first corner. Where the weights of a piece stand still it is
    that of the tolerance, which prices go with. Something must be in excess at the first corner.
    """
    last, passed = len(excess) - 1, -1
    for c in range(last + 1):
        if variance[c] >= tolerance[c] * excess[c]:  # less gain would lower the ratio
            passed = c
            break
    if passed == 0:
        if last == 0 or not tolerance[0] > tolerance[1]:
            return 0, 0.0
        wanted = variance[0] / excess[0]
        return 0, (tolerance[0] - wanted) / (tolerance[0] - tolerance[1])
    piece = passed - 1 if passed > 0 else last
    after = min(piece + 1, last)
    level, slope, bend = parabola(weights, covariance, base, variance, piece)
    if abs(excess[after]) <= RAY * excess[piece] and abs(variance[after]) <= RAY * level:
        return piece, 0.0  # down to nothing the ratio is one: the largest of these portfolios
    start, rise = excess[piece], excess[after] - excess[piece]
    divisor = rise * slope - start * bend
    if divisor == 0.0:
        fall = tolerance[piece] - tolerance[after]
        share = (tolerance[piece] - level / start) / fall if fall > 0.0 else 0.0
    else:
        share = (start * slope - rise * level) / divisor
    return piece, min(max(share, 0.0), 1.0)
