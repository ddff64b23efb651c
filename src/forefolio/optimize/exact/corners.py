"""A line of efficient portfolios by its corners, and where on it the one lies that is asked for.

Box or polyhedron, the line runs from the greatest gain to the least variance, and between corners
weights, gain and the tolerance of risk are linear in each other, the variance a parabola.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forefolio.core.errors import Infeasible, InputError
from forefolio.core.mends import mend_between
from forefolio.core.units import Array, read_only
from forefolio.optimize.exact.look_up_kernel import place_among
from forefolio.optimize.exact.steepest_kernel import RAY, parabola, steepest_place

ROUNDING = 1e-12  # beside their size: means nearer to each other are one
ONE_PORTFOLIO = "the frontier is one portfolio"
NOTHING_BEATS_CASH = "nothing allowed is expected to beat cash: minimum variance instead"


class End(NamedTuple):
    """Where a line may end, because nothing further down will be asked."""

    tolerance: float = 0.0
    variance: float = -1.0
    at_best_ratio: bool = False  # of gain to volatility, where something gains


WHOLE_LINE = End()


class PlaceOnLine(NamedTuple):
    """A share of the way from one corner to the next, and what there is to note.

    A share below zero is beyond the first corner: there the tolerance goes on, the weights do not.
    """

    piece: int
    share: float = 0.0
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Corners:
    """C corners of a line over N assets, from the greatest gain to the least variance.

    `gain` is the expected return, less what distances cost; `variance` is that of the weights less
    `base`. Corners with equal weights are a kink: there the tolerance alone falls.
    """

    covariance: Array  # (N, N)
    weights: Array  # (C, N)
    gain: Array  # (C,) falls
    variance: Array  # (C,) falls
    tolerance: Array  # (C,) falls: half the variance that one more unit of gain costs
    base: Array  # (N,) zero, or a benchmark, from which variance is counted

    def __post_init__(self) -> None:
        read_only(self.covariance, self.weights, self.gain, self.variance, self.tolerance)

    def least_variance(self) -> PlaceOnLine:
        """The end; where several portfolios have the least variance, the one that gains most."""
        return PlaceOnLine(len(self.gain) - 1)

    def at_gain(self, target: float, expected: Array) -> PlaceOnLine:
        """The least variance at a gain of at least `target`, of assets with means `expected`.

        Raises:
            Infeasible: no portfolio gains so much; it names the best attainable.
        """
        check_return(target, float(self.gain[0]), expected)
        return PlaceOnLine(*place_among(self.gain, target))

    def at_volatility(self, target: float) -> PlaceOnLine:
        """The greatest gain at a volatility of at most `target`.

        Raises:
            Infeasible: every portfolio varies more; it names the least attainable.
        """
        check_volatility(target, float(np.sqrt(self.variance[-1])))
        piece, _ = place_among(self.variance, target**2)
        level, slope, bend = parabola(
            self.weights, self.covariance, self.base, self.variance, piece
        )
        above = max(level - target**2, 0.0)
        root = np.sqrt(max(slope**2 - bend * above, 0.0)) - slope
        return PlaceOnLine(piece, float(min(above / root, 1.0)) if root > 0 else 0.0)

    def at_aversion(self, aversion: float) -> PlaceOnLine:
        """The greatest gain less half the `aversion` times the variance; 0 wants gain alone.

        Raises:
            InputError: a negative aversion.
        """
        wanted = tolerance_at(aversion)
        if self.tolerance[0] < wanted < np.inf:
            return PlaceOnLine(0, self._beyond(wanted))
        return PlaceOnLine(*place_among(self.tolerance, wanted))

    def steepest(self, cash: Array | float) -> PlaceOnLine:
        """The greatest gain over `cash`, that of each corner (C,), for its volatility.

        Where nothing gains more it is the least variance, and a note says so.
        """
        excess = self.gain - cash
        if not excess[0] > 0:
            return PlaceOnLine(len(excess) - 1, 0.0, NOTHING_BEATS_CASH)
        return PlaceOnLine(
            *steepest_place(
                excess, self.variance, self.tolerance, self.weights, self.covariance, self.base
            )
        )

    def evenly(self, count: int) -> tuple[PlaceOnLine, ...]:
        """So many places evenly spaced in gain, from the least variance; one where all gain alike.

        Raises:
            InputError: fewer than two.
        """
        targets = aims(float(self.gain[-1]), float(self.gain[0]), count)
        if len(targets) == 1:
            return (PlaceOnLine(len(self.gain) - 1, 0.0, ONE_PORTFOLIO),)
        return tuple(PlaceOnLine(*place_among(self.gain, target)) for target in targets)

    def weights_at(self, place: PlaceOnLine) -> Array:
        """The weights (N,) there."""
        return mixed_at(self.weights, place.piece, max(place.share, 0.0))

    def tolerance_at(self, place: PlaceOnLine) -> float:
        """The tolerance there."""
        return float(mixed_at(self.tolerance, place.piece, place.share))

    def _beyond(self, tolerance: float) -> float:
        """The share (below zero) of the first piece at a tolerance above the first corner's."""
        if len(self.tolerance) == 1 or not self.tolerance[0] > self.tolerance[1]:
            return 0.0
        return float((self.tolerance[0] - tolerance) / (self.tolerance[0] - self.tolerance[1]))


def steeper(tolerance: float, excess: float, variance: float, rise: float) -> tuple[float, bool]:
    """Where the ratio of gain to volatility may be greatest, and whether at a higher tolerance.

    `excess` is the gain over cash at a `tolerance`, and `rise` by how much it grows with that.
    Where less tolerance means a smaller portfolio of the same mix, the ratio stays what it is: the
    end of that is looked for, further up.
    """
    moved = rise * tolerance
    if abs(excess - moved) <= RAY * excess and abs(variance - tolerance * excess) <= RAY * variance:
        return np.inf, True
    wanted = (variance - tolerance * moved) / ((excess - moved) or np.inf)
    return wanted, excess <= 0 or variance > tolerance * excess


def mixed_at(corners: Array, piece: NDArray[np.intp] | int, share: Array | float) -> Array:
    """What is linear between corners (C, ...), at a share of a piece; the last corner is one."""
    last = len(corners) - 1
    after = min(piece + 1, last) if isinstance(piece, int) else np.minimum(piece + 1, last)
    mixed: Array = (1 - share) * corners[piece] + share * corners[after]
    return mixed


def check_return(target: float, best: float, expected: Array) -> None:
    """Refuse a mean that no portfolio reaches."""
    if target <= best:
        return
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
    if count < 2:
        return np.full(count, least)
    step = (most - least) / (count - 1)  # as numpy's linspace, which takes five times as long
    numbers: Array = np.arange(count, dtype=np.float64) * step + least
    numbers[-1] = most
    return numbers
