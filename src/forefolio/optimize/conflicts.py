"""Why no portfolio satisfies the constraints, and how far which of them must give.

1. Every statement gets one slack: how far it gives, the same for each asset it speaks of.
2. The sum of the slacks is minimised, each as dear as its statement is firm; where two are
   equally dear, the one that was stated last gives.
3. What gives is named, with by how much (an elastic programme: Chinneck 2008, "Feasibility and
   Infeasibility in Optimization", chapter 6).
"""

from collections.abc import Sequence

from forefolio.errors import Infeasible, SolverFailed
from forefolio.optimize.affine import Affine
from forefolio.optimize.base import Outlook
from forefolio.optimize.constraints import Constraint
from forefolio.optimize.program import Rows
from forefolio.optimize.symbols import symbols

NOTHING = 1e-7  # a slack that is only the solver's tolerance


def conflict(outlook: Outlook, constraints: Sequence[Constraint]) -> Infeasible:
    """Which of `constraints` must give, and by how much, before any portfolio satisfies them.

    Raises:
        SolverFailed: they are satisfiable after all, so that the solver was wrong.
    """
    s = symbols(outlook)
    stated = [rows for constraint in constraints for rows in constraint.rows(s)]
    prices = [rows.firmness * (1 - 1e-3 * place) for place, rows in enumerate(stated)]
    slacks = [s.program.unknown() for _ in stated]
    given = [
        elastic
        for rows, slack in zip(stated, slacks, strict=True)
        for elastic in _elastic(rows, slack)
    ]
    total = [price * slack for price, slack in zip(prices, slacks, strict=True)]
    solution = s.program.minimise(total, given)
    if solution is None:
        raise SolverFailed("the constraints contradict each other whatever gives")
    amounts = [float(solution.value(slack)[0]) for slack in slacks]
    relax = [(r.name, a) for r, a in zip(stated, amounts, strict=True) if a > NOTHING]
    if not relax:
        raise SolverFailed("the solver finds no portfolio, yet the constraints allow some")
    return Infeasible(relax)


def _elastic(rows: Rows, slack: Affine) -> list[Rows]:
    excesses = [rows.excess, -rows.excess] if rows.exact else [rows.excess]
    given = [Rows(name=rows.name, excess=excess - slack) for excess in excesses]
    return [*given, Rows(name="", excess=-slack)]
