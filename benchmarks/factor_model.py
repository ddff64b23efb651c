"""How long mean-variance portfolios of a factor model take, beside cvxpy in factor form.

`python benchmarks/factor_model.py`; moments in, weights and their proof out.
"""

from collections.abc import Callable
from typing import Any

import cvxpy as cp
import numpy as np
from _report import Line, Times, report, timed

from forefolio.core.units import Array
from forefolio.optimize import FactorFrontier, factor_frontier
from forefolio.risk import FactorCovariance

ASSETS, FACTORS = 10_000, 50
Ask = Callable[[FactorFrontier], Any]
QUESTIONS: tuple[tuple[str, float, Ask], ...] = (
    ("minimum variance", 0.040, FactorFrontier.minimum_variance),
    ("maximum Sharpe", 0.030, FactorFrontier.maximum_sharpe),
    ("25 points", 0.200, FactorFrontier.points),
)


def model(assets: int = ASSETS, factors: int = FACTORS) -> tuple[Array, FactorCovariance]:
    """Means and covariance per session of a market and lesser factors."""
    rng = np.random.default_rng(assets)
    loadings = 0.3 * rng.normal(size=(assets, factors))
    loadings[:, 0] += 1.0
    covariance = FactorCovariance(
        assets=tuple(map(str, range(assets))),
        loadings=loadings,
        factors=np.diag(np.r_[0.01, np.full(factors - 1, 0.004)] ** 2),
        specific=(0.01 * (0.5 + rng.random(assets))) ** 2,
    )
    mean = 2e-4 + loadings @ (2e-4 * rng.normal(size=factors)) + 2e-4 * rng.normal(size=assets)
    return mean, covariance


def in_cvxpy(mean: Array, covariance: FactorCovariance, *, ratio: bool) -> Array:
    """Weights of least variance, or of the greatest ratio of mean to volatility."""
    unit = float(covariance.specific.mean())
    w = cp.Variable(len(mean), nonneg=True)
    common = cp.sum_squares((covariance.root / np.sqrt(unit)).T @ w)
    own = cp.sum_squares(cp.multiply(np.sqrt(covariance.specific / unit), w))
    limit = mean @ w / mean.max() == 1 if ratio else cp.sum(w) == 1
    cp.Problem(cp.Minimize(common + own), [limit]).solve(solver=cp.CLARABEL)
    weights: Array = np.asarray(w.value) / float(w.value.sum())
    return weights


def main() -> None:
    """Print the table."""
    mean, covariance = model()
    lines = []
    for work, bar, ask in QUESTIONS:
        ours = timed(lambda ask=ask: ask(factor_frontier(mean, covariance)))  # type: ignore[misc]
        found = ask(factor_frontier(mean, covariance))
        points = found if isinstance(found, tuple) else (found,)
        gap = max(point.gap / point.variance for point in points)
        peer, theirs, told = "", None, f"gap {gap:.0e}"
        if len(points) == 1:
            weights: list[Array] = []
            ratio = work == "maximum Sharpe"
            theirs = _once(lambda r=ratio, w=weights: w.append(in_cvxpy(mean, covariance, ratio=r)))  # type: ignore[misc]
            peer, told = "cvxpy, Clarabel", f"{told}, weights within {_apart(points, weights):.0e}"
        lines.append(Line(work=work, ours=ours, bar=bar, peer=peer, theirs=theirs, accuracy=told))
    report(f"Factor model, N = {ASSETS:,}, k = {FACTORS}, CPU time", lines, ["cvxpy-base"])


def _once(work: Callable[[], object]) -> Times:
    return timed(work, 1, warm=False)


def _apart(points: Any, weights: list[Array]) -> float:
    return float(np.abs(points[0].weights - weights[0]).max())


if __name__ == "__main__":
    main()
