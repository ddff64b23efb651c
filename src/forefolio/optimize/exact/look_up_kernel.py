"""Where on a line of efficient portfolios a number lies, and the portfolios there, proved."""

import numpy as np
from numpy.typing import NDArray

from forefolio.core.numerics import INDICES, OUT_PANEL, PANEL, VECTOR, Scalar, kernel
from forefolio.core.units import Array

AT_BOUND = 1e-12  # of the width of its bounds: a weight so near to one is at it


@kernel((VECTOR, Scalar))
def place_among(falling: Array, target: float) -> tuple[int, float]:
    """The piece of numbers (C,) that fall in which a target lies, and the share of it before."""
    last = len(falling) - 1
    low, high = 0, last + 1  # of how many the target is at most
    while low < high:
        middle = (low + high) // 2
        if falling[middle] >= target:
            low = middle + 1
        else:
            high = middle
    piece = min(max(low - 1, 0), max(last - 1, 0))
    width = falling[piece] - falling[min(piece + 1, last)]
    inside = min(max(falling[piece] - target, 0.0), width)
    return piece, inside / width if width > 0.0 else 0.0


@kernel((VECTOR, VECTOR, VECTOR, VECTOR))
def price_of_budget(weights: Array, gain: Array, lower: Array, upper: Array) -> float:
    """What a unit of the budget gains: as much as the asset whose weight may move most.

    Where all are at a bound it is between those that would come in and those that would go.
    """
    best, price, enters, leaves = 0.0, 0.0, -np.inf, np.inf
    for i in range(len(weights)):
        width = upper[i] - lower[i]
        if width <= 0.0:
            continue
        above, below = weights[i] - lower[i], upper[i] - weights[i]
        room = min(above, below)
        if room > best and room > AT_BOUND * width:
            best, price = room, gain[i]
        if above < below:
            enters = max(enters, gain[i])
        else:
            leaves = min(leaves, gain[i])
    if best > 0.0:
        return price
    if enters > -np.inf and leaves < np.inf:
        return 0.5 * (enters + leaves)
    return leaves if leaves < np.inf else max(enters, -1e300)


@kernel((PANEL, VECTOR, INDICES, VECTOR, PANEL, VECTOR, VECTOR, VECTOR, Scalar, Scalar, OUT_PANEL,
         OUT_PANEL))  # fmt: skip
def portfolios_at(
    corners: Array,
    tolerances: Array,
    pieces: NDArray[np.int64],
    shares: Array,
    covariance: Array,
    expected: Array,
    lower: Array,
    upper: Array,
    invested: float,
    loose: float,
    weights: Array,
    numbers: Array,
) -> bool:
    """Portfolios at places of a line within a budget and bounds, each with its proof.

    Whatever the price of the budget, no portfolio gains more than this one by more than its assets
    would by going where that price sends them (weak duality).

    Args:
        corners: weights (C, N).
        tolerances: (C,).
        pieces: (P,).
        shares: (P,) of the way to the next corner, from zero to one.
        covariance: (N, N).
        expected: (N,).
        lower: bounds (N,).
        upper: (N,).
        invested: the budget.
        loose: of a variance: a larger gap may be that of the price it was computed at.
        weights: (P, N) found.
        numbers: (P, 5) mean, variance, tolerance, gap and miss of each.

    Returns:
        Whether a gap is loose.
    """
    count, last, is_loose = corners.shape[1], len(corners) - 1, False
    gain = np.empty(count)
    for p in range(len(pieces)):
        before, share = pieces[p], shares[p]
        after, own = min(before + 1, last), weights[p]
        tolerance = (1.0 - share) * tolerances[before] + share * tolerances[after]
        total, mean = 0.0, 0.0
        for i in range(count):
            mixed = (1.0 - share) * corners[before, i] + share * corners[after, i]
            own[i] = min(max(mixed, lower[i]), upper[i])
            gain[i] = 0.0
            total += own[i]
            mean += own[i] * expected[i]
        for j in range(count):
            held = own[j]
            if held != 0.0:
                for i in range(count):
                    gain[i] += held * covariance[j, i]
        variance = 0.0
        for i in range(count):
            variance += own[i] * gain[i]
            gain[i] = tolerance * expected[i] - gain[i]
        price, short = price_of_budget(own, gain, lower, upper), 0.0
        for i in range(count):
            to = upper[i] if gain[i] > price else lower[i]
            short += (gain[i] - price) * (to - own[i])
        numbers[p, 0], numbers[p, 1], numbers[p, 2] = mean, max(variance, 0.0), tolerance
        numbers[p, 3], numbers[p, 4] = 2.0 * max(short, 0.0), abs(total - invested)
        is_loose |= numbers[p, 3] > loose * numbers[p, 1]
    return is_loose


@kernel((VECTOR, VECTOR, PANEL))
def moments_at(weights: Array, expected: Array, covariance: Array) -> tuple[float, float, float]:
    """What weights (N,) sum to, their mean and their variance."""
    total, mean, variance = 0.0, 0.0, 0.0
    for i in range(len(weights)):
        held = weights[i]
        if held == 0.0:
            continue
        total += held
        mean += held * expected[i]
        risk = 0.0
        for j in range(len(weights)):
            risk += covariance[i, j] * weights[j]
        variance += held * risk
    return total, mean, variance
