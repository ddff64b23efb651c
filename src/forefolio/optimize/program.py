"""A convex problem being written down, and its solution.

1. `unknown`, `absolute` and `three_halves` add unknowns and the rows that define them.
2. `minimise` normalises the objective, so that daily variances of 1e-4 do not meet the solver's
   absolute tolerances, and asks one solver after another.
3. The answer is polished on its active rows: they then hold to rounding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from forefolio.errors import SolverFailed
from forefolio.optimize.affine import Affine, Squares
from forefolio.optimize.solvers import SOLVERS, Answer, Conic, Solver, polished
from forefolio.units import Array

FELT = 1e-7  # a price below, for a normalised objective, is only the solver's tolerance
Piece: TypeAlias = Affine | Squares


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """One statement about the portfolio, in words and in numbers: `excess` <= 0, or == 0.

    `labels` tell its rows apart where it has several. `firmness` says how dear it is to give way
    when statements contradict each other.
    """

    name: str
    excess: Affine  # (K,)
    exact: bool = False
    labels: tuple[str, ...] = ()  # (K,)
    firmness: float = 1.0

    @property
    def row_names(self) -> tuple[str, ...]:
        """What to call each row."""
        if not self.labels:
            return (self.name,) * len(self.excess)
        return tuple(f"{label}: {self.name}" for label in self.labels)


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """The unknowns at the optimum, and what each row that was asked for costs."""

    unknowns: Array
    prices: tuple[Array, ...]  # per `Rows`: how much lower the minimum gets per unit it gives

    def value(self, of: Affine) -> Array:
        """What a formula (K,) comes to."""
        return of.matrix @ self.unknowns[: of.width] + of.constant


class Program:
    """A problem under construction; made afresh for every decision, so nothing is remembered."""

    def __init__(self, solvers: Sequence[Solver] = SOLVERS) -> None:
        self._size = 0
        self._rows: list[Rows] = []
        self._triples: list[Affine] = []
        self._solvers = solvers

    def unknown(self, count: int = 1) -> Affine:
        """New unknowns (count,)."""
        self._size += count
        return Affine(np.eye(self._size)[-count:], np.zeros(count))

    def absolute(self, of: Affine) -> Affine:
        """Something at least |of| (K,), and equal to it when it is minimised."""
        size = self.unknown(len(of))
        self._rows += [Rows(name="", excess=of - size), Rows(name="", excess=-of - size)]
        return size

    def three_halves(self, of: Affine, scale: Affine) -> Affine:
        """Something at least scale * |of / scale| ** 1.5 (K,), and equal when it is minimised."""
        size = self.unknown(len(of))
        triples = [(size[[k]], scale, of[[k]]) for k in range(len(of))]
        self._triples += [-part for triple in triples for part in triple]
        return size

    def minimise(self, pieces: Sequence[Piece], rows: Sequence[Rows] = ()) -> Solution | None:
        """The optimum of the sum of `pieces` subject to `rows`, None where nothing satisfies them.

        Raises:
            SolverFailed: no solver has an answer, or nothing limits the objective.
        """
        unit, problem = self._written(pieces, [*rows, *self._rows])
        answer = _first_answer(problem, self._solvers)
        if answer.status == "infeasible":
            return None
        ends = np.cumsum([len(r.excess) for r in rows])
        felt = np.where(np.abs(answer.prices) < FELT, 0.0, answer.prices * unit)
        prices = np.split(felt, ends)[: len(rows)]
        return Solution(polished(problem, answer), tuple(prices))

    def _written(self, pieces: Sequence[Piece], rows: Sequence[Rows]) -> tuple[float, Conic]:
        quadratic, linear = np.zeros((self._size, self._size)), np.zeros(self._size)
        for piece in pieces:
            of = piece if isinstance(piece, Affine) else piece.of
            matrix = of.wide(self._size)
            if isinstance(piece, Squares):
                quadratic += 2 * piece.factor * (matrix.T @ matrix)
                linear += 2 * piece.factor * (of.constant @ matrix)
            else:
                linear += matrix.sum(axis=0)
        unit = max(np.abs(quadratic).max(), np.abs(linear).max()) or 1.0
        none = Affine(np.empty((0, self._size)), np.empty(0))
        parts = [none, *(r.excess for r in rows), *self._triples]
        return unit, Conic(
            quadratic=quadratic / unit,
            linear=linear / unit,
            rows=np.vstack([part.wide(self._size) for part in parts]),
            limits=-np.concatenate([part.constant for part in parts]),
            exact=np.array([r.exact for r in rows for _ in range(len(r.excess))], dtype=np.bool_),
            triples=len(self._triples) // 3,
        )


def _first_answer(problem: Conic, solvers: Sequence[Solver]) -> Answer:
    for solver in solvers:
        answer = solver(problem)
        if answer.status == "unbounded":
            raise SolverFailed("nothing limits the portfolio: add a Budget, LongOnly or Bounds")
        if answer.status != "stopped":
            return answer
    raise SolverFailed(
        f"none of {len(solvers)} solvers has an answer; look for extreme forecasts or variances"
    )
