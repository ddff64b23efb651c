"""How many assets are held, and none of them in small positions: what such conditions leave open.

A position that counts towards "at least so many" has a size of its own, or else the least would be
held of anything. Where nothing is sold short, the sum of min(w / size, 1) over the assets is at
least their number: that is concave in w, so it is told to the convex problem as rows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Self

import numpy as np

from forefolio.core.units import Array, Flags
from forefolio.optimize.program.affine import Affine, Picked
from forefolio.optimize.program.solvers import Conic

HELD = 1e-6  # of the portfolio: what is less is the solver's rounding
CLOSE = 1e-9  # of a size: what is less than that below it is rounding
OPEN, OUT, IN, LONG, SHORT = range(5)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Count:
    """Of the assets `among` (N,), at most or at least so many are held.

    What counts towards the least number is at least so large: a `size` times the scale.
    """

    among: Flags
    at_most: int | None = None
    at_least: int = 0
    size: float = 0.0

    def too_many(self, counted: Flags) -> bool:
        """Whether more are held, of which `counted` (N,) is all."""
        return self.at_most is not None and int((counted & self.among).sum()) > self.at_most

    def contradicts(self, most: "Count") -> bool:
        """Whether it takes more of what another counts than that allows."""
        if most.at_most is None:
            return False
        elsewhere = int((self.among & ~most.among).sum())
        return self.at_least - elsewhere > most.at_most

    def among_more(self, before: int, after: int) -> "Count":
        """The same where so many positions that are not counted stand before and after."""
        return replace(self, among=np.pad(self.among, (before, after)))

    def large(self, sizes: Array) -> Flags:
        """Which positions (N,) of weights (N,) count towards the least number."""
        flags: Flags = self.among & (np.abs(sizes) >= self.size * (1 - CLOSE))
        return flags


@dataclass(frozen=True, slots=True)
class State:
    """What is decided of each of the N assets, and of each for each of the C counts."""

    held: tuple[int, ...]  # (N,): OPEN, OUT, IN, or IN and at least so large: LONG, SHORT
    counted: tuple[tuple[int, ...], ...]  # (C, N): OPEN, not needed: OUT, or large: LONG, SHORT

    def with_held(self, at: int, now: int) -> Self:
        """The same with asset `at` left out or held."""
        return replace(self, held=_with(self.held, at, now))

    def with_counted(self, count: int, at: int, now: int) -> Self:
        """The same with asset `at` large enough for a count, or not needed for it."""
        counted = _with(self.counted[count], at, now)
        state = replace(self, counted=_with(self.counted, count, counted))
        return state.with_held(at, IN) if now != OUT and self.held[at] == OPEN else state

    def differs_from(self, other: Self) -> bool:
        """Whether its problem is another: that an asset is counted as held changes nothing."""
        pairs = zip(self.held, other.held, strict=True)
        return self.counted != other.counted or any(a not in (b, IN) for a, b in pairs)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sparsity:
    """Conditions on how many of `of` (N,) are not zero, and how large those are: times `scale`."""

    of: Affine
    scale: Affine
    counts: tuple[Count, ...] = ()
    smallest: float = 0.0  # of any position

    def joined(self, other: "Sparsity") -> Self:
        """Both conditions on the same positions."""
        smallest = max(self.smallest, other.smallest)
        return replace(self, counts=(*self.counts, *other.counts), smallest=smallest)

    def beside(self, other: "Sparsity") -> Self:
        """Both conditions on positions of two portfolios, none of which is smaller than in both."""
        own, their = len(self.of), len(other.of)
        width = max(self.of.width, other.of.width)
        matrix = np.vstack([each.of.wide(width) for each in (self, other)])
        return replace(
            self,
            of=Affine(matrix, np.concatenate([self.of.constant, other.of.constant])),
            counts=(
                *(count.among_more(0, their) for count in self.counts),
                *(count.among_more(own, 0) for count in other.counts),
            ),
            smallest=max(self.smallest, other.smallest),
        )

    @property
    def contradictory(self) -> bool:
        """Whether more of some assets are to be held than may be."""
        return any(least.contradicts(most) for least in self.counts for most in self.counts)

    @property
    def undecided(self) -> State:
        """Nothing is decided yet."""
        nothing = (OPEN,) * len(self.of)
        return State(nothing, tuple(nothing for _ in self.counts))

    def sizes(self, unknowns: Array) -> Array:
        """Weights (N,), as fractions of the portfolio."""
        values = [a.matrix @ unknowns[: a.width] + a.constant for a in (self.of, self.scale)]
        size: Array = values[0] / max(float(values[1][0]), 1e-12)
        return size

    def waiting(self, state: State, sizes: Array) -> Flags:
        """Assets (N,) to be left out or held before there are few of them, and none small."""
        now = np.array(state.held)
        held = np.abs(sizes) > HELD
        small = np.abs(sizes) < self.smallest * (1 - CLOSE)
        waits: Flags = held & np.isin(now, (OPEN, IN)) & small
        counted = held | np.isin(now, (IN, LONG, SHORT))
        for count in self.counts:
            if count.too_many(counted):
                waits |= held & (now == OPEN) & count.among
        return waits

    def lacking(self, sizes: Array) -> int | None:
        """The first count with too few large positions."""
        for place, count in enumerate(self.counts):
            if int(count.large(sizes).sum()) < count.at_least:
                return place
        return None

    def candidates(self, place: int, state: State, sizes: Array) -> Flags:
        """Assets (N,) that may still become large enough for a count, and are not."""
        count = self.counts[place]
        free = np.array(state.counted[place]) == OPEN
        flags: Flags = free & (np.array(state.held) != OUT) & count.among & ~count.large(sizes)
        return flags

    def full(self, state: State) -> State:
        """Where as many are held as may be, the others are left out."""
        for count in self.counts:
            held = np.isin(state.held, (IN, LONG, SHORT)) & count.among
            if int(held.sum()) == count.at_most:
                among = count.among.tolist()
                pairs = zip(state.held, among, strict=True)
                left = tuple(OUT if a and now == OPEN else now for now, a in pairs)
                state = replace(state, held=left)
        return state

    def widened(self, problem: Conic, may_be_short: Flags) -> Conic:
        """The problem with an unknown in [0, 1] for each asset and least number: is it large?"""
        places = self._unknowns(len(problem.linear))
        width = len(problem.linear) + sum(map(len, places))
        return longer(problem, list(self._demands(places, width, may_be_short)), width)

    def decided(self, problem: Conic, state: State) -> Conic:
        """A widened problem with what `state` decides, as rows after its other linear ones."""
        width = len(problem.linear)
        return longer(problem, list(self._decisions(state, width)), width)

    def _unknowns(self, width: int) -> list[Any]:
        """Where the unknowns of each count are, from `width` on; none where it has no least."""
        counts = [len(self.of) if count.at_least else 0 for count in self.counts]
        ends = np.cumsum([width, *counts])
        return [np.arange(a, b) for a, b in pairwise(ends)]

    def _demands(
        self, places: Sequence[Any], width: int, may_be_short: Flags
    ) -> Iterator[tuple[Affine, bool]]:
        for count, index in zip(self.counts, places, strict=True):
            if not len(index):
                continue
            large = Picked(index, np.ones(len(index)), np.zeros(len(index)), width)
            yield -large, False
            yield large - np.ones(len(index))[:, None] @ self.scale, False
            yield count.at_least * self.scale - large.sum(), False
            yield large[~count.among], True
            whole = count.among & ~may_be_short
            yield count.size * large[whole] - self.of[whole], False

    def _decisions(self, state: State, width: int) -> Iterator[tuple[Affine, bool]]:
        out = np.array(state.held) == OUT
        yield self.of[out], True
        yield from self._floors(state.held, self.smallest)
        start = width - sum(len(self.of) for count in self.counts if count.at_least)
        for count, index, counted in zip(
            self.counts, self._unknowns(start), state.counted, strict=True
        ):
            if len(index):
                none = index[out | (np.array(counted) == OUT)]
                yield Picked(none, np.ones(len(none)), np.zeros(len(none)), width), True
                yield from self._floors(counted, count.size)

    def _floors(self, now: tuple[int, ...], size: float) -> Iterator[tuple[Affine, bool]]:
        for sign, side in ((1.0, LONG), (-1.0, SHORT)):
            among = np.array(now) == side
            least = np.full((int(among.sum()), 1), size) @ self.scale
            yield least - sign * self.of[among], False


def may_be_negative(problem: Conic, sparsity: Sparsity) -> Flags:
    """Assets (N,) for which no row says that they are not."""
    linear = problem.rows[: len(problem.exact)]
    alone = (np.count_nonzero(linear, axis=1) == 1) & (problem.limits[: len(linear)] <= 0)
    floors: Any = (linear[alone] < 0).any(axis=0)
    where = np.argmax(np.abs(sparsity.of.matrix), axis=1)
    may: Flags = ~floors[where]
    return may


def longer(problem: Conic, rows: Sequence[tuple[Affine, bool]], width: int) -> Conic:
    """A problem with more unknowns, and more rows after its other linear ones."""
    extra, at = width - len(problem.linear), len(problem.exact)
    rows = [(row, exact) for row, exact in rows if len(row)]
    if not rows:
        return problem
    more = np.vstack([row.wide(width) for row, _ in rows])
    limits = -np.concatenate([row.constant for row, _ in rows])
    exact = np.concatenate([np.full(len(row), exact) for row, exact in rows])
    return replace(
        problem,
        quadratic=np.pad(problem.quadratic, (0, extra)),
        linear=np.pad(problem.linear, (0, extra)),
        rows=np.insert(np.pad(problem.rows, ((0, 0), (0, extra))), at, more, axis=0),
        limits=np.insert(problem.limits, at, limits),
        exact=np.concatenate([problem.exact, exact]),
    )


def _with(state: tuple[Any, ...], at: int, now: Any) -> tuple[Any, ...]:
    return (*state[:at], now, *state[at + 1 :])
