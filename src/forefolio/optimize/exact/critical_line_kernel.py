"""Along the critical line, from corner to corner, in machine code.

1. `_lines`: while the same assets are free, weights are linear in the risk tolerance.
2. `_next`: lowering the tolerance, the first asset that meets a bound, or wants to leave one.
3. `_enter` and `_leave` update the inverse for it in O(k^2); `trace` records the corner.

Positions in `inverse` are those of the optimality conditions [[0, 1'], [1, covariance]] of the
free assets: 0 is the budget, `free[p]` the asset at position p > 0, `free[0]` how many there are.
`place[j]` is the position of asset j, or the bound at which it rests. Carrying the budget inside
the inverse lets the covariance have any rank. Ties go to the least index, which cannot cycle
(Chang and Cottle 1980, "Least-index resolution of degeneracy in quadratic programming").
"""

import numpy as np
from numpy.typing import NDArray

from forefolio.core.numerics import (
    INDICES,
    OUT_INDICES,
    OUT_PANEL,
    OUT_VECTOR,
    PANEL,
    VECTOR,
    Integer,
    Scalar,
    kernel,
)
from forefolio.core.units import Array

AT_LOWER, AT_UPPER = 0, -1
MEAN, LOWER, UPPER, WEIGHT = 0, 1, 2, 3  # rows of `assets`
START, SLOPE, START_RISK, SLOPE_RISK = 0, 1, 2, 3  # rows of `lines`
FULL, STALLED = 0, -1  # what `trace` returns instead of a count
FLAT = 1e-11  # curvatures and rates below are rounding, beside what they are the difference of
ROUNDING = 1e-14  # tolerances that differ by less, beside each other, are the same
DRIFT = 1e-9  # a refinement beyond this has the inverse built anew


@kernel((PANEL, OUT_PANEL, OUT_INDICES, OUT_INDICES, Integer, Scalar))
def _enter(
    covariance: Array,
    inverse: Array,
    free: NDArray[np.int64],
    place: NDArray[np.int64],
    asset: int,
    flat: float,
) -> bool:
    """Free `asset`; False where that adds no curvature, so that those that are free cover it."""
    size = free[0] + 1
    border, step = np.ones(size), np.zeros(size)
    for p in range(1, size):
        border[p] = covariance[asset, free[p]]
    for p in range(size):
        for r in range(size):
            step[r] += inverse[p, r] * border[p]
    curvature = magnitude = covariance[asset, asset]
    for p in range(size):
        curvature -= step[p] * border[p]
        magnitude += abs(step[p] * border[p])
    if curvature <= flat * magnitude:
        return False
    for p in range(size):
        share = step[p] / curvature
        for r in range(size):
            inverse[p, r] += share * step[r]
        inverse[p, size] = inverse[size, p] = -share
    inverse[size, size] = 1.0 / curvature
    free[0], free[size], place[asset] = size, asset, size
    return True


@kernel((OUT_PANEL, OUT_INDICES, OUT_INDICES, Integer, Integer))
def _leave(
    inverse: Array, free: NDArray[np.int64], place: NDArray[np.int64], asset: int, bound: int
) -> None:
    """Rest `asset` at its `bound`; the last free asset takes its position."""
    hole, last = place[asset], free[0]
    for p in range(last + 1):
        inverse[p, hole], inverse[p, last] = inverse[p, last], inverse[p, hole]
    for p in range(last + 1):
        inverse[hole, p], inverse[last, p] = inverse[last, p], inverse[hole, p]
    step = inverse[last, :last].copy()
    for p in range(last):
        share = step[p] / inverse[last, last]
        for r in range(last):
            inverse[p, r] -= share * step[r]
    place[free[last]], free[hole] = hole, free[last]
    free[0], place[asset] = last - 1, bound


@kernel((PANEL, OUT_PANEL, OUT_INDICES, OUT_INDICES))
def _rebuild(
    covariance: Array, inverse: Array, free: NDArray[np.int64], place: NDArray[np.int64]
) -> bool:
    """Build the inverse anew from the free assets, without what rounding has added up."""
    count, possible = free[0], True
    inverse[0, 0], inverse[1, 1] = -covariance[free[1], free[1]], 0.0
    inverse[0, 1] = inverse[1, 0] = 1.0
    free[0] = 1
    for p in range(2, count + 1):
        possible = possible and _enter(covariance, inverse, free, place, free[p], 0.0)
    return possible


@kernel((PANEL, OUT_PANEL, INDICES, VECTOR, OUT_VECTOR))
def _solve(
    covariance: Array, inverse: Array, free: NDArray[np.int64], wanted: Array, solution: Array
) -> float:
    """Solve the optimality conditions and refine once; return the refinement's relative size."""
    size = free[0] + 1
    solution[:], missed, step = 0.0, wanted.copy(), np.zeros(size)
    for p in range(size):
        for r in range(size):
            solution[r] += inverse[p, r] * wanted[p]
    for p in range(1, size):
        row, weight = covariance[free[p]], solution[p]
        missed[0] -= weight
        missed[p] -= solution[0]
        for r in range(1, size):
            missed[r] -= weight * row[free[r]]
    for p in range(size):
        for r in range(size):
            step[r] += inverse[p, r] * missed[p]
    largest = correction = 0.0
    for r in range(size):
        solution[r] += step[r]
        if r > 0:
            largest, correction = max(largest, abs(solution[r])), max(correction, abs(step[r]))
    return correction / largest if largest > 0.0 else 0.0


@kernel((PANEL, PANEL, OUT_PANEL, INDICES, VECTOR, OUT_PANEL))
def _lines(
    covariance: Array,
    assets: Array,
    inverse: Array,
    free: NDArray[np.int64],
    resting_risk: Array,
    lines: Array,
) -> float:
    """Write weights, and covariance @ weights, as START + tolerance * SLOPE; return the drift.

    `resting_risk` is covariance @ weights of the assets at their bounds.
    """
    size = free[0] + 1
    wanted, start, slope = np.zeros((2, size)), np.empty(size), np.empty(size)
    for p in range(1, size):
        wanted[0, 0] += assets[WEIGHT, free[p]]
        wanted[0, p], wanted[1, p] = -resting_risk[free[p]], assets[MEAN, free[p]]
    drift = _solve(covariance, inverse, free, wanted[0], start)
    drift = max(drift, _solve(covariance, inverse, free, wanted[1], slope))
    lines[START], lines[SLOPE] = assets[WEIGHT], 0.0
    lines[START_RISK], lines[SLOPE_RISK] = resting_risk, 0.0
    for p in range(1, size):
        row, at_start, at_slope = covariance[free[p]], start[p], slope[p]
        lines[START, free[p]], lines[SLOPE, free[p]] = at_start, at_slope
        for j in range(len(row)):
            lines[START_RISK, j] += at_start * row[j]
            lines[SLOPE_RISK, j] += at_slope * row[j]
    return drift


@kernel((PANEL, INDICES, INDICES, PANEL, OUT_VECTOR, Scalar))
def _next(
    assets: Array,
    free: NDArray[np.int64],
    place: NDArray[np.int64],
    lines: Array,
    closed: Array,
    tolerance: float,
) -> tuple[float, int]:
    """The highest tolerance, at most the present one, at which an asset changes; -1 is none."""
    best, which, first = 0.0, -1, free[1]
    flat = 1e-14 * np.abs(lines[SLOPE]).max()
    start_price = lines[START_RISK, first]
    slope_price = lines[SLOPE_RISK, first] - assets[MEAN, first]
    for j in range(len(place)):
        if place[j] > 0:
            slope = lines[SLOPE, j]
            if free[0] == 1 or abs(slope) <= flat:
                continue
            bound = assets[LOWER, j] if slope > 0.0 else assets[UPPER, j]
            reached = (bound - lines[START, j]) / slope
        else:
            rate = lines[SLOPE_RISK, j] - assets[MEAN, j] - slope_price
            inwards = rate if place[j] == AT_LOWER else -rate
            if inwards <= FLAT or closed[j] > 0.0 or assets[LOWER, j] == assets[UPPER, j]:
                continue
            reached = (start_price - lines[START_RISK, j]) / rate
        reached = min(reached, tolerance)
        if reached > best:
            best, which = reached, j
    return best, which


@kernel((PANEL, INDICES, VECTOR))
def _risk_at_rest(covariance: Array, place: NDArray[np.int64], weights: Array) -> Array:
    """covariance @ weights (N,) of the assets at their bounds."""
    risk = np.zeros(len(place))
    for j in range(len(place)):
        if place[j] <= 0 and weights[j] != 0.0:
            risk += covariance[j] * weights[j]
    return risk


@kernel((PANEL, VECTOR, Scalar, OUT_VECTOR))
def _record(lines: Array, weights: Array, tolerance: float, corner: Array) -> None:
    risk = lines[START_RISK] + tolerance * lines[SLOPE_RISK]
    count = len(weights)
    corner[:count] = weights
    corner[count], corner[count + 1] = tolerance, (weights * risk).sum()


@kernel((PANEL, OUT_PANEL, OUT_PANEL, OUT_INDICES, OUT_INDICES, OUT_PANEL, Scalar))
def trace(
    covariance: Array,
    assets: Array,
    inverse: Array,
    free: NDArray[np.int64],
    place: NDArray[np.int64],
    corners: Array,
    excess: float,
) -> int:
    """Follow the line from the state given down to tolerance 0; return how many corners it has.

    Rows of `corners` become weights (N), tolerance, variance. All but `covariance` is state that
    ends where the line ends. Means are fractions of their range, the first free asset's is 0;
    `excess` is by how much that one beats cash, and the line ends where less risk no longer raises
    the ratio of the two: nowhere, if it is infinite.
    """
    count, least = len(place), FLAT * np.diag(covariance).max()
    lines, closed = np.empty((4, count)), np.zeros(count)
    resting_risk = _risk_at_rest(covariance, place, assets[WEIGHT])
    tolerance, corner, still, rebuilt = np.inf, 0, 0, False
    while still <= 10 * count + 100:
        drift = _lines(covariance, assets, inverse, free, resting_risk, lines)
        if drift > DRIFT and free[0] > 1 and not rebuilt:
            rebuilt = True
            if not _rebuild(covariance, inverse, free, place):
                return STALLED
            continue
        reached, asset = _next(assets, free, place, lines, closed, tolerance)
        ends, leaves = reached <= least, place[asset] > 0
        if not ends and not leaves:
            if not _enter(covariance, inverse, free, place, asset, FLAT):
                closed[asset] = 1.0
                continue
            resting_risk -= covariance[asset] * assets[WEIGHT, asset]
        assets[WEIGHT] = lines[START] + reached * lines[SLOPE]
        if ends or reached < tolerance * (1.0 - ROUNDING):
            if corner == len(corners):
                return FULL
            _record(lines, assets[WEIGHT], reached, corners[corner])
            tolerance, corner, still = reached, corner + 1, 0
            ratio_falls = corners[corner - 1, count + 1] >= reached * (
                excess + (assets[WEIGHT] * assets[MEAN]).sum()
            )
            if ratio_falls and not ends:
                return corner
        if ends:
            corners[corner - 1, count] = 0.0
            return corner
        if leaves:
            bound = AT_LOWER if lines[SLOPE, asset] > 0.0 else AT_UPPER
            _leave(inverse, free, place, asset, bound)
            assets[WEIGHT, asset] = assets[LOWER if bound == AT_LOWER else UPPER, asset]
            resting_risk += covariance[asset] * assets[WEIGHT, asset]
        closed[:], rebuilt, still = 0.0, False, still + 1
    return STALLED
