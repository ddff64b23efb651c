"""Mean-variance portfolios of a factor model under linear rows: any question, at thousands.

1. A question is a tolerance of risk, or a gain to reach: a dual of K + m prices is climbed.
2. The greatest ratio, or a given volatility, is a tolerance that is not known. While the same
   assets are free, weights are linear in it, so the next guess is exact for their piece.
3. Each answer is certified by weak duality, from its weights and the prices of rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np

from forefolio.core.errors import Infeasible, SolverFailed
from forefolio.core.mends import Mend
from forefolio.core.units import Array
from forefolio.optimize.exact.corners import (
    NOTHING_BEATS_CASH,
    ONE_PORTFOLIO,
    aims,
    check_return,
    check_volatility,
    steeper,
    tolerance_at,
)
from forefolio.optimize.exact.factor_problem import MOST_TOLERANCES, PROVEN, SAME
from forefolio.optimize.exact.factor_row_newton import NEAR, RowDual, Top, climbed, with_gain
from forefolio.optimize.exact.frontier import FrontierPoint
from forefolio.optimize.exact.polyhedron import Pieces, Polyhedron, pieces
from forefolio.optimize.exact.vertex_kernel import FOUND, INFEASIBLE, UNBOUNDED, vertex
from forefolio.risk import FactorCovariance

LEAST = 1e-6  # of the unit: a variance from which on the greatest ratio is looked for
FIRST, FURTHER, LAST = 1e3, 10.0, 1e9  # tolerances at which the greatest gain is looked for
Seek: TypeAlias = Callable[[float, float, float, float], tuple[float, bool]]
"""From tolerance, gain, variance and how the gain rises: the next tolerance; is it higher."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FactorRowFrontier:
    """Every efficient portfolio of a factor model within rows, each found when it is asked for."""

    assets: tuple[str, ...]
    expected: Array  # (N,) over any one period
    covariance: FactorCovariance  # over the same period
    within: Polyhedron
    parts: Pieces = field(repr=False)
    dual: RowDual = field(repr=False)  # in units of the mean specific variance
    unit: float

    def minimum_variance(self) -> FrontierPoint:
        """The least variance."""
        return self._at(0.0)

    def at_aversion(self, aversion: float) -> FrontierPoint:
        """The greatest gain less half the `aversion` times the variance; 0 wants gain alone.

        Raises:
            InputError: a negative aversion.
        """
        tolerance = tolerance_at(aversion)
        return self._richest() if np.isinf(tolerance) else self._at(tolerance)

    def at_return(self, target: float) -> FrontierPoint:
        """The least variance at a gain of at least `target`.

        Raises:
            Infeasible: no portfolio gains so much; it names the best attainable.
        """
        best = self._best()
        check_return(target, best, self.expected)
        return self._reaching(target, best, self.minimum_variance())

    def at_volatility(self, target: float) -> FrontierPoint:
        """The greatest gain at a volatility of at most `target`.

        Raises:
            Infeasible: every portfolio varies more; it names the least attainable.
        """
        least, richest = self.minimum_variance(), self._richest()
        check_volatility(target, least.volatility)
        if richest.volatility <= target * (1 + 1e-12):
            return richest

        def seek(tolerance: float, _: float, variance: float, rise: float) -> tuple[float, bool]:
            short = target**2 - variance
            return float(np.sqrt(max(tolerance**2 + short / rise, 0.0))), short > 0

        return self._sought(seek, least.volatility / (richest.mean - least.mean + 1e-300) * target)

    def maximum_sharpe(self, risk_free: float = 0.0) -> FrontierPoint:
        """The greatest gain over cash for its volatility.

        `risk_free` is earned by what is invested. Where nothing gains more than cash it is the
        least variance, and a note says so.
        """
        budget = self.within.budget_row
        cash = risk_free * (float(self.within.low[budget]) if budget is not None else 1.0)
        least = self.minimum_variance()
        if not max(self._best(), least.mean) > cash:
            return replace(least, note=NOTHING_BEATS_CASH)

        def seek(tolerance: float, mean: float, variance: float, rise: float) -> tuple[float, bool]:
            return steeper(tolerance, mean - cash, variance, rise)

        gain = max(least.mean - cash, 1e-3 * (self._best() - cash))
        return self._sought(seek, max(least.variance, LEAST * self.unit) / gain)

    def points(self, count: int = 25) -> tuple[FrontierPoint, ...]:
        """Portfolios evenly spaced in gain, from the least variance to the greatest gain.

        Raises:
            InputError: fewer than two.
        """
        least, richest = self.minimum_variance(), self._richest()
        targets = aims(least.mean, richest.mean, count)
        if len(targets) == 1:
            return (replace(least, note=ONE_PORTFOLIO),)
        inner = [self._reaching(float(t), richest.mean, least) for t in targets[1:-1]]
        return (least, *inner, richest)

    @property
    def vertex_prices(self) -> Array:
        """What a unit of each row (m,) costs in gain, where gain alone counts."""
        _, traced = self._vertex()
        return self.parts.prices(traced, 1.0, self.within.budget_row)

    # -- how they are found ------------------------------------------------------------------------

    def _at(self, tolerance: float, note: str = "") -> FrontierPoint:
        gain = self.parts.gain * (tolerance / self.unit)
        top = climbed(self.dual, gain, self.dual.start(gain, self.within.budget_row))
        return self._proven(top, tolerance, note)

    def _reaching(self, target: float, best: float, least: FrontierPoint) -> FrontierPoint:
        """The least variance at a gain between the least variance's and the best."""
        if target <= least.mean:
            return least
        if target >= best - 1e-12 * float(np.abs(self.expected).max()):
            return self._richest()

        def seek(tolerance: float, mean: float, _: float, rise: float) -> tuple[float, bool]:
            return tolerance + (target - mean) / rise, mean < target

        return self._sought(seek, least.variance / max(target - least.mean, 1e-300))

    def _richest(self) -> FrontierPoint:
        """The greatest gain; of several portfolios the one with the least variance."""
        best, size = self._best(), float(np.abs(self.expected).max()) or 1.0
        tolerance = FIRST * self.unit / size
        while tolerance < LAST * self.unit / size:
            point = self._at(tolerance)
            if best - point.mean <= SAME * size:
                return point
            tolerance *= FURTHER
        raise SolverFailed("the greatest return of the factor model is not found")

    def _best(self) -> float:
        """The greatest gain there is."""
        weights, _ = self._vertex()
        return float(weights @ self.expected)

    def _vertex(self) -> tuple[Array, Array]:
        """A corner (N,) of the greatest gain, and the prices (m,) of rows there."""
        count, total = len(self.expected), len(self.parts.low)
        x, price = np.zeros(count), np.zeros(total)
        side, moving = np.zeros(total, np.int64), np.zeros(total, np.bool_)
        parts = self.parts
        unit = float(np.abs(parts.gain).max()) or 1.0
        status = vertex(
            parts.gain / unit,
            parts.low,
            parts.high,
            parts.rows,
            parts.joined,
            side,
            moving,
            x,
            price,
        )
        if status == INFEASIBLE:
            raise Infeasible([Mend(what="the limits together", by=0.0)])
        if status == UNBOUNDED:
            raise SolverFailed("nothing limits the portfolio: add a Budget, LongOnly or Bounds")
        if status != FOUND:
            raise SolverFailed("rounding keeps the simplex method from a corner")
        return x, price[count:] * unit

    def _sought(self, seek: Seek, tolerance: float) -> FrontierPoint:
        """The portfolio at the tolerance at which `seek` asks for no other."""
        least, most, prices = 0.0, np.inf, None
        for _ in range(MOST_TOLERANCES):
            gain = self.parts.gain * (tolerance / self.unit)
            if prices is None:
                prices = self.dual.start(gain, self.within.budget_row)
            top = climbed(self.dual, gain, prices)
            ahead, moved = with_gain(self.dual, top, self.parts.gain / self.unit)
            weights, variance = top.weights, self._variance(top.weights)
            rise = max(float(moved @ self.expected), 1e-300)
            trial, higher = seek(tolerance, float(weights @ self.expected), variance, rise)
            least, most = (tolerance, most) if higher else (least, tolerance)
            if abs(trial - tolerance) <= SAME * tolerance or least >= (1 - SAME) * most:
                return self._proven(top, tolerance)
            if not least < trial < most:
                trial = (least + most) / 2 if most < np.inf else 2 * least
            prices = self.dual.allowed(top.prices + (trial - tolerance) * ahead)
            tolerance = trial
        raise SolverFailed("the search along the frontier did not end; look for extreme variances")

    def _risk(self, weights: Array) -> Array:
        """covariance @ weights (N,)."""
        loadings = self.dual.table[:, : self.dual.factors]
        risk: Array = self.unit * (loadings @ (weights @ loadings) + self.dual.specific * weights)
        return risk

    def _variance(self, weights: Array) -> float:
        return float(weights @ self._risk(weights))

    def _proven(self, top: Top, tolerance: float, note: str = "") -> FrontierPoint:
        if top.error > NEAR:
            self._vertex()  # which says so if there is no portfolio
        weights = self.within.clipped(self.dual.balanced(top.prices, top.weights))
        risk, traced = self._risk(weights), top.prices[self.dual.factors :] * self.unit
        rises = tolerance * self.parts.gain - risk
        point = FrontierPoint(
            assets=self.assets,
            weights=weights,
            mean=float(weights @ self.expected),
            variance=max(float(weights @ risk), 0.0),
            tolerance=tolerance,
            gap=2 * max(self.parts.shortfall(weights, rises, -traced), 0.0),
            miss=float(self.within.miss(weights[None])[0]),
            note=note,
            prices=self.parts.prices(traced, tolerance, self.within.budget_row),
        )
        if point.gap > PROVEN * max(point.variance, 1e-6 * self.unit) or point.miss > PROVEN:
            raise SolverFailed(
                f"the factor model's answer is not proven (gap {point.gap:.1g}, off its limits by "
                f"{point.miss:.1g}); look for extreme variances"
            )
        return point


def factor_row_frontier(
    mean: Array, covariance: FactorCovariance, within: Polyhedron, assets: Sequence[str] = ()
) -> FactorRowFrontier:
    """The efficient portfolios of a factor model within bounds and rows.

    Args:
        mean: expected simple returns (N,), over any one period.
        covariance: over the same period.
        within: bounds and rows, without distances.
        assets: (N,) labels; those of the covariance unless given.

    Raises:
        Infeasible: bounds or rows are the wrong way round; that no portfolio is within, a question
            finds out.

    Example:
        >>> from forefolio.optimize import Polyhedron
        >>> from forefolio.risk import FactorCovariance
        >>> market = FactorCovariance(
        ...     assets=("A", "B", "C"),
        ...     loadings=np.ones((3, 1)),
        ...     factors=np.array([[0.01]]),
        ...     specific=np.array([0.01, 0.02, 0.04]),
        ... )
        >>> within = Polyhedron(
        ...     lower=np.zeros(3),
        ...     upper=np.ones(3),
        ...     rows=np.array([[1.0, 1.0, 1.0], [1.0, 1.0, 0.0]]),
        ...     low=np.array([1.0, -np.inf]),
        ...     high=np.array([1.0, 0.6]),  # fully invested, the first two at most 60 %
        ... )
        >>> line = factor_row_frontier(np.array([0.08, 0.06, 0.02]), market, within)
        >>> line.minimum_variance().weights.round(2).tolist()
        [0.4, 0.2, 0.4]
    """
    parts = pieces(within, mean)
    if not parts.possible:
        raise Infeasible([Mend(what="the limits of one asset or row", by=0.0)])
    root, count = covariance.root, len(mean)
    unit = float(covariance.specific.mean())
    dual = RowDual(
        table=np.ascontiguousarray(np.hstack([-root / np.sqrt(unit), parts.rows.T])),
        specific=covariance.specific / unit,
        lower=parts.low[:count],
        upper=parts.high[:count],
        low=parts.low[count:],
        high=parts.high[count:],
    )
    return FactorRowFrontier(
        assets=tuple(assets) or covariance.assets,
        expected=mean,
        covariance=covariance,
        within=within,
        parts=parts,
        dual=dual,
        unit=unit,
    )
