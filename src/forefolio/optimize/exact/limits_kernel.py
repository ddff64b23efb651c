"""Weights and their limits in a step of an interior point, in machine code.

`limits` (2, 2 n + r) are what is left to the bounds of n amounts from below and from above, and of
r rows, and the prices of all of these; `rates` (2 n + r,) how a price rises with what is used up.
Equalities are `same` (e, n) @ x = `level`, rows `over` (r, n) @ x <= `limit`.
"""

import numpy as np

from forefolio.core.numerics import (
    ANY_ORDER,
    OUT_PANEL,
    OUT_VECTOR,
    PANEL,
    VECTOR,
    Scalar,
    kernel,
)
from forefolio.core.units import Array
from forefolio.optimize.exact.interior_kernel import solve_few


@kernel((PANEL, VECTOR, PANEL, PANEL, OUT_VECTOR))
def beside_prices(limits: Array, equal: Array, same: Array, over: Array, off: Array) -> float:
    """Add to slopes `off` (n,) what prices say of them; return the worst that is left.

    `equal` (e,) are the prices of equalities `same` (e, n).
    """
    n, worst = len(off), 0.0
    for i in range(n):
        off[i] += limits[1, n + i] - limits[1, i]
    for r in range(len(over)):
        for i in range(n):
            off[i] += limits[1, 2 * n + r] * over[r, i]
    for e in range(len(same)):
        for i in range(n):
            off[i] -= equal[e] * same[e, i]
    for i in range(n):
        worst = max(worst, abs(off[i]))
    return worst


@kernel((VECTOR, PANEL, PANEL, VECTOR, PANEL, VECTOR, OUT_VECTOR, OUT_VECTOR))
def missing(
    x: Array,
    limits: Array,
    same: Array,
    level: Array,
    over: Array,
    limit: Array,
    off_rows: Array,
    off_equal: Array,
) -> float:
    """Write how far rows (r,) are from what is left of them, and equalities (e,) from theirs.

    Returns the worst of it.
    """
    n, worst = len(x), 0.0
    for r in range(len(over)):
        off_rows[r] = limit[r] - limits[0, 2 * n + r]
        for i in range(n):
            off_rows[r] -= over[r, i] * x[i]
        worst = max(worst, abs(off_rows[r]))
    for e in range(len(same)):
        off_equal[e] = level[e]
        for i in range(n):
            off_equal[e] -= same[e, i] * x[i]
        worst = max(worst, abs(off_equal[e]))
    return worst


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
    by: Array,
    to: Array,
    rates: Array,
    off_rows: Array,
    over: Array,
    x: Array,
    limits: Array,
) -> None:
    """Write the step of the amounts (n,) and of their limits (2, 2 n + r).

    Args:
        direct: (n,) what they do where what else is free (e,) stays: prices, a quantile.
        spread: (n, e) what those move.
        by: (e,) how far those go.
        to: (2 n + r,) of `pressed`.
        rates: (2 n + r,).
        off_rows: (r,).
        over: (r, n).
        x: (n,) written.
        limits: (2, 2 n + r) written.
    """
    n = len(direct)
    for i in range(n):
        x[i] = direct[i]
        for e in range(len(by)):
            x[i] += spread[i, e] * by[e]
        limits[0, i], limits[0, n + i] = x[i], -x[i]
    for r in range(len(over)):
        left = off_rows[r]
        for i in range(n):
            left -= over[r, i] * x[i]
        limits[0, 2 * n + r] = left
    for k in range(len(to)):
        limits[1, k] = to[k] - rates[k] * limits[0, k]


@kernel((PANEL, PANEL, OUT_VECTOR))
def keep_above_zero(value: Array, change: Array, far: Array) -> None:
    """Shorten how far (R,) each of the rows may go, so that values (R, K) stay above zero."""
    for i in range(len(value)):
        for k in range(value.shape[1]):
            if change[i, k] * far[i] < -value[i, k]:
                far[i] = -value[i, k] / change[i, k]


@kernel((PANEL, OUT_VECTOR), ANY_ORDER)
def substitute(root: Array, right: Array) -> None:
    """Solve root.T @ root @ x = right (n,) in its place; `root` (n, n) is upper triangular."""
    n = len(right)
    for i in range(n):
        right[i] /= root[i, i]
        for j in range(i + 1, n):
            right[j] -= root[i, j] * right[i]
    for i in range(n - 1, -1, -1):
        left = right[i]
        for j in range(i + 1, n):
            left -= root[i, j] * right[j]
        right[i] = left / root[i, i]


@kernel((PANEL, PANEL, OUT_PANEL))
def spread_over(root: Array, border: Array, spread: Array) -> None:
    """Write what each of e rows (e, n) moves, as columns: `spread` (n, e)."""
    for e in range(len(border)):
        own = border[e].copy()
        substitute(root, own)
        for i in range(len(own)):
            spread[i, e] = own[i]


@kernel((PANEL, OUT_PANEL))
def invert_few(matrix: Array, inverse: Array) -> bool:
    """Write the inverse (e, e) of a few equations; False where rounding leaves none."""
    few = len(matrix)
    unit, column = np.zeros(few), np.empty(few)
    for e in range(few):
        unit[e] = 1.0
        if not solve_few(matrix, unit, column):
            return False
        unit[e] = 0.0
        for i in range(few):
            inverse[i, e] = column[i]
    return True
