"""Mean-variance portfolios under eleven sector limits, turnover and leverage, beside cvxpy.

`python benchmarks/rows.py`; both start from the same mean, covariance and limits. The peer is
Clarabel through cvxpy with the problem written once and its target a parameter, as a careful user
would; 25 points are 25 of its solves.
"""

from collections.abc import Sequence
from typing import Any

import cvxpy as cp
import numpy as np
from _report import Line, report, timed
from frontier import Problem, problem

from forefolio.core.units import Array
from forefolio.optimize import Distance, Polyhedron, RowFrontier, row_frontier

POINTS, SECTORS, AVERSION = 25, 11, 5.0
BARS = {20: 0.0004, 100: 0.0014, 500: 0.008}  # seconds, for the whole line


def main() -> None:
    """Print the table."""
    lines = [line for assets in BARS for line in _lines(problem(assets))]
    report("Mean and variance with rows and distances, CPU time", lines, ["cvxpy-base", "clarabel"])


def _lines(given: Problem) -> list[Line]:
    count = len(given.mean)
    sectors = within(count)
    line = trace(given, sectors)
    points = line.points(POINTS)
    gap = max(point.gap / point.variance for point in points)
    ask = asked(given, sectors, return_at_least=True)
    lines = [
        Line(
            work=f"N = {count}, {SECTORS} sector limits, whole frontier",
            ours=timed(lambda: trace(given, sectors), 20),
            bar=BARS[count],
            peer=f"cvxpy, {POINTS} points",
            theirs=timed(lambda: [ask(point.mean) for point in points], 1),
            accuracy=f"gap {gap:.0e}",
        )
    ]
    held = np.full(count, 1.0 / count)
    for work, distance, lower in (
        ("turnover 20 %", Distance(centre=held, limit=0.4), 0.0),
        ("130/30", Distance(centre=np.zeros(count), limit=1.6), -0.1),
    ):
        limits = within(count, lower, (distance,))
        solve = asked(given, limits, return_at_least=False)

        def once(limits: Polyhedron = limits) -> object:
            return trace(given, limits, 1 / AVERSION).at_aversion(AVERSION)

        lines.append(
            Line(
                work=f"N = {count}, utility with sectors and {work}",
                ours=timed(once, 20),
                peer="cvxpy",
                theirs=timed(lambda solve=solve: solve(0.0), 3),
            )
        )
    return lines


def within(count: int, lower: float = 0.0, distances: Sequence[Distance] = ()) -> Polyhedron:
    """All invested, at most a tenth or three times the mean in an asset, a fifth in a sector."""
    sectors = np.arange(count) % SECTORS == np.arange(SECTORS)[:, None]
    return Polyhedron(
        lower=np.full(count, lower),
        upper=np.full(count, max(0.1, 3.0 / count)),
        rows=np.vstack([np.ones(count), sectors]),
        low=np.array([1.0, *[-np.inf] * SECTORS]),
        high=np.array([1.0, *[0.2] * SECTORS]),
        distances=distances,
    )


def trace(given: Problem, limits: Polyhedron, end: float = 0.0) -> RowFrontier:
    """The line, as far down as is asked."""
    return row_frontier(given.mean, given.covariance, limits, end=(end, -1.0))


def asked(given: Problem, limits: Polyhedron, *, return_at_least: bool) -> Any:
    """The same in cvxpy: a function of the target that solves it once."""
    w, target = cp.Variable(len(given.mean)), cp.Parameter()
    root: Array = np.linalg.cholesky(given.covariance).T
    rows = [
        w >= limits.lower,
        w <= limits.upper,
        cp.sum(w) == 1,
        limits.rows[1:] @ w <= limits.high[1:],
        *(cp.norm1(w - d.centre) <= d.limit for d in limits.distances),
    ]
    risk = cp.sum_squares(root @ w)
    earned = given.mean @ w
    if return_at_least:
        stated = cp.Problem(cp.Minimize(risk), [*rows, earned >= target])
    else:
        stated = cp.Problem(cp.Maximize(earned - AVERSION / 2 * risk + 0 * target), rows)

    def solve(value: float) -> Array:
        target.value = value
        stated.solve(solver=cp.CLARABEL)
        return np.asarray(w.value)

    return solve


if __name__ == "__main__":
    main()
