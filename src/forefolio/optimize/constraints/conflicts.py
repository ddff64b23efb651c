"""Why no portfolio satisfies the constraints, how far which of them must give, and which do.

1. Every statement gets one slack: how far it gives, the same for each asset it speaks of.
2. The sum of the slacks is minimised, each as dear as its statement is firm; where two are
   equally dear, the one that was stated last gives.
3. What gives is named, with by how much (an elastic programme: Chinneck 2008, "Feasibility and
   Infeasibility in Optimization", chapter 6).
4. Where it is enough that soft statements give, they alone do, and nothing is raised.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from forefolio.core.errors import Infeasible, SolverFailed
from forefolio.core.mends import Mend, mend_between
from forefolio.core.units import Array
from forefolio.optimize.base import Outlook
from forefolio.optimize.constraints.holdings import MaximumNames, MinimumNames
from forefolio.optimize.constraints.linear import Bounds, Budget, Constraint, LongOnly
from forefolio.optimize.constraints.soft import firm
from forefolio.optimize.program.affine import Affine
from forefolio.optimize.program.problem import Rows
from forefolio.optimize.program.solvers import SolverControl
from forefolio.optimize.program.symbols import Symbols, symbols

NOTHING = 1e-7  # a slack that is only the solver's tolerance


@dataclass(frozen=True, slots=True)
class Relaxed:
    """A constraint whose statements give way by `amounts`, one for each."""

    constraint: Constraint
    amounts: tuple[float, ...]

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """Its rows, with that much more room."""
        for rows, amount in zip(self.constraint.rows(s), self.amounts, strict=True):
            if amount <= NOTHING:
                yield rows
                continue
            room = (amount * (1 + 1e-6) + NOTHING) * s.scale
            for excess in _sides(rows):
                yield replace(rows, excess=excess - room, exact=False, soft=False)


@dataclass(frozen=True, slots=True)
class _Statement:
    """The rows of a constraint, how far they give, and where their values then are."""

    place: int  # of the constraint among the others
    constraint: Constraint
    rows: Rows
    slack: float
    excess: Array  # (K,)

    @property
    def gives(self) -> bool:
        """Whether it does."""
        return self.slack > NOTHING

    @property
    def mend(self) -> Mend:
        """What has to change."""
        name, limit = self.rows.name, self.rows.limit
        mend = Mend(what=name, by=self.slack, statement=name, constraint=str(self.constraint))
        if limit is None:
            return mend
        upward = limit.upper
        if self.rows.exact:
            upward = float(self.excess[np.abs(self.excess).argmax()]) > 0
        needed = limit.level + (self.slack if upward else -self.slack)
        return replace(mend, what=limit.what, limit=limit.level, needed=needed, unit=limit.unit)


def conflict(outlook: Outlook, constraints: Sequence[Constraint]) -> Infeasible:
    """Which of `constraints` must give, and by how much, before any portfolio satisfies them.

    Raises:
        SolverFailed: they are satisfiable after all, so that the solver was wrong; or no limit
            that gives is enough.
    """
    if oversized := [mend for each in constraints if (mend := _oversized(each, constraints))]:
        return Infeasible(oversized)
    statements = _least(outlook, constraints, softly=False)
    if statements is None:
        raise SolverFailed(
            _miscounted(constraints, symbols(outlook))
            or "the constraints contradict each other, and no limit that gives is enough: allow "
            "more or fewer names, or smaller positions"
        )
    mends = [statement.mend for statement in statements if statement.gives]
    if not mends:
        raise SolverFailed("the solver finds no portfolio, yet the constraints allow some")
    return Infeasible(mends)


def _oversized(one: Constraint, constraints: Sequence[Constraint]) -> Mend | None:
    """What to change where so many positions of a size are more than may be held, long only."""
    least = firm(one)
    stated = [firm(each) for each in constraints]
    most = min((each.upper for each in stated if isinstance(each, Budget)), default=np.inf)
    long = any(map(_forbids_shorts, stated))
    if (
        not long
        or not isinstance(least, MinimumNames)
        or least.at_least * least.size <= most + NOTHING
    ):
        return None
    what = f"the weight from which on each of {least.at_least} names counts"
    return replace(
        mend_between(what, least.size, most / least.at_least), constraint=str(one), statement=what
    )


def _forbids_shorts(one: Constraint) -> bool:
    if not isinstance(one, Bounds):
        return isinstance(one, LongOnly)
    least = [one.lower, *(lower for _, lower, _ in one.overrides)]
    return all(lower is not None and lower >= 0 for lower in least)


def _miscounted(constraints: Sequence[Constraint], s: Symbols) -> str:
    """Which least number of names is above what there is, or above a greatest number."""
    stated = [firm(each) for each in constraints]
    for least in (each for each in stated if isinstance(each, MinimumNames)):
        if (there := int(least.among(s).sum())) < least.at_least:
            return f"{least}: only {there} of these can be held; ask for at most {there}"
        for most in (each for each in stated if isinstance(each, MaximumNames)):
            if least.count(s).contradicts(most.count(s)):
                return f"{least} and {most} contradict each other; change one of them"
    return ""


def settled(
    outlook: Outlook, constraints: Sequence[Constraint], control: SolverControl
) -> tuple[tuple[Constraint, ...], tuple[str, ...]]:
    """Constraints that some portfolio satisfies, and what gave way for that, in words.

    Raises:
        Infeasible: it is not enough that the soft ones give.
    """
    s = symbols(outlook, control=control)
    rows = [rows for constraint in constraints for rows in constraint.rows(s)]
    if s.program.minimise([], rows) is not None:
        return tuple(constraints), ()
    statements = _least(outlook, constraints, softly=True) if any(r.soft for r in rows) else None
    if statements is None:
        raise conflict(outlook, constraints)
    notes = [f"{s.rows.name} gave way: {s.mend.change}" for s in statements if s.gives]
    return tuple(_relaxed(constraints, statements)), tuple(notes)


def _relaxed(
    constraints: Sequence[Constraint], statements: Sequence[_Statement]
) -> Iterator[Constraint]:
    for place, constraint in enumerate(constraints):
        own = [each.slack for each in statements if each.place == place]
        yield Relaxed(constraint, tuple(own))


def _least(
    outlook: Outlook, constraints: Sequence[Constraint], *, softly: bool
) -> list[_Statement] | None:
    """The least that must give, of all or of the soft ones alone; None where that is not enough."""
    s = symbols(outlook)
    stated = [(k, one, rows) for k, one in enumerate(constraints) for rows in one.rows(s)]
    prices = [rows.firmness * (1 - 1e-3 * place) for place, (*_, rows) in enumerate(stated)]
    slacks = [s.program.unknown() for _ in stated]
    elastic = [
        statement
        for (*_, rows), slack in zip(stated, slacks, strict=True)
        for statement in _elastic(rows, slack, gives=rows.soft or not softly)
    ]
    total = [price * slack for price, slack in zip(prices, slacks, strict=True)]
    solution = s.program.minimise(total, elastic)
    if solution is None:
        return None
    return [
        _Statement(*each, float(solution.value(slack)[0]), solution.value(each[-1].excess))
        for each, slack in zip(stated, slacks, strict=True)
    ]


def _elastic(rows: Rows, slack: Affine, *, gives: bool) -> list[Rows]:
    bound = Rows(name="", excess=-slack, exact=not gives)
    return [*(Rows(name=rows.name, excess=side - slack) for side in _sides(rows)), bound]


def _sides(rows: Rows) -> list[Affine]:
    return [rows.excess, -rows.excess] if rows.exact else [rows.excess]
