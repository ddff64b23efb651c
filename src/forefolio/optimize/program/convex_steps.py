"""Conditions that are not convex, kept by convex steps: one length is at most another.

1. Where |b(z0)| > 0, |b(z)| is at least b(z0)'b(z) / |b(z0)|, and equal to it at z0. That |a(z)| is
   at most this is a convex condition, and a stricter one than |a(z)| <= |b(z)|.
2. With it in their place the problem is solved, z0 moved to the answer, and so on: each answer
   satisfies the conditions, and is no worse than the one before (the convex-concave procedure:
   Lipp and Boyd 2016, "Variations and extension of the convex-concave procedure").
3. It begins at the optimum without the conditions. As long as they are missed, by how much is
   counted in the objective, dearer from step to step. Where that ends beside them, it begins where
   whoever states a condition says that it is kept; and else each step asks that they be missed by
   a smaller part, whatever the scale.
4. What is found may be the best in its neighbourhood alone. No portfolio can be better than the
   optimum without the conditions: that is the bound, and the gap says how far away it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from forefolio.core.errors import SolverFailed
from forefolio.core.mends import Mend, mend_between
from forefolio.core.units import Array
from forefolio.optimize.program.affine import Affine, Picked
from forefolio.optimize.program.branching import Found, Solve
from forefolio.optimize.program.solvers import Cone, Conic
from forefolio.optimize.program.sparsity import longer

KEPT = 1e-9  # of a length: a condition missed by less is kept
SETTLED = 1e-9  # of the objective: a step that gains less is the last
NOTHING = 1e-6  # of what adds up to it: a length that is none
LOST = 1e-11  # the same, of what any unknown would add: what rounding leaves
STEPS = 100
DEAREST = 1e6  # what is missed costs so much at most, beside an objective of size one
PARTS = (0.0, 0.3, 0.7, 0.9, 0.97)  # of what is missed, that may be missed after a step


@dataclass(frozen=True, slots=True, eq=False)
class Shorter:
    """The condition that `first` (K,) is no longer than what is in `second`, all of it together.

    It is rather kept `near` such a point (V,), whatever its scale, and whatever else holds there.
    `what` is the limit in words, and `level` its number: the square of the last length in `second`
    is a multiple of it.
    """

    name: str
    first: Affine
    second: tuple[Affine, ...]
    near: Array
    what: str
    level: float

    def missed(self, z: Array) -> float:
        """By how much it is missed at `z` (V,), relative to the length that it may have.

        Where both lengths are nothing it is kept: of no risk nothing has a part.
        """
        length, most = float(np.linalg.norm(_at(self.first, z))), self._most(z)
        if length <= most:
            return length / most - 1.0 if most else 0.0
        rounding = self._none(z)
        return length / max(most, rounding) - 1.0 if length > rounding else 0.0

    def needed(self, z: Array) -> float:
        """The level at which it would be kept at `z` (V,)."""
        *others, last = (float(np.linalg.norm(_at(part, z))) for part in self.second)
        rest = float(np.linalg.norm(_at(self.first, z))) ** 2 - sum(one**2 for one in others)
        return self.level * rest / last**2 if last > 0 else self.level

    def ends(self, z: Array) -> bool:
        """Whether what may be as long is nothing at `z`, so that no step leads on from there."""
        return self._most(z) <= self._none(z)

    def _most(self, z: Array) -> float:
        return _length([_at(part, z) for part in self.second])

    def _none(self, z: Array) -> float:
        """Up to where a length is none: what each unknown adds to it cancels out, or is rounding.

        An asset a millionth as volatile as the rest may be nearly all of `z` (V,).
        """
        width = min(max(part.width for part in self.second), len(z))
        size = np.abs(z[:width])
        moved = np.zeros(width)
        for part in self.second:
            moved += (part.matrix[:, :width] ** 2).sum(axis=0)
        moved = np.sqrt(moved)
        alone = float(np.linalg.norm(moved * size))
        return max(NOTHING * alone, LOST * float(moved.max() * size.max()))

    def stricter(self, z: Array) -> tuple[Affine, Affine]:
        """What is to be no longer (K,) than what (1,), at `z` (V,): relative to that length."""
        values = [_at(part, z) for part in self.second]
        most = _length(values) or 1.0
        most_now = sum(
            ((value / most**2) @ part for value, part in zip(values, self.second, strict=True)),
            Affine(np.zeros((1, 0)), np.zeros(1)),
        )
        return self.first * (1.0 / most), most_now


def kept(problem: Conic, conditions: Sequence[Shorter], solve: Solve) -> Found | None:
    """The best portfolio found that keeps `conditions`, None where there is none without them.

    Raises:
        SolverFailed: none was found, though there may be one.
    """
    free = solve(problem)
    if free is None or not missed(conditions, free):
        return free
    best = _first_kept(problem, conditions, free, solve)
    steps = 0
    while steps < STEPS and not any(one.ends(best.answer.unknowns) for one in conditions):
        steps += 1
        found = solve(_stepped(problem, conditions, best.answer.unknowns))
        if found is None or found.value >= best.value - SETTLED * (abs(best.value) + SETTLED):
            break
        best = found
    status = f"{best.status}, convex steps: {steps}"
    return replace(best, bound=free.bound, status=status)


def _first_kept(problem: Conic, conditions: Sequence[Shorter], free: Found, solve: Solve) -> Found:
    """A first answer that keeps the conditions."""
    found = tried = _by_price(problem, conditions, free, solve)
    if missed(conditions, found):
        kept_there = solve(_stepped(problem, conditions, None))
        found = kept_there or _by_parts(problem, conditions, free, solve)
    if not (broken := missed(conditions, found)):
        return found
    names = ", ".join(dict.fromkeys(one.name for one in broken))
    mends = min((_mends(conditions, one) for one in (free, tried, found)), key=_farthest)
    remedy = " and ".join(mend.sentence for mend in mends)
    raise SolverFailed(
        f"no portfolio was found that keeps {names} beside the other limits, though it is not "
        f"proved that there is none: {remedy}, or give the other limits more room"
    )


def _mends(conditions: Sequence[Shorter], found: Found) -> list[Mend]:
    """What limits would have to be for a portfolio that was found, each once."""
    needed: dict[str, Mend] = {}
    for one in missed(conditions, found):
        mend = mend_between(one.what, one.level, one.needed(found.answer.unknowns))
        if one.what not in needed or mend.by > needed[one.what].by:
            needed[one.what] = mend
    return list(needed.values())


def _farthest(mends: Sequence[Mend]) -> float:
    return max(mend.by for mend in mends)


def _by_price(problem: Conic, conditions: Sequence[Shorter], found: Found, solve: Solve) -> Found:
    """An answer that misses the conditions less, because that is dear."""
    count, width = len(conditions), len(problem.linear)
    slack = Picked(np.arange(width, width + count), np.ones(count), np.zeros(count), width + count)
    more = longer(problem, [(-slack, False)], width + count)
    price = 1.0
    while price < DEAREST:
        z = found.answer.unknowns
        priced = replace(more, linear=np.append(problem.linear, np.full(count, price)))
        near = solve(_stepped(priced, conditions, z, slack))
        if near is None:
            break
        found, price = near, 4 * price
        if not missed(conditions, near):
            return near
        within = solve(_stepped(problem, conditions, near.answer.unknowns))
        if within is not None and not missed(conditions, within):
            return within
    return found


def _by_parts(problem: Conic, conditions: Sequence[Shorter], found: Found, solve: Solve) -> Found:
    """An answer that misses the conditions by as small a part as there is near the one before."""
    for _ in range(STEPS):
        z = found.answer.unknowns
        far = max(one.missed(z) for one in conditions)
        if far <= KEPT:
            break
        nearer = (solve(_stepped(problem, conditions, z, part * far)) for part in PARTS)
        near = next((each for each in nearer if each is not None), None)
        if near is None:
            break
        found = near
    return found


def _stepped(
    problem: Conic, conditions: Sequence[Shorter], z: Array | None, missed: float | Affine = 0.0
) -> Conic:
    """The problem with the stricter conditions at `z`, each `missed` by such a part, or so much.

    Without `z` each is taken where it is said to be kept.
    """
    width = len(problem.linear)
    rows: list[tuple[Affine, bool]] = []
    cones: list[Affine] = []
    for place, condition in enumerate(conditions):
        short, most = condition.stricter(condition.near if z is None else z)
        most = most + missed[[place]] if isinstance(missed, Affine) else most * (1.0 + missed)
        if len(short) == 1:
            rows += [(short - most, False), (-short - most, False)]
        else:
            cones.append(_joined(most, short))
    stepped = longer(problem, rows, width)
    if not cones:
        return stepped
    return replace(
        stepped,
        rows=np.vstack([stepped.rows, *(-part.wide(width) for part in cones)]),
        limits=np.concatenate([stepped.limits, *(part.constant for part in cones)]),
        cones=(*stepped.cones, *(Cone("norm", len(part)) for part in cones)),
    )


def missed(conditions: Sequence[Shorter], found: Found, by: float = KEPT) -> list[Shorter]:
    """Those that are missed by more than such a part."""
    return [one for one in conditions if one.missed(found.answer.unknowns) > by]


def _joined(first: Affine, second: Affine) -> Affine:
    width = max(first.width, second.width)
    matrix = np.vstack([first.wide(width), second.wide(width)])
    return Affine(matrix, np.concatenate([first.constant, second.constant]))


def _at(of: Affine, z: Array) -> Array:
    width = min(of.width, len(z))  # what came later is zero
    value: Array = of.matrix[:, :width] @ z[:width] + of.constant
    return value


def _length(parts: Sequence[Array]) -> float:
    return float(np.sqrt(sum(float(part @ part) for part in parts)))
