"""The last resort for minimum CVaR: the linear programme itself, by the simplex method of HiGHS."""

from typing import Any

import numpy as np

from forefolio.core.errors import SolverFailed
from forefolio.core.lazy import lazy
from forefolio.optimize.exact.cvar_interior import Solved, Tail

optimize: Any = lazy("scipy.optimize")
sparse: Any = lazy("scipy.sparse")

TOLERANCE = 1e-10  # the least that HiGHS allows


def simplex(tail: Tail) -> Solved:
    """A vertex: exact to rounding where an interior point stops short of a degenerate one.

    Raises:
        SolverFailed: HiGHS has no answer.
    """
    count, assets = tail.gains.shape
    losses = np.column_stack([-tail.gains, -np.ones(count)])
    rows = np.column_stack([tail.rows, np.zeros(len(tail.rows))])
    free = np.column_stack([np.append(np.zeros(assets), -np.inf), np.append(tail.width, np.inf)])
    solution = optimize.linprog(
        np.concatenate([np.zeros(assets), [1.0], np.full(count, tail.cost)]),
        A_ub=sparse.hstack([sparse.csr_matrix(losses), -sparse.identity(count)], format="csc"),
        b_ub=-tail.base,
        A_eq=sparse.hstack([sparse.csr_matrix(rows), sparse.csr_matrix((len(rows), count))]),
        b_eq=tail.wanted,
        bounds=np.vstack([free, np.tile([0.0, np.inf], (count, 1))]),
        method="highs-ds",
        options={
            "primal_feasibility_tolerance": TOLERANCE,
            "dual_feasibility_tolerance": TOLERANCE,
        },
    )
    if solution.x is None:
        raise SolverFailed(f"HiGHS has no answer to the least CVaR: {solution.message}")
    return Solved(
        x=solution.x[:assets],
        quantile=float(solution.x[assets]),
        scenarios=-solution.ineqlin.marginals,
        prices=solution.eqlin.marginals,
    )
