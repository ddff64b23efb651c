"""Rows of a problem as interior points take them: equalities, and limits from above."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forefolio.core.errors import SolverFailed
from forefolio.core.units import Array, Flags
from forefolio.optimize.exact.polyhedron import Pieces


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SidedRows:
    """Bounds of n amounts that can move, equalities and limits from above."""

    lower: Array  # (n,)
    upper: Array  # (n,)
    equal: Array  # (e, n) @ x == level
    level: Array
    over: Array  # (r, n) @ x <= limit
    limit: Array
    same: Flags  # (m,) which rows are equalities
    above: Flags  # (m,) which have a limit from above, and
    below: Flags  # from below

    def prices(self, equal: Array, over: Array) -> Array:
        """What a unit of each row costs (m,), from the prices of equalities and of limits."""
        priced = np.zeros(len(self.same))
        first = int(self.above.sum())
        priced[self.same] = -equal
        priced[self.above] += over[:first]
        priced[self.below] -= over[first:]
        return priced


def sided_rows(parts: Pieces, at: NDArray[np.intp], used: Array) -> SidedRows:
    """The rows of pieces `at`, where the others already use so much of each row (m,).

    Raises:
        SolverFailed: a weight has no bound, or none can move.
    """
    if not len(at):
        raise SolverFailed("no weight can move: it is what its bounds say")
    count = len(parts.asset)
    lower, upper = parts.low[at], parts.high[at]
    if not (np.isfinite(upper).all() and np.isfinite(lower).all()):
        raise SolverFailed("a weight has no bound: add a Budget, LongOnly or Bounds")
    low, high = parts.low[count:], parts.high[count:]
    same = low == high
    above, below = ~same & np.isfinite(high), ~same & np.isfinite(low)
    rows = parts.rows[:, at]
    return SidedRows(
        lower=lower,
        upper=upper,
        equal=np.ascontiguousarray(rows[same]),
        level=(high - used)[same],
        over=np.vstack([rows[above], -rows[below]]),
        limit=np.concatenate([(high - used)[above], (used - low)[below]]),
        same=same,
        above=above,
        below=below,
    )


def start(rows: SidedRows) -> Array:
    """Amounts (n,) well within their bounds, that use about as much as the first equality wants."""
    width = rows.upper - rows.lower
    room = float(width.sum())
    wanted = float(rows.level[0] - rows.lower.sum()) if len(rows.level) else 0.5 * room
    begun: Array = rows.lower + width * min(max(wanted / room, 0.02), 0.98)
    return begun


def movable(parts: Pieces) -> Flags:
    """Pieces (n,) that have room between their bounds."""
    count = len(parts.asset)
    return np.asarray(parts.high[:count] > parts.low[:count])
