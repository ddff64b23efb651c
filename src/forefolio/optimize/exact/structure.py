"""Constraints read off their own rows: bounds, linear rows and distances, if they say no more.

Each constraint states its rows to a program that only writes down what it is asked for. What is
linear in the weights is a bound or a row; a sum of sizes is a distance; anything else (a norm, few
names, something soft) has no place on an exact line. So a constraint of somebody's own is as fast
as ours, and no fast path knows the name of a constraint.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NoReturn

import numpy as np

from forefolio.core.units import Array
from forefolio.optimize.base import Outlook
from forefolio.optimize.constraints.linear import Constraint
from forefolio.optimize.exact.as_box import FELT, TOUCHING
from forefolio.optimize.exact.polyhedron import Distance, Polyhedron
from forefolio.optimize.program.affine import Affine
from forefolio.optimize.program.problem import Program, Rows
from forefolio.optimize.program.symbols import Symbols


class _NotLinear(Exception):
    """Something was asked for that has no place on an exact line."""


class _Recorder(Program):
    """Writes down whose sizes are asked for; the k-th are the unknowns from `first[k]` on."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[tuple[int, Affine]] = []

    def absolute(self, of: Affine) -> Affine:
        size = self.unknown(len(of))
        self.sizes.append((size.width - len(of), of))
        return size

    def _refused(self, *_: object, **__: object) -> NoReturn:
        raise _NotLinear

    positive_part = at_least = norm = three_halves = logarithm = few = _refused


@dataclass(slots=True)
class _Row:
    """Limits of one sum of weights, and in which words each was stated."""

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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Structure:
    """A polyhedron, and what each of its sides is called."""

    within: Polyhedron
    bounds: tuple[_Row, ...]  # (N,)
    rows: tuple[_Row, ...]  # (M,)
    distances: tuple[tuple[str, float], ...] = ()  # of those that are limited: name, units of it

    def binding(self, weights: Array, slope: Array, prices: Array) -> tuple[tuple[str, float], ...]:
        """What each side costs at `weights`, where the objective rises by `slope` (N,).

        `prices` are those of the rows and of the limited distances, in units of the objective.
        """
        beyond = slope + prices[: len(self.rows)] @ self.within.rows
        priced = [_priced(*each) for each in zip(self.rows, prices, strict=False)]
        distant = prices[len(self.rows) :]
        for (name, units), price in zip(self.distances, distant, strict=True):
            priced.append((name, float(price * units)))
        edge = FELT * float(np.abs(slope).max(initial=0.0))
        for k, (bound, weight) in enumerate(zip(self.bounds, weights, strict=True)):
            for side, name in ((-1.0, bound.low_name), (1.0, bound.high_name)):
                if (weight - (bound.low if side < 0 else bound.high)) * side >= -TOUCHING:
                    pulled = -side * beyond[k] - self._kinks(k, float(weight), side, distant)
                    priced.append((name, max(float(pulled), 0.0)))
        felt = [(name, price) for name, price in priced if name and abs(price) > edge]
        return tuple(sorted(felt, key=lambda pair: -abs(pair[1])))

    def _kinks(self, k: int, weight: float, side: float, prices: Array) -> float:
        """What distances cost where weight k goes beyond its bound, in the direction of `side`."""
        limited = [d for d in self.within.distances if d.limit < np.inf]
        return sum(
            float(price) if (weight - d.centre[k]) * side >= -TOUCHING else -float(price)
            for d, price in zip(limited, prices, strict=True)
        )


def _priced(row: _Row, price: float) -> tuple[str, float]:
    """What the side of a row that costs something is called, and its price."""
    if row.low == row.high:
        return row.high_name, float(price)
    return (row.high_name, float(price)) if price > 0 else (row.low_name, -float(price))


@dataclass(slots=True)
class _Reading:
    """What has been read so far."""

    count: int
    bounds: list[_Row]
    sums: dict[bytes, _Row] = field(default_factory=dict)
    coefficients: list[Array] = field(default_factory=list)
    distances: list[Distance] = field(default_factory=list)
    names: list[tuple[str, float]] = field(default_factory=list)

    def statement(self, rows: Rows, recorder: _Recorder) -> None:
        """Take in the rows of one statement."""
        if rows.soft:
            raise _NotLinear
        width = max([self.count, rows.excess.width])
        matrix = rows.excess.wide(width)
        for coefficients, constant, name in zip(
            matrix, rows.excess.constant, rows.row_names, strict=True
        ):
            if coefficients[self.count :].any():
                self._distance(coefficients, float(constant), name, rows.exact, recorder)
            else:
                self._row(coefficients[: self.count], float(constant), name, rows.exact)

    def _row(self, coefficients: Array, constant: float, name: str, exact: bool) -> None:
        on = np.flatnonzero(coefficients)
        if not len(on):
            if constant > 0 or (exact and constant != 0):
                raise _NotLinear  # nothing satisfies it: the general way has the words
            return
        lead = float(coefficients[on[0]])
        limit = -constant / lead + 0.0  # no minus zero
        upper = lead > 0
        low, high = (-np.inf, limit) if upper else (limit, np.inf)
        low, high = (limit, limit) if exact else (low, high)
        if len(on) == 1:
            self.bounds[on[0]].within(name, low, high)
            return
        scaled = coefficients / lead
        key = scaled.tobytes()
        if key not in self.sums:
            self.sums[key] = _Row()
            self.coefficients.append(scaled)
        self.sums[key].within(name, low, high)

    def _distance(
        self, coefficients: Array, constant: float, name: str, exact: bool, recorder: _Recorder
    ) -> None:
        for first, of in recorder.sizes:
            among = coefficients[first : first + len(of)]
            rest = np.delete(coefficients, np.arange(first, first + len(of)))
            alone = among[0] > 0 and (among == among[0]).all() and not rest.any()
            whole = len(of) == self.count and np.array_equal(
                of.wide(self.count), np.eye(self.count)
            )
            if alone and whole and not exact:
                centre, limit = -of.constant, -constant / float(among[0])
                self.distances.append(Distance(centre=centre, limit=limit))
                self.names.append((name, 1.0 / float(among[0])))
                return
        raise _NotLinear


def structure(constraints: Sequence[Constraint], outlook: Outlook) -> Structure | None:
    """What `constraints` come to; None where they say more than bounds, rows and distances."""
    count = len(outlook.assets)
    recorder = _Recorder()
    s = Symbols(outlook, recorder, recorder.unknown(count), Affine(np.zeros((1, 0)), np.ones(1)))
    read = _Reading(count=count, bounds=[_Row() for _ in range(count)])
    try:
        for constraint in constraints:
            for rows in constraint.rows(s):
                read.statement(rows, recorder)
    except _NotLinear:
        return None
    gross = [d.limit for d in read.distances if not d.centre.any()]
    lower = np.array([bound.low for bound in read.bounds])
    upper = np.array([bound.high for bound in read.bounds])
    if gross:  # no weight is larger than all of them together
        lower, upper = np.maximum(lower, -min(gross)), np.minimum(upper, min(gross))
    if not np.isfinite(lower).all() or not (lower <= upper).all():
        return None
    sums = tuple(read.sums.values())
    for row, coefficients in zip(sums, read.coefficients, strict=True):
        upper = _reachable(lower, upper, coefficients, row.high)
    within = Polyhedron(
        lower=lower,
        upper=upper,
        rows=np.array(read.coefficients).reshape(len(sums), count),
        low=np.array([row.low for row in sums]),
        high=np.array([row.high for row in sums]),
        distances=tuple(read.distances),
    )
    return Structure(
        within=within, bounds=tuple(read.bounds), rows=sums, distances=tuple(read.names)
    )


def _reachable(lower: Array, upper: Array, coefficients: Array, most: float) -> Array:
    """Upper bounds (N,) where they were infinite, out of reach of a sum of at most so much."""
    on = coefficients > 0
    if (coefficients < 0).any() or not np.isfinite(most):
        return upper
    spare = most - float(coefficients @ lower)
    reach = lower + (max(spare, 0.0) + 1.0) / np.where(on, coefficients, 1.0)
    return np.where(on & np.isinf(upper), reach, upper)
