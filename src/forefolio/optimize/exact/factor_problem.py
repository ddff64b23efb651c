"""The dual of a factor model over a box, and the portfolios that climbing it comes to.

A tolerance that is not known is searched for: while the same assets are free, weights are linear in
it, so the next guess is exact for their piece.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

import numpy as np

from forefolio.core.errors import SolverFailed
from forefolio.core.units import Array, Flags, read_only
from forefolio.optimize.exact.box import Box
from forefolio.optimize.exact.factor_newton import Dual, climbed, with_tolerance
from forefolio.optimize.exact.frontier import FrontierPoint, certified
from forefolio.risk import FactorCovariance

PROVEN = 1e-9  # the gap an answer may have, beside the variance at hand
MOST_TOLERANCES = 100
SAME = 1e-11  # tolerances this near to each other are one


class Iterate(NamedTuple):
    """A portfolio on the way, and how its mean rises with the tolerance."""

    tolerance: float
    mean: float
    variance: float
    rise: float


Aim: TypeAlias = Callable[[Iterate], tuple[float, bool]]  # the next tolerance; is it a higher one


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FactorProblem:
    """Portfolios of N assets within a box, and a dual of K + 2 prices.

    The dual is in units of the mean variance (`unit`) and of the range of means (`reach`).
    """

    expected: Array  # (N,) expected returns
    covariance: FactorCovariance
    box: Box
    unit: float
    reach: float
    dual: Dual

    def __post_init__(self) -> None:
        read_only(self.expected)

    @classmethod
    def of(cls, expected: Array, covariance: FactorCovariance, box: Box) -> "FactorProblem":
        """The problem of these moments."""
        root, count = covariance.root, len(expected)
        unit = float((root**2).sum() + covariance.specific.sum()) / count
        reach = float(np.ptp(expected)) or 1.0
        gain = (expected - expected.mean()) / reach
        rows = np.column_stack([-root / np.sqrt(unit), np.ones(count), gain])
        wanted = np.zeros(rows.shape[1])
        wanted[-2] = box.invested
        specific = covariance.specific / unit
        dual = Dual(rows=rows, specific=specific, lower=box.lower, upper=box.upper, wanted=wanted)
        return cls(
            expected=expected, covariance=covariance, box=box, unit=unit, reach=reach, dual=dual
        )

    @property
    def assets(self) -> tuple[str, ...]:
        """The (N,) assets."""
        return self.covariance.assets

    def _scaled(self, tolerance: float) -> float:
        return tolerance * self.reach / self.unit

    def begin(self, tolerance: float, start: FrontierPoint | None = None) -> Array:
        """Prices (K + 2,) to climb from: those of `start`, or prices at which all are held."""
        dual = self.dual
        if start is not None and start.prices.shape == dual.wanted.shape:
            prices = start.prices.copy()
            prices[-1] = self._scaled(tolerance)
            return prices
        weights = self.box.invested / dual.specific / (1 / dual.specific).sum()
        prices = np.zeros(len(dual.wanted))
        prices[:-2] = -(weights @ dual.rows[:, :-2])
        prices[-1] = self._scaled(tolerance)
        prices[-2] = -float((dual.rows @ prices).min())
        return prices

    def at(self, tolerance: float, prices: Array, note: str = "") -> FrontierPoint:
        """The best portfolio at a tolerance."""
        begin = prices.copy()
        begin[-1] = self._scaled(tolerance)
        top, weights = climbed(self.dual, begin, np.arange(len(prices) - 1))
        return self._proven(weights, top, note)

    def reaching(self, target: float, best: float, lower: FrontierPoint) -> FrontierPoint:
        """The least variance at a mean, climbing from a point that earns less."""
        if target <= lower.mean:
            return lower
        if target >= best - 1e-13 * self.reach:
            return self.richest()
        wanted = self.dual.wanted.copy()
        wanted[-1] = (target - float(self.expected.mean()) * self.box.invested) / self.reach
        dual = replace(self.dual, wanted=wanted)
        top, weights = climbed(dual, lower.prices.copy(), np.arange(len(wanted)))
        return self._proven(weights, top)

    def richest(self) -> FrontierPoint:
        """The greatest mean; of several portfolios the one with the least variance."""
        weights, first = self.box.richest(self.expected)
        tied = self.box.tied(self.expected, first)
        if np.count_nonzero(tied) > 1:
            only = self.box.fixed(weights, tied)
            dual = replace(self.dual, lower=only.lower, upper=only.upper)
            prices = self.begin(0.0)
            _, weights = climbed(dual, prices, np.arange(len(prices) - 1))
        prices = self.begin(0.0)
        prices[:-2] = -(weights @ self.dual.rows[:, :-2])
        prices[-1] = self._scaled(self._least_tolerance(weights, tied))
        return self._proven(weights, prices)

    def _least_tolerance(self, weights: Array, tied: Flags) -> float:
        """A tolerance from which on the portfolio of greatest mean is the best."""
        if not tied.any():
            return 0.0
        risk, held = self._risk(weights), tied & (weights > self.box.lower)
        price = float(risk[held].max()) if held.any() else float(risk[tied].min())
        other = ~tied & (self.box.upper > self.box.lower)
        gain = float(self.expected[tied][0]) - self.expected[other]
        return float(((price - risk[other]) / gain).max(initial=0.0))

    def tangent(self, risk_free: float, most: float) -> tuple[float, Array]:
        """Where to look for the greatest Sharpe ratio: its place if no upper bound mattered."""
        if self.box.lower.any():
            return most, self.begin(most)
        count = len(self.dual.wanted)
        dual = replace(self.dual, upper=np.full(len(self.expected), np.inf))
        begin = np.zeros(count)
        begin[-2:] = (float(self.expected.mean()) - risk_free) / self.reach, 1.0
        top, weights = climbed(dual, begin, np.arange(count - 2))
        prices = top * (self.box.invested / float(weights.sum()))
        return float(prices[-1]) * self.unit / self.reach, prices

    def searched(self, aim: Aim, tolerance: float, prices: Array, most: float) -> FrontierPoint:
        """The portfolio at the tolerance, up to `most`, at which `aim` asks for no other."""
        least = 0.0
        for _ in range(MOST_TOLERANCES):
            prices = prices.copy()
            prices[-1] = self._scaled(tolerance)
            prices, weights = climbed(self.dual, prices, np.arange(len(prices) - 1))
            ahead = with_tolerance(self.dual, prices, weights)
            trial, higher = aim(self._progress(tolerance, weights, ahead))
            least, most = (tolerance, most) if higher else (least, tolerance)
            if abs(trial - tolerance) <= SAME * tolerance or least >= (1 - SAME) * most:
                return self._proven(weights, prices)
            if not least < trial < most:
                trial = (least + most) / 2
            prices = prices + self._scaled(trial - tolerance) * ahead
            tolerance = trial
        raise SolverFailed("the search along the frontier did not end; look for extreme variances")

    def _progress(self, tolerance: float, weights: Array, ahead: Array) -> Iterate:
        free = self.dual.free(weights)
        rows = self.dual.rows[free]
        rise = float((rows[:, -1] / self.dual.specific[free]) @ (rows @ ahead))
        return Iterate(
            tolerance=tolerance,
            mean=float(weights @ self.expected),
            variance=float(weights @ self._risk(weights)),
            rise=max(rise * self.reach**2 / self.unit, 1e-300),
        )

    def _risk(self, weights: Array) -> Array:
        """covariance @ weights (N,)."""
        loadings = self.dual.rows[:, :-2]
        risk: Array = self.unit * (loadings @ (weights @ loadings) + self.dual.specific * weights)
        return risk

    def _proven(self, weights: Array, prices: Array, note: str = "") -> FrontierPoint:
        weights = self.dual.balanced(weights)
        tolerance = np.array([prices[-1] * self.unit / self.reach])
        point = certified(self, weights[None], self._risk(weights)[None], tolerance, note)[0]
        size = max(point.variance, 1e-6 * self.unit)
        if point.gap > PROVEN * size or point.miss > PROVEN:
            raise SolverFailed(
                f"the factor model's answer is not proven (gap {point.gap:.1g}, "
                f"off budget by {point.miss:.1g}); look for extreme variances"
            )
        return replace(point, prices=prices)
