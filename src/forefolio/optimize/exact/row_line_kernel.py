"""Along the critical line of a polyhedron: budget, bounds, rows and kinks, from corner to corner.

Minimise x'Cx / 2 - tolerance x gain'x, the tolerance falling. `items` are the n variables and the
activities of the m rows (`vertex_kernel`): an item moves between its bounds, or rests at one and
has a price. A resting row is in the optimality system (`row_system_kernel`) like a moving variable,
so that it costs no more than one.

1. Between events everything is linear in the tolerance; the next event is a moving item at its
   bound, or a resting one whose price is zero (`row_events_kernel`).
2. `join` and `drop` change the system for it; `_follow` records the corner.

A rate that is not zero implies a pivot that is not zero, so that dependent rows and singular
covariances need no code of their own.
"""

import numpy as np

from forefolio.core.numerics import (
    ANY_ORDER,
    FLAGS,
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
from forefolio.optimize.exact.row_events_kernel import SLOPE, START, lines, next_event
from forefolio.optimize.exact.row_system_kernel import drop, join, needed, solve, write
from forefolio.optimize.exact.vertex_kernel import (
    FEASIBLE,
    FOUND,
    FULL,
    STALLED,
    Indices,
    vertex,
)

DRIFT = 1e-9  # a refinement beyond this has the inverse built anew
DEEPEST = 1e-14  # of the largest variance: the tolerance at which the line ends


@kernel(
    (INDICES, Integer, VECTOR, VECTOR, VECTOR, INDICES, INDICES, VECTOR, VECTOR, OUT_PANEL),
    ANY_ORDER,
)
def _wanted(
    items: Indices,
    size: int,
    gain: Array,
    low: Array,
    high: Array,
    side: Indices,
    asset: Indices,
    resting_risk: Array,
    resting_rows: Array,
    wanted: Array,
) -> None:
    """Write the right-hand sides (2, n + m) of the optimality system."""
    count = len(asset)
    for p in range(size):
        item = items[p]
        wanted[SLOPE, p] = gain[item]
        if item < count:
            wanted[START, p] = -resting_risk[asset[item]]
        else:
            limit = high[item] if side[item] else low[item]
            wanted[START, p] = limit - resting_rows[item - count]


@kernel((INDICES, VECTOR, PANEL, PANEL, Scalar, OUT_VECTOR), ANY_ORDER)
def _record(
    asset: Indices, x: Array, price: Array, carried: Array, tolerance: float, corner: Array
) -> float:
    """Write the corner: weights (N,), tolerance, variance, prices of rows (m,); its variance."""
    count, n = carried.shape[1], len(x)
    variance = 0.0
    corner[:count] = 0.0
    for j in range(n):
        corner[asset[j]] += x[j]
    for k in range(count):
        variance += corner[k] * (carried[START, k] + tolerance * carried[SLOPE, k])
    corner[count], corner[count + 1] = tolerance, variance
    corner[count + 2 :] = price[START, n:] + tolerance * price[SLOPE, n:]
    return variance


@kernel((PANEL, INDICES, FLAGS, VECTOR, VECTOR, VECTOR, PANEL, FLAGS, OUT_VECTOR, OUT_INDICES,
         OUT_FLAGS, OUT_INDICES, Integer, OUT_PANEL, OUT_PANEL, OUT_PANEL, Scalar,
         Scalar), ANY_ORDER)  # fmt: skip
def _follow(
    risk: Array,
    asset: Indices,
    joined: Flags,
    gain: Array,
    low: Array,
    high: Array,
    rows: Array,
    pinned: Flags,
    x: Array,
    side: Indices,
    moving: Flags,
    items: Indices,
    size: int,
    system: Array,
    inverse: Array,
    corners: Array,
    end: float,
    calm: float,
) -> tuple[int, int]:
    """Follow the line to tolerance `end` or variance `calm`: corners or a status, and the size.

    The first two corners have the same weights, so that prices are known at any tolerance above.
    `items[:size]` are in the system, `pinned` ones never move; the state moves along.
    """
    (m, n), count = rows.shape, len(risk)
    total = n + m
    wanted, solution = np.zeros((2, total)), np.zeros((2, total))
    value, price, carried = np.zeros((2, total)), np.zeros((2, total)), np.zeros((2, count))
    noise, due, skipped = np.zeros(total), np.zeros(total), np.zeros(total, np.bool_)
    resting_risk, resting_rows, largest = np.zeros(count), np.zeros(m), 0.0
    for k in range(count):
        largest = max(largest, risk[k, k])
    for j in range(n):
        if not moving[j] and x[j] != 0.0:
            resting_risk += x[j] * risk[asset[j]]
            resting_rows += x[j] * rows[:, j]
    least, tolerance, corner, still, rebuilt = max(end, DEEPEST * largest), np.inf, 0, 0, False
    while still <= 10 * total + 100:
        _wanted(items, size, gain, low, high, side, asset, resting_risk, resting_rows, wanted)
        if size:
            drift = solve(system, inverse, size, wanted, solution)
            if drift > DRIFT and not rebuilt:
                inverse[:size, :size], rebuilt = np.linalg.inv(system[:size, :size]), True
                continue
        smallest = 1e-13 / min(tolerance, 1e26 * least)
        lines(risk, asset, rows, gain, x, items, size, inverse, wanted, solution, resting_risk,
               resting_rows, moving, smallest, value, price, carried, noise)  # fmt: skip
        event = next_event(low, high, joined, side, moving, pinned, skipped, value, price, noise,
                      tolerance, least, due)  # fmt: skip
        joins, place = event >= 0 and moving[event] == (event >= n), -1
        if joins:
            joined_well = join(risk, asset, rows, system, inverse, items, size, event, gain)
            skipped[event] = not joined_well
        elif event >= 0:
            place = np.flatnonzero(items[:size] == event)[0]
            skipped[event] = needed(system, inverse, items, n, size, place)
        if event >= 0 and skipped[event]:  # its pivot is rounding
            continue
        reached = due[event] if event >= 0 else end
        x[:] = value[START, :n] + reached * value[SLOPE, :n]
        if event < 0 or reached < tolerance * (1.0 - 1e-14):
            if corner + 2 > len(corners):
                return FULL, size
            if corner == 0:  # nothing moves above it, but prices: where they come from
                before = 2.0 * reached if reached > least else reached + max(largest, 1.0)
                _record(asset, x, price, carried, before, corners[corner])
                corner += 1
            variance = _record(asset, x, price, carried, reached, corners[corner])
            tolerance, still, corner = reached, 0, corner + 1
            if event < 0 or variance <= calm:
                return corner, size
        if not joins:
            drop(system, inverse, items, size, place)
        size += 1 if joins else -1
        if moving[event]:
            side[event] = 0 if value[SLOPE, event] > 0.0 else 1
        if event < n:
            x[event] = high[event] if side[event] else low[event]
            rests = x[event] if moving[event] else -x[event]
            if rests != 0.0:
                resting_risk += rests * risk[asset[event]]
                resting_rows += rests * rows[:, event]
        moving[event], skipped[:], rebuilt, still = not moving[event], False, False, still + 1
    return STALLED, size


@kernel((PANEL, INDICES, FLAGS, VECTOR, VECTOR, VECTOR, PANEL, OUT_INDICES, OUT_PANEL, Scalar,
         Scalar), ANY_ORDER)  # fmt: skip
def trace_rows(
    risk: Array,
    asset: Indices,
    joined: Flags,
    gain: Array,
    low: Array,
    high: Array,
    rows: Array,
    side: Indices,
    corners: Array,
    end: float,
    calm: float,
) -> int:
    """From the greatest gain down the line: how many corners there are, or a status.

    Where several corners gain as much, an artificial gain is followed first, in which only what is
    free to move among them may, down to the least variance of them.
    """
    m, n = rows.shape
    total = n + m
    moving, pinned = np.zeros(total, np.bool_), np.zeros(total, np.bool_)
    x, price, items = np.zeros(n), np.zeros(total), np.zeros(total + 1, np.int64)
    status = vertex(gain, low, high, rows, joined, side, moving, x, price)
    if status != FOUND:
        return status
    system, inverse = np.empty((total + 1, total + 1)), np.empty((total + 1, total + 1))
    size, tied, artificial, gains = 0, False, np.zeros(total), np.zeros(total)
    gains[:n] = gain[:n]
    for j in range(total):
        if moving[j] == (j < n):
            items[size] = j
            write(risk, asset, rows, system, items, size)
            size += 1
        if not moving[j] and low[j] < high[j]:
            pinned[j] = abs(price[j]) > FEASIBLE
            if not pinned[j]:
                tied, which = True, asset[j] if j < n else j  # pieces of one asset gain the same
                rank = (0.5 + 0.6180339887498949 * (which + 1) % 1.0) * (2 * side[j] - 1)
                if j < n:
                    artificial[j] += rank
                else:
                    artificial[:n] += rank * rows[j - n]
    if size:
        inverse[:size, :size] = np.linalg.inv(system[:size, :size])
    if tied:
        done, size = _follow(risk, asset, joined, artificial, low, high, rows, pinned, x, side,
                             moving, items, size, system, inverse, corners, 0.0, -1.0)  # fmt: skip
        if done < 0:
            return done
    pinned[:] = False
    done, size = _follow(risk, asset, joined, gains, low, high, rows, pinned, x, side, moving,
                         items, size, system, inverse, corners, end, calm)  # fmt: skip
    return done
