"""Between the corners of the critical line of a polyhedron, and where the next corner is.

Items are the n variables and the activities of m rows (`row_line_kernel`). Rates are called
rounding beside the terms that they are sums of, never absolutely. Simultaneous events go to the
least index (Chang and Cottle 1980, "Least-index resolution of degeneracy in quadratic
programming").
"""

import numpy as np

from forefolio.core.numerics import (
    ANY_ORDER,
    FLAGS,
    INDICES,
    OUT_PANEL,
    OUT_VECTOR,
    PANEL,
    VECTOR,
    Integer,
    Scalar,
    kernel,
)
from forefolio.core.units import Array, Flags
from forefolio.optimize.exact.row_system_kernel import FLAT
from forefolio.optimize.exact.vertex_kernel import Indices, blocked

NOISE = 1e-13  # what rounding leaves of a rate, beside the terms that it is a sum of
TIE = 1e-12  # events at tolerances that differ by less, beside each other, are simultaneous

START, SLOPE = 0, 1  # rows of what is linear in the tolerance


@kernel((PANEL, INDICES, PANEL, Integer, OUT_PANEL), ANY_ORDER)
def add_rows(table: Array, which: Indices, factors: Array, count: int, total: Array) -> None:
    """Add rows `which[:count]` of a table (R, C), times `factors` (2, count), to `total` (2, C).

    Four rows at a time, so that the totals are read and written a quarter as often.
    """
    starts, slopes, p = total[START], total[SLOPE], 0
    while p + 4 <= count:
        a, b = table[which[p]], table[which[p + 1]]
        c, d = table[which[p + 2]], table[which[p + 3]]
        start, slope = factors[START, p : p + 4], factors[SLOPE, p : p + 4]
        for j in range(len(starts)):
            starts[j] += start[0] * a[j] + start[1] * b[j] + start[2] * c[j] + start[3] * d[j]
            slopes[j] += slope[0] * a[j] + slope[1] * b[j] + slope[2] * c[j] + slope[3] * d[j]
        p += 4
    while p < count:
        row = table[which[p]]
        for j in range(len(starts)):
            starts[j] += factors[START, p] * row[j]
            slopes[j] += factors[SLOPE, p] * row[j]
        p += 1


@kernel((VECTOR, VECTOR, Integer), ANY_ORDER)
def sizes(row: Array, factors: Array, count: int) -> float:
    """The sum of the sizes of the first `count` products."""
    total = 0.0
    for r in range(count):
        total += abs(row[r] * factors[r])
    return total


@kernel((PANEL, INDICES, PANEL, VECTOR, VECTOR, INDICES, Integer, PANEL, PANEL, PANEL, VECTOR,
         VECTOR, FLAGS, Scalar, OUT_PANEL, OUT_PANEL, OUT_PANEL, OUT_VECTOR),
        ANY_ORDER)  # fmt: skip
def lines(
    risk: Array,
    asset: Indices,
    rows: Array,
    gain: Array,
    x: Array,
    items: Indices,
    size: int,
    inverse: Array,
    wanted: Array,
    solution: Array,
    resting_risk: Array,
    resting_rows: Array,
    moving: Flags,
    smallest: float,
    value: Array,
    price: Array,
    carried: Array,
    noise: Array,
) -> None:
    """Write values, prices and carried risk (2, ...) as START + tolerance x SLOPE.

    `resting_risk` (N,) and `resting_rows` (m,) are the risk and the activities of what rests;
    `noise` (n + m,) is what a rate must be above to be more than rounding, for variables at least
    `smallest`.
    """
    m, n = rows.shape
    value[START, :n], value[START, n:] = x, resting_rows
    value[SLOPE], price[:], noise[:] = 0.0, 0.0, FLAT
    carried[START], carried[SLOPE] = resting_risk, 0.0
    held, limits = np.empty(size, np.int64), np.empty(size, np.int64)
    amounts, paid, priced = np.empty((2, size)), np.empty((2, size)), np.zeros((2, n))
    assets = count = 0
    for p in range(size):
        item, start, slope = items[p], solution[START, p], solution[SLOPE, p]
        noise[item] = NOISE * sizes(inverse[p], wanted[SLOPE], size)
        if item < n:
            noise[item] = max(noise[item], smallest)
            value[START, item], value[SLOPE, item] = start, slope
            held[assets], amounts[START, assets], amounts[SLOPE, assets] = asset[item], start, slope
            assets += 1
        else:
            price[START, item], price[SLOPE, item] = -start, -slope
            limits[count], paid[START, count], paid[SLOPE, count] = item - n, start, slope
            count += 1
    add_rows(risk, held, amounts, assets, carried)
    add_rows(rows, limits, paid, count, priced)
    for j in range(n):
        price[START, j] = priced[START, j] + carried[START, asset[j]]
        price[SLOPE, j] = priced[SLOPE, j] - gain[j] + carried[SLOPE, asset[j]]
    for r in range(m):
        if moving[n + r]:
            noise[n + r] = 0.0
            for p in range(size):
                item = items[p]
                if item < n and rows[r, item] != 0.0:
                    value[START, n + r] += rows[r, item] * value[START, item]
                    value[SLOPE, n + r] += rows[r, item] * value[SLOPE, item]
                    noticeable = NOISE * abs(value[SLOPE, item]) + noise[item]
                    noise[n + r] += abs(rows[r, item]) * noticeable


@kernel((VECTOR, VECTOR, FLAGS, INDICES, FLAGS, FLAGS, FLAGS, PANEL, PANEL, VECTOR, Scalar, Scalar,
         OUT_VECTOR), ANY_ORDER)  # fmt: skip
def next_event(
    low: Array,
    high: Array,
    joined: Flags,
    side: Indices,
    moving: Flags,
    pinned: Flags,
    skipped: Flags,
    value: Array,
    price: Array,
    noise: Array,
    tolerance: float,
    least: float,
    due: Array,
) -> int:
    """The item whose event comes next as the tolerance falls, -1 if none; when, in `due`."""
    best = least
    for j in range(len(low)):
        due[j] = 0.0
        if pinned[j] or skipped[j]:
            continue
        if moving[j]:
            rate = value[SLOPE, j]
            distance = value[START, j] - (low[j] if rate > 0.0 else high[j])
            calls = abs(rate) > noise[j]
        else:
            rate, distance = price[SLOPE, j], price[START, j]
            worse = -rate if side[j] else rate
            calls = worse > noise[j] and low[j] < high[j] and not blocked(j, joined, side, moving)
        if calls:
            due[j] = min(-distance / rate, tolerance)
            best = max(best, due[j])
    for j in range(len(low)):
        if due[j] > least and due[j] >= best * (1.0 - TIE):
            return j
    return -1
