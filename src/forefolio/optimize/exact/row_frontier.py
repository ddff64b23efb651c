"""The exact mean-variance frontier of a polyhedron: limits on sectors, turnover, leverage, costs.

1. The gain of a unit of each asset is its mean, less what a distance costs.
2. The line is followed from the greatest gain down (`row_line_kernel`); between its corners
   weights and the prices of rows are linear in the tolerance of risk.
3. Every portfolio that is looked up carries the proof that it is one, from those prices.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forefolio.core.errors import Infeasible, SolverFailed
from forefolio.core.mends import Mend
from forefolio.core.units import Array, read_only
from forefolio.optimize.exact.corners import WHOLE_LINE, Corners, End, PlaceOnLine
from forefolio.optimize.exact.critical_line import check_moments
from forefolio.optimize.exact.frontier import FrontierPoint
from forefolio.optimize.exact.polyhedron import Pieces, Polyhedron, pieces
from forefolio.optimize.exact.row_line_kernel import trace_rows
from forefolio.optimize.exact.row_points_kernel import (
    GAIN,
    TOLERANCE,
    VARIANCE,
    gap_and_miss,
    mixed_row,
    settle_rows,
)
from forefolio.optimize.exact.vertex_kernel import FULL, INFEASIBLE, UNBOUNDED

CORNERS_PER_ITEM = 4  # room for that many; where there are more, there is a second attempt
MOST_MISSED = 1e-9  # by which a corner may break a limit
MOST_NUMBERS = 10**9  # in the corners of one frontier: 8 GB


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RowFrontier:
    """Every efficient portfolio within a polyhedron, from the greatest gain down.

    Its variance is that of the difference to `base`, and its gain is the mean less the price of
    distances. It ends at `end`, at the latest at the least variance.
    """

    assets: tuple[str, ...]
    expected: Array  # (N,)
    covariance: Array  # (N, N)
    within: Polyhedron
    base: Array  # (N,) zero, or a benchmark
    corners: Corners  # (C,)
    prices: Array  # (C, m) of the rows of `parts`
    parts: Pieces = field(repr=False)

    def __post_init__(self) -> None:
        read_only(self.prices)

    @property
    def weights(self) -> Array:
        """Weights (C, N) at the corners."""
        return self.corners.weights

    @property
    def mean(self) -> Array:
        """Expected returns (C,) at the corners."""
        return np.asarray(self.weights @ self.expected)

    @property
    def gain(self) -> Array:
        """Expected returns less the price of distances (C,), falling."""
        return self.corners.gain

    @property
    def variance(self) -> Array:
        """Variances (C,), falling."""
        return self.corners.variance

    @property
    def tolerance(self) -> Array:
        """Tolerances of risk (C,), falling."""
        return self.corners.tolerance

    def minimum_variance(self) -> FrontierPoint:
        """The least variance; where several portfolios have it, the one that gains most."""
        return self._point(self.corners.least_variance())

    def at_return(self, target: float) -> FrontierPoint:
        """The least variance at a gain of at least `target`.

        Raises:
            Infeasible: no portfolio gains so much; it names the best attainable.
        """
        return self._point(self.corners.at_gain(target, self.expected))

    def at_volatility(self, target: float) -> FrontierPoint:
        """The greatest gain at a volatility of at most `target`.

        Raises:
            Infeasible: every portfolio varies more; it names the least attainable.
        """
        return self._point(self.corners.at_volatility(target))

    def at_aversion(self, aversion: float) -> FrontierPoint:
        """The greatest gain less half the `aversion` times the variance; 0 wants gain alone.

        Raises:
            InputError: a negative aversion.
        """
        return self._point(self.corners.at_aversion(aversion))

    def maximum_sharpe(self, risk_free: float = 0.0) -> FrontierPoint:
        """The greatest gain over cash for its volatility.

        Where nothing gains more than cash it is the least variance, and a note says so.
        """
        return self._point(self.corners.steepest(risk_free * self.weights.sum(axis=1)))

    def points(self, count: int = 25) -> tuple[FrontierPoint, ...]:
        """Portfolios evenly spaced in gain, from the least variance to the greatest gain.

        Raises:
            InputError: fewer than two.
        """
        return tuple(map(self._point, self.corners.evenly(count)))

    @property
    def vertex_prices(self) -> Array:
        """What a unit of each row (m,) costs in gain, where gain alone counts."""
        high, low = self._point(PlaceOnLine(0)), self._point(PlaceOnLine(1))
        prices: Array = (high.prices - low.prices) / (high.tolerance - low.tolerance)
        return prices

    def _point(self, place: PlaceOnLine) -> FrontierPoint:
        within, parts, corners = self.within, self.parts, self.corners
        weights, risk = np.empty((2, len(self.expected)))
        prices = np.empty(len(parts.rows))
        mean, variance, tolerance = mixed_row(
            corners.weights,
            corners.tolerance,
            self.prices,
            place.piece,
            place.share,
            within.lower,
            within.upper,
            self.covariance,
            self.expected,
            self.base,
            weights,
            risk,
            prices,
        )
        gap, miss = gap_and_miss(
            weights,
            self.base,
            risk,
            prices,
            parts.gain,
            tolerance,
            parts.asset,
            parts.below,
            parts.low,
            parts.high,
            parts.rows,
            within.lower,
            within.upper,
            within.rows,
            within.low,
            within.high,
        )
        return FrontierPoint(
            assets=self.assets,
            weights=weights,
            mean=mean,
            variance=variance,
            tolerance=tolerance,
            gap=gap,
            miss=max(miss, within.too_far(weights)),
            note=place.note,
            prices=parts.prices(prices, tolerance, within.budget_row),
        )


def row_frontier(
    mean: ArrayLike,
    covariance: ArrayLike,
    within: Polyhedron,
    assets: Sequence[str] = (),
    base: Array | None = None,
    end: tuple[float, float] = (0.0, -1.0),
) -> RowFrontier:
    """Every portfolio with the least variance for its gain, from the greatest gain down.

    Args:
        mean: expected simple returns (N,), over any one period.
        covariance: positive semi-definite (N, N), over the same period.
        within: bounds, rows and distances.
        assets: (N,) labels; their numbers unless given.
        base: a portfolio (N,) from which the variance is counted: tracking error.
        end: the tolerance and the variance at which the line ends, whichever comes first.

    Raises:
        InputError: shapes do not fit.
        DataError: a moment is not known, or the covariance is not positive semi-definite.
        Infeasible: no portfolio is within.
        SolverFailed: nothing limits the gain, or the trace does not come to its end (in one of
            three thousand problems with two distances and several corners of greatest gain).

    Example:
        >>> from forefolio.optimize import Polyhedron
        >>> within = Polyhedron(
        ...     lower=np.zeros(3),
        ...     upper=np.ones(3),
        ...     rows=np.array([[1.0, 1.0, 1.0], [1.0, 1.0, 0.0]]),
        ...     low=np.array([1.0, -np.inf]),
        ...     high=np.array([1.0, 0.6]),  # fully invested, the first two at most 60 %
        ... )
        >>> line = row_frontier([0.08, 0.06, 0.02], np.diag([0.04, 0.03, 0.01]), within)
        >>> line.points(2)[-1].weights.round(2).tolist()
        [0.6, 0.0, 0.4]
    """
    expected = np.array(mean, dtype=np.float64)
    risk = np.array(covariance, dtype=np.float64, order="C")
    names = tuple(assets) or tuple(map(str, range(len(expected))))
    return rows_traced(expected, risk, within, names, base, End(*end))


def rows_traced(
    expected: Array,
    risk: Array,
    within: Polyhedron,
    names: tuple[str, ...],
    base: Array | None = None,
    end: End = WHOLE_LINE,
) -> RowFrontier:
    """The same of arrays in C order that nobody will write to."""
    check_moments(expected, risk, names)
    count = len(expected)
    origin = np.zeros(count) if base is None else base
    parts = pieces(within if base is None else within.moved(origin), expected)
    corners, unit = _corners(risk, parts, end)
    weights, numbers = np.empty((len(corners), count)), np.empty((3, len(corners)))
    prices = np.empty((len(corners), len(parts.rows)))
    missed = settle_rows(
        corners,
        origin,
        expected,
        within.lower,
        within.upper,
        within.rows,
        within.low,
        within.high,
        unit,
        weights,
        numbers,
        prices,
    )
    if max(missed, within.too_far(weights)) > MOST_MISSED:
        raise _stalled()
    for distance in within.distances:
        numbers[GAIN] -= (np.abs(weights - distance.centre) * distance.rate).sum(axis=1)
    return RowFrontier(
        assets=names,
        expected=expected,
        covariance=risk,
        within=within,
        base=origin,
        corners=Corners(
            covariance=risk,
            weights=weights,
            gain=numbers[GAIN],
            variance=numbers[VARIANCE],
            tolerance=numbers[TOLERANCE],
            base=origin,
        ),
        prices=prices,
        parts=parts,
    )


def _corners(risk: Array, parts: Pieces, end: End) -> tuple[Array, float]:
    """Weights, tolerance, variance and prices of rows at the corners (C, N + 2 + m).

    Tolerances are fractions of the unit of gains, which comes second.
    """
    if not parts.possible:
        raise Infeasible([Mend(what="the limits of one asset or row", by=0.0)])
    gain, unit = _scaled(parts)
    side = np.zeros(len(parts.low), np.int64)
    side[: len(parts.full)] = parts.full
    width, room = len(risk) + 2 + len(parts.rows), CORNERS_PER_ITEM * len(parts.low) + 50
    while room * width <= MOST_NUMBERS:
        corners = np.empty((room, width))
        count = _traced(
            risk, parts, gain, side.copy(), corners, (end.tolerance * unit, end.variance)
        )
        if count != FULL:
            return corners[:count], unit
        room *= 4
    raise SolverFailed(f"the frontier of {len(risk)} assets has more corners than memory allows")


def _scaled(parts: Pieces) -> tuple[Array, float]:
    """The gains (n,) with the largest one, beside their mean where all are invested, at one."""
    unit = float(np.abs(parts.gain).max(initial=0.0)) or 1.0
    return parts.gain / unit, unit


def _traced(
    risk: Array,
    parts: Pieces,
    gain: Array,
    side: NDArray[np.int64],
    corners: Array,
    end: tuple[float, float],
) -> int:
    try:
        count = trace_rows(
            risk,
            parts.asset,
            parts.joined,
            gain,
            parts.low,
            parts.high,
            parts.rows,
            side,
            corners,
            *end,
        )
    except np.linalg.LinAlgError:
        raise _stalled() from None
    if count == INFEASIBLE:
        raise Infeasible([Mend(what="the limits together", by=0.0)])
    if count == UNBOUNDED:
        raise SolverFailed("nothing limits the portfolio: add a Budget, LongOnly or Bounds")
    if count < FULL:
        raise _stalled()
    return int(count)


def _stalled() -> SolverFailed:
    return SolverFailed("rounding keeps the frontier from its end; look for extreme variances")
