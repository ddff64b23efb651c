from typing import Any

import cvxpy as cp
import numpy as np
import pytest

from forefolio.core.errors import Infeasible, SolverFailed
from forefolio.core.units import Array
from forefolio.market import Market, simulated_market
from forefolio.optimize import Distance, MaximumGrowth, Polyhedron, optimize_portfolio
from forefolio.optimize.exact.growth import greatest_growth


def in_clarabel(returns: Array, base: Array, within: Polyhedron) -> float | None:
    """The same as a conic problem; None where no portfolio is within."""
    w = cp.Variable(returns.shape[1])
    finite = np.isfinite(within.low), np.isfinite(within.high)
    limits = [
        w >= within.lower,
        w <= within.upper,
        within.rows[finite[0]] @ w >= within.low[finite[0]],
        within.rows[finite[1]] @ w <= within.high[finite[1]],
        *(cp.norm1(w - d.centre) <= d.limit for d in within.distances),
    ]
    problem = cp.Problem(cp.Maximize(cp.sum(cp.log(base + returns @ w)) / len(base)), limits)
    problem.solve(solver=cp.CLARABEL)
    return None if problem.status == "infeasible" else float(problem.value)


def random_limits(rng: np.random.Generator, count: int) -> Polyhedron:
    """Budget, bounds that may be equal, rows of any sign, turnover and leverage."""
    lower, upper = np.zeros(count), np.full(count, rng.choice([0.5, 1.0, 3.0]))
    if rng.random() < 0.5:
        lower = -rng.uniform(0, 0.5, count)
    if rng.random() < 0.3:
        lower[0] = upper[0] = 0.05
    rows, low, high = [np.ones(count)], [1.0 if rng.random() < 0.7 else 0.0], [1.0]
    for _ in range(rng.integers(0, 4)):
        rows.append((rng.random(count) < 0.5).astype(float))
        low.append(0.05 if rng.random() < 0.3 else -np.inf)
        high.append(rng.uniform(0.1, 0.6))
    distances = []
    if rng.random() < 0.4:
        distances.append(Distance(centre=np.full(count, 1 / count), limit=rng.uniform(0.2, 1.0)))
    if rng.random() < 0.3:
        distances.append(Distance(centre=np.zeros(count), limit=1.6))
    return Polyhedron(
        lower=lower,
        upper=upper,
        rows=np.array(rows),
        low=np.array(low),
        high=np.array(high),
        distances=distances,
    )


def check(rng: np.random.Generator) -> bool:
    """Compare with Clarabel; whether there was a portfolio."""
    count, sessions = int(rng.integers(2, 15)), int(rng.integers(20, 120))
    returns = 0.02 * rng.standard_t(5, (sessions, count)) + 0.001
    if rng.random() < 0.3:
        returns[:, -1] = returns[:, 0]  # a copy
    base, within = np.full(sessions, 1.0001), random_limits(rng, count)
    theirs = in_clarabel(returns, base, within)
    if theirs is None:
        return False
    ours = greatest_growth(returns, base, within)
    assert ours.growth == pytest.approx(theirs, abs=2e-8)
    assert ours.growth == np.log(base + returns @ ours.weights).mean()
    assert ours.gap <= 1e-9  # what the optimiser takes for proven
    assert ours.miss <= 1e-8  # above 1e-9 the general way is taken
    return True


def test_random_problems_equal_the_conic_one() -> None:
    rng = np.random.default_rng(0)
    assert sum(check(rng) for _ in range(25)) > 12


@pytest.mark.filterwarnings("ignore:Solution may be inaccurate")  # the conic solver's
@pytest.mark.slow
def test_hundreds_of_random_problems_equal_the_conic_one() -> None:
    rng = np.random.default_rng(1)
    assert sum(check(rng) for _ in range(400)) > 200


def test_of_many_assets_few_are_looked_at_and_all_are_proven() -> None:
    returns = np.asarray(simulated_market(seed=1, sessions=121, assets=200).returns[-120:])
    within = Polyhedron(
        lower=np.zeros(200),
        upper=np.full(200, 0.05),
        rows=np.ones((1, 200)),
        low=np.ones(1),
        high=np.ones(1),
    )
    found = greatest_growth(np.ascontiguousarray(returns), np.ones(120), within)
    wanted = found.gradient - found.gradient @ found.weights
    best = np.sort(wanted)[-20:].mean()  # all that could be had instead: the steepest twenty
    assert best <= 1e-11
    assert found.gap <= 1e-12


def test_without_a_bound_nothing_is_promised() -> None:
    within = Polyhedron(
        lower=np.zeros(2),
        upper=np.full(2, np.inf),
        rows=np.ones((1, 2)),
        low=np.ones(1),
        high=np.ones(1),
    )
    with pytest.raises(SolverFailed, match="a weight has no bound"):
        greatest_growth(np.full((5, 2), 0.01), np.ones(5), within)


@pytest.fixture(scope="module")
def market() -> Market:
    return simulated_market(seed=2, sessions=320, assets=8)


@pytest.mark.parametrize("limits", ["w <= 30%", "Tech <= 20%"])
def test_the_objective_takes_it_and_equals_a_solver(market: Market, limits: str) -> None:
    annual = dict(zip(market.assets, np.linspace(0.02, 0.3, 8).tolist(), strict=True))
    objective: Any = MaximumGrowth(window=250)
    fast = optimize_portfolio(market, annual, objective=objective, constraints=limits)
    assert fast.status == "growth Newton"
    assert fast.gap < 1e-9
    with pytest.MonkeyPatch.context() as patch:
        where = "forefolio.optimize.objectives.scenario_based.growth_or_solved"
        patch.setattr(where, lambda *given: given[-1]())
        slow = optimize_portfolio(market, annual, objective=objective, constraints=limits)
    assert slow.status != fast.status
    for asset in market.assets:
        theirs = slow.weights.get(asset, 0.0)
        assert fast.weights.get(asset, 0.0) == pytest.approx(theirs, abs=1e-4)
    prices = dict(slow.binding)
    for name, price in fast.binding[:3]:
        assert price == pytest.approx(prices[name], abs=1e-5)


def test_what_cannot_be_is_explained(market: Market) -> None:
    with pytest.raises(Infeasible, match="5 %"):
        optimize_portfolio(market, objective=MaximumGrowth(window=250), constraints="w <= 5%")
