"""How far an edge of a mean-CVaR problem leads downhill.

The slope along it changes at kinks: a scenario crosses the quantile, a row meets a limit. `turning`
is the first at which it is no longer downhill, which may be many kinks ahead (Barrodale and Roberts
1973, "An improved algorithm for discrete l1 linear approximation"); a bound of a piece may stop it
before.
"""

import numpy as np

from forefolio.core.numerics import (
    FLAGS,
    INDEX_PANEL,
    INDICES,
    OUT_INDICES,
    OUT_PANEL,
    PANEL,
    VECTOR,
    Integer,
    Scalar,
    kernel,
)
from forefolio.core.units import Array, Flags
from forefolio.optimize.exact.tail_vertex_kernel import (
    ACTIVE,
    ACTIVE_LEAVES,
    AHEAD,
    AMOUNT,
    AT,
    BEYOND,
    FREED,
    HIGH,
    LOW,
    MOVING,
    PIECE_LEAVES,
    RATE,
    ROUNDING,
    SIDE,
    STILL,
    WAY,
    Indices,
)


@kernel((PANEL, INDEX_PANEL, INDICES, PANEL, Integer, Integer))
def reach(
    piece: Array, basis: Indices, counts: Indices, system: Array, leaves: int, which: int
) -> tuple[float, int]:
    """How far until a piece meets a bound, and the position of the free one that does; or -1."""
    farthest, stop = np.inf, -1
    if leaves == PIECE_LEAVES:
        farthest = piece[HIGH, which] - piece[LOW, which]
    for f in range(counts[MOVING]):
        met, change = basis[FREED, f], system[WAY, f + 1]
        if abs(change) > STILL:
            bound = piece[HIGH, met] if change > 0.0 else piece[LOW, met]
            far = (bound - piece[AMOUNT, met]) / change
            if far < farthest:
                farthest, stop = max(far, 0.0), f
    return farthest, stop


@kernel((PANEL, INDICES, OUT_PANEL, OUT_INDICES, Scalar, Scalar))
def scenario_kinks(
    gains: Array, where: Indices, kinks: Array, index: Indices, farthest: float, share: float
) -> int:
    """Write where scenarios cross the quantile and by how much that bends the slope; how many."""
    count = 0
    for s in range(len(where)):
        change, own = gains[RATE, s], gains[AHEAD, s]
        if where[s] == AT or abs(change) <= STILL:
            continue
        crosses = change > 0.0 if where[s] == BEYOND else change < 0.0
        if crosses and abs(own) <= farthest * abs(change):
            kinks[0, count] = max(-own / change, 0.0)
            kinks[1, count] = share * abs(change)
            index[count] = s
            count += 1
    return count


@kernel((PANEL, PANEL, INDEX_PANEL, INDICES, FLAGS, VECTOR, PANEL, OUT_PANEL, OUT_INDICES, Integer,
         Integer, Integer, Scalar, Scalar, Scalar))  # fmt: skip
def row_kinks(
    rows: Array,
    limits: Array,
    basis: Indices,
    counts: Indices,
    resting: Flags,
    activity: Array,
    system: Array,
    kinks: Array,
    index: Indices,
    count: int,
    leaves: int,
    which: int,
    way: float,
    farthest: float,
    steep: float,
) -> int:
    """Write where rows meet a limit, after `count` kinks; how many there are then.

    The lower limit of row m has the index -1 - m, the upper one -1 - m - M.
    """
    size = len(rows)
    for m in range(size):
        leaving = leaves == ACTIVE_LEAVES and basis[ACTIVE, which] == -1 - m
        equal = limits[0, m] == limits[1, m]
        if (resting[m] and not leaving) or (leaving and equal):
            continue
        change = 0.0
        for f in range(counts[MOVING]):
            change += rows[m, basis[FREED, f]] * system[WAY, f + 1]
        if leaves == PIECE_LEAVES:
            change += way * rows[m, which]
        if abs(change) < STILL:
            continue
        for side in range(1 if equal else 2):
            limit = limits[side, m]
            if not np.isfinite(limit) or (leaving and basis[SIDE, which] == side):
                continue
            far = (limit - activity[m]) / change
            touches = abs(limit - activity[m]) <= ROUNDING
            outward = equal or (change < 0.0) == (side == 0)
            if (far >= 0.0 or (touches and outward)) and far <= farthest:
                kinks[0, count] = max(far, 0.0)
                kinks[1, count] = steep * abs(change) * (2.0 if equal else 1.0)
                index[count] = -1 - m - size * side
                count += 1
    return count


@kernel((OUT_PANEL, OUT_INDICES, Integer, Integer))
def _swap(kinks: Array, index: Indices, one: int, other: int) -> None:
    for part in range(2):
        kept = kinks[part, one]
        kinks[part, one] = kinks[part, other]
        kinks[part, other] = kept
    moved = index[one]
    index[one] = index[other]
    index[other] = moved


@kernel((OUT_PANEL, OUT_INDICES, Integer, Scalar))
def turning(kinks: Array, index: Indices, count: int, slope: float) -> int:
    """The position of the first kink at which `slope` is no longer negative; -1 if there is none.

    A weighted median by parts: kinks nearer than a pivot, as near, and farther. Of those at one
    place it is the steepest, which is the safest pivot.
    """
    first, last, sofar = 0, count - 1, slope
    while first <= last:
        one, middle, other = kinks[0, first], kinks[0, (first + last) // 2], kinks[0, last]
        pivot = max(min(one, middle), min(max(one, middle), other))
        near, far, at = first, last, first
        nearer, same = 0.0, 0.0
        while at <= far:
            if kinks[0, at] < pivot:
                nearer += kinks[1, at]
                _swap(kinks, index, at, near)
                near += 1
                at += 1
            elif kinks[0, at] > pivot:
                _swap(kinks, index, at, far)
                far -= 1
            else:
                same += kinks[1, at]
                at += 1
        if sofar + nearer >= 0.0 and near > first:
            last = near - 1
        elif sofar + nearer + same >= 0.0:
            best = near
            for at in range(near, far + 1):
                if kinks[1, at] > kinks[1, best]:
                    best = at
            return best
        else:
            sofar += nearer + same
            first = far + 1
    return first if first < count else -1  # rounding of an exact tie may end between two
