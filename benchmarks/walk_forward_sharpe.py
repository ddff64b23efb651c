"""How long monthly decisions take, of greatest Sharpe ratio and of least variance, beside peers.

`python benchmarks/walk_forward_sharpe.py`; the 20 stocks of the sample, 1990 to 2022, and 500
simulated ones. The peers, cvxpy and skfolio, decide a part of the dates. skfolio-accelerate, which
publishes 47 times the speed of skfolio for walks of least variance, is in no package index.
"""

from dataclasses import dataclass
from functools import partial

import cvxpy as cp
import numpy as np
from _report import Line, report, timed
from skfolio.moments import EmpiricalCovariance
from skfolio.optimization import MeanRisk, ObjectiveFunction
from skfolio.prior import EmpiricalPrior

from forefolio.core.units import Array
from forefolio.market import Sample, load_market
from forefolio.optimize import exact_frontier, walk_maximum_sharpe, walk_minimum_variance

WINDOW, EVERY = 756, 21


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """Returns (T, N), how long they may take, and how many dates the peers decide."""

    name: str
    returns: Array
    bar: float  # seconds
    dates: int


def sampled() -> Array:
    """Returns of the stocks that ship with skfolio."""
    return np.asarray(load_market(Sample()).market.returns[1:])


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


def in_skfolio(seen: Array, objective: ObjectiveFunction) -> Array:
    """The portfolio of an objective by skfolio."""
    model = MeanRisk(
        objective_function=objective,
        prior_estimator=EmpiricalPrior(covariance_estimator=EmpiricalCovariance()),
    )
    return np.asarray(model.fit(seen).weights_)


def main() -> None:
    """Print the table."""
    cases = (
        Case(name="20 stocks", returns=sampled(), bar=0.060, dates=12),
        Case(name="500 simulated", returns=simulated(2_520, 500), bar=0.500, dates=1),
    )
    lines = [line for case in cases for line in _lines(case)]
    report("Monthly maximum Sharpe, CPU time", lines, ["skfolio", "cvxpy-base"])
    report("Monthly minimum variance, CPU time", [_calmest(case) for case in cases], ["skfolio"])


def _lines(case: Case) -> list[Line]:
    returns = case.returns
    ours = timed(lambda: walk_maximum_sharpe(returns, WINDOW, EVERY))
    walk = walk_maximum_sharpe(returns, WINDOW, EVERY)
    seen = [returns[row - WINDOW + 1 : row + 1] for row in walk.rows]
    afresh = exact_frontier(seen[-1].mean(axis=0), np.cov(seen[-1], rowvar=False))
    apart = np.abs(afresh.maximum_sharpe().weights - walk.weights[-1]).max()
    share = len(seen) / case.dates
    return [
        Line(
            work=f"{case.name}, {len(seen)} decisions",
            ours=ours,
            bar=case.bar,
            peer=f"{name}, {case.dates} x {share:.3g}",
            theirs=timed(partial(_some, decide, seen[: case.dates]), 1, warm=case.dates > 1)
            * share,
            accuracy=f"within {apart:.0e} of afresh",
        )
        for name, decide in (
            ("cvxpy, Clarabel", in_cvxpy),
            ("skfolio", partial(in_skfolio, objective=ObjectiveFunction.MAXIMIZE_RATIO)),
        )
    ]


def _calmest(case: Case) -> Line:
    """Least variance, each decision with its proof."""
    rows = range(WINDOW, len(case.returns) + 1, EVERY)
    seen = [case.returns[end - WINDOW : end] for end in rows[: case.dates]]
    theirs: list[Array] = []
    decide = partial(in_skfolio, objective=ObjectiveFunction.MINIMIZE_RISK)
    took = timed(lambda: theirs.extend(map(decide, seen)), 1, warm=case.dates > 1)
    walk = walk_minimum_variance(case.returns, WINDOW, EVERY)
    covariance = np.cov(seen[0], rowvar=False)
    more = float(theirs[0] @ covariance @ theirs[0]) / walk.variance[0] - 1.0
    return Line(
        work=f"{case.name}, {len(rows)} decisions",
        ours=timed(lambda: walk_minimum_variance(case.returns, WINDOW, EVERY)),
        peer=f"skfolio, {case.dates} x {len(rows) / case.dates:.3g}",
        theirs=took * (len(rows) / case.dates),
        accuracy=f"gap {(walk.gap / walk.variance).max():.0e}, skfolio's variance {more:+.0e}",
    )


def _some(decide: object, windows: list[Array]) -> None:
    for seen in windows:
        decide(seen)  # type: ignore[operator]


if __name__ == "__main__":
    main()
