"""How long the least drawdown and the greatest growth of past sessions take, beside cvxpy.

`python benchmarks/past.py`; both start from the same returns and limits. The peer is the problem as
a careful user writes it down, by HiGHS for drawdowns and Clarabel for growth, building included.
"""

import cvxpy as cp
import numpy as np
from _report import Line, report, timed, timed_often
from rows import within

from forefolio.core.units import Array
from forefolio.market import simulated_market
from forefolio.optimize import Polyhedron
from forefolio.optimize.exact.drawdown import least_drawdown
from forefolio.optimize.exact.growth import greatest_growth

LEVEL = 0.95
DRAWDOWNS = {(500, 20): 0.005, (500, 100): 0.025, (2_500, 20): 0.050}
GROWTHS = {(500, 20): 0.001, (500, 100): 0.006, (500, 500): 0.008}


def main() -> None:
    """Print the table."""
    lines = [_drawdown(size, bar) for size, bar in DRAWDOWNS.items()]
    lines += [_growth(size, bar) for size, bar in GROWTHS.items()]
    report("Past sessions, sessions x assets, CPU time", lines, ["cvxpy-base", "clarabel"])


def _returns(size: tuple[int, int]) -> Array:
    sessions, assets = size
    market = simulated_market(seed=0, sessions=sessions + 1, assets=assets)
    return np.ascontiguousarray(market.returns[-sessions:])


def _drawdown(size: tuple[int, int], bar: float) -> Line:
    returns, limits = _returns(size), within(size[1])
    ours = least_drawdown(returns, LEVEL, limits)
    peer: list[float] = []
    theirs = timed(lambda: peer.append(_drawdown_in_cvxpy(returns, limits)), 2)
    apart = peer[0] / ours.drawdown - 1
    return Line(
        work=f"{size[0]:,} x {size[1]}, CDaR 95 %, 11 sector limits",
        ours=timed_often(lambda: least_drawdown(returns, LEVEL, limits), 1.0),
        bar=bar,
        peer="cvxpy, HiGHS",
        theirs=theirs,
        accuracy=f"gap {ours.gap / ours.drawdown:.0e}, HiGHS {apart:+.0e}",
    )


def _growth(size: tuple[int, int], bar: float) -> Line:
    returns, limits, base = _returns(size), within(size[1]), np.ones(size[0])
    ours = greatest_growth(returns, base, limits)
    peer: list[float] = []
    theirs = timed(lambda: peer.append(_growth_in_cvxpy(returns, limits)), 2)
    return Line(
        work=f"{size[0]:,} x {size[1]}, log growth, 11 sector limits",
        ours=timed_often(lambda: greatest_growth(returns, base, limits), 1.0),
        bar=bar,
        peer="cvxpy, Clarabel",
        theirs=theirs,
        accuracy=f"gap {ours.gap / ours.growth:.0e}, Clarabel {peer[0] / ours.growth - 1:+.0e}",
    )


def _limits(w: cp.Variable, limits: Polyhedron) -> list[cp.Constraint]:
    return [
        w >= limits.lower,
        w <= limits.upper,
        cp.sum(w) == 1,
        limits.rows[1:] @ w <= limits.high[1:],
    ]


def _drawdown_in_cvxpy(returns: Array, limits: Polyhedron) -> float:
    sessions, assets = returns.shape
    w, peak, quantile = cp.Variable(assets), cp.Variable(sessions), cp.Variable()
    path = np.cumsum(returns, axis=0) @ w
    worst = quantile + cp.sum(cp.pos(peak - path - quantile)) / ((1 - LEVEL) * sessions)
    rows = [*_limits(w, limits), peak >= path, peak >= 0, peak[1:] >= peak[:-1]]
    return float(cp.Problem(cp.Minimize(worst), rows).solve(solver=cp.HIGHS))


def _growth_in_cvxpy(returns: Array, limits: Polyhedron) -> float:
    w = cp.Variable(returns.shape[1])
    growth = cp.sum(cp.log(1 + returns @ w)) / len(returns)
    return float(cp.Problem(cp.Maximize(growth), _limits(w, limits)).solve(solver=cp.CLARABEL))


if __name__ == "__main__":
    main()
