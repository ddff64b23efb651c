"""Between the corners of the critical line of a polyhedron, and where the next corner is.

Items are the n variables and the activities of m rows (`row_line_kernel`). Rates are called
rounding beside the terms that they are sums of, never absolutely. Simultaneous events go to the
least index (Chang and Cottle 1980, "Least-index resolution of degeneracy in quadratic
programming").
"""

from forefolio.core.numerics import (
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


@kernel((PANEL, INDICES, PANEL, VECTOR, VECTOR, INDICES, Integer, PANEL, PANEL, VECTOR, VECTOR,
         FLAGS, Scalar, OUT_PANEL, OUT_PANEL, OUT_PANEL, OUT_VECTOR))  # fmt: skip
def lines(
    risk: Array,
    asset: Indices,
    rows: Array,
    gain: Array,
    x: Array,
    items: Indices,
    size: int,
    inverse: Array,
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
    price[SLOPE, :n] -= gain[:n]
    carried[START], carried[SLOPE] = resting_risk, 0.0
    for p in range(size):
        item, start, slope = items[p], solution[START, p], solution[SLOPE, p]
        rounding = 0.0
        for r in range(size):
            rounding += abs(inverse[p, r] * gain[items[r]])
        if item < n:
            noise[item] = max(NOISE * rounding, smallest)
            value[START, item], value[SLOPE, item] = start, slope
            for j in range(len(risk)):
                carried[START, j] += start * risk[asset[item], j]
                carried[SLOPE, j] += slope * risk[asset[item], j]
        else:
            noise[item] = NOISE * rounding
            price[START, item], price[SLOPE, item] = -start, -slope
            for j in range(n):
                price[START, j] += start * rows[item - n, j]
                price[SLOPE, j] += slope * rows[item - n, j]
    for j in range(n):
        price[START, j] += carried[START, asset[j]]
        price[SLOPE, j] += carried[SLOPE, asset[j]]
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
         OUT_VECTOR))  # fmt: skip
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
