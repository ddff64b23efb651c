"""How long monthly decisions of greatest Sharpe ratio take, beside the general way and skfolio.

`python benchmarks/walk_forward_sharpe.py`; the peers decide a part of the dates.
"""

from functools import partial

import cvxpy as cp
import numpy as np
from _report import Line, report, timed
from skfolio.moments import EmpiricalCovariance
from skfolio.optimization import MeanRisk, ObjectiveFunction
from skfolio.prior import EmpiricalPrior

from forefolio.optimize import exact_frontier, walk_maximum_sharpe
from forefolio.units import Array

WINDOW, EVERY = 756, 21
CASES = ((20, 8_278, 0.060, 12), (500, 2_520, 0.500, 1))  # assets, sessions, bar, peers' dates


def simulated(sessions: int, assets: int) -> Array:
    """Returns of five factors and noise."""
    rng = np.random.default_rng(assets)
    exposure = 0.5 * rng.normal(size=(5, assets))
    exposure[0] += 1.0
    noise = 0.015 * rng.normal(size=(sessions, assets))
    return np.asarray(0.008 * rng.normal(size=(sessions, 5)) @ exposure + noise + 3e-4)


def in_cvxpy(seen: Array) -> Array:
    """The same portfolio by Clarabel through cvxpy."""
    mean, covariance = seen.mean(axis=0), np.cov(seen, rowvar=False)
    root = np.linalg.cholesky(covariance / np.diag(covariance).mean())
    x = cp.Variable(len(mean), nonneg=True)
    cp.Problem(cp.Minimize(cp.sum_squares(root.T @ x)), [mean @ x == mean.max()]).solve(
        solver=cp.CLARABEL
    )
    return np.asarray(x.value / x.value.sum())


def in_skfolio(seen: Array) -> Array:
    """The same portfolio by skfolio."""
    model = MeanRisk(
        objective_function=ObjectiveFunction.MAXIMIZE_RATIO,
        prior_estimator=EmpiricalPrior(covariance_estimator=EmpiricalCovariance()),
    )
    return np.asarray(model.fit(seen).weights_)


def main() -> None:
    """Print the table."""
    lines = [line for case in CASES for line in _lines(*case)]
    report("Monthly maximum Sharpe, CPU time", lines, ["skfolio", "cvxpy-base"])


def _lines(assets: int, sessions: int, bar: float, dates: int) -> list[Line]:
    returns = simulated(sessions, assets)
    ours = timed(lambda: walk_maximum_sharpe(returns, WINDOW, EVERY))
    walk = walk_maximum_sharpe(returns, WINDOW, EVERY)
    seen = [returns[row - WINDOW + 1 : row + 1] for row in walk.rows]
    afresh = exact_frontier(seen[-1].mean(axis=0), np.cov(seen[-1], rowvar=False))
    apart = np.abs(afresh.maximum_sharpe().weights - walk.weights[-1]).max()
    share = len(seen) / dates
    return [
        Line(
            work=f"{assets} x {len(seen)} decisions",
            ours=ours,
            bar=bar,
            peer=f"{name}, {dates} x {share:.3g}",
            theirs=timed(partial(_some, decide, seen[:dates]), 1, warm=assets < 100) * share,
            accuracy=f"within {apart:.0e} of afresh",
        )
        for name, decide in (("cvxpy, Clarabel", in_cvxpy), ("skfolio", in_skfolio))
    ]


def _some(decide: object, windows: list[Array]) -> None:
    for seen in windows:
        decide(seen)  # type: ignore[operator]


if __name__ == "__main__":
    main()
