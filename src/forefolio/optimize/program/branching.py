"""How to hold few names, or none of them in small positions: exact search over convex problems.

1. The problem without these conditions bounds what can be reached. Leaving out the smallest
   positions, a few at a time, gives a first portfolio that satisfies them.
2. An asset that stands in the way is left out on one branch and counted as held on the other
   (Bertsimas and Shioda 2009, "Algorithm for cardinality-constrained quadratic optimization"). No
   bound on weights is needed, so it holds for short positions and for ratios too.
3. The most promising branch goes first, until none can be better than the best portfolio found by
   more than the gap asked for, or the effort is spent: the status then says that it is not proved.
"""

import heapq
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Self, TypeAlias

import numpy as np

from forefolio.core.errors import SolverFailed
from forefolio.core.units import Array, Flags
from forefolio.optimize.program.affine import Affine
from forefolio.optimize.program.solvers import Answer, Conic, SolverControl

HELD = 1e-6  # of the portfolio: what is less is the solver's rounding
OPEN, OUT, IN, LONG, SHORT = range(5)
State: TypeAlias = tuple[int, ...]  # (N,), one of the above for each asset


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sparsity:
    """At most so many of `of` (N,) are not zero, and those are at least so large: times `scale`."""

    of: Affine
    scale: Affine
    at_most: int | None
    at_least: float

    def joined(self, other: "Sparsity | None") -> Self:
        """Both conditions."""
        if other is None:
            return self
        counts = [n for n in (self.at_most, other.at_most) if n is not None]
        at_least = max(self.at_least, other.at_least)
        return replace(self, at_most=min(counts, default=None), at_least=at_least)

    def sizes(self, unknowns: Array) -> Array:
        """Weights (N,), as fractions of the portfolio."""
        values = [a.matrix @ unknowns[: a.width] + a.constant for a in (self.of, self.scale)]
        size: Array = values[0] / max(float(values[1][0]), 1e-12)
        return size

    def decided(self, problem: Conic, state: State) -> Conic:
        """The problem with what `state` decides, as rows after its other linear ones."""
        least = self.at_least * self.scale
        floors = {LONG: least - self.of, SHORT: least + self.of}
        rows = [(self.of[[k]], True) for k, now in enumerate(state) if now == OUT]
        rows += [(floors[now][[k]], False) for k, now in enumerate(state) if now in floors]
        if not rows:
            return problem
        width, at = len(problem.linear), len(problem.exact)
        return replace(
            problem,
            rows=np.insert(problem.rows, at, np.vstack([r.wide(width) for r, _ in rows]), axis=0),
            limits=np.insert(problem.limits, at, [-r.constant[0] for r, _ in rows]),
            exact=np.concatenate([problem.exact, [exact for _, exact in rows]]),
        )


def search(
    problem: Conic, sparsity: Sparsity, solve: Solve, control: SolverControl
) -> Found | None:
    """The best portfolio that satisfies `sparsity`, None where there is none.

    Raises:
        SolverFailed: none was found with the effort that `control` allows, though there may be one.
    """
    return _Search(problem, sparsity, solve, control).run()


class _Search:
    def __init__(
        self, problem: Conic, sparsity: Sparsity, solve: Solve, control: SolverControl
    ) -> None:
        self._problem, self._sparsity, self._solve, self._control = (
            problem,
            sparsity,
            solve,
            control,
        )
        self._solved, self._order = 0, count()
        self._until = time.monotonic() + (control.time_limit_s or np.inf)
        self._shorts = _may_be_negative(problem, sparsity)
        self._best: Found | None = None
        self._open: list[tuple[float, int, State, Found]] = []

    def run(self) -> Found | None:
        root = self._try((OPEN,) * len(self._sparsity.of))
        if root is None:
            return None
        self._consider((OPEN,) * len(self._sparsity.of), root)
        if self._open:
            self._fewer(root)
        while self._open and self._open[0][0] < self._enough() and not self._spent():
            _, _, state, relaxed = heapq.heappop(self._open)
            for child in self._children(state, self._sizes(relaxed)):
                solved = self._try(child) if _decides(child, state) else relaxed
                if solved is not None and solved.bound < self._enough():
                    self._consider(child, solved)
        return self._ended()

    def _ended(self) -> Found | None:
        left = self._open[0][0] if self._open else np.inf
        if self._best is None:
            if self._open:
                raise SolverFailed(
                    f"no portfolio with that few or that large positions was found in "
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

    def _consider(self, state: State, relaxed: Found) -> None:
        """Keep what satisfies the conditions, and queue what does not."""
        sizes = self._sizes(relaxed)
        if self._violating(state, sizes).any():
            heapq.heappush(self._open, (relaxed.bound, next(self._order), state, relaxed))
            return
        exact = tuple(OUT if abs(w) <= HELD else now for w, now in zip(sizes, state, strict=True))
        settled = relaxed if exact == state else self._try(exact)
        if settled and (self._best is None or settled.value < self._best.value):
            self._best = settled

    def _violating(self, state: State, sizes: Array) -> Flags:
        """Assets (N,) about which something has to be decided before the conditions hold."""
        undecided = np.isin(state, (OPEN, IN))
        held = np.abs(sizes) > HELD
        small = held & undecided & (np.abs(sizes) < self._sparsity.at_least * (1 - 1e-9))
        counted = held | np.isin(state, (IN, LONG, SHORT))
        too_many = self._sparsity.at_most is not None and counted.sum() > self._sparsity.at_most
        violating: Flags = small | (held & (np.array(state) == OPEN) & too_many)
        return violating

    def _children(self, state: State, sizes: Array) -> Iterator[State]:
        """The asset that matters most: left out, or held."""
        waits = self._violating(state, sizes)
        k = int(np.argmax(np.where(waits, np.abs(sizes), -1.0)))
        yield _with(state, k, OUT)
        if not self._sparsity.at_least:
            yield self._full(_with(state, k, IN))
            return
        yield self._full(_with(state, k, LONG))
        if self._shorts[k]:
            yield self._full(_with(state, k, SHORT))

    def _full(self, state: State) -> State:
        """Where as many are held as may be, the others are left out."""
        if sum(now in (IN, LONG, SHORT) for now in state) != self._sparsity.at_most:
            return state
        return tuple(OUT if now == OPEN else now for now in state)

    def _fewer(self, root: Found) -> None:
        """A first portfolio: without the smaller positions, a quarter of those too many a time."""
        state, relaxed = (OPEN,) * len(self._sparsity.of), root
        while not self._spent():
            sizes = np.abs(self._sizes(relaxed))
            if not self._violating(state, sizes).any():
                return self._consider(state, relaxed)
            keep = self._keep(sizes)
            state = tuple(OPEN if on else OUT for on in keep)
            after = self._try(state)
            if after is None:
                return None
            relaxed = after
        return None

    def _keep(self, sizes: Array) -> Flags:
        held = int((sizes > HELD).sum())
        most = held if self._sparsity.at_most is None else self._sparsity.at_most
        target = max(most, held - max(1, held // 4)) if held > most else held - 1
        keep = np.zeros(len(sizes), dtype=np.bool_)
        keep[np.argsort(-sizes, kind="stable")[: max(target, 1)]] = True
        return keep


def _decides(child: State, state: State) -> bool:
    """Whether the problem is another one: that an asset is counted as held changes nothing."""
    return any(now != before and now != IN for now, before in zip(child, state, strict=True))


def _with(state: State, at: int, now: int) -> State:
    return (*state[:at], now, *state[at + 1 :])


def _may_be_negative(problem: Conic, sparsity: Sparsity) -> Flags:
    """Assets (N,) for which no row says that they are not."""
    linear = problem.rows[: len(problem.exact)]
    alone = (np.count_nonzero(linear, axis=1) == 1) & (problem.limits[: len(linear)] <= 0)
    floors: Any = (linear[alone] < 0).any(axis=0)
    where = np.argmax(np.abs(sparsity.of.matrix), axis=1)
    may: Flags = ~floors[where]
    return may
