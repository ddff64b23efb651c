"""The efficient frontier as a value, and the portfolios on it, each with a certificate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from forefolio.core.errors import Infeasible, InputError
from forefolio.core.lazy import lazy
from forefolio.core.mends import mend_between
from forefolio.core.units import Array, read_only
from forefolio.optimize.exact.box import Box

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

pandas: Any = lazy("pandas")

ROUNDING = 1e-12  # beside their size: means nearer to each other are one
ONE_PORTFOLIO = "the frontier is one portfolio"
NOTHING_BEATS_CASH = "nothing allowed is expected to beat cash: minimum variance instead"


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
    prices: Array = field(default_factory=lambda: np.empty(0))  # where to start from next time

    def __post_init__(self) -> None:
        read_only(self.weights, self.prices)

    @property
    def volatility(self) -> float:
        """The standard deviation."""
        return float(np.sqrt(self.variance))

    def sharpe(self, risk_free: float = 0.0) -> float:
        """Expected excess over cash by volatility; NaN without volatility."""
        excess = self.mean - risk_free * float(self.weights.sum())
        return excess / self.volatility if self.variance > 0 else float("nan")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frontier:
    """Every efficient portfolio: C corners, from the greatest return to the least variance.

    Between corners weights, mean and tolerance are linear in each other. Corners with equal
    weights are a kink: the tolerance falls before anything is traded.
    """

    assets: tuple[str, ...]
    expected: Array  # (N,) expected returns
    covariance: Array  # (N, N)
    box: Box
    weights: Array  # (C, N)
    mean: Array  # (C,) falls
    variance: Array  # (C,) falls
    tolerance: Array  # (C,) falls to 0

    def __post_init__(self) -> None:
        read_only(self.expected, self.covariance)
        read_only(self.weights, self.mean, self.variance, self.tolerance)

    def minimum_variance(self) -> FrontierPoint:
        """The least variance; where several portfolios have it, the one that earns most."""
        return self._point(len(self.mean) - 1)

    def at_return(self, target: float) -> FrontierPoint:
        """The least variance at a mean of at least `target`.

        Raises:
            Infeasible: no portfolio earns so much; it names the best attainable.
        """
        check_return(target, float(self.mean[0]), self.expected)
        return self._points(*placed(self.mean, np.array([target])))[0]

    def at_volatility(self, target: float) -> FrontierPoint:
        """The greatest mean at a volatility of at most `target`.

        Raises:
            Infeasible: every portfolio varies more; it names the least attainable.
        """
        check_volatility(target, float(np.sqrt(self.variance[-1])))
        pieces, _ = placed(self.variance, np.array([target**2]))
        return self._point(int(pieces[0]), fallen_to(target**2, self._parabola(int(pieces[0]))))

    def at_aversion(self, aversion: float) -> FrontierPoint:
        """The greatest mean less half the `aversion` times the variance; 0 wants return alone.

        Raises:
            InputError: a negative aversion.
        """
        return self._points(*placed(self.tolerance, np.array([tolerance_at(aversion)])))[0]

    def maximum_sharpe(self, risk_free: float = 0.0) -> FrontierPoint:
        """The greatest expected excess over cash for its volatility.

        Where nothing is expected to beat cash it is the least variance, and a note says so.
        """
        return self._point(*self.tangent(risk_free))

    def tangent(self, risk_free: float) -> tuple[int, float, str]:
        """Where the ratio is greatest: the piece, the share of it, and what there is to note."""
        excess = self.mean - risk_free * self.box.invested
        if not excess[0] > 0:
            return len(self.mean) - 1, 0.0, NOTHING_BEATS_CASH
        passed = self.variance >= self.tolerance * excess  # less return would lower the ratio
        if passed[0]:
            return 0, 0.0, ""
        piece = max(int(passed.argmax()) - 1, 0)
        level, slope, bend = self._parabola(piece)
        rise, start = float(excess[piece + 1] - excess[piece]), float(excess[piece])
        divisor = rise * slope - start * bend
        share = (start * slope - rise * level) / divisor if divisor else 0.0
        return piece, min(max(share, 0.0), 1.0), ""

    def between(self, piece: int, share: float) -> tuple[Array, float]:
        """The weights (N,) and the tolerance at a share of a piece."""
        mixed = mixed_at(self.weights, piece, share)
        weights = np.minimum(np.maximum(mixed, self.box.lower), self.box.upper)
        return weights, float(mixed_at(self.tolerance, piece, share))

    def points(self, count: int = 25) -> tuple[FrontierPoint, ...]:
        """Portfolios evenly spaced in mean, from the least variance to the greatest return.

        Where all that are efficient have one mean it is one portfolio, and its note says so.

        Raises:
            InputError: fewer than two.
        """
        targets = aims(float(self.mean[-1]), float(self.mean[0]), count)
        if len(targets) == 1:
            return (self._point(len(self.mean) - 1, note=ONE_PORTFOLIO),)
        return self._points(*placed(self.mean, targets))

    def to_frame(self, count: int = 25) -> pd.DataFrame:
        """`points` as rows: mean, volatility, tolerance, gap, then a column per asset."""
        return frame_of(self.points(count))

    def _parabola(self, piece: int) -> tuple[float, float, float]:
        """Variance at the piece's start, half its slope and its bend, per share of the piece."""
        start = self.weights[piece]
        step = self.weights[min(piece + 1, len(self.mean) - 1)] - start
        risk = self.covariance @ step
        return float(self.variance[piece]), float(start @ risk), float(step @ risk)

    def _point(self, piece: int, share: float = 0.0, note: str = "") -> FrontierPoint:
        return self._points(np.array([piece]), np.array([share]), note)[0]

    def _points(
        self, pieces: NDArray[np.intp], shares: Array, note: str = ""
    ) -> tuple[FrontierPoint, ...]:
        mixed = mixed_at(self.weights, pieces, shares[:, None])
        weights = np.clip(mixed, self.box.lower, self.box.upper)
        tolerance = mixed_at(self.tolerance, pieces, shares)
        return certified(self, weights, weights @ self.covariance, tolerance, note)


def mixed_at(corners: Array, piece: NDArray[np.intp] | int, share: Array | float) -> Array:
    """What is linear between corners (C, ...), at a share of a piece; the last corner is one."""
    after = np.minimum(piece + 1, len(corners) - 1)
    mixed: Array = (1 - share) * corners[piece] + share * corners[after]
    return mixed


def placed(falling: Array, targets: Array) -> tuple[NDArray[np.intp], Array]:
    """The piece in which each target (P,) lies, and its share of that piece."""
    last = len(falling) - 1
    pieces = np.searchsorted(-falling, -targets, side="right") - 1
    pieces = np.clip(pieces, 0, max(last - 1, 0))
    after = np.minimum(pieces + 1, last)
    width = falling[pieces] - falling[after]
    inside = np.clip(falling[pieces] - targets, 0.0, width)
    return pieces, np.divide(inside, width, out=np.zeros(len(targets)), where=width > 0)


def fallen_to(variance: float, parabola: tuple[float, float, float]) -> float:
    """The share of a piece at which its parabola has fallen to a variance."""
    level, slope, bend = parabola
    above = max(level - variance, 0.0)
    root = np.sqrt(max(slope**2 - bend * above, 0.0)) - slope
    return float(min(above / root, 1.0)) if root > 0 else 0.0


# -- what every frontier says, however it is found -------------------------------------------------


class Choice(Protocol):
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
    choice: Choice, weights: Array, risk: Array, tolerance: Array, note: str = ""
) -> tuple[FrontierPoint, ...]:
    """Rows of `weights` (P, N) with their proofs; `risk` (P, N) is covariance @ weights."""
    gaps = 2 * choice.box.shortfall(weights, tolerance[:, None] * choice.expected - risk)
    missed = choice.box.miss(weights)
    means = weights @ choice.expected
    variances = np.maximum(np.einsum("pn,pn->p", weights, risk), 0.0)
    return tuple(
        FrontierPoint(
            assets=choice.assets,
            weights=weights[k],
            mean=float(means[k]),
            variance=float(variances[k]),
            tolerance=float(tolerance[k]),
            gap=float(gaps[k]),
            miss=float(missed[k]),
            note=note,
        )
        for k in range(len(weights))
    )


def check_return(target: float, best: float, expected: Array) -> None:
    """Refuse a mean that no portfolio reaches."""
    if not target <= best + 1e-12 * float(np.abs(expected).max()):
        raise Infeasible([mend_between("the target return", target, best)])


def check_volatility(target: float, least: float) -> None:
    """Refuse a volatility that every portfolio is above."""
    if not target >= least * (1 - 1e-12):
        raise Infeasible([mend_between("the target volatility", target, least)])


def tolerance_at(aversion: float) -> float:
    """The tolerance of risk that goes with an aversion to it."""
    if not aversion >= 0:
        raise InputError(f"aversion to risk is {aversion:g}; it is at least 0")
    return 1 / aversion if aversion > 0 else float("inf")


def aims(least: float, most: float, count: int) -> Array:
    """So many means (P,) from the least to the greatest; one, where these are the same.

    Raises:
        InputError: fewer than two are asked for.
    """
    if count < 2:
        raise InputError(f"{count} points make no frontier; ask for at least 2")
    same = most - least <= ROUNDING * max(abs(least), abs(most))
    return np.array([least]) if same else evenly(least, most, count)


def evenly(least: float, most: float, count: int) -> Array:
    """So many numbers (P,) from the least to the greatest; the least, if it is one."""
    return np.linspace(least, most, count)


def frame_of(points: Sequence[FrontierPoint]) -> pd.DataFrame:
    """Points as rows: mean, volatility, tolerance, gap, then a column per asset."""
    numbers = [[p.mean, p.volatility, p.tolerance, p.gap, *p.weights] for p in points]
    names = ["mean", "volatility", "tolerance", "gap", *points[0].assets]
    frame: pd.DataFrame = pandas.DataFrame(numbers, columns=names)
    return frame
