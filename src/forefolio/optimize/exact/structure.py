"""What constraints come to, if no more than bounds, linear rows and distances, and its prices.

Fast solvers need that structure: a budget and bounds (`Box`), or anything linear (`Polyhedron`).
It is read off the rows of the constraints (`reading.py`), never off their names.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from forefolio.core.units import Array, Flags, read_only
from forefolio.optimize.exact.box import Box
from forefolio.optimize.exact.polyhedron import Distance, Polyhedron
from forefolio.optimize.exact.price_kernel import costly_bounds, marginal
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

    Names are looked up when they are asked for: most are never.
    """

    def __init__(self, count: int) -> None:
        """Begin without any."""
        self.low, self.high = np.full(count, -np.inf), np.full(count, np.inf)
        self.low_by, self.high_by = np.full((2, 2, count), -1)
        self._statements: list[Rows] = []
        self._named: tuple[dict[int, str], dict[int, str]] = {}, {}

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

    @cached_property
    def exact(self) -> Flags:
        """Where one row says what the weight is (N,)."""
        return np.asarray((self.low_by == self.high_by).all(axis=0) & (self.low_by[0] >= 0))

    def priced(
        self, weights: Array, slope: Array, sums: tuple[Array, Array], kinks: Array
    ) -> tuple[list[tuple[str, float]], float]:
        """What bounds cost where the objective rises by `slope` (N,), and what is only rounding.

        `sums` are their rows (m, N) and the prices of those (m,), `kinks` (2, N) what distances
        cost, or (0, N). Where one row says what the weight is, the price of its lower side is
        negative.
        """
        which, costs = np.empty((2, len(weights)), np.int64), np.empty((2, len(weights)))
        lower, upper, edge = costly_bounds(
            weights,
            slope,
            *sums,
            kinks,
            self.low,
            self.high,
            self.exact,
            TOUCHING,
            FELT,
            which,
            costs,
        )
        priced: list[tuple[str, float]] = []
        for side, count in ((1, upper), (0, lower)):
            if count:
                names = self._names(side, which[side, :count].tolist())
                priced += zip(names, costs[side, :count].tolist(), strict=True)
        return priced, edge

    def _names(self, side: int, weights: list[int]) -> list[str]:
        """What the rows are called that bounds of these weights come from; "" without a bound."""
        named, sources = self._named[side], (self.low_by, self.high_by)[side]
        for weight in weights:
            if weight not in named:
                statement, row = sources[:, weight].tolist()
                one = self._statements[statement].row_name(row) if statement >= 0 else ""
                named[weight] = one
        return [named[weight] for weight in weights]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RiskCap:
    """A volatility over the horizon, of what the weights differ from `centre`, is limited."""

    centre: Array  # (N,) zero, or a benchmark
    at_most: float
    name: str
    units: float  # units of the volatility that one unit of the limit, as it was stated, has


@dataclass(frozen=True, kw_only=True, eq=False)
class Structure:
    """Weights of N assets within bounds, sums, distances and a cap on risk, and all their names.

    What follows from it is worked out once: many decisions are made within the same limits.
    """

    assets: tuple[str, ...]
    bounds: WeightBounds
    upper: Array  # (N,) bounds, or what is out of reach where there are none
    lower: Array  # (N,) finite
    sums: tuple[Sum, ...] = ()
    distances: tuple[Distance, ...] = ()
    distance_names: tuple[tuple[str, float], ...] = ()  # and how many units one limit has
    cap: RiskCap | None = None

    @cached_property
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

    @cached_property
    def rows(self) -> Array:
        """The coefficients (m, N) of the sums."""
        rows = np.array([s.coefficients for s in self.sums]).reshape(-1, len(self.assets))
        read_only(rows)
        return rows

    @cached_property
    def polyhedron(self) -> Polyhedron:
        """All of it but the cap on risk."""
        return Polyhedron(
            lower=self.lower,
            upper=self.upper,
            rows=self.rows,
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
        bounds, count = self.bounds, len(self.sums)
        if prices is None:
            prices = np.array([-marginal(slope, weights, bounds.low, bounds.high, TOUCHING)])
        sums, kinks = (self.rows, prices[:count]), self._kinks(weights, prices[count:])
        at_bounds, edge = bounds.priced(weights, slope, sums, kinks)
        all_prices = prices.tolist()
        priced = [
            each.priced(price)
            for each, price in zip(self.sums, all_prices[:count], strict=True)
            if abs(price) > edge
        ]
        for (name, units), price in zip(self.distance_names, all_prices[count:], strict=True):
            priced.append((name, price * units))
        priced += at_bounds
        noticeable = [pair for pair in priced if pair[0] and abs(pair[1]) > edge]
        return tuple(sorted(noticeable, key=_dearest))

    def _kinks(self, weights: Array, prices: Array) -> Array:
        """What distances cost (2, N) where a weight falls, and where it rises; (0, N) of none."""
        kinks = np.zeros((2 if self.distances else 0, len(weights)))
        for cost, side in zip(kinks, (-1.0, 1.0), strict=False):
            limited = iter(prices)
            for distance in self.distances:
                price = distance.rate + (next(limited) if distance.limit < np.inf else 0.0)
                away = (weights - distance.centre) * side >= -TOUCHING
                cost += np.where(away, price, -price)
        return kinks


def _dearest(pair: tuple[str, float]) -> float:
    """What comes first among prices."""
    return -abs(pair[1])
