"""A vertex of a mean-CVaR problem, and how it changes when one thing leaves and another comes.

Weights are cut into n pieces, each between two bounds (`polyhedron.Pieces`). At a vertex k pieces
are free, the others rest at a bound, and k + 1 things are active: scenarios whose gain is the
quantile, or rows at a limit. They fix the free pieces and the quantile, by a basis that is only as
large as they are many, whose explicit inverse is kept. Scenarios beyond the quantile enter by their
sum alone.
"""

import numpy as np
from numpy.typing import NDArray

from forefolio.core.numerics import (
    INDEX_PANEL,
    INDICES,
    OUT_FLAGS,
    OUT_INDEX_PANEL,
    OUT_INDICES,
    OUT_PANEL,
    OUT_VECTOR,
    PANEL,
    Integer,
    Scalar,
    kernel,
)
from forefolio.core.units import Array, Flags

LOW, HIGH, COST, TILT, AMOUNT, SLOPE, BEND = range(7)  # rows of `piece`
AT_LOW, AT_HIGH, FREE = range(3)  # `status` of a piece
FREED, ACTIVE, SIDE = range(3)  # rows of `basis`; a row m is active as -1 - m, at side 0 or 1
AHEAD, RATE, SHIFT = range(3)  # rows of `gains`: beyond the quantile, its change, what is added
BEFORE, BEYOND, AT = range(3)  # `where` a scenario is: ahead of the quantile, beyond it, or at it
WAY, PRICE, TURN, COLUMN, COMING = range(5)  # rows of `system`
MOVING, STEPS, SINCE, IDLE, LUCK = range(5)  # of `counts`
ACTIVE_LEAVES, PIECE_LEAVES = 1, 2
NOTHING = -(10**9)  # comes: the step ends at a bound
ROUNDING = 1e-12  # prices and misses of rows below are rounding
STILL = 1e-11  # rates below are none
FLAT = 1e-9  # a pivot below has the inverse built anew

Indices = NDArray[np.int64]


@kernel((Integer, Integer, PANEL, PANEL, INDICES))
def entry(active: int, piece: int, returns: Array, rows: Array, asset: Indices) -> float:
    """How an active thing moves with a piece."""
    if active >= 0:
        return float(returns[active, asset[piece]])
    return float(rows[-1 - active, piece])


@kernel((OUT_PANEL, OUT_PANEL, Integer))
def _invert(matrix: Array, inverse: Array, size: int) -> bool:
    """Write the inverse of `matrix` (size, size), which is used up; False where it has none."""
    for i in range(size):
        for j in range(size):
            inverse[i, j] = 1.0 if i == j else 0.0
    for step in range(size):
        lead = step
        for i in range(step + 1, size):
            if abs(matrix[i, step]) > abs(matrix[lead, step]):
                lead = i
        pivot = matrix[lead, step]
        if pivot == 0.0 or not np.isfinite(pivot):
            return False
        for j in range(size):
            kept = matrix[lead, j]
            matrix[lead, j] = matrix[step, j]
            matrix[step, j] = kept / pivot
            kept = inverse[lead, j]
            inverse[lead, j] = inverse[step, j]
            inverse[step, j] = kept / pivot
        for i in range(size):
            factor = matrix[i, step]
            if i != step and factor != 0.0:
                for j in range(size):
                    matrix[i, j] -= factor * matrix[step, j]
                    inverse[i, j] -= factor * inverse[step, j]
    return True


@kernel((PANEL, PANEL, PANEL, INDICES, OUT_PANEL, INDICES, INDEX_PANEL, INDICES, OUT_PANEL,
         OUT_PANEL))  # fmt: skip
def _solve_basis(
    returns: Array,
    rows: Array,
    limits: Array,
    asset: Indices,
    piece: Array,
    status: Indices,
    basis: Indices,
    counts: Indices,
    inverse: Array,
    gains: Array,
) -> float:
    """Write the inverse and the amounts of free pieces anew; the quantile, NaN without inverse."""
    size = counts[MOVING] + 1
    matrix, right = np.zeros((size, size)), np.zeros(size)
    for a in range(size):
        active = basis[ACTIVE, a]
        if active >= 0:
            matrix[a, 0], right[a] = 1.0, -gains[SHIFT, active]
        else:
            right[a] = limits[basis[SIDE, a], -1 - active]
        for f in range(size - 1):
            matrix[a, f + 1] = entry(active, basis[FREED, f], returns, rows, asset)
        for i in range(len(asset)):
            if status[i] != FREE and piece[AMOUNT, i] != 0.0:
                right[a] -= piece[AMOUNT, i] * entry(active, i, returns, rows, asset)
    if not _invert(matrix, inverse, size):
        return float(np.nan)
    for f in range(size - 1):
        amount = 0.0
        for a in range(size):
            amount += inverse[f + 1, a] * right[a]
        piece[AMOUNT, basis[FREED, f]] = amount
    quantile = 0.0
    for a in range(size):
        quantile += inverse[0, a] * right[a]
    return quantile


@kernel((Integer, PANEL, OUT_PANEL, OUT_FLAGS))
def keep_column(asset: int, returns: Array, columns: Array, copied: Flags) -> None:
    """Copy the returns of one asset beside each other, once: scenarios are passed many times."""
    if not copied[asset]:
        copied[asset] = True
        for s in range(len(returns)):
            columns[asset, s] = returns[s, asset]


@kernel((PANEL, PANEL, PANEL, INDICES, OUT_PANEL, INDICES, INDEX_PANEL, INDICES, OUT_PANEL,
         OUT_PANEL, OUT_FLAGS, OUT_PANEL, OUT_INDICES, OUT_FLAGS, OUT_VECTOR))  # fmt: skip
def rebuild(
    returns: Array,
    rows: Array,
    limits: Array,
    asset: Indices,
    piece: Array,
    status: Indices,
    basis: Indices,
    counts: Indices,
    inverse: Array,
    columns: Array,
    copied: Flags,
    gains: Array,
    where: Indices,
    resting: Flags,
    total: Array,
) -> bool:
    """Everything about the vertex anew, from what is free and active; False without an inverse.

    `total` (N,) is the sum of the scenarios beyond the quantile; a row is `resting` if active.
    """
    quantile = _solve_basis(
        returns, rows, limits, asset, piece, status, basis, counts, inverse, gains
    )
    if not np.isfinite(quantile):
        return False
    weight = np.zeros(returns.shape[1])
    for i in range(len(asset)):
        weight[asset[i]] += piece[AMOUNT, i]
    for s in range(len(returns)):
        gains[AHEAD, s] = gains[SHIFT, s] + quantile
    for j in range(len(weight)):
        if weight[j] != 0.0:
            keep_column(j, returns, columns, copied)
            for s in range(len(returns)):
                gains[AHEAD, s] += columns[j, s] * weight[j]
    total[:] = 0.0
    resting[:] = False
    for s in range(len(returns)):
        where[s] = BEYOND if gains[AHEAD, s] < 0.0 else BEFORE
    for a in range(counts[MOVING] + 1):
        active = basis[ACTIVE, a]
        if active >= 0:
            where[active] = AT
            gains[AHEAD, active] = 0.0
        else:
            resting[-1 - active] = True
    for s in range(len(returns)):
        if where[s] == BEYOND:
            total += returns[s]
    return True


@kernel((OUT_PANEL, OUT_PANEL, OUT_INDICES, OUT_INDEX_PANEL, OUT_INDICES, OUT_PANEL, Integer,
         Integer, Integer, Integer, Integer, Scalar))  # fmt: skip
def exchange(
    inverse: Array,
    piece: Array,
    status: Indices,
    basis: Indices,
    counts: Indices,
    system: Array,
    leaves: int,
    which: int,
    comes: int,
    side: int,
    stop: int,
    own: float,
) -> float:
    """Pivot: what leaves is active thing or piece `which`; what comes is active, or a bound.

    `stop` is the position of the free piece that meets a bound, -1 where the one that leaves goes
    all the way to its other bound. `system` holds the direction per unit of what leaves and what
    comes in terms of the active. Returns the pivot.
    """
    size = counts[MOVING] + 1
    if comes != NOTHING:
        if leaves == ACTIVE_LEAVES:
            basis[ACTIVE, which], basis[SIDE, which] = comes, side
            return _replace_active(inverse, system, size, which)
        return _grow(inverse, status, basis, counts, system, which, comes, side, own)
    if leaves == PIECE_LEAVES and stop < 0:
        status[which] = AT_HIGH if status[which] == AT_LOW else AT_LOW
        piece[AMOUNT, which] = piece[HIGH if status[which] == AT_HIGH else LOW, which]
        return 1.0
    met, position = basis[FREED, stop], stop + 1
    higher = piece[AMOUNT, met] - piece[LOW, met] > piece[HIGH, met] - piece[AMOUNT, met]
    status[met] = AT_HIGH if higher else AT_LOW
    piece[AMOUNT, met] = piece[HIGH if higher else LOW, met]
    if leaves == PIECE_LEAVES:
        basis[FREED, stop], status[which] = which, FREE
        return _replace_free(inverse, system, size, position)
    return _shrink(inverse, basis, counts, which, position)


@kernel((OUT_PANEL, PANEL, Integer, Integer))
def _replace_active(inverse: Array, system: Array, size: int, which: int) -> float:
    """One active thing for another."""
    pivot = system[COMING, which]
    for u in range(size):
        inverse[u, which] /= pivot
    for a in range(size):
        if a != which:
            for u in range(size):
                inverse[u, a] -= inverse[u, which] * system[COMING, a]
    return float(pivot)


@kernel((OUT_PANEL, PANEL, Integer, Integer))
def _replace_free(inverse: Array, system: Array, size: int, position: int) -> float:
    """One free piece for another."""
    pivot = -system[WAY, position]
    for a in range(size):
        inverse[position, a] /= pivot
    for u in range(size):
        if u != position:
            for a in range(size):
                inverse[u, a] += system[WAY, u] * inverse[position, a]
    return float(pivot)


@kernel((OUT_PANEL, OUT_INDICES, OUT_INDEX_PANEL, OUT_INDICES, PANEL, Integer, Integer, Integer,
         Scalar))  # fmt: skip
def _grow(
    inverse: Array,
    status: Indices,
    basis: Indices,
    counts: Indices,
    system: Array,
    which: int,
    comes: int,
    side: int,
    own: float,
) -> float:
    """One more free piece and one more active thing."""
    size = counts[MOVING] + 1
    pivot = own
    for a in range(size):
        pivot -= system[COMING, a] * system[COLUMN, a]
    for u in range(size):
        for a in range(size):
            inverse[u, a] -= system[WAY, u] * system[COMING, a] / pivot
        inverse[u, size] = system[WAY, u] / pivot
    for a in range(size):
        inverse[size, a] = -system[COMING, a] / pivot
    inverse[size, size] = 1.0 / pivot
    basis[FREED, size - 1], status[which] = which, FREE
    basis[ACTIVE, size], basis[SIDE, size] = comes, side
    counts[MOVING] = size
    return pivot


@kernel((OUT_PANEL, OUT_INDEX_PANEL, OUT_INDICES, Integer, Integer))
def _shrink(inverse: Array, basis: Indices, counts: Indices, which: int, position: int) -> float:
    """One free piece and one active thing fewer; the last of each fill the holes."""
    size = counts[MOVING] + 1
    last = size - 1
    pivot = inverse[position, which]
    for u in range(size):
        if u != position:
            ratio = inverse[u, which] / pivot
            for a in range(size):
                if a != which:
                    inverse[u, a] -= ratio * inverse[position, a]
    for a in range(size):
        inverse[position, a] = inverse[last, a]
    basis[FREED, position - 1] = basis[FREED, last - 1]
    for u in range(last):
        inverse[u, which] = inverse[u, last]
    basis[ACTIVE, which], basis[SIDE, which] = basis[ACTIVE, last], basis[SIDE, last]
    counts[MOVING] = last - 1
    return float(pivot)
