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

NO_RISK = 1e-12  # of a portfolio of correlated assets: where they cancel each other out


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


@kernel((PANEL, VECTOR, Integer, Scalar, OUT_VECTOR))
def parity(covariance: Array, budgets: Array, sweeps: int, near: float, weights: Array) -> bool:
    """Write weights (N,) that sum to one, each with its part of the risk; False if that is missed.

    `budgets` (N,) sum to one. Parts are off by `near` at most, after so many `sweeps`.
    """
    count = len(weights)
    std, x, correlation = np.empty(count), np.empty(count), np.empty((count, count))
    for i in range(count):
        std[i], x[i] = np.sqrt(covariance[i, i]), np.sqrt(budgets[i])
        if not std[i] > 0.0:
            return False
    size = 0.0
    for i in range(count):
        for j in range(count):
            correlation[i, j] = covariance[i, j] / (std[i] * std[j])
            size += x[i] * correlation[i, j] * x[j]
    for i in range(count):
        x[i] /= np.sqrt(max(size, NO_RISK))
    descend(correlation, budgets, sweeps, 0.5 * near, x)
    total = 0.0
    for i in range(count):
        along = 0.0
        for j in range(count):
            along += correlation[i, j] * x[j]
        if not abs(x[i] * along - budgets[i]) < near:
            return False
        weights[i] = x[i] / std[i]
        total += weights[i]
    for i in range(count):
        weights[i] /= total
    return True
