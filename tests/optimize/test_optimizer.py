"""One object asked for weights, reasons and the frontier: they speak of the same portfolio."""

import numpy as np
import pytest

from forefolio import PortfolioOptimizer, optimize_portfolio, simulated_market
from forefolio.optimize import EfficientFrontier, MinimumVariance

MARKET = simulated_market(assets=5, sessions=400, seed=4)
EXPECTED = {"A0": 0.12, "A1": 0.1, "A2": 0.09, "A3": 0.08, "A4": 0.05}


def test_it_is_the_one_call_with_its_settings_kept() -> None:
    kept = PortfolioOptimizer(constraints=("sum(w) == 1", "0 <= w <= 40%"), horizon=5)
    found = kept.optimize(MARKET, EXPECTED)
    same = optimize_portfolio(
        MARKET, EXPECTED, constraints=("sum(w) == 1", "0 <= w <= 40%"), horizon=5
    )
    assert found == same and max(found.weights.values()) <= 0.4 + 1e-12
    assert found.status == "critical line" and found.gap < 1e-9


def test_its_frontier_and_its_reasons_are_about_its_own_portfolio() -> None:
    kept = PortfolioOptimizer(constraints=("sum(w) == 1", "0 <= w <= 40%"))
    found = kept.optimize(MARKET, EXPECTED)
    star = kept.frontier(MARKET, EXPECTED).best
    assert star.ratio == pytest.approx(found.sharpe, abs=1e-6)
    assert len(kept.frontier(MARKET, EXPECTED, EfficientFrontier(points=7)).points) == 7
    why = kept.explain(MARKET, EXPECTED)
    assert {reason.asset for reason in why.positions} == set(found.weights)
    told = dict(found.binding)
    per_year = np.sqrt(MARKET.periods_per_year / 21)
    for limit in why.limits:
        assert limit.price == pytest.approx(told[limit.name] * per_year, rel=1e-4, abs=1e-7)


def test_without_constraints_of_its_own_those_of_the_objective_hold() -> None:
    kept = PortfolioOptimizer(
        objective=MinimumVariance(constraints=("sum(w) == 1", "w <= 30%", "w >= 0"))
    )
    calm = kept.frontier(MARKET, EXPECTED).points[0]
    assert dict(calm.to_dict()["weights"]) == pytest.approx(
        dict(kept.optimize(MARKET, EXPECTED).weights), abs=1e-7
    )
