"""What constraints come to, if no more than bounds, linear rows and distances, and its prices.

Fast solvers need that structure: a budget and bounds (`Box`), or anything linear (`Polyhedron`).
It is read off the rows of the constraints (`reading.py`), never off their names.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forefolio.core.units import Array, Flags
from forefolio.optimize.exact.box import Box
from forefolio.optimize.exact.polyhedron import Distance, Polyhedron
from forefolio.optimize.program.problem import Rows

TOUCHING = 1e-9  # a weight nearer to a bound is at it
FELT = 1e-8  # a price below, beside the largest slope, is rounding


@dataclass(slots=True)
class Sum:
    """Limits of one sum of weights, and in which words each was stated."""

    coefficients: Array  # (N,) the first that is not zero is one
    low: float = -np.inf
    high: float = np.inf
    low_name: str = ""
    high_name: str = ""

    def within(self, name: str, low: float, high: float) -> None:
        """Tighten it."""
        if low > self.low:
            self.low, self.low_name = low, name
        if high < self.high:
            self.high, self.high_name = high, name

    def priced(self, price: float) -> tuple[str, float]:
        """What the side that costs something is called, and its price."""
        if self.low == self.high:
            return self.high_name, float(price)
        return (self.high_name, float(price)) if price > 0 else (self.low_name, -float(price))


class WeightBounds:
    """The bounds (N,) of weights, and the row of which statement each comes from.

    Names are looked up when they are asked for: most decisions never do.
    """

    def __init__(self, count: int) -> None:
        """Begin without any."""
        self.low, self.high = np.full(count, -np.inf), np.full(count, np.inf)
        self.low_by, self.high_by = np.full((2, 2, count), -1)
        self._statements: list[Rows] = []

    def within(
        self, at: NDArray[np.intp], low: Array, high: Array, by: tuple[Rows, NDArray[np.intp]]
    ) -> None:
        """Tighten those of weights `at` (K,), by rows (K,) of a statement."""
        statement, rows = by
        self._statements.append(statement)
        number = len(self._statements) - 1
        for bounds, sources, new, tighter in (
            (self.low, self.low_by, low, low > self.low[at]),
            (self.high, self.high_by, high, high < self.high[at]),
        ):
            if tighter.any():
                bounds[at[tighter]] = new[tighter]
                sources[0, at[tighter]], sources[1, at[tighter]] = number, rows[tighter]

    @property
    def exact(self) -> Flags:
        """Where one row says what the weight is (N,)."""
        return np.asarray((self.low_by == self.high_by).all(axis=0) & (self.low_by[0] >= 0))

    def names(self, sources: NDArray[np.intp], weights: NDArray[np.intp]) -> list[str]:
        """What the rows are called that bounds of these weights come from; "" without a bound."""
        return [
            self._statements[statement].row_name(row) if statement >= 0 else ""
            for statement, row in sources[:, weights].T.tolist()
        ]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RiskCap:
    """A volatility over the horizon, of what the weights differ from `centre`, is limited."""

    centre: Array  # (N,) zero, or a benchmark
    at_most: float
    name: str
    units: float  # units of the volatility that one unit of the limit, as it was stated, has


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Structure:
    """Weights of N assets within bounds, sums, distances and a cap on risk, and all their names."""

    assets: tuple[str, ...]
    bounds: WeightBounds
    upper: Array  # (N,) bounds, or what is out of reach where there are none
    lower: Array  # (N,) finite
    sums: tuple[Sum, ...] = ()
    distances: tuple[Distance, ...] = ()
    distance_names: tuple[tuple[str, float], ...] = ()  # and how many units one limit has
    cap: RiskCap | None = None

    def box(self) -> Box | None:
        """The budget and the bounds, where there is nothing else.

        Raises:
            Infeasible: the bounds do not allow the budget.
        """
        if len(self.sums) != 1 or self.distances or self.cap:
            return None
        (budget,) = self.sums
        if budget.low != budget.high or not (budget.coefficients == 1.0).all():
            return None
        return Box.of(self.bounds.low, self.bounds.high, budget.low, self.assets)

    def polyhedron(self) -> Polyhedron:
        """All of it but the cap on risk."""
        count = len(self.assets)
        return Polyhedron(
            lower=self.lower,
            upper=self.upper,
            rows=np.array([s.coefficients for s in self.sums]).reshape(len(self.sums), count),
            low=np.array([s.low for s in self.sums]),
            high=np.array([s.high for s in self.sums]),
            distances=self.distances,
        )

    def binding(
        self, weights: Array, slope: Array, prices: Array | None = None
    ) -> tuple[tuple[str, float], ...]:
        """What each side costs at `weights` (N,), where the objective rises by `slope` (N,).

        `prices` are those of the sums and of the limited distances, in units of the objective. Of a
        budget alone it need not be known: it is what an asset that is free would gain.
        """
        low, high = weights <= self.bounds.low + TOUCHING, weights >= self.bounds.high - TOUCHING
        if prices is None:
            prices = np.array([-_marginal(slope, low, high)])
        count = len(self.sums)
        beyond, distant = slope.copy(), prices[count:]
        for each, price in zip(self.sums, prices, strict=False):
            beyond += price * each.coefficients
        priced = [each.priced(price) for each, price in zip(self.sums, prices, strict=False)]
        for (name, units), price in zip(self.distance_names, distant, strict=True):
            priced.append((name, float(price * units)))
        edge = FELT * float(np.abs(slope).max(initial=0.0))
        down, up = beyond, -beyond
        if self.distances:
            down = down - self._kinks(weights, -1.0, distant)
            up = up - self._kinks(weights, 1.0, distant)
        above, below = np.flatnonzero(high & (up > edge)), np.flatnonzero(low & (down > edge))
        least = np.where(self.bounds.exact, -down, down)[below]
        priced += zip(
            self.bounds.names(self.bounds.high_by, above), up[above].tolist(), strict=True
        )
        priced += zip(self.bounds.names(self.bounds.low_by, below), least.tolist(), strict=True)
        noticeable = [(name, price) for name, price in priced if name and abs(price) > edge]
        return tuple(sorted(noticeable, key=lambda pair: -abs(pair[1])))

    def _kinks(self, weights: Array, side: float, prices: Array) -> Array:
        """What distances cost (N,) where a weight goes on in the direction of `side`."""
        cost, limited = np.zeros(len(weights)), iter(prices)
        for distance in self.distances:
            price = distance.rate + (next(limited) if distance.limit < np.inf else 0.0)
            away = (weights - distance.centre) * side >= -TOUCHING
            cost += np.where(away, price, -price)
        return cost


def _marginal(slope: Array, low: Flags, high: Flags) -> float:
    """What an asset that is free gains; where none is, halfway between those that would move."""
    free = ~(low | high)
    if free.any():
        return float(slope[free].mean())
    sides = [slope[low & ~high].min(initial=np.inf), slope[high & ~low].max(initial=-np.inf)]
    finite = [side for side in sides if np.isfinite(side)]
    return float(np.mean(finite)) if finite else 0.0
