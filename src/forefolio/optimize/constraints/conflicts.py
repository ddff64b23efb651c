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

from forefolio.core.errors import Infeasible, SolverFailed
from forefolio.optimize.base import Outlook
from forefolio.optimize.constraints.linear import Constraint
from forefolio.optimize.program.affine import Affine
from forefolio.optimize.program.problem import Rows
from forefolio.optimize.program.solvers import SolverControl
from forefolio.optimize.program.symbols import Symbols, symbols

NOTHING = 1e-7  # a slack that is only the solver's tolerance
Slacks = tuple[float, ...]  # per statement


@dataclass(frozen=True, slots=True)
class Given:
    """A constraint whose statements give way by `amounts`."""

    constraint: Constraint
    amounts: Slacks

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """Its rows, with that much more room."""
        for rows, amount in zip(self.constraint.rows(s), self.amounts, strict=True):
            if amount <= NOTHING:
                yield rows
                continue
            room = (amount * (1 + 1e-6) + NOTHING) * s.scale
            for excess in _sides(rows):
                yield replace(rows, excess=excess - room, exact=False, soft=False)


def conflict(outlook: Outlook, constraints: Sequence[Constraint]) -> Infeasible:
    """Which of `constraints` must give, and by how much, before any portfolio satisfies them.

    Raises:
        SolverFailed: they are satisfiable after all, so that the solver was wrong.
    """
    stated, amounts = _least(outlook, constraints, softly=False) or ([], ())
    relax = [(r.name, a) for r, a in zip(stated, amounts, strict=True) if a > NOTHING]
    if not stated:
        raise SolverFailed("the constraints contradict each other whatever gives")
    if not relax:
        raise SolverFailed("the solver finds no portfolio, yet the constraints allow some")
    return Infeasible(relax)


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
    found = _least(outlook, constraints, softly=True) if any(r.soft for r in rows) else None
    if found is None:
        raise conflict(outlook, constraints)
    stated, amounts = found
    notes = [
        f"{rows.name} gave way by {amount:.4g}"
        for rows, amount in zip(stated, amounts, strict=True)
        if amount > NOTHING
    ]
    return tuple(_given(outlook, constraints, amounts)), tuple(notes)


def _given(
    outlook: Outlook, constraints: Sequence[Constraint], amounts: Slacks
) -> Iterator[Constraint]:
    s, start = symbols(outlook), 0
    for constraint in constraints:
        end = start + len(list(constraint.rows(s)))
        yield Given(constraint, amounts[start:end])
        start = end


def _least(
    outlook: Outlook, constraints: Sequence[Constraint], *, softly: bool
) -> tuple[list[Rows], Slacks] | None:
    """The least that must give, of all or of the soft ones alone; None where that is not enough."""
    s = symbols(outlook)
    stated = [rows for constraint in constraints for rows in constraint.rows(s)]
    prices = [rows.firmness * (1 - 1e-3 * place) for place, rows in enumerate(stated)]
    slacks = [s.program.unknown() for _ in stated]
    given = [
        elastic
        for rows, slack in zip(stated, slacks, strict=True)
        for elastic in _elastic(rows, slack, gives=rows.soft or not softly)
    ]
    total = [price * slack for price, slack in zip(prices, slacks, strict=True)]
    solution = s.program.minimise(total, given)
    if solution is None:
        return None
    return stated, tuple(float(solution.value(slack)[0]) for slack in slacks)


def _elastic(rows: Rows, slack: Affine, *, gives: bool) -> list[Rows]:
    bound = Rows(name="", excess=-slack, exact=not gives)
    return [*(Rows(name=rows.name, excess=side - slack) for side in _sides(rows)), bound]


def _sides(rows: Rows) -> list[Affine]:
    return [rows.excess, -rows.excess] if rows.exact else [rows.excess]
