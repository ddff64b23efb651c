"""From vertex to vertex of a mean-CVaR problem: to the optimum, and along the frontier from it.

Minimise the CVaR plus what pieces cost, by a primal simplex on its kinks (Rockafellar and Uryasev
2000, "Optimization of conditional value-at-risk"; `tail_edge_kernel` for the step).

1. `descend` goes downhill until nothing leads there.
2. `trace` lets return count for more and more, so that the vertex moves along the frontier, and
   reads the portfolio of each target off the edge it lies on.
"""

import numpy as np

from forefolio.core.numerics import (
    INDEX_PANEL,
    INDICES,
    OUT_FLAGS,
    OUT_INDEX_PANEL,
    OUT_INDICES,
    OUT_PANEL,
    OUT_VECTOR,
    PANEL,
    VECTOR,
    Flag,
    Integer,
    Scalar,
    kernel,
)
from forefolio.core.units import Array, Flags
from forefolio.optimize.exact.tail_edge_kernel import (
    aim,
    bend,
    next_bend,
    price,
    steepest,
)
from forefolio.optimize.exact.tail_kinks_kernel import reach, row_kinks, scenario_kinks, turning
from forefolio.optimize.exact.tail_vertex_kernel import (
    ACTIVE,
    ACTIVE_LEAVES,
    AHEAD,
    AMOUNT,
    AT,
    BEFORE,
    BEYOND,
    COMING,
    FLAT,
    FREED,
    IDLE,
    MOVING,
    NOTHING,
    PIECE_LEAVES,
    PRICE,
    RATE,
    SINCE,
    STEPS,
    TILT,
    WAY,
    Indices,
    entry,
    exchange,
    rebuild,
)

OPTIMAL, UNFINISHED, UNBOUNDED, TIED, SINGULAR = range(5)
SHARE, STEEP, REWARD, MOST, FOR_REWARD = range(5)  # of `numbers`
RENEWED = 60  # steps since the inverse was built after which it is built anew
STUCK = 150  # steps of no length, after which ties are to be broken
DOWN = -1e-14  # the slope of an edge of the frontier, at the price at which it is one


@kernel((PANEL, PANEL, INDICES, OUT_PANEL, OUT_INDICES, OUT_INDEX_PANEL, OUT_INDICES, OUT_PANEL,
         OUT_PANEL, OUT_INDICES, OUT_FLAGS, OUT_VECTOR, OUT_PANEL, Integer, Integer, Scalar,
         Integer, Integer, Scalar))  # fmt: skip
def _move(
    returns: Array,
    rows: Array,
    asset: Indices,
    piece: Array,
    status: Indices,
    basis: Indices,
    counts: Indices,
    inverse: Array,
    gains: Array,
    where: Indices,
    resting: Flags,
    total: Array,
    system: Array,
    leaves: int,
    which: int,
    way: float,
    comes: int,
    stop: int,
    length: float,
) -> float:
    """Go so far along the edge, to the kink with index `comes`; the pivot is returned."""
    free = counts[MOVING]
    for f in range(free):
        piece[AMOUNT, basis[FREED, f]] += length * system[WAY, f + 1]
    if leaves == PIECE_LEAVES:
        piece[AMOUNT, which] += length * way
    for s in range(len(where)):
        gains[AHEAD, s] += length * gains[RATE, s]
        if where[s] != AT:
            now = BEYOND if gains[AHEAD, s] < 0.0 else BEFORE
            if now != where[s]:
                where[s] = now
                total += returns[s] if now == BEYOND else -returns[s]
    if leaves == ACTIVE_LEAVES:
        left = basis[ACTIVE, which]
        if left < 0:
            resting[-1 - left] = False
        else:
            where[left] = BEYOND if way < 0.0 else BEFORE
            if way < 0.0:
                total += returns[left]
    own, side = 0.0, 0
    if comes != NOTHING:
        if comes >= 0:
            if where[comes] == BEYOND:
                total -= returns[comes]
            where[comes] = AT
            gains[AHEAD, comes] = 0.0
        else:
            side = (-1 - comes) // len(rows)
            comes = -1 - (-1 - comes) % len(rows)
            resting[-1 - comes] = True
        for a in range(free + 1):
            system[COMING, a] = inverse[0, a] if comes >= 0 else 0.0
        for f in range(free):
            own = entry(comes, basis[FREED, f], returns, rows, asset)
            for a in range(free + 1):
                system[COMING, a] += inverse[f + 1, a] * own
        own = entry(comes, which, returns, rows, asset) if leaves == PIECE_LEAVES else 0.0
    for u in range(free + 1):
        system[WAY, u] *= way
    counts[STEPS] += 1
    counts[SINCE] += 1
    return exchange(
        inverse, piece, status, basis, counts, system, leaves, which, comes, side, stop, own
    )


@kernel((PANEL, PANEL, PANEL, INDICES, PANEL, INDEX_PANEL, OUT_INDICES, PANEL, OUT_PANEL,
         OUT_FLAGS, OUT_PANEL, INDICES, OUT_FLAGS, OUT_VECTOR, OUT_PANEL, OUT_PANEL, OUT_INDICES,
         VECTOR, Integer, Integer, Scalar, Scalar))  # fmt: skip
def _edge(
    returns: Array,
    rows: Array,
    limits: Array,
    asset: Indices,
    piece: Array,
    basis: Indices,
    counts: Indices,
    inverse: Array,
    columns: Array,
    copied: Flags,
    gains: Array,
    where: Indices,
    resting: Flags,
    activity: Array,
    system: Array,
    kinks: Array,
    index: Indices,
    numbers: Array,
    leaves: int,
    which: int,
    way: float,
    slope: float,
) -> tuple[float, int, int]:
    """How far the edge is followed, the index of the kink at its end, and what stops it there."""
    aim(returns, rows, asset, basis, counts, inverse, columns, copied, gains, system, leaves,
        which, way)  # fmt: skip
    farthest, stop = reach(piece, basis, counts, system, leaves, which)
    count = scenario_kinks(gains, where, kinks, index, farthest, numbers[SHARE])
    count = row_kinks(rows, limits, basis, counts, resting, activity, system, kinks, index, count,
                      leaves, which, way, farthest, numbers[STEEP])  # fmt: skip
    at = turning(kinks, index, count, slope)
    if at < 0 and not np.isfinite(farthest) and count > 0:  # rounding: the last kink turns it
        at = 0
        for k in range(count):
            if kinks[0, k] > kinks[0, at]:
                at = k
    length = kinks[0, at] if at >= 0 else farthest
    counts[IDLE] = 0 if length > 1e-12 else counts[IDLE] + 1
    return length, (index[at] if at >= 0 else NOTHING), stop


@kernel((PANEL, PANEL, PANEL, INDICES, OUT_PANEL, OUT_INDICES, OUT_INDEX_PANEL, OUT_INDICES,
         OUT_PANEL, OUT_PANEL, OUT_FLAGS, OUT_PANEL, OUT_INDICES, OUT_FLAGS, OUT_VECTOR,
         OUT_VECTOR, OUT_PANEL, OUT_PANEL, OUT_INDICES, VECTOR, Flag))  # fmt: skip
def descend(
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
    activity: Array,
    total: Array,
    system: Array,
    kinks: Array,
    index: Indices,
    numbers: Array,
    fresh: bool,
) -> int:
    """Move the vertex downhill until nothing leads there; a code, OPTIMAL where it is so.

    With `fresh` the vertex is built anew before the first step, and once more before it is called
    optimal.
    """
    if fresh:
        counts[SINCE] = RENEWED
    while counts[STEPS] < numbers[MOST]:
        if counts[SINCE] >= RENEWED:
            if not rebuild(returns, rows, limits, asset, piece, status, basis, counts, inverse,
                           columns, copied, gains, where, resting, total):  # fmt: skip
                return SINGULAR
            counts[SINCE] = 0
        price(returns, rows, limits, asset, piece, basis, counts, inverse, where, resting, activity,
              total, system, numbers[SHARE], numbers[STEEP], numbers[REWARD])  # fmt: skip
        leaves, which, way, slope = steepest(
            limits, piece, status, basis, counts, inverse, system, numbers[SHARE], numbers[STEEP]
        )
        if leaves == 0:
            if not fresh or counts[SINCE] == 0:
                return OPTIMAL
            counts[SINCE] = RENEWED
            continue
        length, comes, stop = _edge(
            returns, rows, limits, asset, piece, basis, counts, inverse, columns, copied, gains,
            where, resting, activity, system, kinks, index, numbers, leaves, which, way, slope,
        )  # fmt: skip
        if not np.isfinite(length):
            return UNBOUNDED
        pivot = _move(returns, rows, asset, piece, status, basis, counts, inverse, gains, where,
                      resting, total, system, leaves, which, way, comes, stop,
                      length)  # fmt: skip
        if abs(pivot) < FLAT:
            counts[SINCE] = RENEWED
        if counts[IDLE] > STUCK:
            return TIED
    return UNFINISHED


@kernel((INDEX_PANEL, INDICES, INDICES, PANEL, Scalar, OUT_VECTOR, OUT_VECTOR))
def read_prices(
    basis: Indices,
    counts: Indices,
    where: Indices,
    system: Array,
    share: float,
    scenarios: Array,
    rows: Array,
) -> None:
    """Write the prices of scenarios (S,) and rows (M,) at the vertex."""
    rows[:] = 0.0
    for s in range(len(scenarios)):
        scenarios[s] = share if where[s] == BEYOND else 0.0
    for a in range(counts[MOVING] + 1):
        active = basis[ACTIVE, a]
        if active >= 0:
            scenarios[active] = system[PRICE, a]
        else:
            rows[-1 - active] = system[PRICE, a]


@kernel((PANEL, VECTOR))
def _earned(piece: Array, amounts: Array) -> float:
    earned = 0.0
    for i in range(len(amounts)):
        earned -= piece[TILT, i] * amounts[i]
    return earned


@kernel((PANEL, PANEL, PANEL, INDICES, OUT_PANEL, OUT_INDICES, OUT_INDEX_PANEL, OUT_INDICES,
         OUT_PANEL, OUT_PANEL, OUT_FLAGS, OUT_PANEL, OUT_INDICES, OUT_FLAGS, OUT_VECTOR,
         OUT_VECTOR, OUT_PANEL, OUT_PANEL, OUT_INDICES, OUT_VECTOR, Scalar, OUT_VECTOR,
         OUT_VECTOR))  # fmt: skip
def trace(
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
    activity: Array,
    total: Array,
    system: Array,
    kinks: Array,
    index: Indices,
    numbers: Array,
    target: float,
    before: Array,
    amounts: Array,
) -> int:
    """Let return count for more until `target` is earned, from an optimal vertex on; a code.

    Writes the amounts (n,) of the pieces: between the vertex, and the one `before` (n,) on the
    frontier, both of which are optimal at the reward of return that is left in `numbers`. So the
    next, greater target goes on from there. Where the frontier ends first, it is its end.
    """
    while True:
        code = descend(
            returns, rows, limits, asset, piece, status, basis, counts, inverse, columns, copied,
            gains, where, resting, activity, total, system, kinks, index, numbers, False,
        )  # fmt: skip
        if code != OPTIMAL:
            return code
        earned, earlier = _earned(piece, piece[AMOUNT]), _earned(piece, before)
        bend(returns, rows, asset, piece, basis, counts, inverse, system)
        leaves, which, way, ahead = next_bend(
            limits, piece, status, basis, counts, system, numbers[SHARE], numbers[STEEP]
        )
        if earned >= target or leaves == 0:
            part = 1.0
            if earlier < target < earned:
                part = (target - earlier) / (earned - earlier)
            for i in range(len(amounts)):
                amounts[i] = before[i] + part * (piece[AMOUNT, i] - before[i])
            return OPTIMAL
        before[:] = piece[AMOUNT]
        numbers[REWARD] += ahead
        numbers[STEEP] = max(numbers[STEEP], numbers[FOR_REWARD] * numbers[REWARD])
        length, comes, stop = _edge(
            returns, rows, limits, asset, piece, basis, counts, inverse, columns, copied, gains,
            where, resting, activity, system, kinks, index, numbers, leaves, which, way, DOWN,
        )  # fmt: skip
        if not np.isfinite(length):
            return UNBOUNDED
        pivot = _move(returns, rows, asset, piece, status, basis, counts, inverse, gains, where,
                      resting, total, system, leaves, which, way, comes, stop,
                      length)  # fmt: skip
        if abs(pivot) < FLAT:
            counts[SINCE] = RENEWED
        if counts[IDLE] > STUCK:
            return TIED
