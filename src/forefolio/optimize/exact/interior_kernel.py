"""What steps of interior points are made of, in machine code."""

import numpy as np

from forefolio.core.numerics import ANY_ORDER, OUT_VECTOR, PANEL, VECTOR, kernel
from forefolio.core.units import Array

SOLVED = 1e-9  # of what is asked: small systems that are missed by more are not solved


@kernel((VECTOR, VECTOR))
def longest(value: Array, change: Array) -> float:
    """How far a change may go, at most once, so that values stay above zero."""
    far = 1.0
    for i in range(len(value)):
        if change[i] * far < -value[i]:
            far = -value[i] / change[i]
    return far


@kernel((PANEL, VECTOR, VECTOR, OUT_VECTOR), ANY_ORDER)
def accumulate(rows: Array, base: Array, x: Array, total: Array) -> None:
    """Write base (T,) + rows (T, n) @ x (n,) to `total` (T,)."""
    for t in range(len(total)):
        row, sofar = rows[t], base[t]
        for i in range(len(x)):
            sofar += row[i] * x[i]
        total[t] = sofar


@kernel((PANEL, VECTOR, OUT_VECTOR))
def solve_few(matrix: Array, right: Array, out: Array) -> bool:
    """Solve a few equations by elimination; False where rounding leaves them unsolved."""
    n = len(right)
    left = matrix.copy()
    out[:] = right
    for k in range(n):
        best = k
        for i in range(k + 1, n):
            if abs(left[i, k]) > abs(left[best, k]):
                best = i
        if not abs(left[best, k]) > 0.0:
            return False
        if best != k:
            out[k], out[best] = out[best], out[k]
            for j in range(n):
                left[k, j], left[best, j] = left[best, j], left[k, j]
        for i in range(k + 1, n):
            share = left[i, k] / left[k, k]
            out[i] -= share * out[k]
            for j in range(k, n):
                left[i, j] -= share * left[k, j]
    for k in range(n - 1, -1, -1):
        for j in range(k + 1, n):
            out[k] -= left[k, j] * out[j]
        out[k] /= left[k, k]
    largest, missed = 0.0, 0.0
    for i in range(n):
        off = -right[i]
        for j in range(n):
            off += matrix[i, j] * out[j]
        largest, missed = max(largest, abs(right[i])), max(missed, abs(off))
        if not np.isfinite(off):
            return False
    return missed <= SOLVED * largest
