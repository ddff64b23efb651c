"""Portfolios within bounds and linear rows, and at a limited or priced distance from others.

A distance, sum |w - centre|, has a kink in each asset at its centre: an asset is cut there into
pieces that fill in order, so that the distance is one more linear row, and its price one more gain.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from forefolio.core.units import Array, Flags, read_only
from forefolio.optimize.exact.polyhedron_kernel import (
    gains_of_pieces,
    most_missed,
    short_of_best,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Distance:
    """How far the weights are from `centre` in all: at most `limit`, and at a `rate` a unit."""

    centre: Array  # (N,)
    limit: float = np.inf
    rate: float | Array = 0.0  # one number or (N,), of expected return

    def of(self, weights: Array) -> Array:
        """The distance (...) of weights (..., N)."""
        far: Array = np.abs(weights - self.centre).sum(axis=-1)
        return far


@dataclass(frozen=True, kw_only=True, eq=False)
class Polyhedron:
    """Weights between `lower` and `upper` (N,) with activities between `low` and `high` (M,).

    What follows from it is worked out once: many portfolios are chosen from the same ones.
    """

    lower: Array  # finite
    upper: Array  # inf is no limit
    rows: Array  # (M, N); an activity is rows @ weights
    low: Array  # -inf is no limit
    high: Array  # inf is no limit; equal to `low`: an equality
    distances: Sequence[Distance] = field(default=())

    def __post_init__(self) -> None:
        for name in ("lower", "upper", "rows", "low", "high"):
            numbers = np.ascontiguousarray(getattr(self, name), dtype=np.float64)
            object.__setattr__(self, name, numbers)
            read_only(numbers)

    def clipped(self, weights: Array) -> Array:
        """The weights (..., N) without what rounding took beyond a bound."""
        return np.minimum(np.maximum(weights, self.lower), self.upper)

    def miss(self, weights: Array) -> Array:
        """How far rows of `weights` (P, N) are from a bound, a row or a limit, at worst (P,)."""
        own, worst = np.ascontiguousarray(weights), np.empty(len(weights))
        most_missed(own, self.lower, self.upper, self.rows, self.low, self.high, worst)
        far = [each.of(weights) - each.limit for each in self.distances]
        return np.maximum.reduce([worst, *far]) if far else worst

    def too_far(self, weights: Array) -> float:
        """How far weights (..., N) are beyond the limit of a distance, at worst."""
        far = [float((each.of(weights) - each.limit).max()) for each in self.distances]
        return max(far, default=-np.inf)

    @cached_property
    def budget_row(self) -> int | None:
        """The row that says what all assets sum to, if one does."""
        sums = (self.low == self.high) & (self.rows == 1.0).all(axis=1)
        return int(sums.argmax()) if sums.any() else None

    @cached_property
    def cut(self) -> "Pieces":
        """Its pieces where assets earn nothing: what does not depend on what they earn."""
        return _cut(self)

    def moved(self, base: Array) -> "Polyhedron":
        """The same portfolios, as differences to `base` (N,)."""
        amounts = self.rows @ base
        return Polyhedron(
            lower=self.lower - base,
            upper=self.upper - base,
            rows=self.rows,
            low=self.low - amounts,
            high=self.high - amounts,
            distances=[
                Distance(centre=d.centre - base, limit=d.limit, rate=d.rate) for d in self.distances
            ],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pieces:
    """A polyhedron as n pieces of assets and m rows, each between two bounds.

    Weights are `below` plus what their pieces hold; rows are divided by `size`, so that their
    largest coefficient is one. Where an equality says what all assets sum to, `shift` is the mean
    gain, and gains are beside it.
    """

    asset: NDArray[np.int64]  # (n,) ascending
    joined: Flags  # (n,) continues the piece before
    below: Array  # (n,) what the asset has when the piece is empty, for pieces that are joined 0
    full: Flags  # (n,) begins at its upper bound
    gain: Array  # (n,)
    shift: float
    rows: Array  # (m, n)
    size: Array  # (m,)
    low: Array  # (n + m,)
    high: Array  # (n + m,)
    possible: bool  # no item has its bounds the wrong way round

    def earning(self, gain: Array, shift: float) -> "Pieces":
        """The same pieces with other gains (n,)."""
        return Pieces(
            asset=self.asset,
            joined=self.joined,
            below=self.below,
            full=self.full,
            gain=gain,
            shift=shift,
            rows=self.rows,
            size=self.size,
            low=self.low,
            high=self.high,
            possible=self.possible,
        )

    def prices(self, traced: Array, tolerance: float, budget: int | None) -> Array:
        """What a unit of each row (m,) costs, in half the variance less tolerance x mean."""
        prices: Array = -traced / self.size
        if budget is not None:
            prices[budget] += tolerance * self.shift
        return prices

    def shortfall(self, weights: Array, gain: Array, prices: Array) -> float:
        """How far weights (N,) may be from the best, where the objective rises by `gain` (n,).

        `prices` (m,) of rows, of any size: a bound by weak duality. Terms are taken one by one, so
        that small ones survive.
        """
        return short_of_best(
            weights, self.asset, self.below, self.low, self.high, self.rows, gain, prices
        )


def pieces(within: Polyhedron, mean: Array) -> Pieces:
    """Cut the assets at the centres of distances; `mean` (N,) is what a unit of each earns."""
    cut, own = within.cut, np.ascontiguousarray(mean)
    gain = np.empty(len(cut.asset))
    shift = gains_of_pieces(own, cut.asset, cut.gain, within.budget_row is not None, gain)
    return cut.earning(gain, shift)


def _cut(within: Polyhedron) -> Pieces:
    lower, upper, count = within.lower, within.upper, len(within.lower)
    centres = [np.clip(d.centre, lower, upper) for d in within.distances]
    cuts = np.sort(np.array([lower, *centres, upper]), axis=0)
    kept = np.diff(cuts, axis=0) > 0
    kept[0] |= ~kept.any(axis=0)  # an asset that is fixed keeps a piece
    asset, part = np.nonzero(kept.T)
    least, most = cuts[part, asset], cuts[part + 1, asset]
    joined = np.concatenate([[False], asset[1:] == asset[:-1]])
    below = np.where(joined, least, 0.0)
    gain, rows, low, high = np.zeros(len(asset)), within.rows[:, asset], within.low, within.high
    first = within.distances[0].centre if within.distances else lower
    full = least < first[asset]  # so that it begins where it is nearest to the first centre
    for distance in within.distances:
        sign = np.where(least >= distance.centre[asset], 1.0, -1.0)
        gain = gain - np.broadcast_to(distance.rate, count)[asset] * sign
        if distance.limit < np.inf:
            reached = float((sign * distance.centre[asset])[~joined].sum())
            rows = np.vstack([rows, sign])
            low = np.append(low, -np.inf)
            high = np.append(high, distance.limit + reached)
    size = np.abs(rows).max(axis=1, initial=0.0)
    size[size == 0] = 1.0
    least, most = (
        np.concatenate([least - below, low / size]),
        np.concatenate([most - below, high / size]),
    )
    return Pieces(
        asset=asset.astype(np.int64),
        joined=joined,
        below=below,
        full=full,
        gain=gain,
        shift=0.0,
        size=size,
        rows=np.ascontiguousarray(rows / size[:, None]),
        low=least,
        high=most,
        possible=bool((least <= most).all()),
    )
