"""What holding costs, in the plan: beside the bill, beside cvxpy, and beside skfolio."""

from collections.abc import Callable
from typing import Any

import cvxpy as cp
import numpy as np
import pandas as pd
import pytest
import skfolio
from skfolio import optimization as peers

from forefolio.core.errors import BadConstraint, UnclearName
from forefolio.core.units import Array
from forefolio.optimize import (
    Fees,
    MultiPeriod,
    Outlook,
    Proportional,
    TradingCost,
    Utility,
    outlook_from_estimates,
    parse_fees,
)
from forefolio.optimize.program.problem import Rows
from forefolio.optimize.program.symbols import symbols

OutlookOf = Callable[..., Outlook]
FEES = Fees(management=0.01, holding=0.02, borrow=0.03, margin=0.04, overrides=(("A1", 0.0, 0.5),))
TERMS: Any = ("expected_return", "variance", FEES)
YEARS = 21 / 250


def cost(w: Any) -> Any:
    """The formula, once more: a year's."""
    holding, borrow = np.full(8, 0.02), np.full(8, 0.03)
    holding[1], borrow[1] = 0.0, 0.5
    return 0.01 + holding @ cp.pos(w) + borrow @ cp.pos(-w) + 0.04 * cp.pos(cp.sum(w) - 1)


@pytest.mark.parametrize("seed", range(4))
def test_the_plan_is_the_bill_of_all_its_sessions(seed: int, outlook_of: OutlookOf) -> None:
    outlook, rng = outlook_of(seed), np.random.default_rng(seed)
    weights = rng.normal(0.2, 0.4, 8)
    s = symbols(outlook)
    term = FEES.expression(s)
    held = Rows(name="held", excess=s.x - weights * s.scale, exact=True)
    solution = s.program.minimise([-term], [held])
    assert solution is not None
    session = FEES.rates(outlook.assets, 1 / outlook.periods_per_year).charges(weights[None])
    billed = 21 * sum(float(taken[0]) for taken in session.values())
    assert float(solution.value(-term)[0]) == pytest.approx(billed, rel=1e-7)
    assert billed == pytest.approx(float(cost(weights).value) * 21 / outlook.periods_per_year)


def test_short_and_borrowed_it_is_the_portfolio_of_cvxpy(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(1)
    limits = ("50% <= sum(w) <= 150%", "-30% <= w <= 60%")
    got = Utility(terms=TERMS, constraints=limits).allocate(outlook)
    w = cp.Variable(8)
    gain = outlook.mean @ w + outlook.risk_free * (1 - cp.sum(w))
    variance = cp.quad_form(w, cp.psd_wrap(outlook.risk))
    years = 21 / outlook.periods_per_year
    loss = 1.5 * variance - gain + years * cost(w)
    within = [cp.sum(w) >= 0.5, cp.sum(w) <= 1.5, w >= -0.3, w <= 0.6]
    cp.Problem(cp.Minimize(100 * loss), within).solve(cp.CLARABEL, tol_gap_rel=1e-10)
    np.testing.assert_allclose(got.weights, w.value, atol=1e-4)
    free = Utility(terms=TERMS[:2], constraints=limits).allocate(outlook)
    assert np.abs(got.weights - free.weights).max() > 0.01
    assert got.weights[1] >= min(free.weights[1], 0.0)


def test_a_plan_pays_for_what_it_holds_at_every_step(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(1)
    terms: Any = (*TERMS, TradingCost(cost=Proportional(bps=40)))
    limits: Any = ("sum(w) == 1", "-30% <= w <= 60%")
    got = MultiPeriod(steps=3, half_life=1.5, terms=terms, constraints=limits).plan(outlook)
    usual, years = outlook.mean.mean(), 21 / outlook.periods_per_year
    w = [cp.Variable(8) for _ in range(3)]
    gains: Any = 0
    for h, (now, before) in enumerate(zip(w, [outlook.current, *w], strict=False)):
        faded = usual + (outlook.mean - usual) * 0.5 ** (h / 1.5)
        variance = cp.quad_form(now, cp.psd_wrap(outlook.risk))
        paid = 0.004 * cp.norm1(now - before) + years * cost(now)
        gains += faded @ now - 1.5 * variance - paid
    within = [c for now in w for c in (cp.sum(now) == 1, now >= -0.3, now <= 0.6)]
    cp.Problem(cp.Maximize(100 * gains), within).solve(cp.CLARABEL, tol_gap_rel=1e-10)
    np.testing.assert_allclose(got.weights, [each.value for each in w], atol=1e-4)


def test_it_is_the_management_fee_of_skfolio(outlook_of: OutlookOf) -> None:
    """Theirs is a fee of each weight, a period; of long positions ours is the same."""
    returns: Array = outlook_of(4).scenarios(300)
    fees = np.linspace(0.0, 0.0004, 8)
    peer = peers.MeanRisk(
        objective_function=peers.ObjectiveFunction.MAXIMIZE_UTILITY,
        risk_aversion=20.0,
        management_fees=fees,
        risk_measure=skfolio.RiskMeasure.VARIANCE,
    ).fit(returns)
    assets = [f"B{k}" for k in range(8)]
    outlook = outlook_from_estimates(
        pd.Series(250 * returns.mean(axis=0), assets),
        pd.DataFrame(250 * np.cov(returns.T), assets, assets),
    )
    own = tuple((asset, float(250 * fee), 0.0) for asset, fee in zip(assets, fees, strict=True))
    terms: Any = ("expected_return", {"kind": "variance", "aversion": 40.0}, Fees(overrides=own))
    ours = Utility(terms=terms).allocate(outlook).weights
    np.testing.assert_allclose(ours, peer.weights_, atol=1e-3)
    without = Utility(terms=terms[:2]).allocate(outlook).weights
    assert np.abs(ours - without).max() > 0.02


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("management 0.5% per year", "management 0.5% per year"),
        ("borrow 2%, TSLA borrow 8% per year", "borrow 2%, TSLA holding 0% borrow 8% per year"),
        ("holding 0.2%, margin 3% per year", "holding 0.2%, margin 3% per year"),
        ("'brk b' holding 1% per year", "'brk b' holding 1% borrow 0% per year"),
    ],
)
def test_fees_in_words(words: str, written: str) -> None:
    fees = parse_fees(words)
    assert str(fees) == written and parse_fees(written) == fees
    assert Utility(terms=("expected_return", words)).terms[1] == fees
    assert Fees.model_validate_json(fees.model_dump_json()) == fees


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("borrow 2%", "per year"),
        ("borrow per year", "a fee, such as 0.5%"),
        ("loans 2% per year", "management, holding, borrow, margin or a ticker"),
        ("TSLA 2% per year", "holding or borrow"),
        ("borrow 200% per year", "less than 1"),
    ],
)
def test_words_that_are_no_fees(words: str, expected: str) -> None:
    with pytest.raises(BadConstraint, match=expected):
        parse_fees(words)


def test_a_fee_of_no_asset_is_refused(outlook_of: OutlookOf) -> None:
    strange = Fees(overrides=(("ZZ", 0.01, 0.0),))
    with pytest.raises(UnclearName, match="there is no asset ZZ"):
        Utility(terms=("expected_return", "variance", strange)).allocate(outlook_of(1))
