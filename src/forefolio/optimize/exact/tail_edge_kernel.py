"""Which edge leaves a vertex of a mean-CVaR problem downhill, and where it leads.

1. `price` is what each active thing and each resting piece would gain by moving.
2. `steepest` chooses what to leave; `next_bend` what would, if return counted for more.
3. `aim` is the direction; where it ends is told by `tail_kinks_kernel`.

A row beyond its limit costs `steep` a unit, so that any vertex is a start.
"""

import numpy as np

from forefolio.core.numerics import (
    FLAGS,
    INDEX_PANEL,
    INDICES,
    OUT_FLAGS,
    OUT_INDICES,
    OUT_PANEL,
    OUT_VECTOR,
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
    AMOUNT,
    AT_LOW,
    BEND,
    BEYOND,
    COLUMN,
    COST,
    FREE,
    FREED,
    HIGH,
    IDLE,
    LOW,
    LUCK,
    MOVING,
    PIECE_LEAVES,
    PRICE,
    RATE,
    ROUNDING,
    SIDE,
    SLOPE,
    TILT,
    TURN,
    WAY,
    Indices,
    entry,
    keep_column,
)

PATIENT = 20  # steps of no length, after which what leaves is left to chance


@kernel((PANEL, PANEL, PANEL, INDICES, OUT_PANEL, INDEX_PANEL, INDICES, PANEL, INDICES, FLAGS,
         OUT_VECTOR, VECTOR, OUT_PANEL, Scalar, Scalar, Scalar))  # fmt: skip
def price(
    returns: Array,
    rows: Array,
    limits: Array,
    asset: Indices,
    piece: Array,
    basis: Indices,
    counts: Indices,
    inverse: Array,
    where: Indices,
    resting: Flags,
    activity: Array,
    total: Array,
    system: Array,
    share: float,
    steep: float,
    reward: float,
) -> None:
    """Write the prices of what is active and the slopes of all pieces, where return is `reward`ed.

    Each scenario beyond the quantile counts `share`; `activity` (M,) are the rows' amounts.
    """
    size, count = counts[MOVING] + 1, len(asset)
    beyond = 0
    for s in range(len(where)):
        beyond += where[s] == BEYOND
    for i in range(count):
        piece[SLOPE, i] = piece[COST, i] + reward * piece[TILT, i] - share * total[asset[i]]
    for m in range(len(rows)):
        activity[m] = 0.0
        for i in range(count):
            activity[m] += rows[m, i] * piece[AMOUNT, i]
        if not resting[m]:
            push = 0.0
            if activity[m] < limits[0, m] - ROUNDING:
                push = -steep
            elif activity[m] > limits[1, m] + ROUNDING:
                push = steep
            if push != 0.0:
                for i in range(count):
                    piece[SLOPE, i] += push * rows[m, i]
    for a in range(size):
        own = inverse[0, a] * (1.0 - share * beyond)
        for f in range(size - 1):
            own += inverse[f + 1, a] * piece[SLOPE, basis[FREED, f]]
        system[PRICE, a] = own
    _charge(returns, rows, asset, basis, size, system[PRICE], piece[SLOPE])


@kernel((PANEL, PANEL, INDICES, OUT_PANEL, INDEX_PANEL, INDICES, PANEL, OUT_PANEL))
def bend(
    returns: Array,
    rows: Array,
    asset: Indices,
    piece: Array,
    basis: Indices,
    counts: Indices,
    inverse: Array,
    system: Array,
) -> None:
    """Write how prices and slopes change as return counts for more."""
    size = counts[MOVING] + 1
    for i in range(len(asset)):
        piece[BEND, i] = piece[TILT, i]
    for a in range(size):
        own = 0.0
        for f in range(size - 1):
            own += inverse[f + 1, a] * piece[TILT, basis[FREED, f]]
        system[TURN, a] = own
    _charge(returns, rows, asset, basis, size, system[TURN], piece[BEND])


@kernel((PANEL, PANEL, INDICES, INDEX_PANEL, Integer, VECTOR, OUT_VECTOR))
def _charge(
    returns: Array,
    rows: Array,
    asset: Indices,
    basis: Indices,
    size: int,
    prices: Array,
    slopes: Array,
) -> None:
    """Take from the slopes (n,) what the active things cost."""
    by_asset = np.zeros(returns.shape[1])
    for a in range(size):
        if basis[ACTIVE, a] >= 0:
            by_asset += prices[a] * returns[basis[ACTIVE, a]]
    for i in range(len(asset)):
        slopes[i] -= by_asset[asset[i]]
    for a in range(size):
        if basis[ACTIVE, a] < 0:
            for i in range(len(asset)):
                slopes[i] -= prices[a] * rows[-1 - basis[ACTIVE, a], i]


@kernel((Integer, Integer, PANEL, Scalar, Scalar))
def _fair(active: int, side: int, limits: Array, share: float, steep: float) -> tuple[float, float]:
    """Between what the price of an active thing lies if it should stay."""
    if active >= 0:
        return 0.0, share
    row = -1 - active
    if limits[0, row] == limits[1, row]:
        return -steep, steep
    return (-steep, 0.0) if side == 1 else (0.0, steep)


@kernel((PANEL, PANEL, INDICES, INDEX_PANEL, OUT_INDICES, PANEL, PANEL, Scalar, Scalar))
def steepest(
    limits: Array,
    piece: Array,
    status: Indices,
    basis: Indices,
    counts: Indices,
    inverse: Array,
    system: Array,
    share: float,
    steep: float,
) -> tuple[int, int, float, float]:
    """What leaves, which one, in which direction, and the slope; 0 where nothing goes downhill."""
    size = counts[MOVING] + 1
    best, leaves, which, way, slope = 0.0, 0, -1, 1.0, 0.0
    for a in range(size):
        own = system[PRICE, a]
        low, high = _fair(basis[ACTIVE, a], basis[SIDE, a], limits, share, steep)
        over = low - own if own < low else own - high
        if over > ROUNDING * (1.0 + abs(own)):
            norm = 0.0
            for u in range(size):
                norm += inverse[u, a] ** 2
            score = over / np.sqrt(norm) * _by_chance(counts)
            if score > best:
                best, leaves, which, slope = score, ACTIVE_LEAVES, a, -over
                way = 1.0 if own < low else -1.0
    for i in range(len(status)):
        if status[i] != FREE and piece[HIGH, i] > piece[LOW, i]:
            over = -piece[SLOPE, i] if status[i] == AT_LOW else piece[SLOPE, i]
            if over > ROUNDING:
                score = over * _by_chance(counts)
                if score > best:
                    best, leaves, which, slope = score, PIECE_LEAVES, i, -over
                    way = 1.0 if status[i] == AT_LOW else -1.0
    return leaves, which, way, slope


@kernel((OUT_INDICES,))
def _by_chance(counts: Indices) -> float:
    """One; after many steps of no length a number that breaks their circle."""
    if counts[IDLE] <= PATIENT:
        return 1.0
    counts[LUCK] = (counts[LUCK] * 1103515245 + 12345) % 2147483648
    return 1e-3 + float(counts[LUCK]) / 2147483648.0


@kernel((PANEL, PANEL, INDICES, INDEX_PANEL, INDICES, PANEL, Scalar, Scalar))
def next_bend(
    limits: Array,
    piece: Array,
    status: Indices,
    basis: Indices,
    counts: Indices,
    system: Array,
    share: float,
    steep: float,
) -> tuple[int, int, float, float]:
    """What leaves first as return counts for more, which, where to, and how much more; 0 if none.

    A row whose price reaches `steep` does not leave: no reward makes up for breaking a limit.
    """
    ahead, leaves, which, way = np.inf, 0, -1, 1.0
    for a in range(counts[MOVING] + 1):
        turn = system[TURN, a]
        if abs(turn) > ROUNDING:
            low, high = _fair(basis[ACTIVE, a], basis[SIDE, a], limits, share, steep)
            end = high if turn > 0 else low
            more = max((end - system[PRICE, a]) / turn, 0.0)
            if more < ahead and abs(end) < steep:
                ahead, leaves, which, way = more, ACTIVE_LEAVES, a, -1.0 if turn > 0 else 1.0
    for i in range(len(status)):
        if status[i] != FREE and piece[HIGH, i] > piece[LOW, i]:
            sign = 1.0 if status[i] == AT_LOW else -1.0
            if sign * piece[BEND, i] < -ROUNDING:
                more = max(-piece[SLOPE, i] / piece[BEND, i], 0.0)
                if more < ahead:
                    ahead, leaves, which, way = more, PIECE_LEAVES, i, sign
    return leaves, which, way, ahead


@kernel((PANEL, PANEL, INDICES, INDEX_PANEL, INDICES, PANEL, OUT_PANEL, OUT_FLAGS, OUT_PANEL,
         OUT_PANEL, Integer, Integer, Scalar))  # fmt: skip
def aim(
    returns: Array,
    rows: Array,
    asset: Indices,
    basis: Indices,
    counts: Indices,
    inverse: Array,
    columns: Array,
    copied: Flags,
    gains: Array,
    system: Array,
    leaves: int,
    which: int,
    way: float,
) -> None:
    """Write the direction, of the quantile first, and how fast each scenario gains along it."""
    free = counts[MOVING]
    if leaves == ACTIVE_LEAVES:
        for u in range(free + 1):
            system[WAY, u] = way * inverse[u, which]
    else:
        for a in range(free + 1):
            system[COLUMN, a] = entry(basis[ACTIVE, a], which, returns, rows, asset)
        for u in range(free + 1):
            change = 0.0
            for a in range(free + 1):
                change -= inverse[u, a] * system[COLUMN, a]
            system[WAY, u] = way * change
    for s in range(len(returns)):
        gains[RATE, s] = system[WAY, 0]
    for f in range(free + (leaves == PIECE_LEAVES)):
        own = asset[basis[FREED, f] if f < free else which]
        change = system[WAY, f + 1] if f < free else way
        keep_column(own, returns, columns, copied)
        for s in range(len(returns)):
            gains[RATE, s] += change * columns[own, s]
