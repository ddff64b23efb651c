"""Mean-variance portfolios under sector limits, turnover, costs, leverage, a benchmark; and cvxpy.

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
from forefolio.optimize import (
    Distance,
    FrontierPoint,
    Polyhedron,
    RowFrontier,
    factor_row_frontier,
    row_frontier,
)
from forefolio.risk import FactorCovariance

POINTS, SECTORS, AVERSION = 25, 11, 5.0
BARS = {20: 0.0004, 100: 0.0014, 500: 0.008}  # seconds, for the whole line
FACTOR_BARS = {1_000: 0.003, 2_000: 0.003, 5_000: 0.007}
WORK_BARS = {"turnover 20 %": 0.006, "turnover 20 % and costs": 0.008, "130/30": 0.004}  # N = 500
TRACKING_ERROR, TRACKING_BAR, COST = 0.04 / np.sqrt(252 / 21), 0.008, 1e-3


def main() -> None:
    """Print the table."""
    lines = [line for assets in BARS for line in _lines(problem(assets))]
    lines += [_of_factors(assets, bar) for assets, bar in FACTOR_BARS.items()]
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
    near = Distance(centre=held, limit=0.4)
    for work, distances, lower in (
        ("turnover 20 %", [near], 0.0),
        ("turnover 20 % and costs", [near, Distance(centre=held, rate=COST)], 0.0),
        ("130/30", [Distance(centre=np.zeros(count), limit=1.6)], -0.1),
    ):
        limits = within(count, lower, distances)
        solve = asked(given, limits, return_at_least=False)

        def once(limits: Polyhedron = limits) -> FrontierPoint:
            return trace(given, limits, 1 / AVERSION).at_aversion(AVERSION)

        lines.append(
            Line(
                work=f"N = {count}, utility with sectors and {work}",
                ours=timed(once, 20),
                bar=WORK_BARS[work] if count == max(BARS) else None,
                peer="cvxpy",
                theirs=timed(lambda solve=solve: solve(0.0), 3),
                accuracy=f"gap {once().gap / once().variance:.0e}",
            )
        )
    return [*lines, _tracking(given, held)]


def _tracking(given: Problem, benchmark: Array) -> Line:
    """The greatest return at a tracking error."""
    count = len(benchmark)
    limits = within(count)

    def once() -> FrontierPoint:
        line = row_frontier(
            given.mean, given.covariance, limits, base=benchmark, end=(0.0, TRACKING_ERROR**2)
        )
        return line.at_volatility(TRACKING_ERROR)

    w, root = cp.Variable(count), np.linalg.cholesky(given.covariance).T
    rows = [
        *(w >= limits.lower, w <= limits.upper, cp.sum(w) == 1),
        limits.rows[1:] @ w <= limits.high[1:],
        cp.norm(root @ (w - benchmark)) <= TRACKING_ERROR,
    ]
    stated = cp.Problem(cp.Maximize(given.mean @ w), rows)
    return Line(
        work=f"N = {count}, tracking error 4 % with sectors",
        ours=timed(once, 10),
        bar=TRACKING_BAR if count == max(BARS) else None,
        peer="cvxpy",
        theirs=timed(lambda: stated.solve(solver=cp.CLARABEL), 1),
        accuracy=f"gap {once().gap / TRACKING_ERROR**2:.0e}",
    )


def _of_factors(count: int, bar: float) -> Line:
    """The least variance of a factor model: 20 factors, 50 from 5,000 assets on."""
    rng, factors = np.random.default_rng(count), 50 if count >= 5_000 else 20
    names = tuple(map(str, range(count)))
    loadings = 0.004 * rng.normal(size=(count, factors)) + 0.01 * (np.arange(factors) == 0)
    specific = (0.008 + 0.01 * rng.random(count)) ** 2
    model = FactorCovariance(
        assets=names, loadings=loadings, factors=np.eye(factors), specific=specific
    )
    limits, mean = within(count), 1e-3 * rng.normal(size=count)

    def once() -> FrontierPoint:
        return factor_row_frontier(mean, model, limits).minimum_variance()

    w = cp.Variable(count)
    variance = cp.sum_squares(loadings.T @ w) + cp.sum(cp.multiply(specific, w**2))
    rows = [w >= 0, w <= limits.upper, cp.sum(w) == 1, limits.rows[1:] @ w <= limits.high[1:]]
    stated = cp.Problem(cp.Minimize(1e4 * variance), rows)
    best = once()
    return Line(
        work=f"N = {count:,}, {factors} factors, 11 sector limits, minimum variance",
        ours=timed(once, 10),
        bar=bar,
        peer="cvxpy",
        theirs=timed(lambda: stated.solve(solver=cp.CLARABEL), 1),
        accuracy=f"gap {best.gap / best.variance:.0e}",
    )


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
        *(cp.norm1(w - d.centre) <= d.limit for d in limits.distances if d.limit < np.inf),
    ]
    risk = cp.sum_squares(root @ w)
    paid = sum(d.rate * cp.norm1(w - d.centre) for d in limits.distances if np.any(d.rate))
    earned = given.mean @ w - paid
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
