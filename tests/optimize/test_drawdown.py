from typing import Any

import cvxpy as cp
import numpy as np
import pytest

from forefolio.core.errors import Infeasible
from forefolio.core.units import Array
from forefolio.market import Market, simulated_market
from forefolio.optimize import Distance, MinimumDrawdown, Polyhedron, optimize_portfolio
from forefolio.optimize.exact.drawdown import least_drawdown


def in_highs(returns: Array, level: float, within: Polyhedron) -> float | None:
    """The same as a linear programme; None where no portfolio is within."""
    sessions, assets = returns.shape
    w, peak, quantile = cp.Variable(assets), cp.Variable(sessions), cp.Variable()
    path = np.cumsum(returns, axis=0) @ w
    finite = np.isfinite(within.low), np.isfinite(within.high)
    limits = [
        w >= within.lower,
        w <= within.upper,
        within.rows[finite[0]] @ w >= within.low[finite[0]],
        within.rows[finite[1]] @ w <= within.high[finite[1]],
        *(cp.norm1(w - d.centre) <= d.limit for d in within.distances),
        peak >= path,
        peak >= 0,
        peak[1:] >= peak[:-1],
    ]
    beyond = cp.sum(cp.pos(peak - path - quantile))
    worst = quantile + beyond / max((1 - level) * sessions, 1.0)
    problem = cp.Problem(cp.Minimize(worst), limits)
    with np.errstate(all="ignore"):  # cvxpy multiplies what is not known where there is none
        problem.solve(solver=cp.HIGHS)
    return None if problem.status == "infeasible" else float(problem.value)


def check(rng: np.random.Generator) -> bool:
    """Compare with HiGHS; whether there was a portfolio."""
    count, sessions = int(rng.integers(2, 10)), int(rng.integers(20, 80))
    returns = 0.01 * rng.standard_t(5, (sessions, count)) + 0.0005
    kind = rng.integers(0, 4)
    if kind == 1:
        returns = np.round(returns, 2)
    if kind == 2:
        returns[:, -1] = returns[:, 0]
    lower, upper = np.zeros(count), np.full(count, 0.7)
    if rng.random() < 0.4:
        lower = -rng.uniform(0, 0.3, count)
    if rng.random() < 0.3:
        lower[0] = upper[0] = 0.05
    rows, low, high = [np.ones(count)], [1.0], [1.0]
    for _ in range(rng.integers(0, 3)):
        rows.append((rng.random(count) < 0.5).astype(float))
        low.append(0.05 if rng.random() < 0.3 else -np.inf)
        high.append(rng.uniform(0.1, 0.6))
    far = [Distance(centre=np.full(count, 1 / count), limit=rng.uniform(0.3, 1.0))]
    within = Polyhedron(
        lower=lower,
        upper=upper,
        rows=np.array(rows),
        low=np.array(low),
        high=np.array(high),
        distances=far if rng.random() < 0.4 else [],
    )
    level = float(rng.choice([0.5, 0.8, 0.95, 0.99]))
    theirs = in_highs(returns, level, within)
    if theirs is None:
        return False
    ours = least_drawdown(returns, level, within)
    assert ours.drawdown == pytest.approx(theirs, abs=1e-7)
    assert ours.drawdown - ours.gap <= theirs + 1e-8  # the bound is one
    assert ours.gap <= 1e-6 * max(ours.drawdown, 1e-3)
    assert ours.miss <= 1e-8
    return True


def test_random_problems_equal_the_linear_programme() -> None:
    rng = np.random.default_rng(0)
    assert sum(check(rng) for _ in range(15)) > 6


@pytest.mark.slow
def test_hundreds_of_random_problems_equal_the_linear_programme() -> None:
    rng = np.random.default_rng(1)
    assert sum(check(rng) for _ in range(200)) > 80


@pytest.fixture(scope="module")
def market() -> Market:
    return simulated_market(seed=2, sessions=320, assets=8)


@pytest.mark.parametrize("limits", ["w <= 30%", "Tech <= 20%"])
def test_the_objective_takes_it_and_equals_a_solver(market: Market, limits: str) -> None:
    objective: Any = MinimumDrawdown(window=120)
    fast = optimize_portfolio(market, objective=objective, constraints=limits)
    assert fast.status == "drawdown chain"
    assert fast.gap < 1e-9
    with pytest.MonkeyPatch.context() as patch:
        where = "forefolio.optimize.objectives.scenario_based.drawdown_or_solved"
        patch.setattr(where, lambda *given: given[-1]())
        slow = optimize_portfolio(market, objective=objective, constraints=limits)
    assert slow.status != fast.status
    for asset in market.assets:
        theirs = slow.weights.get(asset, 0.0)
        assert fast.weights.get(asset, 0.0) == pytest.approx(theirs, abs=1e-4)
    assert fast.binding[0][0] == slow.binding[0][0]  # where worst sessions tie, prices may differ
    assert fast.binding[0][1] == pytest.approx(slow.binding[0][1], rel=0.1)


def test_what_cannot_be_is_explained(market: Market) -> None:
    with pytest.raises(Infeasible, match="5 %"):
        optimize_portfolio(market, objective=MinimumDrawdown(window=120), constraints="w <= 5%")
