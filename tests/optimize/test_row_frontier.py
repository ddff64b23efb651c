"""The exact line over bounds, rows and distances, beside a general solver and by its own proofs."""

from typing import Any

import cvxpy as cp
import numpy as np
import pytest

from forefolio.core.errors import Infeasible, SolverFailed
from forefolio.core.units import Array
from forefolio.optimize.exact.polyhedron import Distance, Polyhedron
from forefolio.optimize.exact.row_frontier import RowFrontier, row_frontier

TOLERANCES = (0.003, 0.05, 1.0)


def moments(rng: np.random.Generator, count: int) -> tuple[Array, Array]:
    """Means and a covariance of some kind: full, of copies, of few sessions, of rounded means."""
    returns = rng.normal(size=(rng.integers(2, 3 * count + 3), count)) * 0.01
    if rng.random() < 0.3:
        returns[:, rng.integers(count)] = returns[:, 0]  # one asset twice
    mean = rng.normal(size=count) * 1e-3
    if rng.random() < 0.3:
        mean = np.round(mean, 3)  # many are equal
    return mean, np.atleast_2d(np.cov(returns.T))


def polyhedron(rng: np.random.Generator, count: int) -> Polyhedron:
    """Bounds, a budget or a range for it, groups, dense rows, turnover, gross limits and costs."""
    inside = rng.dirichlet(np.ones(count))
    short = rng.random() < 0.4
    lower = np.full(count, -0.2 if short else 0.0)
    upper = np.maximum(inside, rng.uniform(0.05, 0.6, count))
    groups = rng.integers(0, 4, count)
    extra = int(rng.integers(0, 6))
    rows = np.vstack(
        [
            np.ones(count),
            (groups == np.arange(4)[:, None]).astype(float),
            rng.normal(size=(extra, count)),
        ]
    )
    does = rows @ inside
    low = does - np.where(rng.random(len(rows)) < 0.3, np.inf, rng.uniform(0, 0.2, len(rows)))
    high = does + np.where(rng.random(len(rows)) < 0.3, np.inf, rng.uniform(0, 0.2, len(rows)))
    if rng.random() < 0.7:
        low[0] = high[0] = does[0]
    distances = []
    if rng.random() < 0.5:
        distances.append(Distance(centre=inside, limit=float(rng.uniform(0.0, 0.8))))
    if short:
        distances.append(Distance(centre=np.zeros(count), limit=float(rng.uniform(1.0, 1.8))))
    if rng.random() < 0.3:
        distances.append(Distance(centre=inside, rate=float(rng.uniform(0, 1e-3))))
    return Polyhedron(lower=lower, upper=upper, rows=rows, low=low, high=high, distances=distances)


def solved(mean: Array, covariance: Array, within: Polyhedron, tolerance: float) -> float:
    """The same objective by a general solver."""
    w = cp.Variable(len(mean))
    limits: list[Any] = [w >= within.lower, w <= within.upper]
    does = within.rows @ w
    for bound, above in ((within.low, True), (within.high, False)):
        at = np.flatnonzero(np.isfinite(bound))
        if len(at):
            limits.append(does[at] >= bound[at] if above else does[at] <= bound[at])
    paid: Any = 0.0
    for distance in within.distances:
        far = cp.norm1(w - distance.centre)
        if distance.limit < np.inf:
            limits.append(far <= distance.limit)
        paid += float(np.max(distance.rate)) * far
    values, vectors = np.linalg.eigh(covariance)
    root = np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T
    unit = float(np.abs(covariance).max())
    goal = 0.5 * cp.sum_squares(root @ w) - tolerance * (mean @ w - paid)
    problem = cp.Problem(cp.Minimize(goal / unit), limits)
    problem.solve(solver="CLARABEL", tol_gap_abs=1e-10, tol_gap_rel=1e-10, tol_feas=1e-10)
    return float(problem.value) * unit


def objective(frontier: RowFrontier, weights: Array, tolerance: float) -> float:
    """Half the variance less the tolerance x gain."""
    paid = sum(float(d.rate * d.of(weights)) for d in frontier.within.distances)
    gain = float(weights @ frontier.expected) - paid
    return 0.5 * float(weights @ frontier.covariance @ weights) - tolerance * gain


@pytest.mark.parametrize("seed", range(60))
def test_no_solver_finds_better(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 25))
    mean, covariance = moments(rng, count)
    within = polyhedron(rng, count)
    frontier = row_frontier(mean, covariance, within)
    unit = float(np.abs(covariance).max())
    for tolerance in TOLERANCES:
        point = frontier.at_aversion(1 / tolerance)
        best = solved(mean, covariance, within, tolerance)
        ours = objective(frontier, point.weights, tolerance)
        assert ours <= best + 1e-8 * (abs(best) + unit)
        assert point.miss <= 1e-11
        assert point.gap <= 1e-7 * (point.variance + 1e-3 * unit)


@pytest.mark.slow
@pytest.mark.parametrize("hundred", range(10))
def test_a_thousand_problems_are_those_of_a_solver(hundred: int) -> None:
    unanswered = 0
    for seed in range(100 * hundred, 100 * (hundred + 1)):
        rng = np.random.default_rng((13, seed))
        count = int(rng.integers(2, 25))
        (mean, covariance), within = moments(rng, count), polyhedron(rng, count)
        tolerance = TOLERANCES[seed % 3]
        try:
            frontier = row_frontier(mean, covariance, within)
        except SolverFailed:
            unanswered += 1
            continue
        point = frontier.at_aversion(1 / tolerance)
        unit, best = float(np.abs(covariance).max()), solved(mean, covariance, within, tolerance)
        ours = objective(frontier, point.weights, tolerance)
        assert ours <= best + 1e-8 * max(abs(best), 1e-3 * unit), seed
        assert point.miss <= 1e-9 and point.gap <= 1e-8 * (point.variance + 1e-3 * unit), seed
    assert unanswered <= 1


@pytest.mark.slow
@pytest.mark.parametrize("hundred", range(10))
def test_a_thousand_problems_are_proved(hundred: int) -> None:
    unanswered = 0
    for seed in range(100 * hundred, 100 * (hundred + 1)):
        try:
            proved(np.random.default_rng((7, seed)))
        except SolverFailed:
            unanswered += 1
    assert unanswered <= 1


def proved(rng: np.random.Generator) -> None:
    """Seven portfolios of a random problem, each with its own proof."""
    count = max(int(rng.integers(1, 60)), 2)
    mean, covariance = moments(rng, count)
    within = polyhedron(rng, count)
    frontier = row_frontier(mean, covariance, within)
    unit = float(np.abs(covariance).max())
    for point in frontier.points(7):
        assert point.miss <= 1e-9
        assert point.gap <= 1e-7 * (point.variance + 1e-3 * unit)


def sectors(count: int) -> Polyhedron:
    """Everything invested, no asset above a fifth, four groups of at most 30 %."""
    groups = np.arange(count) % 4 == np.arange(4)[:, None]
    return Polyhedron(
        lower=np.zeros(count),
        upper=np.full(count, 0.2),
        rows=np.vstack([np.ones(count), groups]),
        low=np.array([1.0, *[-np.inf] * 4]),
        high=np.array([1.0, *[0.3] * 4]),
    )


def test_ratio_volatility_and_return_are_the_best_there_are() -> None:
    rng = np.random.default_rng(5)
    mean, covariance = rng.normal(size=12) * 1e-3, np.cov(rng.normal(size=(12, 40)) * 0.01)
    frontier = row_frontier(mean, covariance, sectors(12))
    steepest = frontier.maximum_sharpe(1e-5)
    points = frontier.points(2_000)
    assert steepest.sharpe(1e-5) >= max(point.sharpe(1e-5) for point in points)
    middle = points[1_000]
    assert frontier.at_return(middle.mean).variance == pytest.approx(middle.variance, rel=1e-9)
    assert frontier.at_volatility(middle.volatility).mean == pytest.approx(middle.mean, rel=1e-9)
    assert frontier.minimum_variance().variance <= points[0].variance * (1 + 1e-12)


def test_a_benchmark_is_tracked() -> None:
    rng = np.random.default_rng(6)
    mean, covariance = rng.normal(size=12) * 1e-3, np.cov(rng.normal(size=(12, 40)) * 0.01)
    benchmark = rng.dirichlet(np.ones(12))
    frontier = row_frontier(mean, covariance, sectors(12), base=benchmark)
    closest = frontier.minimum_variance()
    w = cp.Variable(12)
    values, vectors = np.linalg.eigh(covariance)
    root = np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T
    within = frontier.within
    problem = cp.Problem(
        cp.Minimize(cp.sum_squares(root @ (w - benchmark)) * 1e4),
        [w >= 0, w <= 0.2, cp.sum(w) == 1, within.rows[1:] @ w <= 0.3],
    )
    problem.solve(solver="CLARABEL")
    assert closest.variance == pytest.approx(problem.value / 1e4, rel=1e-6, abs=1e-12)
    most = frontier.at_volatility(2 * closest.volatility)
    away = most.weights - benchmark
    assert away @ covariance @ away == pytest.approx(4 * closest.variance, rel=1e-9)


def test_no_portfolio_and_no_limit_are_told_apart() -> None:
    mean, covariance, within = np.array([0.1, 0.2]), np.eye(2), sectors(2)
    with pytest.raises(Infeasible):
        row_frontier(mean, covariance, within)
    endless = Polyhedron(
        lower=np.zeros(2),
        upper=np.full(2, np.inf),
        rows=np.array([[1.0, -1.0]]),
        low=np.array([-1.0]),
        high=np.array([1.0]),
    )
    with pytest.raises(SolverFailed, match="nothing limits"):
        row_frontier(mean, covariance, endless)
