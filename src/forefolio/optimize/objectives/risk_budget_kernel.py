"""Risk budgets, one asset after another, in machine code."""

import numpy as np

from forefolio.core.numerics import (
    ANY_ORDER,
    OUT_VECTOR,
    PANEL,
    VECTOR,
    Integer,
    Scalar,
    kernel,
)
from forefolio.core.units import Array


@kernel((PANEL, VECTOR, Integer, Scalar, OUT_VECTOR), ANY_ORDER)
def descend(correlation: Array, budgets: Array, sweeps: int, near: float, x: Array) -> int:
    """Move positive `x` (N,) towards x * (correlation @ x) = budgets; how many sweeps it took.

    Each coordinate is put where its own equation holds, a quadratic one; it ends where none was
    off by more than `near`, or after so many `sweeps`.
    """
    for sweep in range(sweeps):
        worst = 0.0
        for i in range(len(x)):
            row, own, other = correlation[i], correlation[i, i], 0.0
            for j in range(len(x)):
                other += row[j] * x[j]
            worst = max(worst, abs(x[i] * other - budgets[i]))
            other -= own * x[i]
            x[i] = (np.sqrt(other * other + 4.0 * own * budgets[i]) - other) / (2.0 * own)
        if worst <= near:
            return sweep + 1
    return sweeps
