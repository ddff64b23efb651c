"""The vertex that answers a mean-CVaR problem, moved from answer to answer.

1. It begins at a corner of the limits where much is gained for little risk; where there are many
   scenarios, some of them are looked at first.
2. Where ties keep the simplex from moving, it goes on with scenarios and limits moved by next to
   nothing; the basis that it ends with is then solved unmoved, and the better proof is kept.
"""

from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np

from forefolio.core.units import Array, Flags
from forefolio.optimize.exact import tail_simplex_kernel as simplex
from forefolio.optimize.exact.tail_chords import at_mean
from forefolio.optimize.exact.tail_problem import Proven, TailProblem, stalled
from forefolio.optimize.exact.tail_vertex_kernel import (
    ACTIVE,
    AMOUNT,
    AT_HIGH,
    AT_LOW,
    COST,
    FREE,
    FREED,
    HIGH,
    IDLE,
    LOW,
    MOVING,
    SHIFT,
    SIDE,
    STEPS,
    TILT,
    Indices,
    rebuild,
)

FIRST = (1_000, 8_000)  # scenarios that are looked at before all of them
STEEP = 1e3  # a unit beyond a row costs so many times the largest return
MOVED = 2e-11  # of the largest return: by how much scenarios move where they are tied
ROWS_MOVED = 1e-11
MISSED = 1e-11  # by which a limit may be missed before another answer is preferred

Arguments: TypeAlias = tuple[
    Array, Array, Array, Indices, Array, Indices, Indices, Indices, Array, Array, Flags, Array,
    Indices, Flags, Array, Array, Array, Array, Indices, Array,
]  # fmt: skip
"""What every step of the simplex looks at and moves."""


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    """Some of the scenarios, and room for what the simplex keeps of them."""

    returns: Array
    columns: Array
    copied: Flags
    gains: Array
    where: Indices
    total: Array
    kinks: Array
    index: Indices

    @classmethod
    def of(cls, returns: Array, rows: int) -> Self:
        count, assets = returns.shape
        return cls(
            returns=returns,
            columns=np.empty((assets, count)),
            copied=np.zeros(assets, np.bool_),
            gains=np.zeros((3, count)),
            where=np.zeros(count, np.int64),
            total=np.zeros(assets),
            kinks=np.empty((2, count + 2 * rows)),
            index=np.empty(count + 2 * rows, np.int64),
        )


class TailSearch:
    """A vertex that is moved from answer to answer: any one is a start for the next."""

    def __init__(self, problem: TailProblem) -> None:
        self.problem, parts = problem, problem.parts
        count, rows = len(parts.asset), len(parts.rows)
        room = count + 2
        self._limits = np.stack([parts.low[count:], parts.high[count:]])
        self._piece = np.zeros((7, count))
        self._piece[LOW], self._piece[HIGH] = parts.low[:count], parts.high[:count]
        self._piece[COST], self._piece[TILT] = -parts.gain, -problem.expected[parts.asset]
        self._status, self._basis = np.zeros(count, np.int64), np.zeros((3, room), np.int64)
        self._counts, self._inverse = np.zeros(5, np.int64), np.zeros((room, room))
        self._resting, self._activity = np.zeros(rows, np.bool_), np.zeros(rows)
        self._system, self._numbers = np.zeros((5, room)), np.zeros(5)
        self._whole = _Sample.of(problem.returns, rows)
        self._before = np.zeros(count)
        self._started = False

    def optimum(self, reward: float = 0.0) -> Proven:
        """The least CVaR less `reward` times the mean.

        Raises:
            Infeasible: no portfolio is within.
            SolverFailed: rounding keeps the simplex from its end.
        """
        count = len(self._whole.returns)
        sizes = [] if self._started else [size for size in FIRST if size < count]
        if not self._started:
            self._start(min([*sizes, count]))
        for size in sizes:
            sample = _Sample.of(self.problem.returns[:size], len(self._resting))
            self._solve(sample, reward)
        moved = self._solve(self._whole, reward)
        prices = self._prices()  # before the basis is solved unmoved, where ties fall otherwise
        answers = [self.problem.proven(self._piece[AMOUNT], reward, *prices)]
        if moved:
            answers.append(self.problem.proven(self._settled(), reward, *prices))
        self._before[:] = self._piece[AMOUNT]
        return min(answers, key=lambda each: (each.miss > MISSED, each.gap))

    def reach(self, target: float) -> Proven:
        """The least CVaR at a mean of `target`, from the optimum or a lower target on.

        Where no portfolio earns so much it is the one that earns most. Where rounding keeps the
        vertex from its way there, it is looked for by chords.

        Raises:
            SolverFailed: rounding keeps the frontier from it.
        """
        amounts = np.zeros(len(self._status))
        code = simplex.trace(*self._arguments(self._whole), target, self._before, amounts)
        if code != simplex.OPTIMAL:
            return at_mean(self.problem, TailSearch(self.problem), target)
        reward = float(self._numbers[simplex.REWARD])
        return self.problem.proven(amounts, reward, *self._prices())

    def copy(self) -> "TailSearch":
        """The same vertex, to go on from another time."""
        other = TailSearch(self.problem)
        for name in ("_piece", "_status", "_basis", "_counts", "_inverse", "_numbers", "_before"):
            getattr(other, name)[:] = getattr(self, name)
        other._started = self._started
        other._solve(other._whole, float(self._numbers[simplex.REWARD]))
        return other

    def _start(self, size: int) -> None:
        """A corner of the limits, and the scenario that is the quantile there."""
        problem, count = self.problem, len(self._status)
        returns = problem.returns[:size]
        score = returns.mean(axis=0) - 2.0 * returns.std(axis=0)
        corner = problem.corner(score)
        self._piece[AMOUNT] = corner.amounts
        self._status[:] = np.where(corner.side[:count], AT_HIGH, AT_LOW)
        free = np.flatnonzero(corner.moving[:count])
        rows = np.flatnonzero(~corner.moving[count:])
        self._status[free] = FREE
        self._counts[MOVING] = len(free)
        self._basis[FREED, : len(free)] = free
        tail = max(int(np.ceil(1.0 / problem.share(size) - 1e-9)), 1)
        gains = returns @ problem.weights(corner.amounts)
        self._basis[ACTIVE, 0] = np.argpartition(gains, tail - 1)[tail - 1]
        self._basis[ACTIVE, 1 : len(free) + 1] = -1 - rows
        self._basis[SIDE, 1 : len(free) + 1] = corner.side[count + rows]
        self._started = True

    def _solve(self, sample: _Sample, reward: float) -> bool:
        """Move the vertex to the optimum over a sample; whether ties had to be broken."""
        code = self._descended(sample, reward)
        if code in (simplex.TIED, simplex.UNFINISHED):
            rng = np.random.default_rng(0)
            sample.gains[SHIFT] = MOVED * self.problem.unit * rng.random(len(sample.returns))
            slack = ROWS_MOVED * rng.random(len(self._resting))
            true = self._limits.copy()
            equal = true[0] == true[1]
            self._limits += np.where(equal, slack, np.stack([-slack, slack]))
            code = self._descended(sample, reward)
            self._limits[:] = true
            sample.gains[SHIFT] = 0.0
            if code == simplex.OPTIMAL:
                return True
        if code != simplex.OPTIMAL:
            raise stalled()
        return False

    def _descended(self, sample: _Sample, reward: float) -> int:
        problem, piece = self.problem, self._piece
        steepest = float(np.abs(piece[COST] + reward * piece[TILT]).max(initial=0.0))
        self._numbers[:] = (
            problem.share(len(sample.returns)),
            STEEP * max(problem.unit, steepest),
            reward,
            self._counts[STEPS] + 40 * len(self._status) + 4000,
            STEEP * float(np.abs(piece[TILT]).max(initial=0.0)),
        )
        self._counts[IDLE] = 0
        return int(simplex.descend(*self._arguments(sample), True))

    def _arguments(self, sample: _Sample) -> Arguments:
        parts = self.problem.parts
        return (
            sample.returns,
            parts.rows,
            self._limits,
            parts.asset,
            self._piece,
            self._status,
            self._basis,
            self._counts,
            self._inverse,
            sample.columns,
            sample.copied,
            sample.gains,
            sample.where,
            self._resting,
            self._activity,
            sample.total,
            self._system,
            sample.kinks,
            sample.index,
            self._numbers,
        )

    def _settled(self) -> Array:
        """The amounts of the basis where nothing is moved: what is active is met exactly."""
        own, parts = self._whole, self.problem.parts
        rebuild(
            own.returns,
            parts.rows,
            self._limits,
            parts.asset,
            self._piece,
            self._status,
            self._basis,
            self._counts,
            self._inverse,
            own.columns,
            own.copied,
            own.gains,
            own.where,
            self._resting,
            own.total,
        )
        return np.asarray(np.clip(self._piece[AMOUNT], self._piece[LOW], self._piece[HIGH]))

    def _prices(self) -> tuple[Array, Array]:
        """What the scenarios (S,) and the rows (m,) cost at the vertex."""
        scenarios, rows = np.zeros(len(self._whole.returns)), np.zeros(len(self._resting))
        simplex.read_prices(
            self._basis,
            self._counts,
            self._whole.where,
            self._system,
            self._numbers[simplex.SHARE],
            scenarios,
            rows,
        )
        return scenarios, rows
