"""A convex problem being written down, and its solution.

1. `unknown`, `absolute`, `norm`, `logarithm` and `three_halves` add unknowns and the rows that
   define them, `within_power` rows alone; `few` asks for whole numbers.
2. `minimise` normalises the objective, so that daily variances of 1e-4 do not meet the solver's
   absolute tolerances, and asks one solver after another.
3. The answer is polished on its active rows: they then hold to rounding.
4. Where few or no small positions are asked for, `branching` searches over such problems; what is
   not convex is kept by `convex_steps`.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial, reduce
from typing import ClassVar, TypeAlias

import numpy as np

from forefolio.core.errors import InputError, SolverFailed
from forefolio.core.mends import FRACTION
from forefolio.core.units import Array
from forefolio.optimize.program.affine import Affine, Squares
from forefolio.optimize.program.branching import Found, search
from forefolio.optimize.program.convex_steps import Shorter, kept, missed
from forefolio.optimize.program.own_units import even_units, solved_in
from forefolio.optimize.program.solvers import (
    SOLVERS,
    Answer,
    Cone,
    Conic,
    Shape,
    Solver,
    SolverControl,
    polished,
)
from forefolio.optimize.program.sparsity import Count, Sparsity

FELT = 1e-7  # a price below, for a normalised objective, is only the solver's tolerance
CANCELLED = 1e-3  # of its terms: an objective below is what they leave of each other
DENSE = 60_000_000  # numbers in a problem, written down whole: half a gigabyte
BROKEN = 1e-7  # of a length: what is not convex is then missed, and not by rounding
Piece: TypeAlias = Affine | Squares


@dataclass(frozen=True, slots=True)
class Limit:
    """The number that a statement compares with, and what it is called: "the limit on Energy"."""

    stored_as: ClassVar[str] = "StatedLimit"
    what: str
    level: float
    upper: bool
    unit: str = FRACTION


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """One statement about the portfolio, in words and in numbers: `excess` <= 0, or == 0.

    `labels` tell its rows apart where it has several. `firmness` says how dear it is to give way
    when statements contradict each other; a `soft` one gives way by itself. `limit` is the level
    that `excess` is counted from, if it is a number.
    """

    name: str
    excess: Affine  # (K,)
    exact: bool = False
    labels: tuple[str, ...] = ()  # (K,)
    firmness: float = 1.0
    soft: bool = False
    limit: Limit | None = None

    @property
    def row_names(self) -> tuple[str, ...]:
        """What to call each row."""
        return tuple(self.row_name(row) for row in range(len(self.excess)))

    def row_name(self, row: int) -> str:
        """What to call one of them."""
        return f"{self.labels[row]}: {self.name}" if self.labels else self.name


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """The unknowns at the optimum, and what each row that was asked for costs.

    `gap` says by how much the objective could be lower at most, relative to itself; where its
    terms cancel each other, relative to a thousandth of them.
    """

    unknowns: Array
    prices: tuple[Array, ...]  # per `Rows`: how much lower the minimum gets per unit it gives
    status: str = ""  # who answered, and what he could not do
    gap: float = 0.0

    def value(self, of: Affine) -> Array:
        """What a formula (K,) comes to."""
        return of.matrix @ self.unknowns[: of.width] + of.constant


class Program:
    """A problem under construction; made afresh for every decision, so nothing is remembered."""

    def __init__(
        self,
        solvers: Sequence[Solver] = SOLVERS,
        *,
        control: SolverControl | None = None,
        relaxed: bool = False,
        suspect: Callable[[], str] = lambda: "look for extreme forecasts or variances",
    ) -> None:
        """Begin with nothing; a `relaxed` one does not care about what is not convex.

        `suspect` says what to look at where every solver stops.
        """
        self.control, self._suspect = control or SolverControl(), suspect
        self._size = 0
        self._rows: list[Rows] = []
        self._cones: list[tuple[Cone, Affine]] = []
        self._sparsities: dict[int, Sparsity] = {}  # by whose positions they are about
        self._shorter: list[Shorter] = []
        self._heeds_few = not relaxed
        self._solvers = solvers if self.control.fallback else solvers[:1]

    def unknown(self, count: int = 1) -> Affine:
        """New unknowns (count,).

        Raises:
            InputError: there are too many for a problem that is written down whole.
        """
        self._size += count
        if count * self._size > DENSE:
            raise InputError(
                f"{count:,} unknowns are too many for a problem with a full covariance; choose "
                "fewer assets or scenarios, or a factor model"
            )
        return Affine(np.eye(count, self._size, self._size - count), np.zeros(count))

    def absolute(self, of: Affine) -> Affine:
        """Something at least |of| (K,), and equal to it when it is minimised."""
        size = self.unknown(len(of))
        self._rows += [Rows(name="", excess=of - size), Rows(name="", excess=-of - size)]
        return size

    def positive_part(self, of: Affine) -> Affine:
        """Something at least max(of, 0) (K,), and equal to it when it is minimised."""
        size = self.unknown(len(of))
        self._rows += [Rows(name="", excess=of - size), Rows(name="", excess=-size)]
        return size

    def at_least(self, of: Affine, floor: Affine) -> None:
        """Let `of` (K,) be nowhere below `floor` (K,), as part of what an unknown means."""
        self._rows.append(Rows(name="", excess=floor - of))

    def norm(self, of: Affine) -> Affine:
        """Something (1,) at least the length of `of` (K,), and equal to it when minimised."""
        size = self.unknown()
        self._cone("norm", size, of)
        return size

    def square(self, of: Affine, scale: Affine) -> Affine:
        """Something (1,) at least |of|^2 / scale, and equal to it when it is minimised."""
        size = self.unknown()
        self._cone("norm", size + scale, 2.0 * of, size - scale)
        return size

    def three_halves(self, of: Affine, scale: Affine) -> Affine:
        """Something at least scale * |of / scale| ** 1.5 (K,), and equal when it is minimised."""
        size = self.unknown(len(of))
        for k in range(len(of)):
            self._cone("power", size[[k]], scale, of[[k]])
        return size

    def within_power(self, of: Affine, first: Affine, second: Affine, exponent: float) -> None:
        """Let |of| (K,) be at most first ** exponent * second ** (1 - exponent), neither negative.

        `first` and `second` are (K,), or (1,) for all of them.
        """
        for k in range(len(of)):
            parts = (part if len(part) == 1 else part[[k]] for part in (first, second, of))
            self._cone("power", *parts, exponent=exponent)

    def logarithm(self, of: Affine, scale: Affine) -> Affine:
        """Something at most scale * log(of / scale) (K,), and equal to it when it is maximised."""
        size = self.unknown(len(of))
        for k in range(len(of)):
            self._cone("exponential", size[[k]], scale, of[[k]])
        return size

    def few(
        self, of: Affine, scale: Affine, *, count: Count | None = None, smallest: float = 0.0
    ) -> None:
        """Let so many of `of` (K,) differ from zero, and each that does be at least so large.

        Conditions on the same object are joined; of portfolios that are others, each keeps its own.
        """
        counts = () if count is None else (count,)
        asked = Sparsity(of=of, scale=scale, counts=counts, smallest=smallest)
        if self._heeds_few:
            earlier = self._sparsities.get(id(of))  # which is kept with it
            self._sparsities[id(of)] = earlier.joined(asked) if earlier else asked

    def shorter(self, condition: Shorter) -> None:
        """Let one length be at most another, which is not convex: `convex_steps` keeps it."""
        if self._heeds_few:
            self._shorter.append(condition)

    def minimise(self, pieces: Sequence[Piece], rows: Sequence[Rows] = ()) -> Solution | None:
        """The optimum of the sum of `pieces` subject to `rows`, None where nothing satisfies them.

        Raises:
            SolverFailed: no solver has an answer, or nothing limits the objective.
        """
        unit, constant, problem = self._written(pieces, [*rows, *self._rows])
        best = self._kept(problem) if self._shorter else _exactly(self._best(problem))
        if best is None:
            return None
        ends, prices = np.cumsum([len(r.excess) for r in rows]), best.answer.prices
        noticeable = np.where(np.abs(prices) < FELT, 0.0, prices * unit)
        exactly = best.answer.unknowns[: self._size]
        return Solution(
            exactly,
            tuple(np.split(noticeable, ends)[: len(rows)]),
            best.status,
            _gap(problem, exactly, best.bound, constant / unit),
        )

    def _cone(self, shape: Shape, *parts: Affine, exponent: float = 2 / 3) -> None:
        matrix = np.vstack([part.wide(self._size) for part in parts])
        slacks = Affine(-matrix, -np.concatenate([part.constant for part in parts]))
        self._cones.append((Cone(shape, len(slacks), exponent), slacks))

    def _kept(self, problem: Conic) -> Found | None:
        """With what is not convex, which the last digits of an answer may not break again."""
        formulas = [part for one in self._shorter for part in (one.first, *one.second)]
        units = even_units(formulas, len(problem.linear))
        if units is not None:
            with suppress(SolverFailed):  # perhaps as it was written
                found = kept(problem, self._shorter, partial(self._best, units=units))
                if found is not None:
                    return found
        best = kept(problem, self._shorter, self._best)
        exactly = _exactly(best)
        return best if exactly is None or missed(self._shorter, exactly, BROKEN) else exactly

    def _best(self, problem: Conic, units: Array | None = None) -> Found | None:
        relaxed = partial(self._relaxed, units=units)
        if not self._sparsities:
            return relaxed(problem)
        sparsity = reduce(Sparsity.beside, self._sparsities.values())
        return search(problem, sparsity, relaxed, self.control)

    def _relaxed(self, problem: Conic, units: Array | None = None) -> Found | None:
        answered = partial(_first_answer, solvers=self._solvers, control=self.control)
        answer = answered(problem) if units is None else solved_in(units, problem, answered)
        if answer is None:
            count = len(self._solvers)
            raise SolverFailed(f"none of {count} solvers has an answer; {self._suspect()}")
        if answer.status == "infeasible":
            return None
        return Found(problem, answer, answer.bound, answer.by)

    def _written(self, pieces: Sequence[Piece], rows: Sequence[Rows]) -> tuple[float, float, Conic]:
        quadratic, linear = np.zeros((self._size, self._size)), np.zeros(self._size)
        constant = 0.0
        for piece in pieces:
            of = piece if isinstance(piece, Affine) else piece.of
            matrix = of.wide(self._size)
            if isinstance(piece, Squares):
                quadratic += 2 * piece.factor * (matrix.T @ matrix)
                linear += 2 * piece.factor * (of.constant @ matrix)
                constant += piece.factor * float(of.constant @ of.constant)
            else:
                linear += matrix.sum(axis=0)
                constant += float(of.constant.sum())
        unit = float(max(np.abs(quadratic).max(), np.abs(linear).max())) or 1.0
        none = Affine(np.empty((0, self._size)), np.empty(0))
        parts = [none, *(r.excess for r in rows), *(part for _, part in self._cones)]
        return (
            unit,
            constant,
            Conic(
                quadratic=quadratic / unit,
                linear=linear / unit,
                rows=np.vstack([part.wide(self._size) for part in parts]),
                limits=-np.concatenate([part.constant for part in parts]),
                exact=np.array(
                    [r.exact for r in rows for _ in range(len(r.excess))], dtype=np.bool_
                ),
                cones=tuple(cone for cone, _ in self._cones),
            ),
        )


def _first_answer(
    problem: Conic, solvers: Sequence[Solver], control: SolverControl
) -> Answer | None:
    for solver in solvers:
        answer = solver(problem, control)
        if answer.status == "unbounded":
            raise SolverFailed("nothing limits the portfolio: add a Budget, LongOnly or Bounds")
        if answer.status != "stopped":
            return answer
    return None


def _exactly(found: Found | None) -> Found | None:
    """What was found, with its active rows solved exactly."""
    if found is None:
        return None
    exactly = polished(found.problem, found.answer)
    return replace(found, answer=replace(found.answer, unknowns=exactly))


def _gap(problem: Conic, unknowns: Array, bound: float, constant: float) -> float:
    """How far an objective is above its bound, beside what it and its terms come to."""
    curved = 0.5 * float(unknowns @ problem.quadratic @ unknowns)
    straight = float(problem.linear @ unknowns)
    terms = abs(curved) + abs(straight) + abs(constant)
    size = max(abs(curved + straight + constant), CANCELLED * terms, 1e-12)
    return max(0.0, curved + straight - bound) / size
