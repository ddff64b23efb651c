"""How many names are held, and none of them in small positions: exact search over convex problems.

1. The problem without these conditions bounds what can be reached. Leaving out the smallest
   positions, a few at a time, and enlarging the largest of those that are too small, gives a first
   portfolio that satisfies them.
2. An asset that stands in the way is left out on one branch and counted as held on the other
   (Bertsimas and Shioda 2009, "Algorithm for cardinality-constrained quadratic optimization"). No
   bound on weights is needed, so it holds for short positions and for ratios too.
3. Where too few positions are large, one more is on one branch, and is not needed on the other.
4. The most promising branch goes first, until none can be better than the best portfolio found by
   more than the gap asked for, or the effort is spent: the status then says that it is not proved.
"""

import heapq
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import TypeAlias

import numpy as np

from forefolio.core.errors import SolverFailed
from forefolio.core.units import Array, Flags
from forefolio.optimize.program.solvers import Answer, Conic, SolverControl
from forefolio.optimize.program.sparsity import (
    HELD,
    IN,
    LONG,
    OPEN,
    OUT,
    SHORT,
    Count,
    Sparsity,
    State,
    may_be_negative,
)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A problem that was solved, and below what its objective cannot be."""

    problem: Conic
    answer: Answer
    bound: float
    status: str = ""

    @property
    def value(self) -> float:
        """The objective."""
        return self.problem.value(self.answer.unknowns)


Solve: TypeAlias = Callable[[Conic], Found | None]


def search(
    problem: Conic, sparsity: Sparsity, solve: Solve, control: SolverControl
) -> Found | None:
    """The best portfolio that satisfies `sparsity`, None where there is none.

    Its problem may have more unknowns than `problem`, after those of it.

    Raises:
        SolverFailed: none was found with the effort that `control` allows, though there may be one.
    """
    return _Search(problem, sparsity, solve, control).run()


class _Search:
    def __init__(
        self, problem: Conic, sparsity: Sparsity, solve: Solve, control: SolverControl
    ) -> None:
        self._sparsity, self._solve, self._control = sparsity, solve, control
        self._solved, self._order = 0, count()
        self._until = time.monotonic() + (control.time_limit_s or np.inf)
        self._shorts = may_be_negative(problem, sparsity)
        self._problem = sparsity.widened(problem, self._shorts)
        self._best: Found | None = None
        self._open: list[tuple[float, int, State, Found]] = []

    def run(self) -> Found | None:
        if self._sparsity.contradictory:
            return None
        state = self._sparsity.undecided
        root = self._try(state)
        if root is None:
            return None
        self._consider(state, root)
        if self._open:
            self._dive(state, root)
        while self._open and self._open[0][0] < self._enough() and not self._spent():
            _, _, state, relaxed = heapq.heappop(self._open)
            for child in self._children(state, self._sizes(relaxed)):
                solved = self._try(child) if child.differs_from(state) else relaxed
                if solved is not None and solved.bound < self._enough():
                    self._consider(child, solved)
        return self._ended()

    def _ended(self) -> Found | None:
        left = self._open[0][0] if self._open else np.inf
        if self._best is None:
            if self._open:
                raise SolverFailed(
                    f"no portfolio with so many or such large positions was found in "
                    f"{self._solved} tries; allow more with SolverControl(nodes=...)"
                )
            return None
        bound = min(left, self._best.bound)
        proved = left >= self._enough()
        status = "" if proved else f"the search ended after {self._solved} problems, unproved"
        return replace(self._best, bound=bound, status=status or self._best.status)

    def _enough(self) -> float:
        """A branch whose bound is not below this cannot be better by more than the gap."""
        if self._best is None:
            return float(np.inf)
        return self._best.value - self._control.gap * abs(self._best.value)

    def _spent(self) -> bool:
        return self._solved >= self._control.nodes or time.monotonic() > self._until

    def _try(self, state: State) -> Found | None:
        self._solved += 1
        return self._solve(self._sparsity.decided(self._problem, state))

    def _sizes(self, relaxed: Found) -> Array:
        return self._sparsity.sizes(relaxed.answer.unknowns)

    def _satisfied(self, state: State, sizes: Array) -> bool:
        waits = self._sparsity.waiting(state, sizes).any()
        return not waits and self._sparsity.lacking(sizes) is None

    def _consider(self, state: State, relaxed: Found) -> None:
        """Keep what satisfies the conditions, and queue what does not."""
        sizes = self._sizes(relaxed)
        if not self._satisfied(state, sizes):
            heapq.heappush(self._open, (relaxed.bound, next(self._order), state, relaxed))
            return
        pairs = zip(sizes, state.held, strict=True)
        exact = replace(state, held=tuple(OUT if abs(w) <= HELD else now for w, now in pairs))
        settled = relaxed if exact == state else self._try(exact)
        if settled and (self._best is None or settled.value < self._best.value):
            self._best = settled

    def _children(self, state: State, sizes: Array) -> Iterator[State]:
        """The asset that matters most: left out, or held; or large, or not needed."""
        waits = self._sparsity.waiting(state, sizes)
        if not waits.any():
            yield from self._enlarged(state, sizes)
            return
        k = _largest(waits, sizes)
        yield state.with_held(k, OUT)
        if not self._sparsity.smallest:
            yield self._sparsity.full(state.with_held(k, IN))
            return
        yield self._sparsity.full(state.with_held(k, LONG))
        if self._shorts[k]:
            yield self._sparsity.full(state.with_held(k, SHORT))

    def _enlarged(self, state: State, sizes: Array) -> Iterator[State]:
        place = self._sparsity.lacking(sizes)
        if place is None:
            return
        near = self._sparsity.candidates(place, state, sizes)
        if not near.any():
            return
        k = _largest(near, sizes)
        yield self._sparsity.full(state.with_counted(place, k, LONG))
        if self._shorts[k]:
            yield self._sparsity.full(state.with_counted(place, k, SHORT))
        yield state.with_counted(place, k, OUT)

    def _dive(self, state: State, root: Found) -> None:
        """A first portfolio, by deciding the nearest at each step until all is decided."""
        after: Found | None = root
        while after is not None and not self._spent():
            sizes = self._sizes(after)
            if self._satisfied(state, sizes):
                return self._consider(state, after)
            narrower = self._narrowed(state, sizes)
            if narrower == state:
                return None
            state = narrower
            after = self._try(state)
        return None

    def _narrowed(self, state: State, sizes: Array) -> State:
        """Without the smaller positions, a quarter of those too many; or else with large ones."""
        if self._sparsity.waiting(state, sizes).any():
            return self._fewer(state, sizes)
        place = self._sparsity.lacking(sizes)
        if place is None:
            return state
        count = self._sparsity.counts[place]
        near = self._sparsity.candidates(place, state, sizes) | count.large(sizes)
        for k in _ranked(np.where(near, np.abs(sizes), -1.0))[: count.at_least]:
            if near[k]:
                now = SHORT if sizes[k] < 0 and self._shorts[k] else LONG
                state = state.with_counted(place, k, now)
        return state

    def _fewer(self, state: State, sizes: Array) -> State:
        everything = Count(among=np.ones(len(sizes), dtype=np.bool_))
        held = np.abs(sizes) > HELD
        for each in [c for c in self._sparsity.counts if c.too_many(held)] or [everything]:
            now = int((held & each.among).sum())
            most = now - 1 if each.at_most is None else each.at_most
            target = max(most, now - max(1, now // 4), 1 if each is everything else 0)
            order = _ranked(np.where(each.among, np.abs(sizes), -1.0))
            for k in order[target : int(each.among.sum())]:
                if state.held[k] == OPEN:
                    state = state.with_held(k, OUT)
        return state


def _largest(among: Flags, sizes: Array) -> int:
    return int(np.argmax(np.where(among, np.abs(sizes), -1.0)))


def _ranked(sizes: Array) -> list[int]:
    """Places, the largest first."""
    order: list[int] = np.argsort(-sizes, kind="stable").tolist()
    return order
