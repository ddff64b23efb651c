"""Constraints read off their own rows: bounds, sums and distances, if they say no more.

Each constraint states its rows to a program that only writes down what it is asked for
(`recording.py`). A row of one weight is a bound, of several a sum; a sum of sizes is a distance, a
volatility a cap on risk; anything else (few names, something soft) has no place on an exact line.
So a constraint of somebody's own is as fast as ours, and no fast path knows the name of one.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

import numpy as np

from forefolio.core.units import Array
from forefolio.optimize.base import Outlook
from forefolio.optimize.constraints.linear import Constraint
from forefolio.optimize.exact.polyhedron import Distance
from forefolio.optimize.exact.recording import (
    NotLinear,
    Recorder,
    centre_of,
    recorded_symbols,
)
from forefolio.optimize.exact.structure import RiskCap, Structure, Sum, WeightBounds
from forefolio.optimize.names import Universe
from forefolio.optimize.program.affine import Picked
from forefolio.optimize.program.problem import Rows

K = TypeVar("K")
T = TypeVar("T")
REMEMBERED = 64  # readings of limits that depend on nothing but names


@dataclass(slots=True)
class _Reading:
    """What has been read so far, of N weights."""

    count: int
    bounds: WeightBounds
    sums: dict[bytes, Sum] = field(default_factory=dict)
    distances: list[Distance] = field(default_factory=list)
    names: list[tuple[str, float]] = field(default_factory=list)
    cap: RiskCap | None = None

    def statement(self, rows: Rows, recorder: Recorder) -> None:
        """Take in the rows of one statement."""
        if rows.soft:
            raise NotLinear
        excess = rows.excess
        if isinstance(excess, Picked) and (excess.index < self.count).all():
            self._bounds(excess, rows)
            return
        matrix = excess.wide(max(self.count, excess.width))
        for row, coefficients in enumerate(matrix):
            if coefficients[self.count :].any():
                self._distance(coefficients, rows, row, recorder)
            else:
                self._row(coefficients[: self.count], rows, row)

    def _bounds(self, excess: Picked, rows: Rows) -> None:
        """Rows of one weight each."""
        factor, upward = excess.factor, excess.factor > 0
        if not factor.all():
            raise NotLinear
        limit = -excess.constant / factor + 0.0  # no minus zero
        low = high = limit
        if not rows.exact:
            low, high = np.where(upward, -np.inf, limit), np.where(upward, limit, np.inf)
        self.bounds.within(excess.index, low, high, (rows, np.arange(len(limit))))

    def _row(self, coefficients: Array, rows: Rows, row: int) -> None:
        on, constant = np.flatnonzero(coefficients), float(rows.excess.constant[row])
        if not len(on):
            if constant > 0 or (rows.exact and constant != 0):
                raise NotLinear  # nothing satisfies it: `conflicts.py` explains why
            return
        lead = float(coefficients[on[0]])
        limit = -constant / lead + 0.0  # no minus zero
        low, high = (-np.inf, limit) if lead > 0 else (limit, np.inf)
        low, high = (limit, limit) if rows.exact else (low, high)
        if len(on) == 1 and self.count > 1:  # of one asset alone, it is the budget
            self.bounds.within(on, np.array([low]), np.array([high]), (rows, np.array([row])))
            return
        scaled = coefficients / lead
        total = self.sums.setdefault(scaled.tobytes(), Sum(scaled))
        total.within(rows.row_name(row), low, high)

    def _distance(self, coefficients: Array, rows: Rows, row: int, recorder: Recorder) -> None:
        """A limit on the size of something: on a distance, or on a volatility."""
        constant = -float(rows.excess.constant[row])
        for first, of in recorder.sizes:
            among = coefficients[first : first + len(of)]
            evenly = among[0] > 0 and (among == among[0]).all()
            if evenly and _nothing_else(coefficients, first, len(of)) and not rows.exact:
                factor = float(among[0])
                self.distances.append(
                    Distance(centre=centre_of(of, self.count), limit=constant / factor)
                )
                self.names.append((rows.row_name(row), 1.0 / factor))
                return
        for place, of in recorder.volatilities:
            factor = float(coefficients[place])
            if (
                factor > 0
                and _nothing_else(coefficients, place, 1)
                and not rows.exact
                and not self.cap
            ):
                self.cap = RiskCap(
                    centre=centre_of(of, self.count),
                    at_most=constant / factor,
                    name=rows.row_name(row),
                    units=1.0 / factor,
                )
                return
        raise NotLinear


def _nothing_else(coefficients: Array, first: int, count: int) -> bool:
    """Whether all coefficients are zero but those of `count` unknowns from `first` on."""
    return not coefficients[:first].any() and not coefficients[first + count :].any()


NOT_READ = "not read yet"
_READ: dict[Hashable, Structure | None] = {}
_Names: TypeAlias = tuple[tuple[str, ...], tuple[str, ...], Universe]
_LATELY: dict[int, tuple[tuple[Constraint, ...], _Names, Structure | None]] = {}
"""By the place of a tuple of limits, which is kept with it: looking is quicker than comparing."""


def read_structure(constraints: Sequence[Constraint], outlook: Outlook) -> Structure | None:
    """What `constraints` come to; None where they say more than `Structure` can hold.

    None as well where no finite bound keeps a weight from below, or bounds contradict each other:
    `conflicts.py` explains that. Limits of names alone are read once, however often it is decided.
    """
    names = outlook.assets, outlook.sectors, outlook.universe
    lately = _LATELY.get(id(constraints))
    if lately is not None and lately[0] is constraints and lately[1] == names:
        return lately[2]
    # a class says so of its own rows, not of those of a class made from it
    if not all(vars(type(one)).get("of_names_alone", False) for one in constraints):
        return _read(constraints, outlook)
    limits = tuple(constraints)
    key = limits, *names
    found = _READ.get(key, NOT_READ)
    if isinstance(found, str):
        found = _remembered(_READ, key, _read(constraints, outlook))
    if limits is constraints:  # a list may be another one the next time
        _remembered(_LATELY, id(limits), (limits, names, found))
    return found


def _remembered(memory: dict[K, T], key: K, value: T) -> T:
    """What is new, kept beside what was read before; all of that goes where there is no room."""
    if len(memory) >= REMEMBERED:
        memory.clear()
    memory[key] = value
    return value


def _read(constraints: Sequence[Constraint], outlook: Outlook) -> Structure | None:
    count, recorder = len(outlook.assets), Recorder()
    s = recorded_symbols(outlook, recorder)
    read = _Reading(count=count, bounds=WeightBounds(count))
    try:
        for constraint in constraints:
            for rows in constraint.rows(s):
                read.statement(rows, recorder)
    except NotLinear:
        return None
    gross = [d.limit for d in read.distances if not d.centre.any()]
    lower, upper = read.bounds.low, read.bounds.high
    if gross:  # no weight is larger than all of them together
        lower, upper = np.maximum(lower, -min(gross)), np.minimum(upper, min(gross))
    if not np.isfinite(lower).all() or not (lower <= upper).all():
        return None
    sums = tuple(read.sums.values())
    for each in sums:
        if not np.isinf(upper).any():
            break
        upper = _reachable(lower, upper, each.coefficients, each.high)
    return Structure(
        assets=outlook.assets,
        bounds=read.bounds,
        lower=lower,
        upper=upper,
        sums=sums,
        distances=tuple(read.distances),
        distance_names=tuple(read.names),
        cap=read.cap,
    )


def _reachable(lower: Array, upper: Array, coefficients: Array, most: float) -> Array:
    """Upper bounds (N,) where they were infinite, out of reach of a sum of at most so much."""
    on = coefficients > 0
    if (coefficients < 0).any() or not np.isfinite(most):
        return upper
    spare = most - float(coefficients @ lower)
    reach = lower + (max(spare, 0.0) + 1.0) / np.where(on, coefficients, 1.0)
    return np.where(on & np.isinf(upper), reach, upper)
