"""The dual of a factor model's portfolios, climbed by Newton's method.

Minimise (|L'w|^2 + sum of d w^2) / 2 - t gain'w over a box and its budget.

1. For K exposures x, a price b of the budget and a tolerance t the best weights are known one by
   one: clip((t gain + b - L x) / d). What is left is a concave function of those K + 2 numbers,
   piecewise quadratic, whatever N is.
2. A Newton step solves for the piece at hand; how far to go along it is found exactly
   (semismooth Newton; Qi and Sun 1993, "A nonsmooth version of Newton's method").
3. A coordinate that is held, such as a given tolerance, is left out of the step.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from forefolio.core.units import Array, Flags
from forefolio.optimize.exact.factor_kernel import longest_step

Coordinates: TypeAlias = NDArray[np.intp]

MOST_STEPS = 200
PATIENCE = 20  # steps without getting nearer
EXACT = 1e-14  # a slope below is zero, beside what it is the difference of
NEAR = 1e-8  # from here on a step that no longer helps is the last one
RIDGE = 1e-13  # added to the curvature, beside its size: degenerate vertices have none


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dual:
    """Prices (K + 2,) are K exposures, the price of the budget and the tolerance, in that order."""

    rows: Array  # (N, K + 2): minus the loadings, ones, gains
    specific: Array  # (N,) above zero
    lower: Array  # (N,)
    upper: Array  # (N,) may be infinite
    wanted: Array  # (K + 2,): zeros, the budget, the gain to reach

    def weights(self, prices: Array) -> Array:
        """The best weights (N,) at these prices."""
        score = self.rows @ prices
        weights: Array = np.minimum(np.maximum(score / self.specific, self.lower), self.upper)
        return weights

    def slope(self, prices: Array, weights: Array) -> Array:
        """By how much what is wanted, or assumed, differs from what the weights have (K + 2,)."""
        slope = self.wanted - weights @ self.rows
        slope[:-2] -= prices[:-2]
        return slope

    def curvature(self, free: Flags) -> Array:
        """How the slope falls with the prices (K + 2, K + 2) while the same assets are `free`."""
        rows = self.rows[free]
        curvature: Array = rows.T @ (rows / self.specific[free, None])
        factors = np.arange(len(self.wanted) - 2)
        curvature[factors, factors] += 1.0
        return curvature

    def free(self, weights: Array) -> Flags:
        """The assets (N,) between their bounds."""
        free: Flags = (weights > self.lower) & (weights < self.upper)
        return free

    def balanced(self, weights: Array) -> Array:
        """The same weights with what rounding took from the budget given to those that are free."""
        share = np.where(self.free(weights), 1 / self.specific, 0.0)
        missing = float(self.wanted[-2] - weights.sum()) / (float(share.sum()) or 1.0)
        balanced: Array = np.clip(weights + missing * share, self.lower, self.upper)
        return balanced


def climbed(dual: Dual, prices: Array, moving: Coordinates) -> tuple[Array, Array]:
    """The prices (K + 2,) nearest to the top, and the weights (N,) there; only `moving` ones move.

    It stops where rounding ends: how good the weights are is for their certificate to say.
    """
    size, nearest, before, idle = np.abs(dual.wanted) + 1e-3, np.inf, np.inf, 0
    best = prices
    for _ in range(MOST_STEPS):
        weights = dual.weights(prices)
        slope = dual.slope(prices, weights)[moving]
        size[:-2] = np.abs(prices[:-2]) + 1e-3
        error = float((np.abs(slope) / size[moving]).max())
        idle = 0 if error < nearest else idle + 1
        if error < nearest:
            nearest, best = error, prices
        if error <= EXACT or before / 2 < error <= NEAR or idle > PATIENCE:
            break
        before = error
        prices = _stepped(dual, prices, slope, dual.free(weights), moving)
    return best, dual.weights(best)


def _stepped(dual: Dual, prices: Array, slope: Array, free: Flags, moving: Coordinates) -> Array:
    curvature = dual.curvature(free)[np.ix_(moving, moving)]
    diagonal = np.diag(curvature)
    damped = curvature + np.diag(RIDGE * np.where(diagonal > 0, diagonal, diagonal.max()))
    step = np.zeros(len(prices))
    step[moving] = np.linalg.solve(damped, slope)
    outside = dual.wanted @ step - prices[:-2] @ step[:-2]
    length = longest_step(
        dual.rows @ prices,
        dual.rows @ step,
        dual.specific,
        dual.lower,
        dual.upper,
        float(outside),
        float(step[:-2] @ step[:-2]),
    )
    return prices + length * step


def with_tolerance(dual: Dual, prices: Array, weights: Array) -> Array:
    """How the prices (K + 2,) move with the tolerance while the same assets are free."""
    curvature = dual.curvature(dual.free(weights))
    moving, ahead = curvature[:-1, :-1], np.zeros(len(prices))
    diagonal = np.diag(moving)
    damped = moving + np.diag(RIDGE * np.where(diagonal > 0, diagonal, diagonal.max()))
    ahead[-1], ahead[:-1] = 1.0, -np.linalg.solve(damped, curvature[:-1, -1])
    return ahead
