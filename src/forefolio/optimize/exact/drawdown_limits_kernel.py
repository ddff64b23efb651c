"""Weights and their limits in an interior point of drawdowns, in machine code.

`limits` (2, 2 n + r) are what is left to the bounds of n amounts from below and from above, and of
r rows, and the prices of all of these; `rates` (2 n + r,) how a price rises with what is used up.
"""

from forefolio.core.numerics import OUT_PANEL, OUT_VECTOR, PANEL, VECTOR, Scalar, kernel
from forefolio.core.units import Array

FLOW, RISE, WORST, BEYOND = 4, 3, 2, 1  # rows of a point, as in `drawdown_kernel`


@kernel((PANEL,))
def off_sessions(point: Array) -> tuple[float, float, float]:
    """How far peaks of (5, T) are off their conditions, at worst; sums of worst and of beyond."""
    sessions, missed, worst, beyond = point.shape[1], 0.0, 0.0, 0.0
    for t in range(sessions):
        off = point[WORST, t] - point[FLOW, t] - point[RISE, t]
        if t + 1 < sessions:
            off += point[FLOW, t + 1]
        worst, beyond = worst + point[WORST, t], beyond + point[BEYOND, t]
        missed = max(missed, abs(off))
    return missed, worst, beyond


@kernel((PANEL, PANEL, VECTOR, OUT_PANEL))
def limited(bent: Array, over: Array, rates: Array, matrix: Array) -> float:
    """Write the even part of `bent` (n, n) with what limits add; return the steepest of it."""
    n, steepest = len(bent), 0.0
    for i in range(n):
        for j in range(i + 1):
            matrix[i, j] = matrix[j, i] = 0.5 * (bent[i, j] + bent[j, i])
        steepest = max(steepest, matrix[i, i])
        matrix[i, i] += rates[i] + rates[n + i]
    for r in range(len(over)):
        for i in range(n):
            own = rates[2 * n + r] * over[r, i]
            if own != 0.0:
                for j in range(n):
                    matrix[i, j] += own * over[r, j]
    return steepest


@kernel((PANEL, PANEL, Scalar, VECTOR, VECTOR, VECTOR, PANEL, OUT_VECTOR, OUT_VECTOR))
def pressed(
    limits: Array,
    last: Array,
    centre: float,
    rates: Array,
    off_rows: Array,
    pulled: Array,
    over: Array,
    to: Array,
    free: Array,
) -> None:
    """What prices of limits are to become, less themselves, and how that presses on weights.

    Args:
        limits: (2, 2 n + r).
        last: (2, 2 n + r) of the step whose curvature is corrected; zero where there is none.
        centre: what each product of what is left and its price is to be.
        rates: (2 n + r,).
        off_rows: (r,) how far rows are from what weights leave of them.
        pulled: (n,) what else pulls at the weights.
        over: (r, n) the rows.
        to: (2 n + r,) written.
        free: (n,) written: the right side of the equations of the weights.
    """
    n = len(free)
    for k in range(len(to)):
        to[k] = (centre - last[0, k] * last[1, k]) / limits[0, k] - limits[1, k]
    for i in range(n):
        free[i] = to[i] - to[n + i] - pulled[i]
    for r in range(len(over)):
        price = to[2 * n + r] - rates[2 * n + r] * off_rows[r]
        for i in range(n):
            free[i] -= price * over[r, i]


@kernel((VECTOR, PANEL, VECTOR, VECTOR, VECTOR, VECTOR, PANEL, OUT_VECTOR, OUT_PANEL))
def stepped(
    direct: Array,
    spread: Array,
    both: Array,
    to: Array,
    rates: Array,
    off_rows: Array,
    over: Array,
    x: Array,
    limits: Array,
) -> None:
    """Write the step of the amounts (n,) and of their limits (2, 2 n + r).

    Args:
        direct: (n,) what they do where the prices of equalities and the quantile stay.
        spread: (n, e + 1) what those move.
        both: (e + 1,) how far those go.
        to: (2 n + r,) of `pressed`.
        rates: (2 n + r,).
        off_rows: (r,).
        over: (r, n).
        x: (n,) written.
        limits: (2, 2 n + r) written.
    """
    n, last = len(direct), len(both) - 1
    for i in range(n):
        x[i] = direct[i] - spread[i, last] * both[last]
        for e in range(last):
            x[i] += spread[i, e] * both[e]
        limits[0, i], limits[0, n + i] = x[i], -x[i]
    for r in range(len(over)):
        left = off_rows[r]
        for i in range(n):
            left -= over[r, i] * x[i]
        limits[0, 2 * n + r] = left
    for k in range(len(to)):
        limits[1, k] = to[k] - rates[k] * limits[0, k]
