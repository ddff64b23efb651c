"""The optimality system of a critical line with rows, kept up to date with its inverse.

The system [[0, A], [A', C]] holds the moving variables and the resting rows, in any order: `items`
0 .. n-1 are variables (or the pieces of an asset, whose row of the covariance is `asset`), n ..
n+m-1 are rows. Its inverse is bordered as an item joins and reduced as one is dropped, whichever
kind it is, in O(size^2).
"""

import numpy as np

from forefolio.core.numerics import (
    ANY_ORDER,
    INDICES,
    OUT_INDICES,
    OUT_PANEL,
    OUT_VECTOR,
    PANEL,
    VECTOR,
    Integer,
    kernel,
)
from forefolio.core.units import Array
from forefolio.optimize.exact.vertex_kernel import Indices

FLAT = 1e-11  # pivots and rates below this, beside what they are sums of, are rounding


@kernel((PANEL, INDICES, PANEL, OUT_PANEL, INDICES, Integer), ANY_ORDER)
def write(risk: Array, asset: Indices, rows: Array, system: Array, items: Indices, at: int) -> None:
    """Write row and column `at` of the optimality system."""
    count, item = len(asset), items[at]
    for r in range(at + 1):
        other, entry = items[r], 0.0
        if item < count:
            entry = risk[asset[item], asset[other]] if other < count else rows[other - count, item]
        elif other < count:
            entry = rows[item - count, other]
        system[at, r] = system[r, at] = entry


@kernel((PANEL, Integer, VECTOR, OUT_VECTOR), ANY_ORDER)
def product(matrix: Array, size: int, vector: Array, result: Array) -> None:
    """Write matrix[:size, :size] @ vector[:size]."""
    for p in range(size):
        row, total = matrix[p], 0.0
        for r in range(size):
            total += row[r] * vector[r]
        result[p] = total


@kernel(
    (PANEL, INDICES, PANEL, OUT_PANEL, OUT_PANEL, OUT_INDICES, Integer, Integer, VECTOR), ANY_ORDER
)
def join(
    risk: Array,
    asset: Indices,
    rows: Array,
    system: Array,
    inverse: Array,
    items: Indices,
    size: int,
    item: int,
    gain: Array,
) -> bool:
    """Border the system with `item`; False if its pivot, or the rate that called it, is rounding.

    `gain` (n + m,) is that of each item; a row has none.
    """
    items[size] = item
    write(risk, asset, rows, system, items, size)
    border, own = system[size, :size], system[size, size]
    step, more, missed, has = np.zeros(size), np.zeros(size), border.copy(), np.zeros(size)
    for _ in range(2):  # refined once
        product(inverse, size, missed, more)
        step += more
        product(system, size, step, has)
        for p in range(size):
            missed[p] = border[p] - has[p]
    pivot, rate, terms, earned = own, gain[item], own, abs(gain[item])
    for p in range(size):
        pivot -= step[p] * border[p]
        terms += abs(step[p] * border[p])
        rate -= step[p] * gain[items[p]]
        earned += abs(step[p] * gain[items[p]])
    curved = pivot if item < len(asset) else -pivot
    if curved <= FLAT * terms or abs(rate) <= FLAT * earned:
        return False
    for p in range(size):
        share = step[p] / pivot
        inverse[p, :size] += share * step
        inverse[p, size] = inverse[size, p] = -share
    inverse[size, size] = 1.0 / pivot
    return True


@kernel((PANEL, PANEL, INDICES, Integer, Integer, Integer), ANY_ORDER)
def needed(system: Array, inverse: Array, items: Indices, count: int, size: int, hole: int) -> bool:
    """Whether the system would be singular without the item at `hole`."""
    terms = 0.0
    for p in range(size):
        if items[p] < count:
            for r in range(size):
                if items[r] < count:
                    terms += abs(inverse[hole, p] * system[p, r] * inverse[hole, r])
    own = inverse[hole, hole] if items[hole] < count else -inverse[hole, hole]
    return bool(own <= FLAT * terms)


@kernel((OUT_PANEL, OUT_PANEL, OUT_INDICES, Integer, Integer), ANY_ORDER)
def drop(system: Array, inverse: Array, items: Indices, size: int, hole: int) -> None:
    """Take the item at `hole` out; the last one takes its position."""
    last = size - 1
    for p in range(size):
        system[p, hole], system[p, last] = system[p, last], system[p, hole]
        inverse[p, hole], inverse[p, last] = inverse[p, last], inverse[p, hole]
    for p in range(size):
        system[hole, p], system[last, p] = system[last, p], system[hole, p]
        inverse[hole, p], inverse[last, p] = inverse[last, p], inverse[hole, p]
    for p in range(last):
        inverse[p, :last] -= inverse[p, last] / inverse[last, last] * inverse[last, :last]
    items[hole] = items[last]


@kernel((PANEL, Integer, PANEL, OUT_PANEL), ANY_ORDER)
def both_products(matrix: Array, size: int, vectors: Array, results: Array) -> None:
    """Write matrix[:size, :size] @ each of two vectors (2, size); the matrix is read once."""
    first, second = vectors[0], vectors[1]
    for p in range(size):
        row, one, other = matrix[p], 0.0, 0.0
        for r in range(size):
            one += row[r] * first[r]
            other += row[r] * second[r]
        results[0, p], results[1, p] = one, other


@kernel((PANEL, PANEL, Integer, PANEL, OUT_PANEL), ANY_ORDER)
def solve(system: Array, inverse: Array, size: int, wanted: Array, solution: Array) -> float:
    """Solve the system for two sides (2, size), refined; how large the first refinement was."""
    drift, missed = 0.0, wanted[:, :size].copy()
    step, has = np.zeros((2, size)), np.zeros((2, size))
    solution[:, :size] = 0.0
    for turn in range(3):
        both_products(inverse, size, missed, step)
        solution[:, :size] += step
        if turn > 0:
            change = 0.0
            for side in range(2):
                largest = np.abs(solution[side, :size]).max()
                change = max(change, np.abs(step[side]).max() / (largest + 1e-300))
            drift = max(drift, change if turn == 1 else 0.0)
            if change <= 1e-13:
                break
        both_products(system, size, solution, has)
        for side in range(2):
            for p in range(size):
                missed[side, p] = wanted[side, p] - has[side, p]
    return drift
