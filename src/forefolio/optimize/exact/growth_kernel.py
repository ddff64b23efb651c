"""A step of the Newton method towards the greatest growth, in machine code.

`limits`, `same` and `over` are those of `limits_kernel`.
"""

import numpy as np

from forefolio.core.numerics import (
    ANY_ORDER,
    OUT_PANEL,
    OUT_VECTOR,
    PANEL,
    VECTOR,
    kernel,
)
from forefolio.core.units import Array
from forefolio.optimize.exact.interior_kernel import accumulate, longest
from forefolio.optimize.exact.limits_kernel import (
    beside_prices,
    keep_above_zero,
    pressed,
    stepped,
    substitute,
)

RISKED = 0.9  # of wealth: no step goes so far towards ruin in any session


@kernel((PANEL, VECTOR, PANEL, VECTOR, PANEL, PANEL, OUT_VECTOR), ANY_ORDER)
def slopes(
    returns: Array, wealth: Array, limits: Array, equal: Array, same: Array, over: Array, off: Array
) -> float:
    """Write how far the gradient is from what prices say, `off` (n,); return the worst of it."""
    for i in range(len(off)):
        off[i] = 0.0
    for t in range(len(wealth)):
        row, part = returns[t], -1.0 / (wealth[t] * len(wealth))
        for i in range(len(off)):
            off[i] += part * row[i]
    return beside_prices(limits, equal, same, over, off)


@kernel((PANEL, VECTOR, PANEL, VECTOR, VECTOR, VECTOR, PANEL, PANEL, PANEL, PANEL, PANEL,
         OUT_VECTOR, OUT_VECTOR, OUT_PANEL))  # fmt: skip
def newton_step(
    returns: Array,
    wealth: Array,
    limits: Array,
    off: Array,
    off_rows: Array,
    off_equal: Array,
    same: Array,
    over: Array,
    root: Array,
    spread: Array,
    inverse: Array,
    x: Array,
    equal: Array,
    step: Array,
) -> tuple[float, float]:
    """Write a step that is predicted, then corrected; return how far amounts and prices may go.

    Args:
        returns: (T, n).
        wealth: (T,).
        limits: (2, 2 n + r).
        off: (n,) of `slopes`.
        off_rows: (r,) of `missing`.
        off_equal: (e,) of `missing`.
        same: (e, n).
        over: (r, n).
        root: (n, n) upper triangular, of the matrix of the amounts.
        spread: (n, e) what prices of equalities move.
        inverse: (e, e) of what that does to the equalities.
        x: (n,) written: of the amounts,
        equal: (e,) of the prices of equalities,
        step: (2, 2 n + r) of the limits.
    """
    n, few, count = len(x), len(equal), limits.shape[1]
    gap, centre, rates, nothing = 0.0, 0.0, np.empty(count), np.zeros(len(wealth))
    none, last, to, direct = np.zeros(few), np.zeros((2, count)), np.empty(count), np.empty(n)
    moved, lacks, far = np.empty(len(wealth)), np.empty(few), np.ones(2)
    for k in range(count):
        rates[k] = limits[1, k] / limits[0, k]
        gap += limits[0, k] * limits[1, k]
    for turn in range(2):
        pressed(limits, last, centre, rates, off_rows, off, over, to, direct)
        substitute(root, direct)
        for e in range(few):
            lacks[e] = off_equal[e]
            for i in range(n):
                lacks[e] -= same[e, i] * direct[i]
        accumulate(inverse, none, lacks, equal)
        stepped(direct, spread, equal, to, rates, off_rows, over, x, step)
        accumulate(returns, nothing, x, moved)
        for t in range(len(moved)):
            moved[t] /= RISKED
        far[0], far[1] = longest(wealth, moved), 1.0
        keep_above_zero(limits, step, far)
        if turn == 0:
            ahead = 0.0
            for k in range(count):
                ahead += (limits[0, k] + far[0] * step[0, k]) * (limits[1, k] + far[1] * step[1, k])
                last[0, k], last[1, k] = step[0, k], step[1, k]
            centre = min(1.0, max(ahead, 0.0) / gap) ** 3 * (gap / count)
    return far[0], far[1]
