"""The dual of a factor model's portfolios under linear rows, climbed by Newton's method.

Minimise (|L'w|^2 + sum of d w^2) / 2 - gain'w within bounds and two-sided rows.

1. For K exposures and m prices of rows the best weights are known one by one:
   clip((gain - L x + G'p) / d). What is left is a concave function of K + m numbers, piecewise
   quadratic, whatever N is.
2. The price of a row that may lie between two levels has a kink at zero. Where the slope on either
   side leads back to zero, it is held there. A Newton step is solved for what moves, without the
   prices that it would send to the wrong side.
3. How far to go is found exactly, kinks included: a price may stop at zero on the way.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from forefolio.core.units import Array, Flags
from forefolio.optimize.exact.factor_newton import RIDGE
from forefolio.optimize.exact.factor_row_kernel import longest_step_over_kinks

MOST_STEPS = 200
PATIENCE = 40  # steps without getting nearer
EXACT = 1e-14  # a slope below is zero, beside what it is the difference of
NEAR = 1e-9  # from here on two steps that help little are the last ones
RENEWED = 25  # steps after which rounding in the scores is taken out
RUNAWAY = 1e12  # prices beyond: no weights are within the rows


class Top(NamedTuple):
    """Where climbing ended: prices (K + m,), weights (N,), and what is left of the slope."""

    prices: Array
    weights: Array
    error: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RowDual:
    """Prices (K + m,) are K exposures, then those of m rows."""

    table: Array  # (N, K + m): minus the loadings, and the rows
    specific: Array  # (N,) above zero
    lower: Array  # (N,)
    upper: Array  # (N,) may be infinite
    low: Array  # (m,) -inf is no limit
    high: Array  # (m,) inf is no limit; equal to `low`: an equality

    @property
    def factors(self) -> int:
        """K."""
        return int(self.table.shape[1]) - len(self.low)

    @property
    def between(self) -> Flags:
        """The rows (m,) that may lie between two levels."""
        return np.asarray(self.low < self.high)

    def weights(self, score: Array) -> Array:
        """The best weights (N,) where assets are wanted as `score` (N,)."""
        weights: Array = np.minimum(np.maximum(score / self.specific, self.lower), self.upper)
        return weights

    def free(self, weights: Array) -> Flags:
        """The assets (N,) between their bounds."""
        free: Flags = (weights > self.lower) & (weights < self.upper)
        return free

    def allowed(self, prices: Array) -> Array:
        """The prices (K + m,) without those of a side on which a row has no limit."""
        least = np.where(self.high == np.inf, 0.0, -np.inf)
        most = np.where(self.low == -np.inf, 0.0, np.inf)
        clipped = np.minimum(np.maximum(prices[self.factors :], least), most)
        return np.concatenate([prices[: self.factors], clipped])

    def start(self, gain: Array, budget: int | None) -> Array:
        """Prices (K + m,) that fit a portfolio of little specific risk; `budget` is a row."""
        share = 1 / self.specific
        weights = np.clip(share / share.sum(), self.lower, self.upper)
        prices = np.zeros(self.table.shape[1])
        prices[: self.factors] = -(weights @ self.table[:, : self.factors])
        if budget is not None:
            score = gain + self.table @ prices
            prices[self.factors + budget] = _price_of(self, score, budget)
        return prices

    def slope(self, prices: Array, weights: Array) -> tuple[Array, Array]:
        """The slope (K + m,), and on which side of its kink each row (m,) lies or would go."""
        k, has = self.factors, weights @ self.table
        slope, side = -has, np.sign(prices[k:])
        slope[:k] -= prices[:k]
        below, above = self.low - has[k:], self.high - has[k:]
        outside = np.where(below > 0, 1.0, np.where(above < 0, -1.0, 0.0))
        side = np.where(self.between & (side == 0), outside, side)
        sided = np.where(side > 0, below, np.where(side < 0, above, 0.0))
        slope[k:] = np.where(self.between, sided, below)
        return slope, side

    def step(self, prices: Array, slope: Array, side: Array, free: Flags) -> Array:
        """Newton's step (K + m,) for the exposures and the rows that move."""
        k, between = self.factors, self.between
        curvature = self.curvature(free)
        moving = np.concatenate([np.ones(k, np.bool_), ~between | (side != 0)])
        while True:
            step = solved(curvature, slope, moving)
            wrong = moving[k:] & between & (prices[k:] == 0) & (step[k:] * side < 0)
            if not wrong.any():
                return step
            moving[k:] &= ~wrong

    def curvature(self, free: Flags) -> Array:
        """How the slope falls with the prices (K + m, K + m) while the same assets are `free`."""
        some = self.table[free]
        curvature: Array = some.T @ (some / self.specific[free, None])
        curvature.reshape(-1)[: self.factors * (len(curvature) + 1) : len(curvature) + 1] += 1.0
        return curvature

    def length(
        self, prices: Array, step: Array, side: Array, scores: tuple[Array, Array]
    ) -> tuple[float, int]:
        """How far to go, and the row whose price meets zero there (-1: none)."""
        k, between = self.factors, self.between
        sided = np.where(side > 0, self.low, np.where(side < 0, self.high, 0.0))
        level = np.where(between, sided, self.low)
        own = np.where(step[k:] != 0, level, 0.0) @ step[k:]
        crossing = np.flatnonzero(between & (prices[k:] * step[k:] < 0))
        kinks = -prices[k + crossing] / step[k + crossing]
        order = np.argsort(kinks, kind="stable")
        crossing = crossing[order]
        length, kink = longest_step_over_kinks(
            *scores,
            self.specific,
            self.lower,
            self.upper,
            float(own - prices[:k] @ step[:k]),
            float(step[:k] @ step[:k]),
            kinks[order],
            np.abs(step[k + crossing]) * (self.high - self.low)[crossing],
        )
        return length, int(crossing[kink]) if kink >= 0 else -1

    def balanced(self, prices: Array, weights: Array) -> Array:
        """The same weights with what rounding took from rows given to those that are free."""
        k, free = self.factors, self.free(weights)
        has, p = weights @ self.table[:, k:], prices[k:]
        level = np.where(p > 0, self.low, np.where(p < 0, self.high, has))
        missing = np.where(self.between, level, self.low) - has
        rows = self.table[free][:, k:] * (missing != 0)
        share = rows / self.specific[free, None]
        moved = weights.copy()
        moved[free] += share @ np.linalg.lstsq(rows.T @ share, missing, rcond=1e-12)[0]
        balanced: Array = np.clip(moved, self.lower, self.upper)
        return balanced


def climbed(dual: RowDual, gain: Array, prices: Array) -> Top:
    """The prices nearest to the top, where assets gain `gain` (N,), and the weights there.

    It stops where rounding ends: how good the weights are is for their certificate to say.
    """
    k, score = dual.factors, gain + dual.table @ prices
    best, before, idle = Top(prices, dual.weights(score), np.inf), np.inf, 0
    for count in range(1, MOST_STEPS + 1):
        weights = dual.weights(score)
        slope, side = dual.slope(prices, weights)
        size = np.ones(len(slope))
        size[:k] = np.abs(prices[:k]).max(initial=0.0) + 1e-12
        error = float((np.abs(slope) / size).max(initial=0.0))
        idle = 0 if error < before / 2 else idle + 1
        if error < best.error:
            best, before = Top(prices, weights, error), error
        if error <= EXACT or (best.error <= NEAR and idle >= 2) or idle > PATIENCE:
            break
        step = dual.step(prices, slope, side, dual.free(weights))
        change = dual.table @ step
        length, stopped = dual.length(prices, step, side, (score, change))
        prices, score = prices + length * step, score + length * change
        if stopped >= 0:
            prices[k + stopped] = 0.0
        if not np.abs(prices).max() <= RUNAWAY:
            break
        if count % RENEWED == 0:
            score = gain + dual.table @ prices
    return best


def with_gain(dual: RowDual, top: Top, gain: Array) -> tuple[Array, Array]:
    """How prices (K + m,) and weights (N,) move with a multiple of `gain`, the same ones free."""
    k, free = dual.factors, dual.free(top.weights)
    moving = np.concatenate([np.ones(k, np.bool_), ~dual.between | (top.prices[k:] != 0)])
    pull = -(dual.table[free].T @ (gain[free] / dual.specific[free]))
    ahead = solved(dual.curvature(free), pull, moving)
    moved = np.where(free, (gain + dual.table @ ahead) / dual.specific, 0.0)
    return ahead, moved


def solved(curvature: Array, slope: Array, moving: Flags) -> Array:
    """curvature^-1 @ slope for the coordinates that are `moving`, zero elsewhere."""
    at = np.flatnonzero(moving)
    block = curvature[np.ix_(at, at)]
    own = block.diagonal()
    ridge = RIDGE * np.where(own > 0, own, own.max(initial=1e-300))
    step = np.zeros(len(slope))
    step[at] = np.linalg.solve(block + np.diag(ridge), slope[at])
    return step


def _price_of(dual: RowDual, score: Array, budget: int) -> float:
    """The price of a budget at which weights come to its level, roughly, by halving."""
    row, level = float(dual.table[0, dual.factors + budget]), float(dual.low[budget])
    edges = np.concatenate([bound * dual.specific - score for bound in (dual.lower, dual.upper)])
    edges = edges[np.isfinite(edges)]
    least = float(edges.min()) - 1.0
    most = float(edges.max()) + abs(level) * float(dual.specific.max()) + 1.0
    for _ in range(60):
        middle = (least + most) / 2
        if row * float(dual.weights(score + middle).sum()) < level:
            least = middle
        else:
            most = middle
    return most / row
