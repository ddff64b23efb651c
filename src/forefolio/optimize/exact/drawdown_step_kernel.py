"""A step of the interior point of drawdowns, predicted and then corrected, in machine code.

Sessions are those of `drawdown_kernel`, `limits`, `same` and `over` those of `limits_kernel`.
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
from forefolio.optimize.exact.drawdown_kernel import (
    BEND,
    OF_WORST,
    RISE,
    WORST,
    complementarity,
    eliminate,
    followed,
    shorten,
    wanted,
)
from forefolio.optimize.exact.interior_kernel import accumulate
from forefolio.optimize.exact.limits_kernel import (
    beside_prices,
    keep_above_zero,
    pressed,
    stepped,
    substitute,
)


@kernel((PANEL, VECTOR, VECTOR, OUT_VECTOR), ANY_ORDER)
def pull(path: Array, by: Array, base: Array, out: Array) -> None:
    """Write base (n,) + by (T,) @ path (T, n) to `out` (n,)."""
    for i in range(len(out)):
        out[i] = base[i]
    for t in range(len(by)):
        row, own = path[t], by[t]
        for i in range(len(out)):
            out[i] += own * row[i]


@kernel((PANEL, PANEL, PANEL, VECTOR, PANEL, PANEL, OUT_VECTOR))
def slopes(
    path: Array, point: Array, limits: Array, equal: Array, same: Array, over: Array, off: Array
) -> float:
    """Write how far weights are from what prices say, `off` (n,); return the worst of it."""
    pull(path, point[RISE] - point[WORST], np.zeros(len(off)), off)
    return beside_prices(limits, equal, same, over, off)


@kernel((PANEL, PANEL, PANEL, OUT_VECTOR))
def asked_of_worst(path: Array, terms: Array, chain: Array, border: Array) -> float:
    """Write what weights do to the sum of drawdowns' prices (n,); return what a quantile does."""
    solved, own, rises = terms[OF_WORST].copy(), terms[OF_WORST], 0.0
    eliminate(chain, solved)
    pull(path, own - terms[BEND] * solved, np.zeros(len(border)), border)
    for t in range(len(own)):
        rises += own[t] - own[t] * solved[t]
    return rises


@kernel((PANEL, VECTOR, PANEL, Scalar, Scalar, PANEL, PANEL, PANEL, VECTOR, VECTOR, VECTOR, PANEL,
         PANEL, PANEL, PANEL, PANEL, OUT_VECTOR, OUT_VECTOR, OUT_PANEL, OUT_VECTOR,
         OUT_PANEL))  # fmt: skip
def chain_step(
    path: Array,
    total: Array,
    point: Array,
    quantile: float,
    share: float,
    terms: Array,
    chain: Array,
    limits: Array,
    off: Array,
    off_rows: Array,
    off_equal: Array,
    over: Array,
    border: Array,
    root: Array,
    spread: Array,
    inverse: Array,
    x: Array,
    moved: Array,
    sessions: Array,
    by: Array,
    step: Array,
) -> tuple[float, float]:
    """Write a step; return how far amounts and prices may go.

    Args:
        path: (T, n).
        total: (T,) the path of the weights.
        point: (5, T).
        quantile: of the drawdowns.
        share: what a drawdown counts at most.
        terms: (9, T) of the point.
        chain: (2, T) of the point.
        limits: (2, 2 n + r).
        off: (n,) of `slopes`.
        off_rows: (r,) of `missing`.
        off_equal: (e,) of `missing`.
        over: (r, n).
        border: (e + 1, n) equalities, and what `asked_of_worst` writes.
        root: (n, n) upper triangular, of the matrix of the weights.
        spread: (n, e + 1) what prices of equalities and the quantile move.
        inverse: (e + 1, e + 1) of what that does to the border.
        x: (n,) written: of the weights,
        moved: (T,) of their path,
        sessions: (5, T) of the point,
        by: (e + 1,) of the prices of equalities, and of the quantile,
        step: (2, 2 n + r) of the limits.
    """
    n, few, count, length = len(x), len(by) - 1, limits.shape[1], len(total)
    centre, rates, far = 0.0, np.empty(count), np.ones(2)
    wants, pulls, ahead = np.empty_like(point), np.empty(length), np.empty_like(point)
    pulled, direct, to, lacks = np.empty(n), np.empty(n), np.empty(count), np.empty(few + 1)
    last, last_moved, last_quantile = np.zeros_like(point), np.zeros(length), 0.0
    last_limits, nothing, none = np.zeros((2, count)), np.zeros(length), np.zeros(few + 1)
    gap, short = complementarity(total, point, quantile, share), 1.0
    for k in range(count):
        rates[k] = limits[1, k] / limits[0, k]
        gap += limits[0, k] * limits[1, k]
    for t in range(length):
        short -= point[WORST, t]
    for turn in range(2):
        asked = wanted(point, terms, chain, centre, last, last_moved, last_quantile, wants, pulls)
        pull(path, pulls, off, pulled)
        pressed(limits, last_limits, centre, rates, off_rows, pulled, over, to, direct)
        substitute(root, direct)
        for e in range(few + 1):
            lacks[e] = off_equal[e] if e < few else asked - short
            for i in range(n):
                lacks[e] -= border[e, i] * direct[i]
        accumulate(inverse, none, lacks, by)
        stepped(direct, spread, by, to, rates, off_rows, over, x, step)
        accumulate(path, nothing, x, moved)
        followed(point, terms, chain, wants, moved, by[few], sessions)
        far[0] = far[1] = 1.0
        shorten(point, terms, sessions, moved, by[few], far)
        keep_above_zero(limits, step, far)
        if turn == 0:
            for row in range(len(point)):
                own = far[0] if row < WORST else far[1]
                for t in range(length):
                    last[row, t] = sessions[row, t]
                    ahead[row, t] = point[row, t] + own * sessions[row, t]
            for t in range(length):
                last_moved[t] = moved[t]
            last_quantile = by[few]
            left = complementarity(
                total + far[0] * moved, ahead, quantile + far[0] * last_quantile, share
            )
            for k in range(count):
                left += (limits[0, k] + far[0] * step[0, k]) * (limits[1, k] + far[1] * step[1, k])
                last_limits[0, k], last_limits[1, k] = step[0, k], step[1, k]
            centre = min(1.0, max(left, 0.0) / gap) ** 3 * (gap / (4 * length + count))
    return far[0], far[1]
