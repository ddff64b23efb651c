"""Plans over several horizons: beside cvxpy, beside one horizon, and with limits at every step."""

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from typing import Any

import cvxpy as cp
import numpy as np
import pytest

from forefolio.core.errors import Infeasible
from forefolio.core.units import Array
from forefolio.optimize import MultiPeriod, Outlook, Proportional, TradingCost, Utility
from forefolio.optimize.constraints.holdings import Forbidden
from forefolio.optimize.objectives.multi_period import Plan
from forefolio.optimize.objectives.penalties import LassoPenalty, RidgePenalty

OutlookOf = Callable[..., Outlook]
FREE: Any = ("expected_return", "variance")
COSTLY: Any = ("expected_return", "variance", TradingCost(cost=Proportional(bps=40)))


def test_it_is_the_plan_of_cvxpy(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(1)
    mean, risk, usual = outlook.mean, outlook.risk, outlook.mean.mean()
    got = MultiPeriod(steps=4, half_life=1.5, terms=COSTLY).plan(outlook)
    w = [cp.Variable(8, nonneg=True) for _ in range(4)]
    gains: Any = 0
    for h, (now, before) in enumerate(zip(w, [outlook.current, *w], strict=False)):
        faded = usual + (mean - usual) * 0.5 ** (h / 1.5)
        variance = cp.quad_form(now, cp.psd_wrap(risk))
        cost = 0.004 * cp.norm1(now - before)
        gains += faded @ now + outlook.risk_free * (1 - cp.sum(now)) - 1.5 * variance - cost
    problem = cp.Problem(cp.Maximize(100 * gains), [cp.sum(each) == 1 for each in w])
    problem.solve(solver=cp.CLARABEL, tol_gap_rel=1e-10, tol_gap_abs=1e-10, tol_feas=1e-10)
    np.testing.assert_allclose(got.weights, [each.value for each in w], atol=1e-5)
    assert got.gap < 1e-8
    moved = got.trades.cumsum(axis=0) + outlook.current
    np.testing.assert_allclose(moved, got.weights, atol=1e-12)


def test_without_costs_the_first_step_is_that_of_one_horizon(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(2)
    now = MultiPeriod(terms=FREE).allocate(outlook).weights
    np.testing.assert_allclose(now, Utility(terms=FREE).allocate(outlook).weights, atol=1e-6)


def test_what_lasts_is_traded_for_and_what_fades_is_not(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(1)
    quick, lasting = (
        MultiPeriod(half_life=life, terms=COSTLY).plan(outlook) for life in (0.2, 50.0)
    )
    assert quick.turnover[0] < 0.8 * lasting.turnover[0]
    assert lasting.turnover[1:].max() < 1e-4  # what lasts is traded at once
    assert "the plan replaces" in MultiPeriod().allocate(outlook).notes[-1]
    assert list(lasting.to_frame().columns) == list(outlook.assets)


def test_a_limit_on_turnover_spreads_the_trades_over_the_steps(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(1)
    limits: Any = ("sum(w) == 1", "w >= 0", "turnover <= 10%", "w <= 40%")
    plan = MultiPeriod(steps=6, half_life=50, constraints=limits).plan(outlook)
    assert plan.turnover.max() <= 0.1 + 1e-8 and (plan.turnover > 0.09).sum() >= 2
    assert plan.weights.max() <= 0.4 + 1e-8
    np.testing.assert_allclose(plan.weights.sum(axis=1), 1.0, atol=1e-8)


def test_limits_of_trades_begin_once_something_is_held(outlook_of: OutlookOf) -> None:
    outlook = replace(outlook_of(1), current=np.zeros(8))
    limits: Any = ("sum(w) == 1", "w >= 0", "trade <= 1%")
    plan = MultiPeriod(half_life=0.2, constraints=limits, terms=FREE).plan(outlook)
    assert plan.turnover[0] == pytest.approx(0.5)
    rule = MultiPeriod(half_life=0.2, constraints=limits, terms=FREE)
    assert "the plan buys 100.0 % of the portfolio now" in rule.allocate(outlook).notes[-1]
    assert 0 < np.abs(plan.trades[1:]).max() <= 0.01 + 1e-9


def gained(plan: Plan, outlook: Outlook, half_life: float) -> float:
    """What a plan with costs of 40 basis points is worth, as the terms say it."""
    usual, total = outlook.mean.mean(), 0.0
    for h, (now, trades) in enumerate(zip(plan.weights, plan.trades, strict=True)):
        faded = usual + (outlook.mean - usual) * 0.5 ** (h / half_life)
        variance = now @ outlook.risk @ now
        total += faded @ now - 1.5 * variance - 0.004 * np.abs(trades).sum()
    return float(total)


@pytest.mark.parametrize(
    ("limit", "kept"),
    [
        ("names <= 2", lambda w: (w > 1e-9).sum() <= 2),
        ("w >= 20% or 0", lambda w: w[w > 1e-9].min() >= 0.2 - 1e-8),
        ("names >= 7 of 10%", lambda w: (w >= 0.1 - 1e-8).sum() >= 7),
    ],
)
def test_how_many_are_held_is_kept_at_every_step(
    outlook_of: OutlookOf, limit: str, kept: Callable[[Array], bool]
) -> None:
    outlook = outlook_of(1)
    usual: Any = ("sum(w) == 1", "w >= 0")
    plan = MultiPeriod(steps=3, half_life=0.5, terms=COSTLY, constraints=(*usual, limit))
    best = plan.plan(outlook)
    assert all(kept(weights) for weights in best.weights)
    assert best.gap < 1e-6


def test_no_two_names_are_better_than_the_best_two(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(2, assets=5)
    usual: Any = ("sum(w) == 1", "w >= 0")

    def worth(limit: Any) -> float:
        plan = MultiPeriod(steps=2, half_life=0.5, terms=COSTLY, constraints=(*usual, limit))
        return gained(plan.plan(outlook), outlook, 0.5)

    pairs = (Forbidden(assets=out) for out in combinations(outlook.assets, 3))
    assert worth("names <= 2") >= max(map(worth, pairs)) - 1e-9


def test_weights_held_are_at_each_step_those_of_the_step_before(outlook_of: OutlookOf) -> None:
    outlook = replace(outlook_of(1), current=np.eye(8)[0])
    asleep = MultiPeriod(steps=3, terms=(*FREE, LassoPenalty(strength=9, to="held"))).plan(outlook)
    np.testing.assert_allclose(asleep.weights, np.tile(outlook.current, (3, 1)), atol=1e-6)
    slow: Any = (*FREE, RidgePenalty(strength=1, to="held"))
    plan = MultiPeriod(steps=3, half_life=50, terms=slow).plan(outlook)
    moved = np.abs(plan.weights - outlook.current).sum(axis=1)
    assert moved[1] > 1.3 * moved[0] and moved[2] > moved[1]


def test_what_contradicts_is_named_and_what_is_soft_gives(outlook_of: OutlookOf) -> None:
    outlook = replace(outlook_of(1), current=np.eye(8)[0])
    with pytest.raises(Infeasible, match=r"each weight from 10\.0 % to at least 12\.5 %"):
        MultiPeriod(constraints=("sum(w) == 1", "w <= 10%")).allocate(outlook)
    limits: Any = ("sum(w) == 1", "w >= 0", "w <= 50%", "turnover <= 5% if possible")
    soft = MultiPeriod(constraints=limits).allocate(outlook)
    assert soft.weights.max() <= 0.5 + 1e-6
    assert any("gave way" in note for note in soft.notes)
