"""The efficient frontier as a value, and the portfolios on it, each with a certificate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from forefolio.core.lazy import lazy
from forefolio.core.units import Array, read_only
from forefolio.optimize.base import without_rounding
from forefolio.optimize.exact.box import Box
from forefolio.optimize.exact.corners import Corners, PlaceOnLine
from forefolio.optimize.exact.look_up_kernel import portfolios_at

if TYPE_CHECKING:
    import pandas as pd

pandas: Any = lazy("pandas")

_NONE = np.empty(0)
LOOSE = 1e-12  # of a variance: a larger gap may be that of the price it was computed at


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FrontierPoint:
    """An efficient portfolio, what is expected of it, and the proof that it is one.

    `gap`: no portfolio within the bounds that earns at least `mean` has a variance lower by more
    than this (weak duality: the Frank-Wolfe gap at `tolerance`, which trusts no solver). `miss`:
    how far the weights are from the budget or a bound, at worst.
    """

    assets: tuple[str, ...]
    weights: Array  # (N,)
    mean: float  # of the assets, over the period of the moments; cash is left out
    variance: float
    tolerance: float  # risk tolerance: half the variance that one more unit of mean costs
    gap: float
    miss: float
    note: str = ""
    prices: Array = field(default_factory=lambda: _NONE)  # where to start from next time

    def __post_init__(self) -> None:
        read_only(self.weights, self.prices)

    @property
    def volatility(self) -> float:
        """The standard deviation."""
        return float(np.sqrt(self.variance))

    @property
    def rounded(self) -> Array:
        """The weights (N,), those that are nothing but rounding set to zero."""
        return without_rounding(self.weights)

    def sharpe(self, risk_free: float = 0.0) -> float:
        """Expected excess over cash by volatility; NaN without volatility."""
        excess = self.mean - risk_free * float(self.weights.sum())
        return excess / self.volatility if self.variance > 0 else float("nan")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frontier:
    """Every efficient portfolio within a box, from the greatest return to the least variance.

    Example:
        >>> from forefolio.optimize import exact_frontier
        >>> line = exact_frontier([0.03, 0.08], [[0.01, 0.0], [0.0, 0.04]], assets=["A", "B"])
        >>> point = line.minimum_variance()
        >>> point.weights.round(3).tolist(), round(point.volatility, 4)
        ([0.8, 0.2], 0.0894)
        >>> round(line.at_return(0.06).volatility, 4)
        0.1265
    """

    assets: tuple[str, ...]
    expected: Array  # (N,) expected returns
    covariance: Array  # (N, N)
    box: Box
    corners: Corners  # (C,)

    def __post_init__(self) -> None:
        read_only(self.expected)

    @property
    def weights(self) -> Array:
        """Weights (C, N) at the corners."""
        return self.corners.weights

    @property
    def mean(self) -> Array:
        """Expected returns (C,) at the corners, falling."""
        return self.corners.gain

    @property
    def variance(self) -> Array:
        """Variances (C,) at the corners, falling."""
        return self.corners.variance

    @property
    def tolerance(self) -> Array:
        """Tolerances of risk (C,) at the corners, falling to zero."""
        return self.corners.tolerance

    def minimum_variance(self) -> FrontierPoint:
        """The least variance; where several portfolios have it, the one that earns most."""
        return self._point(self.corners.least_variance())

    def at_return(self, target: float) -> FrontierPoint:
        """The least variance at a mean of at least `target`.

        Raises:
            Infeasible: no portfolio earns so much; it names the best attainable.
        """
        return self._point(self.corners.at_gain(target, self.expected))

    def at_returns(self, targets: Sequence[float]) -> tuple[FrontierPoint, ...]:
        """The same at each of several means, found together.

        Raises:
            Infeasible: no portfolio earns so much; it names the best attainable.
        """
        if not targets:
            return ()
        return self._points([self.corners.at_gain(one, self.expected) for one in targets])

    def at_volatility(self, target: float) -> FrontierPoint:
        """The greatest mean at a volatility of at most `target`.

        Raises:
            Infeasible: every portfolio varies more; it names the least attainable.
        """
        return self._point(self.corners.at_volatility(target))

    def at_aversion(self, aversion: float) -> FrontierPoint:
        """The greatest mean less half the `aversion` times the variance; 0 wants return alone.

        Raises:
            InputError: a negative aversion.
        """
        return self._point(self.corners.at_aversion(aversion))

    def maximum_sharpe(self, risk_free: float = 0.0) -> FrontierPoint:
        """The greatest expected excess over cash for its volatility.

        Where nothing is expected to beat cash it is the least variance, and a note says so.
        """
        return self._point(self.tangent(risk_free))

    def tangent(self, risk_free: float) -> PlaceOnLine:
        """Where the ratio of excess over cash to volatility is greatest."""
        return self.corners.steepest(risk_free * self.box.invested)

    def weights_at(self, place: PlaceOnLine) -> Array:
        """The weights (N,) at a place, without what rounding took beyond a bound."""
        mixed = self.corners.weights_at(place)
        return np.minimum(np.maximum(mixed, self.box.lower), self.box.upper)

    def points(self, count: int = 25) -> tuple[FrontierPoint, ...]:
        """Portfolios evenly spaced in mean, from the least variance to the greatest return.

        Where all that are efficient have one mean it is one portfolio, and its note says so.

        Raises:
            InputError: fewer than two.
        """
        return self._points(self.corners.evenly(count))

    def to_frame(self, count: int = 25) -> pd.DataFrame:
        """`points` as rows: mean, volatility, tolerance, gap, then a column per asset."""
        return frame_of(self.points(count))

    def _point(self, place: PlaceOnLine) -> FrontierPoint:
        return self._points((place,))[0]

    def _points(self, places: Sequence[PlaceOnLine]) -> tuple[FrontierPoint, ...]:
        weights, numbers = np.empty((len(places), len(self.assets))), np.empty((len(places), 5))
        is_loose = portfolios_at(
            self.weights,
            self.tolerance,
            np.array([place.piece for place in places]),
            np.array([max(place.share, 0.0) for place in places]),
            self.covariance,
            self.expected,
            self.box.lower,
            self.box.upper,
            self.box.invested,
            LOOSE,
            weights,
            numbers,
        )
        if is_loose:
            loose = numbers[:, 3] > LOOSE * numbers[:, 1]
            gain = numbers[loose, 2, None] * self.expected - weights[loose] @ self.covariance
            numbers[loose, 3] = 2 * self.box.shortfall(weights[loose], gain)
        return _points_of(self.assets, weights, numbers, places[0].note)


# -- what every frontier says, however it is found -------------------------------------------------


class Opportunities(Protocol):
    """What a portfolio is chosen from, and what is expected of it."""

    @property
    def assets(self) -> tuple[str, ...]:
        """The (N,) assets."""
        ...

    @property
    def expected(self) -> Array:
        """Expected returns (N,)."""
        ...

    @property
    def box(self) -> Box:
        """Budget and bounds."""
        ...


def certified(
    choice: Opportunities, weights: Array, risk: Array, tolerance: Array, note: str = ""
) -> tuple[FrontierPoint, ...]:
    """Rows of `weights` (P, N) with their proofs; `risk` (P, N) is covariance @ weights."""
    gaps = 2 * choice.box.shortfall(weights, tolerance[:, None] * choice.expected - risk)
    variances = np.maximum(np.einsum("pn,pn->p", weights, risk), 0.0)
    missed = choice.box.miss(weights)
    numbers = (weights @ choice.expected, variances, tolerance, gaps, missed)
    return _points_of(choice.assets, weights, np.column_stack(numbers), note)


def _points_of(
    assets: tuple[str, ...], weights: Array, numbers: Array, note: str
) -> tuple[FrontierPoint, ...]:
    """Points of `weights` (P, N), and of mean, variance, tolerance, gap and miss (P, 5)."""
    return tuple(
        FrontierPoint(
            assets=assets,
            weights=own,
            mean=mean,
            variance=variance,
            tolerance=tolerance,
            gap=gap,
            miss=miss,
            note=note,
        )
        for own, (mean, variance, tolerance, gap, miss) in zip(
            weights, numbers.tolist(), strict=True
        )
    )


def frame_of(points: Sequence[FrontierPoint]) -> pd.DataFrame:
    """Points as rows: mean, volatility, tolerance, gap, then a column per asset."""
    numbers = [[p.mean, p.volatility, p.tolerance, p.gap, *p.weights] for p in points]
    names = ["mean", "volatility", "tolerance", "gap", *points[0].assets]
    frame: pd.DataFrame = pandas.DataFrame(numbers, columns=names)
    return frame
