"""Mean-variance portfolios of a factor model: any question, at ten thousand assets.

1. A question is a tolerance of risk, or a mean to reach: a dual of K + 2 prices is climbed.
2. The greatest Sharpe ratio, or a given volatility, is a tolerance that is not known. While the
   same assets are free, weights are linear in it, so the next guess is exact for their piece.
3. Each answer is certified by its weights alone, as those of the exact frontier are.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from forefolio.core.errors import DataError, InputError
from forefolio.core.units import Array
from forefolio.optimize.exact.box import Box
from forefolio.optimize.exact.corners import (
    NOTHING_BEATS_CASH,
    ONE_PORTFOLIO,
    aims,
    check_return,
    check_volatility,
    steeper,
    tolerance_at,
)
from forefolio.optimize.exact.factor_problem import FactorProblem, Iterate
from forefolio.optimize.exact.frontier import FrontierPoint, frame_of
from forefolio.risk import FactorCovariance

if TYPE_CHECKING:
    import pandas as pd


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
    box = Box.of(lower, upper, invested, names)
    return FactorFrontier(problem=FactorProblem.of(expected, covariance, box))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FactorFrontier:
    """Every efficient portfolio of a factor model, found when a question asks for it.

    A question may name a point of an earlier, similar problem as its `start`: that only saves time.
    """

    problem: FactorProblem

    @property
    def assets(self) -> tuple[str, ...]:
        """The (N,) assets."""
        return self.problem.assets

    @property
    def expected(self) -> Array:
        """Expected returns (N,)."""
        return self.problem.expected

    @property
    def covariance(self) -> FactorCovariance:
        """The factor model."""
        return self.problem.covariance

    @property
    def box(self) -> Box:
        """Budget and bounds."""
        return self.problem.box

    def minimum_variance(self, start: FrontierPoint | None = None) -> FrontierPoint:
        """The least variance."""
        return self.problem.at(0.0, self.problem.begin(0.0, start))

    def at_aversion(self, aversion: float, start: FrontierPoint | None = None) -> FrontierPoint:
        """The greatest mean less half the `aversion` times the variance; 0 wants return alone.

        Raises:
            InputError: a negative aversion.
        """
        tolerance = tolerance_at(aversion)
        if np.isinf(tolerance):
            return self.problem.richest()
        return self.problem.at(tolerance, self.problem.begin(tolerance, start))

    def at_return(self, target: float, start: FrontierPoint | None = None) -> FrontierPoint:
        """The least variance at a mean of at least `target`.

        Raises:
            Infeasible: no portfolio earns so much; it names the best attainable.
        """
        least = self.minimum_variance(start)
        best = float(self.box.richest(self.expected)[0] @ self.expected)
        check_return(target, best, self.expected)
        return self.problem.reaching(target, best, least)

    def at_volatility(self, target: float, start: FrontierPoint | None = None) -> FrontierPoint:
        """The greatest mean at a volatility of at most `target`.

        Raises:
            Infeasible: every portfolio varies more; it names the least attainable.
        """
        least, richest = self.minimum_variance(start), self.problem.richest()
        check_volatility(target, least.volatility)
        if richest.volatility <= target * (1 + 1e-12):
            return richest

        def aim(at: Iterate) -> tuple[float, bool]:
            short = target**2 - at.variance
            return np.sqrt(max(at.tolerance**2 + short / at.rise, 0.0)), short > 0

        return self.problem.searched(aim, 0.0, least.prices, richest.tolerance)

    def maximum_sharpe(
        self, risk_free: float = 0.0, start: FrontierPoint | None = None
    ) -> FrontierPoint:
        """The greatest expected excess over cash for its volatility.

        Where nothing is expected to beat cash it is the least variance, and a note says so.
        """
        cash, richest = risk_free * self.box.invested, self.problem.richest()
        if not richest.mean > cash:
            least = self.problem.at(0.0, self.problem.begin(0.0, start), NOTHING_BEATS_CASH)
            return least
        most = richest.variance / (richest.mean - cash)
        if most >= richest.tolerance:
            return richest

        def aim(at: Iterate) -> tuple[float, bool]:
            return steeper(at.tolerance, at.mean - cash, at.variance, at.rise)

        if start is None:
            tolerance, prices = self.problem.tangent(risk_free, most)
        else:
            tolerance, prices = start.tolerance, start.prices
        return self.problem.searched(aim, tolerance, prices, richest.tolerance)

    def points(self, count: int = 25) -> tuple[FrontierPoint, ...]:
        """Portfolios evenly spaced in mean, from the least variance to the greatest return.

        Where all that are efficient have one mean it is one portfolio, and its note says so.

        Raises:
            InputError: fewer than two.
        """
        richest, points = self.problem.richest(), [self.minimum_variance()]
        targets = aims(points[0].mean, richest.mean, count)
        if len(targets) == 1:
            return (replace(points[0], note=ONE_PORTFOLIO),)
        for target in targets[1:-1]:
            points.append(self.problem.reaching(float(target), richest.mean, points[-1]))
        return (*points, richest)

    def to_frame(self, count: int = 25) -> "pd.DataFrame":
        """`points` as rows: mean, volatility, tolerance, gap, then a column per asset."""
        return frame_of(self.points(count))
