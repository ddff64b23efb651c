from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linprog

from forefolio.core.errors import DataError, Infeasible, InputError
from forefolio.core.units import Array
from forefolio.market import Market, simulated_market
from forefolio.optimize import (
    Distance,
    EfficientFrontier,
    ExpectedReturn,
    MinimumTailLoss,
    Polyhedron,
    PortfolioOptimizer,
    TailLoss,
    Utility,
    optimize_portfolio,
    tail_frontier,
)
from forefolio.optimize.exact.tail_chords import at_mean
from forefolio.optimize.exact.tail_problem import TailProblem
from forefolio.optimize.exact.tail_search import TailSearch
from forefolio.runs.asking import ask
from forefolio.studies.portfolio import PortfolioStudy

LIMITS = ("Tech <= 20%", "Energy <= 40%")
BY = "scenario simplex"


def in_highs(problem: TailProblem, reward: float) -> Any:
    """The same by Rockafellar and Uryasev's linear programme, sizes of distances beside it."""
    returns, within = problem.returns, problem.within
    scenarios, count = returns.shape
    limited = [d for d in within.distances if d.limit < np.inf]
    width = count + 1 + scenarios + count * len(limited)
    cost = np.zeros(width)
    cost[:count], cost[count] = -reward * problem.expected, 1.0
    cost[count + 1 : count + 1 + scenarios] = problem.share(scenarios)
    losses = np.zeros((scenarios, width))
    losses[:, :count], losses[:, count] = -returns, -1.0
    losses[:, count + 1 : count + 1 + scenarios] = -np.eye(scenarios)
    matrix, most = [losses], [np.zeros(scenarios)]
    for k, distance in enumerate(limited):
        first = count + 1 + scenarios + k * count
        for sign in (1.0, -1.0):
            size = np.zeros((count, width))
            size[:, :count], size[:, first : first + count] = sign * np.eye(count), -np.eye(count)
            matrix.append(size)
            most.append(sign * distance.centre)
        total = np.zeros((1, width))
        total[0, first : first + count] = 1.0
        matrix.append(total)
        most.append(np.array([distance.limit]))
    for sign, limits in ((1.0, within.high), (-1.0, -within.low)):
        finite = np.isfinite(limits)
        wide = np.zeros((int(finite.sum()), width))
        wide[:, :count] = sign * within.rows[finite]
        matrix.append(wide)
        most.append(limits[finite])
    lower = np.concatenate([within.lower, [-np.inf], np.zeros(width - count - 1)])
    upper = np.concatenate([within.upper, np.full(width - count, np.inf)])
    tight = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
    return linprog(
        cost,
        A_ub=sparse.csr_matrix(np.vstack(matrix)),
        b_ub=np.concatenate(most),
        bounds=np.stack([lower, upper], axis=1),
        method="highs",
        options=tight,
    )


def random_problem(rng: np.random.Generator) -> tuple[TailProblem, float]:
    """Half of them degenerate: rounded, repeated or equal returns, fixed weights, equal limits."""
    count, scenarios = int(rng.integers(2, 25)), int(rng.integers(5, 120))
    returns = 0.01 * rng.standard_t(4, (scenarios, count)) + 0.0005
    kind = rng.integers(0, 6)
    if kind == 1:
        returns = np.round(returns, 2)
    elif kind == 2 and count > 3:
        returns[:, 1], returns[:, 2] = returns[:, 0], 0.0
    elif kind == 3:
        returns = returns[rng.integers(0, max(scenarios // 3, 1), scenarios)]
    elif kind == 4:
        returns = np.round(100 * returns) / 100
        returns[: scenarios // 3] = 0.0
    lower, upper = np.zeros(count), np.ones(count)
    if rng.random() < 0.5:
        lower, upper = -rng.uniform(0, 0.4, count), rng.uniform(0.1, 0.8, count)
    if rng.random() < 0.2:
        lower[0] = upper[0] = 0.05
    rows, low, high = [np.ones(count)], [1.0 if rng.random() < 0.6 else 0.8], [1.0]
    for _ in range(rng.integers(0, 5)):
        part = (rng.random(count) < 0.4).astype(float)
        rows.append(part if rng.random() < 0.7 else np.round(rng.normal(size=count), 1))
        at = rng.uniform(-0.2, 0.3)
        low.append(at if rng.random() < 0.4 else -np.inf)
        high.append(max(at, 0) + rng.uniform(0.05, 0.5) if rng.random() < 0.8 else np.inf)
        if rng.random() < 0.1 and np.isfinite(low[-1]):
            high[-1] = low[-1]
    held = rng.dirichlet(np.ones(count)) * (rng.random(count) < 0.7)
    distances = []
    if rng.random() < 0.5:
        distances.append(Distance(centre=np.zeros(count), limit=float(rng.uniform(1.0, 1.8))))
    if rng.random() < 0.4:
        distances.append(Distance(centre=held, limit=float(rng.uniform(0.2, 1.5))))
    within = Polyhedron(
        lower=lower,
        upper=upper,
        rows=np.array(rows),
        low=np.array(low),
        high=np.array(high),
        distances=distances,
    )
    level = float(rng.choice([0.5, 0.8, 0.9, 0.95, 0.99]))
    problem = TailProblem(np.ascontiguousarray(returns), returns.mean(axis=0), level, within)
    return problem, float(rng.choice([0.0, 0.0, 0.1, 1.0, 5.0]))


def check(problem: TailProblem, reward: float) -> bool:
    """Compare with HiGHS; whether there was a portfolio."""
    theirs = in_highs(problem, reward)
    try:
        ours = TailSearch(problem).optimum(reward)
    except Infeasible:
        assert theirs.status == 2
        return False
    assert theirs.status == 0
    size = max(abs(theirs.fun), 1e-4)
    value = ours.cvar - reward * float(ours.weights @ problem.expected)
    assert value == pytest.approx(theirs.fun, abs=1e-8 * size)
    assert ours.gap <= 1e-9 * size
    assert ours.miss <= 1e-9
    assert problem.within.miss(ours.weights[None])[0] == ours.miss
    assert ours.worst.sum() == pytest.approx(1)
    return True


def test_random_problems_equal_the_linear_programme() -> None:
    rng = np.random.default_rng(0)
    found = [check(*random_problem(rng)) for _ in range(60)]
    assert 30 < sum(found) < 60


@pytest.mark.slow
def test_a_thousand_random_problems_equal_the_linear_programme() -> None:
    rng = np.random.default_rng(1)
    assert sum(check(*random_problem(rng)) for _ in range(1000)) > 600


def sectors(count: int, most: float = 0.3) -> Polyhedron:
    groups = np.arange(count) % 4 == np.arange(4)[:, None]
    return Polyhedron(
        lower=np.zeros(count),
        upper=np.full(count, 0.4),
        rows=np.vstack([np.ones(count), groups]),
        low=np.array([1.0, *[-np.inf] * 4]),
        high=np.array([1.0, *[most] * 4]),
    )


@pytest.fixture(scope="module")
def returns() -> Array:
    drift = np.linspace(-2e-4, 1e-3, 12)
    return np.asarray(simulated_market(seed=5, sessions=401, assets=12).returns[-400:] + drift)


def test_the_frontier_is_that_of_the_linear_programme(returns: Array) -> None:
    frontier = tail_frontier(returns, sectors(12))
    points = frontier.points(9)
    means = np.array([point.mean for point in points])
    np.testing.assert_allclose(np.diff(means), (means[-1] - means[0]) / 8, rtol=1e-9)
    for point in points:
        rows = np.vstack([frontier.problem.within.rows, frontier.problem.expected])
        at_least = replace(
            frontier.problem.within,
            rows=rows,
            low=np.append(frontier.problem.within.low, point.mean - 1e-12),
            high=np.append(frontier.problem.within.high, np.inf),
        )
        problem = TailProblem(returns, frontier.problem.expected, 0.95, at_least)
        if point is not points[-1]:  # where a mean less by rounding has a CVaR less by much
            assert point.cvar == pytest.approx(in_highs(problem, 0.0).fun, rel=1e-8)
        assert point.gap <= 1e-12 and point.miss <= 1e-12
        again = frontier.at_return(point.mean)
        assert again.cvar == pytest.approx(point.cvar, rel=1e-10)
        capped = frontier.at_cvar(point.cvar)
        assert capped.mean == pytest.approx(point.mean, rel=1e-9)
        assert capped.cvar <= point.cvar * (1 + 1e-12)


def test_chords_lead_where_the_vertex_would_have_gone(returns: Array) -> None:
    frontier = tail_frontier(returns, sectors(12))
    for point in frontier.points(6):
        found = at_mean(frontier.problem, TailSearch(frontier.problem), point.mean)
        assert found.cvar == pytest.approx(point.cvar, rel=1e-9)
        assert found.weights @ frontier.problem.expected == pytest.approx(point.mean, rel=1e-9)
        assert found.gap <= 1e-12 and found.miss <= 1e-12


def test_between_two_corners_a_cap_is_met_exactly(returns: Array) -> None:
    frontier = tail_frontier(returns, sectors(12))
    first, second = frontier.points(5)[1:3]
    cap = (2 * first.cvar + second.cvar) / 3
    point = frontier.at_cvar(cap)
    assert point.cvar == pytest.approx(cap, rel=1e-12)
    assert point.gap <= 1e-12
    assert first.mean < point.mean < second.mean
    assert frontier.at_return(point.mean).cvar == pytest.approx(cap, rel=1e-10)


def test_what_cannot_be_is_said(returns: Array) -> None:
    frontier = tail_frontier(returns, sectors(12))
    with pytest.raises(Infeasible, match="the target return"):
        frontier.at_return(0.5)
    with pytest.raises(Infeasible, match="the target CVaR"):
        frontier.at_cvar(1e-6)
    with pytest.raises(Infeasible, match="the limits together"):
        tail_frontier(returns, sectors(12, most=0.2)).minimum()
    with pytest.raises(InputError, match="the reward of return is -1"):
        frontier.at_reward(-1.0)
    with pytest.raises(InputError, match="limits of 12 assets, and returns of 3"):
        tail_frontier(returns[:, :3], sectors(12))
    with pytest.raises(DataError, match="are not known"):
        tail_frontier(np.full((9, 12), np.nan), sectors(12))


def test_where_all_earn_the_same_the_frontier_is_one_portfolio(returns: Array) -> None:
    (point,) = tail_frontier(returns, sectors(12), means=np.full(12, 0.01)).points()
    assert point.note == "the frontier is one portfolio"


def test_a_subsample_first_changes_nothing() -> None:
    rng = np.random.default_rng(2)
    returns = 0.01 * rng.standard_t(5, (1500, 6))
    problem = TailProblem(returns, returns.mean(axis=0), 0.9, sectors(6, 0.4))
    assert TailSearch(problem).optimum(0.5).cvar - 0.5 * float(
        TailSearch(problem).optimum(0.5).weights @ problem.expected
    ) == pytest.approx(in_highs(problem, 0.5).fun, rel=1e-9)


# -- dispatch --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def market() -> Market:
    return simulated_market(seed=2, sessions=320, assets=12)


def test_limits_on_sectors_take_the_fast_way_and_equal_a_solver(market: Market) -> None:
    annual = dict(zip(market.assets, np.linspace(0.0, 0.2, 12).tolist(), strict=True))
    tail = Utility(terms=(ExpectedReturn(), TailLoss(aversion=0.5, window=250)))
    for objective in (MinimumTailLoss(window=250), tail):
        fast = optimize_portfolio(market, annual, objective=objective, constraints=LIMITS)
        assert fast.status == BY
        assert fast.gap < 1e-12
        with pytest.MonkeyPatch.context() as patch:
            for module in ("exact.scenario_selection", "objectives.mean_variance"):
                patch.setattr(
                    f"forefolio.optimize.{module}.tail_or_solved", lambda *given: given[-1]()
                )
            slow = optimize_portfolio(market, annual, objective=objective, constraints=LIMITS)
        assert slow.status != BY
        for asset in market.assets:
            ours, theirs = fast.weights.get(asset, 0.0), slow.weights.get(asset, 0.0)
            assert ours == pytest.approx(theirs, abs=1e-5)
        prices = dict(slow.binding)
        for name, price in fast.binding:
            assert price == pytest.approx(prices.get(name, 0.0), abs=1e-5)
        assert any("Tech" in name or "Energy" in name for name, _ in fast.binding)


def test_the_frontier_against_cvar_takes_the_fast_way(market: Market) -> None:
    annual = dict(zip(market.assets, np.linspace(0.0, 0.2, 12).tolist(), strict=True))
    asked = EfficientFrontier(points=4, risk_measure="cvar")
    optimizer = PortfolioOptimizer(constraints=LIMITS)
    fast = optimizer.frontier(market, annual, asked)
    assert {point.by for point in (*fast.points, fast.best)} == {BY}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("forefolio.optimize.frontier.efficient.ConditionalValueAtRisk", int)
        slow = optimizer.frontier(market, annual, asked)
    for ours, theirs in zip((*fast.points, fast.best), (*slow.points, slow.best), strict=True):
        assert ours.risk == pytest.approx(theirs.risk, rel=1e-5)
        assert ours.expected_return == pytest.approx(theirs.expected_return, abs=1e-6)
        assert ours.gap <= 1e-9
    again = optimizer.frontier(
        market, annual, asked.model_copy(update={"targets": (0.16, 0.15, 9.0)})
    )
    assert again.points[1].risk < again.points[0].risk
    assert "the best attainable is" in again.points[2].trouble


def test_a_study_with_limits_on_sectors_and_cvar_takes_the_fast_way(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOREFOLIO_HOME", str(tmp_path))
    monkeypatch.setenv("FOREFOLIO_EXECUTOR", "inline:")
    study = PortfolioStudy.model_validate(
        {
            "data": {
                "source": {"kind": "synthetic", "sessions": 320, "assets": 6, "seed": 2},
                "minimum_sessions": 100,
            },
            "objective": {"kind": "minimum_tail_loss", "window": 250},
            "constraints": ["Tech <= 20%"],
        }
    )
    result = ask(study)
    assert result.status == BY
    assert result.gap is not None and result.gap < 1e-12
