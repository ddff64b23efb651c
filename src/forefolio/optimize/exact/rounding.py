"""Which weights to round up to a whole share, and where a share less pays for that.

1. What is missing, or too much, is relaxed to fractions: one price for the money that is left makes
   the best of them, and a bound that no rounding beats (Dantzig 1957, "Discrete-variable extremum
   problems").
2. What each rounding loses against it is known. Those that together lose less than the best found
   are tried, the cheapest first: when no more are left, it is proved.
3. Where too many lose little, as when prices differ by orders of magnitude, the problem is split
   at the asset of which a fraction would be taken, and either part has its own bound (`branches`).
4. What neither proves in time HiGHS solves in whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forefolio.core.lazy import lazy
from forefolio.core.units import Array
from forefolio.optimize.exact.rounding_branch_kernel import least_by_branches
from forefolio.optimize.exact.rounding_kernel import cheapest_steps

optimize: Any = lazy("scipy.optimize")

CLOSE = 1e-4  # of the distance from the targets: what is so near to the nearest will do
PATIENCE = 10_000  # roundings tried: a tenth of a millisecond
BRANCHES = 20_000  # looked at: a microsecond each, or a few where there are a hundred assets


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rounding:
    """What is left to decide once targets are rounded down; money is in fractions of the capital.

    Of each asset a `part` (N,) of a share is missing. A share more costs `buying`, a share less
    brings `selling`, and there is `room` for all of it. What is missing, or what is too much where
    that is more, is half the distance of positions and cash from their targets.
    """

    part: Array
    price: Array
    buying: Array
    selling: Array
    room: float

    def steps(self, most: Array) -> Array:
        """Shares (N,) to add, one at most, or to take off, `most` (N,) at most."""
        missing = self.part * self.price
        if not missing.any():
            return np.zeros(len(missing))
        fewer = np.minimum(most, np.ceil(self.price.max() / self.price))
        found = self._searched(missing, fewer)
        return self._solved(missing, fewer) if found is None else found

    def _searched(self, missing: Array, fewer: Array) -> Array | None:
        """The best rounding, proved within `CLOSE`; None where too many would have to be tried."""
        if self.room < 0.0:
            return None
        count, total = len(missing), float(missing.sum())
        change = np.zeros((3, 2 * count))
        change[0, :count], change[0, count:] = -missing, self.price
        change[1, :count] = self.price - missing
        change[2, :count], change[2, count:] = self.buying, -self.selling
        most = np.concatenate([missing > 0.0, fewer]).astype(np.int64)
        whole = _Whole(change, most, np.array([total, 0.0, self.room]))
        taken = whole.best(
            _break(missing, self.price, total), _break(missing, self.buying, self.room)
        )
        taken = whole.branched() if taken is None else taken
        return None if taken is None else (taken[:count] - taken[count:]).astype(np.float64)

    def _solved(self, missing: Array, fewer: Array) -> Array:
        """By a general solver of problems in whole numbers."""
        count = len(missing)
        left = np.concatenate([missing, -self.price, [1.0]])
        over = np.concatenate([missing - self.price, np.zeros(count), [1.0]])
        paid = np.concatenate([-self.buying, self.selling, [0.0]])
        found = optimize.milp(
            np.append(np.zeros(2 * count), 1.0),
            constraints=optimize.LinearConstraint(
                np.vstack([left, over, paid]), lb=[missing.sum(), 0.0, -self.room]
            ),
            bounds=optimize.Bounds(0.0, np.concatenate([missing > 0, fewer, [np.inf]])),
            integrality=np.append(np.ones(2 * count), 0),
            options={"mip_rel_gap": CLOSE, "time_limit": 5.0},
        )
        if found.x is None:
            return self._greedy()
        up, off = np.round(found.x[:count]), np.round(found.x[count:-1])
        pays = float(self.buying @ up - self.selling @ off) <= self.room
        return up - off if pays else self._greedy()

    def _greedy(self) -> Array:
        """Shares to add by what is missing, as long as there is room."""
        taken, room = np.zeros(len(self.part)), self.room
        for item in np.argsort(-self.part, kind="stable"):
            if self.part[item] > 0.5 and self.buying[item] <= room:
                taken[item], room = 1.0, room - self.buying[item]
        return taken


@dataclass(frozen=True, slots=True, eq=False)
class _Whole:
    """Whole numbers (K,) from 0 to `most` for which the larger of two sums is to be least."""

    change: Array  # (3, K) of what is missing, of what is too much, and of what is paid, by a unit
    most: NDArray[np.int64]  # (K,)
    none: Array  # (3,) what is missing, what is too much, and the room, at none of each

    def best(self, excess: float, paid: float) -> NDArray[np.int64] | None:
        """The best that can be paid, by what a unit too much is worth, or else a unit paid.

        None where too many would have to be tried. Either price gives a bound that nothing comes
        below; the search goes by the higher one.
        """
        by_excess, by_paid = np.array([1.0 - excess, excess, 0.0]), np.array([1.0, 0.0, paid])
        of_excess, of_paid = by_excess @ self.change, by_paid @ self.change
        bound, priced = max(
            (self._bound(by_excess, of_excess), of_excess),
            (self._bound(by_paid, of_paid), of_paid),
            key=lambda pair: pair[0],
        )
        return self._searched(bound, priced)

    def _bound(self, weights: Array, priced: Array) -> float:
        fixed = weights[0] * self.none[0] + weights[1] * self.none[1] - weights[2] * self.none[2]
        return float(fixed + np.minimum(priced, 0.0) @ self.most)

    def _searched(self, bound: float, priced: Array) -> NDArray[np.int64] | None:
        """Steps are tried from the whole numbers that are best at the prices (K,) of each unit."""
        reached, loss, full = float(self.none[0]), np.abs(priced), priced < 0.0
        base = np.where(full, self.most, 0)
        under, over, pays = self.change @ base
        near = np.flatnonzero((self.most > 0) & (bound + loss < reached))
        order = near[np.argsort(loss[near], kind="stable")]
        sign = np.where(full[order], -1, 1)
        a_step = [sign * row[order] for row in self.change]
        taken = np.full(len(order) + 1, -1)  # the last says whether any are better
        tried = cheapest_steps(
            loss[order],
            a_step[0],
            a_step[1],
            a_step[2],
            self.most[order],
            self.none + np.array([under, over, -pays]),
            np.array([bound, reached]),
            np.array([CLOSE, PATIENCE]),
            taken,
        )
        if tried < 0:
            return None
        if taken[-1] < 0:
            return np.zeros(len(base), np.int64)
        base[order] += sign * taken[:-1]
        return base

    def branched(self) -> NDArray[np.int64] | None:
        """The best that can be paid, by branches; None where that were too many.

        What brings money is counted as what is not sold, so that each unit gains and costs. Items
        that are alike are one item.
        """
        brings = self.change[2] < 0.0
        base = np.where(brings, self.most, 0)
        under, over, paid = self.none + self.change @ base * np.array([1.0, 1.0, -1.0])
        each = np.abs([self.change[0], self.change[2], self.change[1] - self.change[0]])
        items, alike = np.unique(each, axis=1, return_inverse=True)
        units = np.zeros(items.shape[1], np.int64)
        np.add.at(units, alike, self.most)
        orders = np.argsort(-items[0] / items[1:], axis=1, kind="stable")
        found = np.zeros(len(units), np.int64)
        seen = least_by_branches(
            np.ascontiguousarray(items),
            orders,
            units,
            np.array([under, paid, under - over]),
            np.array([CLOSE, BRANCHES, 2.0 * (under + abs(over))]),
            found,
        )
        if seen < 0:
            return None
        dealt = _dealt(found, alike, self.most)
        return np.where(brings, self.most - dealt, dealt)


def _dealt(
    units: NDArray[np.int64], alike: NDArray[np.int64], most: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Units of each kind, dealt to the items (K,) that are alike, the first of them first."""
    order = np.argsort(alike, kind="stable")
    ahead = np.cumsum(most[order]) - most[order]
    first = np.searchsorted(alike[order], alike[order])
    dealt = np.zeros(len(most), np.int64)
    dealt[order] = np.clip(units[alike[order]] - (ahead - ahead[first]), 0, most[order])
    return dealt


def _break(worth: Array, cost: Array, room: float) -> float:
    """What a unit of room is worth where the best worth for its cost is taken in fractions."""
    ratio = worth / cost
    order = np.argsort(-ratio, kind="stable")
    beyond = np.cumsum(cost[order]) > max(room, 0.0)
    return float(ratio[order[np.argmax(beyond)]]) if beyond.any() else 0.0
