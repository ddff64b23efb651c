"""How long CVaR under real limits takes: sector limits, frontiers, the field's public benchmark.

`python benchmarks/tails.py` beside HiGHS (its simplex on the same linear programme, as in
`benchmarks/cvar.py`); with a number of scenarios, such as `python benchmarks/tails.py 50000`, the
public mean-CVaR problem is solved at that size. Its statement is NVIDIA's (the quantitative
portfolio optimisation blueprint): log returns taken as simple ones, cash 0 to 20 %, weights -30 to
40 %, one forced name, gross at most 160 %, the price of risk from the best single name. Its prices
are not public; here 397 names are simulated, and scenarios drawn by both of its laws.
"""

import sys

import numpy as np
from _report import Line, report, timed
from rows import within
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, hstack, identity, vstack

from forefolio.core.units import Array
from forefolio.market import simulated_market
from forefolio.optimize import (
    Distance,
    Polyhedron,
    TailFrontier,
    conditional_value_at_risk,
    tail_frontier,
)

LEVEL, SCENARIOS, POINTS = 0.95, 1_000, 25
LEAST = {20: 0.002, 100: 0.006, 500: 0.070}
FRONTIER = {20: 0.008, 100: 0.014, 500: None}
NAMES, FORCED, DAYS = 397, 7, 756
PUBLIC = {10_000: 0.200, 50_000: 0.300}


def main(*sizes: int) -> None:
    """Print the tables."""
    lines = [line for count in LEAST for line in _under_sectors(count)]
    report("CVaR 95 % under 11 sector limits, 1,000 scenarios, CPU time", lines, ["scipy"])
    lines = [_public(size, law) for size in sizes or (10_000,) for law in ("density", "normal")]
    report("The public mean-CVaR problem, 397 names, CPU time", lines)


def _under_sectors(count: int) -> list[Line]:
    market = simulated_market(seed=0, sessions=SCENARIOS + 1, assets=count)
    returns, limits = market.returns[-SCENARIOS:], within(count)
    least = tail_frontier(returns, limits, LEVEL).minimum()
    peer: list[float] = []
    theirs = timed(lambda: peer.append(in_highs(returns, limits)), 1, warm=False)
    points = tail_frontier(returns, limits, LEVEL).points(POINTS)
    gap = max(point.gap / point.cvar for point in points)
    return [
        Line(
            work=f"N = {count}, the least CVaR",
            ours=timed(lambda: tail_frontier(returns, limits, LEVEL).minimum()),
            bar=LEAST[count],
            peer="HiGHS",
            theirs=theirs,
            accuracy=f"gap {least.gap / least.cvar:.0e}, HiGHS {peer[0] / least.cvar - 1:+.0e}",
        ),
        Line(
            work=f"N = {count}, {POINTS} points of the frontier",
            ours=timed(lambda: tail_frontier(returns, limits, LEVEL).points(POINTS)),
            bar=FRONTIER[count],
            peer=f"HiGHS, 1 x {POINTS}",
            theirs=theirs * POINTS,
            accuracy=f"gap {gap:.0e}",
        ),
    ]


def in_highs(returns: Array, limits: Polyhedron) -> float:
    """The least CVaR by the linear programme of Rockafellar and Uryasev."""
    scenarios, count = returns.shape
    losses = csr_matrix(np.column_stack([-returns, -np.ones(scenarios)]))
    rows = csr_matrix(np.column_stack([limits.rows[1:], np.zeros(len(limits.rows) - 1)]))
    nothing = csr_matrix((rows.shape[0], scenarios))
    budget = np.concatenate([np.ones(count), np.zeros(1 + scenarios)])
    found = linprog(
        np.r_[np.zeros(count), 1.0, np.full(scenarios, 1 / ((1 - LEVEL) * scenarios))],
        A_ub=vstack([hstack([losses, -identity(scenarios)]), hstack([rows, nothing])]),
        b_ub=np.r_[np.zeros(scenarios), limits.high[1:]],
        A_eq=csr_matrix(budget[None]),
        b_eq=[1.0],
        bounds=[*zip(limits.lower, limits.upper, strict=True), (None, None)]
        + [(0, None)] * scenarios,
        method="highs",
    )
    return float(found.fun)


def _public(size: int, law: str) -> Line:
    market = simulated_market(seed=1, sessions=DAYS + 1, assets=NAMES)
    history = np.log(market.close[1:] / market.close[:-1])
    mean, scenarios = history.mean(axis=0), _drawn(history, size, law)
    limits = _public_limits()
    reward = 1.0 / float((mean / _alone(scenarios)).max())
    gap = _solved(tail_frontier(scenarios, limits, LEVEL, means=mean), reward)
    return Line(
        work=f"{size:,} scenarios, {'kernel density' if law == 'density' else 'normal'}",
        ours=timed(lambda: _solved(tail_frontier(scenarios, limits, LEVEL, means=mean), reward), 3),
        bar=PUBLIC.get(size),
        accuracy=f"gap {gap:.0e}",
    )


def _solved(frontier: TailFrontier, reward: float) -> float:
    point = frontier.at_reward(reward)
    return point.gap / point.cvar


def _public_limits() -> Polyhedron:
    lower, upper = np.full(NAMES, -0.3), np.full(NAMES, 0.4)
    lower[FORCED], upper[FORCED] = 0.1, 0.6
    return Polyhedron(
        lower=lower,
        upper=upper,
        rows=np.ones((1, NAMES)),
        low=np.array([0.8]),
        high=np.array([1.0]),
        distances=[Distance(centre=np.zeros(NAMES), limit=1.6)],
    )


def _drawn(history: Array, size: int, law: str) -> Array:
    rng = np.random.default_rng(0)
    if law == "density":  # a day drawn, and noise of the kernel's width
        days = history[rng.integers(0, len(history), size)]
        return np.asarray(days + 0.005 * rng.standard_normal(days.shape))
    root = np.linalg.cholesky(np.cov(history.T) + 1e-12 * np.eye(NAMES))
    return np.asarray(history.mean(axis=0) + rng.standard_normal((size, NAMES)) @ root.T)


def _alone(scenarios: Array) -> Array:
    """The CVaR (N,) of each name alone."""
    return np.array([conditional_value_at_risk(-own, LEVEL) for own in scenarios.T])


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
