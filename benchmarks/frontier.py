"""How long the exact mean-variance frontier takes, beside 25 points of it in skfolio.

`python benchmarks/frontier.py`; both start from the same mean and covariance.
"""

from dataclasses import dataclass

import numpy as np
from _report import Line, report, timed
from skfolio.moments import EmpiricalCovariance
from skfolio.optimization import MeanRisk, ObjectiveFunction
from skfolio.prior import EmpiricalPrior

from forefolio.core.units import Array
from forefolio.optimize import Frontier, exact_frontier

SESSIONS, POINTS = 2520, 25
BARS = {20: 0.0001, 100: 0.0004, 500: 0.008}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problem:
    """Returns (T, N) of five factors and noise, and their moments."""

    returns: Array
    mean: Array
    covariance: Array

    def points(self) -> object:
        """The frontier, and `POINTS` portfolios on it with their certificates."""
        return self.frontier().points(POINTS)

    def frontier(self) -> Frontier:
        """All of it."""
        return exact_frontier(self.mean, self.covariance)

    def in_skfolio(self) -> Array:
        """Weights (P, N) of its points; moments and all, as it offers no other way."""
        model = MeanRisk(
            objective_function=ObjectiveFunction.MINIMIZE_RISK,
            efficient_frontier_size=POINTS,
            prior_estimator=EmpiricalPrior(covariance_estimator=EmpiricalCovariance()),
        )
        weights: Array = model.fit(self.returns).weights_
        return weights


def main() -> None:
    """Print the table."""
    lines = [line for assets in BARS for line in _lines(assets)]
    report("Long-only mean-variance frontier, CPU time", lines, ["skfolio", "cvxpy-base"])


def problem(assets: int) -> Problem:
    """Simulated returns per session of so many assets."""
    rng = np.random.default_rng(assets)
    exposure = 0.5 * rng.normal(size=(5, assets))
    exposure[0] += 1.0
    noise = 0.01 * (1 + rng.random(assets)) * rng.normal(size=(SESSIONS, assets))
    returns = 0.008 * rng.normal(size=(SESSIONS, 5)) @ exposure + noise + 2e-4
    return Problem(
        returns=returns, mean=returns.mean(axis=0), covariance=np.cov(returns, rowvar=False)
    )


def _lines(assets: int) -> list[Line]:
    given, peers = problem(assets), list[Array]()
    theirs = timed(lambda: peers.append(given.in_skfolio()), 1, warm=assets < 500)
    frontier = given.frontier()
    gap = max(point.gap / point.variance for point in frontier.points(POINTS))
    return [
        Line(
            work=f"N = {assets}, all of it",
            ours=timed(given.frontier, 50),
            bar=BARS[assets],
            accuracy=f"{len(frontier.mean)} corners",
        ),
        Line(
            work=f"N = {assets}, {POINTS} points",
            ours=timed(given.points, 50),
            peer=f"skfolio, {POINTS} points",
            theirs=theirs,
            accuracy=f"gap {gap:.0e}, skfolio's {_gap(given, frontier, peers[-1]):.0e}",
        ),
    ]


def _gap(given: Problem, frontier: Frontier, weights: Array) -> float:
    """By how much, relatively, variances of `weights` (P, N) are above those of the frontier."""
    variances = np.einsum("pn,nm,pm->p", weights, given.covariance, weights, optimize=True)
    means = np.minimum(weights @ given.mean, frontier.mean[0])
    least = [frontier.at_return(float(mean)).variance for mean in means]
    return float(np.max(variances / least - 1))


if __name__ == "__main__":
    main()
