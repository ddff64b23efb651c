"""Mean-variance portfolios of a factor model: any question, at ten thousand assets.

1. A question is a tolerance of risk, or a mean to reach: a dual of K + 2 prices is climbed.
2. The greatest Sharpe ratio, or a given volatility, is a tolerance that is not known. While the
   same assets are free, weights are linear in it, so the next guess is exact for their piece.
3. Each answer is certified by its weights alone, as those of the exact frontier are.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from forefolio.core.errors import DataError, InputError, SolverFailed
from forefolio.core.units import Array, Flags, read_only
from forefolio.optimize.exact.box import Box
from forefolio.optimize.exact.corners import (
    NOTHING_BEATS_CASH,
    ONE_PORTFOLIO,
    aims,
    check_return,
    check_volatility,
    tolerance_at,
)
from forefolio.optimize.exact.factor_newton import Dual, climbed, with_tolerance
from forefolio.optimize.exact.frontier import FrontierPoint, certified, frame_of
from forefolio.risk import FactorCovariance

if TYPE_CHECKING:
    import pandas as pd

PROVEN = 1e-9  # the gap an answer may have, beside the variance at hand
MOST_TOLERANCES = 100
SAME = 1e-11  # tolerances this near to each other are one


class _Place(NamedTuple):
    """A portfolio on the way, and how its mean rises with the tolerance."""

    tolerance: float
    mean: float
    variance: float
    rise: float


Aim: TypeAlias = Callable[[_Place], tuple[float, bool]]  # the next tolerance; is it a higher one


def factor_frontier(
    mean: ArrayLike,
    covariance: FactorCovariance,
    lower: ArrayLike = 0.0,
    upper: ArrayLike = 1.0,
    invested: float = 1.0,
) -> "FactorFrontier":
    """The efficient portfolios of a factor model, each found when it is asked for.

    Args:
        mean: expected simple returns (N,), over any one period.
        covariance: over the same period.
        lower: least weights, one number or (N,); finite.
        upper: greatest weights, one number or (N,); `inf` is no limit.
        invested: what the weights sum to; the rest is cash.

    Raises:
        InputError: shapes do not fit, or a lower bound is infinite or above the upper one.
        DataError: a mean is not known.
        Infeasible: the bounds do not allow `invested`.
    """
    expected, names = np.array(mean, dtype=np.float64), covariance.assets
    if expected.shape != (len(names),) or not names:
        raise InputError(f"mean is {expected.shape}; the covariance has {len(names)} assets")
    unknown = [a for a, finite in zip(names, np.isfinite(expected), strict=True) if not finite]
    if unknown:
        raise DataError(f"the mean of {', '.join(unknown[:5])} is not known; leave the asset out")
    root, box = covariance.root, Box.of(lower, upper, invested, names)
    unit = float((root**2).sum() + covariance.specific.sum()) / len(names)
    reach = float(np.ptp(expected)) or 1.0
    gain = (expected - expected.mean()) / reach
    rows = np.column_stack([-root / np.sqrt(unit), np.ones(len(names)), gain])
    wanted = np.zeros(rows.shape[1])
    wanted[-2] = invested
    specific = covariance.specific / unit
    return FactorFrontier(
        expected=expected,
        covariance=covariance,
        box=box,
        unit=unit,
        reach=reach,
        dual=Dual(rows=rows, specific=specific, lower=box.lower, upper=box.upper, wanted=wanted),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FactorFrontier:
    """Every efficient portfolio of a factor model, found when it is asked for.

    The dual is in units of the mean variance (`unit`) and of the range of means (`reach`). A
    question may name a point of an earlier, similar problem as its `start`: that only saves time.
    """

    expected: Array  # (N,) expected returns
    covariance: FactorCovariance
    box: Box
    unit: float
    reach: float
    dual: Dual

    def __post_init__(self) -> None:
        read_only(self.expected)

    @property
    def assets(self) -> tuple[str, ...]:
        """The (N,) assets."""
        return self.covariance.assets

    def minimum_variance(self, start: FrontierPoint | None = None) -> FrontierPoint:
        """The least variance."""
        return self._at(0.0, self._begin(0.0, start))

    def at_aversion(self, aversion: float, start: FrontierPoint | None = None) -> FrontierPoint:
        """The greatest mean less half the `aversion` times the variance; 0 wants return alone.

        Raises:
            InputError: a negative aversion.
        """
        tolerance = tolerance_at(aversion)
        if np.isinf(tolerance):
            return self._richest()
        return self._at(tolerance, self._begin(tolerance, start))

    def at_return(self, target: float, start: FrontierPoint | None = None) -> FrontierPoint:
        """The least variance at a mean of at least `target`.

        Raises:
            Infeasible: no portfolio earns so much; it names the best attainable.
        """
        least = self.minimum_variance(start)
        best = float(self.box.richest(self.expected)[0] @ self.expected)
        check_return(target, best, self.expected)
        return self._reaching(target, best, least)

    def at_volatility(self, target: float, start: FrontierPoint | None = None) -> FrontierPoint:
        """The greatest mean at a volatility of at most `target`.

        Raises:
            Infeasible: every portfolio varies more; it names the least attainable.
        """
        least, richest = self.minimum_variance(start), self._richest()
        check_volatility(target, least.volatility)
        if richest.volatility <= target * (1 + 1e-12):
            return richest

        def aim(at: _Place) -> tuple[float, bool]:
            short = target**2 - at.variance
            return np.sqrt(max(at.tolerance**2 + short / at.rise, 0.0)), short > 0

        return self._searched(aim, 0.0, least.prices, richest.tolerance)

    def maximum_sharpe(
        self, risk_free: float = 0.0, start: FrontierPoint | None = None
    ) -> FrontierPoint:
        """The greatest expected excess over cash for its volatility.

        Where nothing is expected to beat cash it is the least variance, and a note says so.
        """
        cash, richest = risk_free * self.box.invested, self._richest()
        if not richest.mean > cash:
            least = self._at(0.0, self._begin(0.0, start), NOTHING_BEATS_CASH)
            return least
        most = richest.variance / (richest.mean - cash)
        if most >= richest.tolerance:
            return richest

        def aim(at: _Place) -> tuple[float, bool]:
            moved, excess = at.rise * at.tolerance, at.mean - cash
            wanted = (at.variance - at.tolerance * moved) / ((excess - moved) or np.inf)
            return wanted, at.variance > at.tolerance * excess

        if start is None:
            tolerance, prices = self._tangent(risk_free, most)
        else:
            tolerance, prices = start.tolerance, start.prices
        return self._searched(aim, tolerance, prices, richest.tolerance)

    def points(self, count: int = 25) -> tuple[FrontierPoint, ...]:
        """Portfolios evenly spaced in mean, from the least variance to the greatest return.

        Where all that are efficient have one mean it is one portfolio, and its note says so.

        Raises:
            InputError: fewer than two.
        """
        richest, points = self._richest(), [self.minimum_variance()]
        targets = aims(points[0].mean, richest.mean, count)
        if len(targets) == 1:
            return (replace(points[0], note=ONE_PORTFOLIO),)
        for target in targets[1:-1]:
            points.append(self._reaching(float(target), richest.mean, points[-1]))
        return (*points, richest)

    def to_frame(self, count: int = 25) -> "pd.DataFrame":
        """`points` as rows: mean, volatility, tolerance, gap, then a column per asset."""
        return frame_of(self.points(count))

    # -- how they are found ------------------------------------------------------------------------

    def _scaled(self, tolerance: float) -> float:
        return tolerance * self.reach / self.unit

    def _begin(self, tolerance: float, start: FrontierPoint | None = None) -> Array:
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

    def _at(self, tolerance: float, prices: Array, note: str = "") -> FrontierPoint:
        """The best portfolio at a tolerance."""
        begin = prices.copy()
        begin[-1] = self._scaled(tolerance)
        top, weights = climbed(self.dual, begin, np.arange(len(prices) - 1))
        return self._proven(weights, top, note)

    def _reaching(self, target: float, best: float, lower: FrontierPoint) -> FrontierPoint:
        """The least variance at a mean, climbing from a point that earns less."""
        if target <= lower.mean:
            return lower
        if target >= best - 1e-13 * self.reach:
            return self._richest()
        wanted = self.dual.wanted.copy()
        wanted[-1] = (target - float(self.expected.mean()) * self.box.invested) / self.reach
        dual = replace(self.dual, wanted=wanted)
        top, weights = climbed(dual, lower.prices.copy(), np.arange(len(wanted)))
        return self._proven(weights, top)

    def _richest(self) -> FrontierPoint:
        """The greatest mean; of several portfolios the one with the least variance."""
        weights, first = self.box.richest(self.expected)
        tied = self.box.tied(self.expected, first)
        if np.count_nonzero(tied) > 1:
            only = self.box.fixed(weights, tied)
            dual = replace(self.dual, lower=only.lower, upper=only.upper)
            prices = self._begin(0.0)
            _, weights = climbed(dual, prices, np.arange(len(prices) - 1))
        prices = self._begin(0.0)
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

    def _tangent(self, risk_free: float, most: float) -> tuple[float, Array]:
        """Where to look for the greatest Sharpe ratio: its place if no upper bound mattered."""
        if self.box.lower.any():
            return most, self._begin(most)
        count = len(self.dual.wanted)
        dual = replace(self.dual, upper=np.full(len(self.expected), np.inf))
        begin = np.zeros(count)
        begin[-2:] = (float(self.expected.mean()) - risk_free) / self.reach, 1.0
        top, weights = climbed(dual, begin, np.arange(count - 2))
        prices = top * (self.box.invested / float(weights.sum()))
        return float(prices[-1]) * self.unit / self.reach, prices

    def _searched(self, aim: Aim, tolerance: float, prices: Array, most: float) -> FrontierPoint:
        """The portfolio at the tolerance, up to `most`, at which `aim` asks for no other."""
        least = 0.0
        for _ in range(MOST_TOLERANCES):
            prices = prices.copy()
            prices[-1] = self._scaled(tolerance)
            prices, weights = climbed(self.dual, prices, np.arange(len(prices) - 1))
            ahead = with_tolerance(self.dual, prices, weights)
            trial, higher = aim(self._place(tolerance, weights, ahead))
            least, most = (tolerance, most) if higher else (least, tolerance)
            if abs(trial - tolerance) <= SAME * tolerance or least >= (1 - SAME) * most:
                return self._proven(weights, prices)
            if not least < trial < most:
                trial = (least + most) / 2
            prices = prices + self._scaled(trial - tolerance) * ahead
            tolerance = trial
        raise SolverFailed("the search along the frontier did not end; look for extreme variances")

    def _place(self, tolerance: float, weights: Array, ahead: Array) -> _Place:
        free = self.dual.free(weights)
        rows = self.dual.rows[free]
        rise = float((rows[:, -1] / self.dual.specific[free]) @ (rows @ ahead))
        return _Place(
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
