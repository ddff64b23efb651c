"""A corner of a polyhedron where most is gained, or the proof that there is none.

The simplex method for n variables and m rows: `items` 0 .. n-1 are the variables, n .. n+m-1 the
activities of the rows, and each has bounds. m of them are in the basis and move; the others rest at
their lower (`side` 0) or upper bound (`side` 1). The basis begins as the activities themselves, so
that it is only as large as there are rows. What is outside its bounds comes in first (phase 1).

An asset with kinks is cut into pieces that fill in order; a piece that is `joined` continues the
one before it. Only the pieces beside the level that an asset has reached may move.

Ties go to the least index while there is no progress (Bland 1977, "New finite pivoting rules for
the simplex method").
"""

import numpy as np
from numpy.typing import NDArray

from forefolio.core.numerics import (
    ANY_ORDER,
    FLAGS,
    INDICES,
    OUT_FLAGS,
    OUT_INDICES,
    OUT_VECTOR,
    PANEL,
    VECTOR,
    Flag,
    Integer,
    Scalar,
    kernel,
)
from forefolio.core.units import Array, Flags

FOUND, FULL, STALLED, INFEASIBLE, UNBOUNDED = 0, -1, -2, -3, -4  # what kernels return
FLAT = 1e-11  # pivots below this are rounding
FEASIBLE = 1e-10  # a basic item may miss its bound by this; rows have a largest coefficient of 1

Indices = NDArray[np.int64]


@kernel((Integer, FLAGS, INDICES, FLAGS), ANY_ORDER)
def blocked(item: int, joined: Flags, side: Indices, moving: Flags) -> bool:
    """Whether the level of the asset is not beside this resting piece, so that it cannot move."""
    count = len(joined)
    if item >= count:
        return False
    if side[item] == 0:
        return bool(joined[item] and (moving[item - 1] or side[item - 1] == 0))
    after = item + 1
    return bool(after < count and joined[after] and (moving[after] or side[after] == 1))


@kernel((VECTOR, VECTOR, INDICES, VECTOR, OUT_VECTOR), ANY_ORDER)
def _outside(low: Array, high: Array, basis: Indices, value: Array, cost: Array) -> bool:
    """Write what it costs that a basic item is beyond a bound; whether any is."""
    any_outside = False
    for i in range(len(basis)):
        item = basis[i]
        cost[i] = 0.0
        if value[i] < low[item] - FEASIBLE:
            cost[i] = -1.0
        elif value[i] > high[item] + FEASIBLE:
            cost[i] = 1.0
        any_outside = any_outside or cost[i] != 0.0
    return any_outside


@kernel((VECTOR, PANEL, PANEL, INDICES, VECTOR, Flag, OUT_VECTOR), ANY_ORDER)
def _priced(
    gain: Array,
    rows: Array,
    inverse: Array,
    basis: Indices,
    cost: Array,
    feasible: bool,
    price: Array,
) -> None:
    """Write what a unit more of each item costs."""
    count = rows.shape[1]
    price[:] = 0.0
    for i in range(len(basis)):
        dear = cost[i]
        if feasible:
            dear = -gain[basis[i]] if basis[i] < count else 0.0
        if dear != 0.0:
            price[count:] += dear * inverse[i]
    if feasible:
        price[:count] -= gain
    for r in range(len(rows)):
        if price[count + r] != 0.0:
            price[:count] -= price[count + r] * rows[r]


@kernel((VECTOR, VECTOR, FLAGS, INDICES, FLAGS, VECTOR, Flag), ANY_ORDER)
def _entering(
    low: Array,
    high: Array,
    joined: Flags,
    side: Indices,
    moving: Flags,
    price: Array,
    first: bool,
) -> int:
    """The resting item that gains most by moving, or the `first` that gains at all; -1 is none."""
    best, enter = FEASIBLE, -1
    for j in range(len(price)):
        if moving[j] or low[j] >= high[j]:
            continue
        promise = price[j] if side[j] else -price[j]
        if promise > best and not blocked(j, joined, side, moving):
            best, enter = promise, j
            if first:
                break
    return enter


@kernel((VECTOR, VECTOR, INDICES, VECTOR, VECTOR, VECTOR, Scalar), ANY_ORDER)
def _leaving(
    low: Array,
    high: Array,
    basis: Indices,
    value: Array,
    cost: Array,
    step: Array,
    length: float,
) -> tuple[float, int, int]:
    """How far the step goes, the position that stops it (-1: none does), and at which bound."""
    leave, bound = -1, 0
    for i in range(len(basis)):
        if abs(step[i]) <= FLAT or step[i] * cost[i] > 0.0:  # what is outside may go on
            continue
        upper = (step[i] > 0.0) == (cost[i] == 0.0)  # what comes in stops where it arrives
        edge = high[basis[i]] if upper else low[basis[i]]
        ratio = max((edge - value[i]) / step[i], 0.0)
        firmer = leave >= 0 and abs(step[i]) > abs(step[leave])
        if ratio < length - 1e-13 or (ratio <= length + 1e-13 and firmer):
            length, leave, bound = min(ratio, length), i, 1 if upper else 0
    return length, leave, bound


@kernel(
    (VECTOR, VECTOR, VECTOR, PANEL, FLAGS, OUT_INDICES, OUT_FLAGS, OUT_VECTOR, OUT_VECTOR),
    ANY_ORDER,
)
def vertex(
    gain: Array,
    low: Array,
    high: Array,
    rows: Array,
    joined: Flags,
    side: Indices,
    moving: Flags,
    x: Array,
    price: Array,
) -> int:
    """Write the corner `x` (n,), its basis `moving` (n + m,) and `price` (n + m,); a status."""
    m, n = rows.shape
    basis, inverse = np.arange(n, n + m), -np.eye(m)
    value, cost, step = np.zeros(m), np.zeros(m), np.zeros(m)
    for j in range(n):
        x[j] = high[j] if side[j] else low[j]
    moving[:n], moving[n:] = False, True
    for r in range(m):
        value[r] = (rows[r] * x).sum()
    still = 0
    for _ in range(200 * (n + m) + 1000):
        feasible = not _outside(low, high, basis, value, cost)
        _priced(gain, rows, inverse, basis, cost, feasible, price)
        enter = _entering(low, high, joined, side, moving, price, still > 50 + m)
        if enter < 0:
            for i in range(m):
                if basis[i] < n:
                    x[basis[i]] = value[i]
            return FOUND if feasible else INFEASIBLE
        sign = 1.0 - 2.0 * side[enter]
        for i in range(m):
            if enter < n:
                step[i] = -sign * (inverse[i] * rows[:, enter]).sum()
            else:
                step[i] = sign * inverse[i, enter - n]
        length, leave, bound = _leaving(
            low, high, basis, value, cost, step, high[enter] - low[enter]
        )
        if length == np.inf:
            return UNBOUNDED
        still = still + 1 if length * abs(price[enter]) <= 1e-14 else 0
        value += length * step
        if leave < 0:  # from one of its bounds to the other
            side[enter] = 1 - side[enter]
            if enter < n:
                x[enter] = high[enter] if side[enter] else low[enter]
            continue
        out = basis[leave]
        value[leave] = (high[enter] if side[enter] else low[enter]) + sign * length
        side[out], moving[out], moving[enter], basis[leave] = bound, False, True, enter
        if out < n:
            x[out] = high[out] if bound else low[out]
        inverse[leave] /= -sign * step[leave]
        for i in range(m):
            if i != leave and step[i] != 0.0:
                inverse[i] += sign * step[i] * inverse[leave]
    return STALLED
