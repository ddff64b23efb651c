"""Objectives over scenarios, risk budgets, trees, doubts and views, beside peers."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forefolio.core.errors import (
    BadConstraint,
    DataError,
    InputError,
    NotEnoughHistory,
    SolverFailed,
)
from forefolio.core.lazy import lazy
from forefolio.core.units import Array
from forefolio.optimize import (
    BlackLitterman,
    DrawdownLoss,
    ExpectedReturn,
    HierarchicalEqualRisk,
    HierarchicalRiskParity,
    MaximumDiversification,
    MaximumGrowth,
    MaximumSharpe,
    MinimumDrawdown,
    MinimumTailLoss,
    MinimumTrackingError,
    MinimumVariance,
    NestedClusters,
    Outlook,
    RiskParity,
    TailLoss,
    TargetReturn,
    TargetVolatility,
    Universe,
    Utility,
    Variance,
    View,
    WorstJointReturn,
    WorstReturn,
    cvar_frontier,
    exact_frontier,
    factor_frontier,
    parse_view,
)
from forefolio.optimize.objectives.risk_budget_kernel import descend, parity
from forefolio.risk import Covariance, FactorCovariance

skfolio: Any = lazy("skfolio")
peers: Any = lazy("skfolio.optimization")

OutlookOf = Callable[..., Outlook]
LONG = ("sum(w) == 1", "w >= 0")


def tail(returns: Array, w: Array, level: float) -> float:
    losses = np.sort(-returns @ w)[::-1]
    count = (1 - level) * len(losses)
    whole = int(count)
    part = (count - whole) * losses[whole] if whole < len(losses) else 0.0
    return float((losses[:whole].sum() + part) / count)


def drawdown(returns: Array, w: Array, level: float) -> float:
    total = np.cumsum(returns @ w)
    peak = np.maximum(np.maximum.accumulate(total), 0.0)
    return tail((total - peak)[:, None], np.ones(1), level)


def growth(outlook: Outlook, w: Array, window: int) -> float:
    past = outlook.scenarios(window)
    moved = past - past.mean(axis=0) + outlook.mean / outlook.forecast.horizon
    cash = outlook.risk_free / outlook.forecast.horizon
    return float(np.log1p(moved @ w + cash * (1 - w.sum())).mean())


LOSSES: list[tuple[Any, Callable[[Outlook, Array], Any]]] = [
    (MinimumTailLoss(window=120), lambda o, w: tail(o.scenarios(120), w, 0.95)),
    (MinimumTailLoss(window=130, level=0.83), lambda o, w: tail(o.scenarios(130), w, 0.83)),
    (MinimumDrawdown(window=120), lambda o, w: drawdown(o.scenarios(120), w, 0.95)),
    (MaximumGrowth(window=120), lambda o, w: -growth(o, w, 120)),
    (
        Utility(terms=(ExpectedReturn(), TailLoss(aversion=0.2, window=120))),
        lambda o, w: 0.2 * np.sqrt(21) * tail(o.scenarios(120), w, 0.95) - o.mean @ w,
    ),
    (
        Utility(terms=(ExpectedReturn(), DrawdownLoss(window=120))),
        lambda o, w: 0.1 * drawdown(o.scenarios(120), w, 0.95) - o.mean @ w,
    ),
    (
        Utility(terms=(WorstReturn(), Variance())),
        lambda o, w: 1.5 * w @ o.risk @ w
        - o.mean @ w
        + np.sqrt(21 / 1250) * np.sqrt(np.diag(o.risk)) @ np.abs(w),
    ),
    (
        Utility(terms=(WorstJointReturn(errors=0.5), Variance())),
        lambda o, w: 1.5 * w @ o.risk @ w
        - o.mean @ w
        + 0.5 * np.sqrt(21 / 1250) * np.sqrt(w @ o.risk @ w),
    ),
    (
        MaximumDiversification(),
        lambda o, w: -np.sqrt(np.diag(o.risk)) @ w / np.sqrt(w @ o.risk @ w),
    ),
    (
        MinimumTrackingError(benchmark=(("A0", 0.5), ("A1", 0.5)), constraints=(*LONG, "w <= 30%")),
        lambda o, w: (w - np.eye(8)[:2].sum(0) / 2) @ o.risk @ (w - np.eye(8)[:2].sum(0) / 2),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("optimizer", "loss"), LOSSES)
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 1000))
def test_no_random_portfolio_is_better(
    optimizer: Any, loss: Callable[[Outlook, Array], float], seed: int, outlook_of: OutlookOf
) -> None:
    outlook = outlook_of(seed)
    best = optimizer.allocate(outlook).weights
    assert abs(best.sum() - 1) < 1e-9 and best.min() >= -1e-9
    least, rng = loss(outlook, best), np.random.default_rng(seed)
    for step in 10.0 ** rng.uniform(-4, 0, 150):
        other = best + step * (rng.dirichlet(np.full(8, 0.5)) - best)
        if isinstance(optimizer, MinimumTrackingError) and other.max() > 0.3:
            continue
        assert loss(outlook, other) >= least - 1e-9


# -- peers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mine", "measured"),
    [
        (MinimumTailLoss(window=300), "CVAR"),
        (MinimumDrawdown(window=300), "CDAR"),
    ],
)
def test_tails_equal_skfolio(mine: Any, measured: str, outlook_of: OutlookOf) -> None:
    outlook = outlook_of(4)
    returns = outlook.scenarios(300)
    measure = skfolio.RiskMeasure[measured]
    peer = peers.MeanRisk(risk_measure=measure).fit(returns).weights_
    got = mine.allocate(outlook).weights
    loss = tail if measured == "CVAR" else drawdown
    assert loss(returns, got, 0.95) <= loss(returns, peer, 0.95) * (1 + 1e-9)
    np.testing.assert_allclose(got, peer, atol=2e-3)


def test_diversification_and_budgets_equal_skfolio(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(4)
    returns = outlook.scenarios(300)
    sample = Covariance(assets=outlook.assets, matrix=np.cov(returns, rowvar=False))
    outlook = replace(outlook, covariance=sample)
    got = MaximumDiversification().allocate(outlook).weights
    np.testing.assert_allclose(got, peers.MaximumDiversification().fit(returns).weights_, atol=1e-4)
    parity = RiskParity().allocate(outlook).weights
    np.testing.assert_allclose(parity, peers.RiskBudgeting().fit(returns).weights_, atol=1e-4)


def test_growth_equals_cvxpy(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(8)
    limits = ("0% <= sum(w) <= 150%", "w >= 0", "w <= 60%")
    got = MaximumGrowth(window=200, constraints=limits).allocate(outlook).weights
    past = outlook.scenarios(200)
    moved = past - past.mean(axis=0) + outlook.mean / 21
    w = cp.Variable(8)
    wealth = 1 + moved @ w + outlook.risk_free / 21 * (1 - cp.sum(w))
    box = [cp.sum(w) <= 1.5, cp.sum(w) >= 0, w >= 0, w <= 0.6]
    cp.Problem(cp.Maximize(cp.sum(cp.log(wealth))), box).solve(solver=cp.CLARABEL)
    theirs = np.asarray(w.value, dtype=np.float64)
    assert growth(outlook, got, 200) >= growth(outlook, theirs, 200) - 1e-9


def test_target_volatility_is_the_frontier_upside_down(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(2)
    highest = TargetVolatility(annual_volatility=0.2).allocate(outlook).weights
    assert np.sqrt(highest @ outlook.risk @ highest * 250 / 21) == pytest.approx(0.2, abs=1e-8)
    annual = float(outlook.mean @ highest) * 250 / 21
    same = TargetReturn(annual_return=annual).allocate(outlook).weights
    np.testing.assert_allclose(same, highest, atol=1e-5)


def test_the_least_ratio_of_tails_is_not_that_of_variances(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(4)
    objective = peers.ObjectiveFunction.MAXIMIZE_RATIO
    returns = outlook.scenarios(300)
    peer = peers.MeanRisk(objective_function=objective, risk_free_rate=1e-4).fit(returns).weights_
    known = replace(
        outlook.with_mean(21 * returns.mean(axis=0)),
        risk_free=21e-4,
        covariance=Covariance(assets=outlook.assets, matrix=np.cov(returns, rowvar=False)),
    )
    np.testing.assert_allclose(MaximumSharpe().allocate(known).weights, peer, atol=1e-4)


# -- risk budgets ----------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 60), power=st.floats(-3, 3))
def test_every_asset_contributes_its_budget(
    seed: int, count: int, power: float, outlook_of: OutlookOf
) -> None:
    outlook, rng = outlook_of(seed, count), np.random.default_rng(seed)
    scale = 10.0 ** (power * rng.uniform(0, 1, count))
    matrix = outlook.covariance.matrix * np.outer(scale, scale)
    outlook = replace(outlook, covariance=Covariance(assets=outlook.assets, matrix=matrix))
    wanted = rng.uniform(0.01, 1, count)
    named = tuple(zip(outlook.assets, wanted.tolist(), strict=True))
    w = RiskParity(budgets=named).allocate(outlook).weights
    contributions = w * (matrix @ w) / (w @ matrix @ w)
    np.testing.assert_allclose(contributions, wanted / wanted.sum(), atol=1e-10)
    assert w.sum() == pytest.approx(1, abs=1e-12) and w.min() > 0


def test_risks_that_cancel_out_have_no_parity(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(0, 2)
    opposite = Covariance(assets=outlook.assets, matrix=1e-4 * np.array([[1.0, -1], [-1, 1]]))
    with pytest.raises(SolverFailed, match="cancel each other's risk out"):
        RiskParity().allocate(replace(outlook, covariance=opposite))
    still = Covariance(assets=outlook.assets, matrix=np.diag([1e-4, 0.0]))
    for optimizer in (RiskParity(), HierarchicalRiskParity(), NestedClusters()):
        with pytest.raises(DataError, match="A1: no volatility"):
            optimizer.allocate(replace(outlook, covariance=still))


# -- trees -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "optimizer", [HierarchicalRiskParity(), HierarchicalEqualRisk(), NestedClusters()]
)
@pytest.mark.parametrize("count", [1, 2, 3, 9])
def test_trees_are_long_only_and_know_no_scale(
    optimizer: Any, count: int, outlook_of: OutlookOf
) -> None:
    outlook = outlook_of(1, count)
    w = optimizer.allocate(outlook).weights
    assert w.sum() == pytest.approx(1, abs=1e-9) and w.min() >= 0
    larger = Covariance(assets=outlook.assets, matrix=100 * outlook.covariance.matrix)
    again = optimizer.allocate(replace(outlook, covariance=larger)).weights
    np.testing.assert_allclose(again, w, atol=1e-9)


def test_two_uncorrelated_assets_are_weighed_by_inverse_variance(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(0, 2)
    apart = Covariance(assets=outlook.assets, matrix=np.diag([1e-4, 3e-4]))
    w = HierarchicalRiskParity().allocate(replace(outlook, covariance=apart)).weights
    np.testing.assert_allclose(w, [0.75, 0.25], atol=1e-9)


# -- views -----------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(
    legs=st.lists(st.tuples(st.text(min_size=1, max_size=5), st.floats(-3, 3)), min_size=1),
    annual=st.floats(-0.9, 1),
    confidence=st.floats(0.01, 1),
)
def test_views_read_back_from_their_own_words(
    legs: list[tuple[str, float]], annual: float, confidence: float
) -> None:
    view = View(legs=tuple(legs), annual_return=annual, confidence=confidence)
    assert parse_view(str(view)) == view


def test_views_in_words() -> None:
    view = View(legs=(("AAPL", 1.0), ("MSFT", -1.0)), annual_return=0.03, confidence=0.6)
    assert parse_view("AAPL - MSFT = 3% per year with confidence 60%") == view
    assert parse_view("XOM == 8% per year") == View(legs=(("XOM", 1.0),), annual_return=0.08)
    for words, expected in [
        ("AAPL MSFT = 3% per year", "+, - or ="),
        ("AAPL = 3%", "a return per year"),
        ("AAPL = 3% per year with confidence 0%", "a confidence above 0 %"),
        ("= 3% per year", "a ticker"),
    ]:
        with pytest.raises(BadConstraint) as caught:
            parse_view(words)
        assert expected in str(caught.value)


def believed(outlook: Outlook, *views: str) -> Array:
    class Mean:
        def allocate(self, seen: Outlook) -> Any:
            self.mean = seen.mean
            return MinimumVariance().allocate(seen)

    asked = Mean()
    BlackLitterman(views=views, optimizer=asked).allocate(outlook)
    return asked.mean


def test_a_certain_view_comes_true_and_the_rest_follows(outlook_of: OutlookOf) -> None:
    outlook, year = outlook_of(), 250 / 21
    mean = believed(outlook, "A0 - A1 = 5% per year with confidence 100%")
    assert (mean[0] - mean[1]) * year == pytest.approx(0.05)
    half = believed(outlook, "A0 = 30% per year with confidence 50%")
    assert half[0] == pytest.approx((outlook.mean[0] + 0.3 / year) / 2)
    beta = outlook.risk[:, 0] / outlook.risk[0, 0]
    np.testing.assert_allclose(half, outlook.mean + beta * (half[0] - outlook.mean[0]))
    np.testing.assert_allclose(believed(outlook), outlook.mean)


def test_views_equal_the_textbook_formula(outlook_of: OutlookOf) -> None:
    outlook, year, tau = outlook_of(), 250 / 21, 0.05
    mean = believed(outlook, "A0 - A3 = 4% per year", "A5 = 10% per year with confidence 80%")
    picks = np.zeros((2, 8))
    picks[0, [0, 3]], picks[1, 5] = [1, -1], 1
    said, prior = np.array([0.04, 0.1]) / year, np.linalg.inv(tau * outlook.risk)
    doubt = np.array([1.0, 0.25]) * np.diag(picks @ (tau * outlook.risk) @ picks.T)
    precision = prior + picks.T @ np.diag(1 / doubt) @ picks
    expected = np.linalg.solve(precision, prior @ outlook.mean + picks.T @ (said / doubt))
    np.testing.assert_allclose(mean, expected, atol=1e-10)


def test_without_views_the_market_portfolio_is_the_best(outlook_of: OutlookOf) -> None:
    weights = tuple((asset, (k + 1) / 36) for k, asset in enumerate(outlook_of().assets))
    got = BlackLitterman(aversion=2.5, benchmark=weights).allocate(outlook_of())
    np.testing.assert_allclose(got.weights, [w for _, w in weights], atol=1e-7)


def test_a_view_about_something_else_is_left_out_and_said(outlook_of: OutlookOf) -> None:
    outlook = outlook_of()
    listed = Universe((*outlook.assets, "ZZ"))
    got = BlackLitterman(views=("ZZ = 9% per year",)).allocate(replace(outlook, listed=listed))
    assert got.notes[-1].startswith("ZZ = 9% per year with confidence 50%: left out")
    with pytest.raises(InputError, match="periods_per_year"):
        nameless = outlook_of(periods_per_year=float("nan"))
        BlackLitterman(views=("A0 = 9% per year",)).allocate(nameless)


# -- what is not known -----------------------------------------------------------------------------


def test_scenarios_need_history(outlook_of: OutlookOf) -> None:
    outlook = outlook_of()
    assert outlook.market is not None
    with pytest.raises(NotEnoughHistory, match="needs 60 sessions"):
        MaximumGrowth().allocate(replace(outlook, market=outlook.market[:50]))
    with pytest.raises(DataError, match=r"give Outlook\(market="):
        MinimumTailLoss().allocate(replace(outlook, market=None))


# -- how good the answer is ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "objective",
    [
        MinimumVariance(),
        MinimumTrackingError(),
        MinimumTailLoss(),
        TargetReturn(annual_return=0.03),
        Utility(),
    ],
    ids=lambda o: o.kind,
)
def test_the_gap_means_something_where_the_optimum_is_next_to_nothing(
    objective: Any, outlook_of: OutlookOf
) -> None:
    """The last asset hardly moves, or the benchmark can be held: the best there is is almost 0."""
    outlook = outlook_of()
    assert outlook.market is not None
    still = np.array([1.0] * 7 + [1e-7])
    matrix = outlook.covariance.matrix * np.outer(still, still)
    close = outlook.market.close.copy()
    close[:, -1] = 100.0 + 1e-6 * (np.arange(len(close)) % 3)
    quiet = replace(
        outlook,
        covariance=Covariance(assets=outlook.assets, matrix=matrix),
        market=replace(outlook.market, close=close),
    )
    got = objective.allocate(quiet)
    assert 0.0 <= got.gap < 1e-5, (got.gap, got.status)
    assert not any("unproved" in note for note in got.notes)
    assert got.weights.sum() == pytest.approx(1.0, abs=1e-8)


def test_exact_frontiers_of_equal_means_are_one_portfolio(outlook_of: OutlookOf) -> None:
    risk, mean = outlook_of().risk, np.full(8, 0.01)
    exact = exact_frontier(mean, risk).points(25)
    tail = cvar_frontier(np.random.default_rng(0).normal(0, 0.01, (80, 8)), means=mean).points(25)
    loadings = np.random.default_rng(1).normal(0, 0.01, (8, 2))
    model = FactorCovariance(
        assets=tuple("ABCDEFGH"), loadings=loadings, factors=np.eye(2), specific=np.full(8, 1e-4)
    )
    factors = factor_frontier(mean, model).points(25)
    for points in (exact, tail, factors):
        assert len(points) == 1 and points[0].note == "the frontier is one portfolio"
    assert len(exact_frontier(mean + 1e-4 * np.arange(8), risk).points(25)) == 25


@pytest.mark.parametrize("seed", range(4))
def test_risk_budgets_are_met_one_asset_after_another(seed: int) -> None:
    rng = np.random.default_rng(seed)
    correlation: Array = np.array(np.corrcoef(rng.normal(size=(6, 30)) + rng.normal(size=30)))
    budgets = rng.dirichlet(np.ones(6))
    quick = np.sqrt(budgets)
    plain = quick.copy()
    sweeps = descend(correlation, budgets, 200, 1e-13, quick)
    assert sweeps < 200
    np.testing.assert_allclose(quick * (correlation @ quick), budgets, atol=1e-12)
    for _ in range(sweeps):
        for i in range(6):
            other = sum(correlation[i, j] * plain[j] for j in range(6) if j != i)
            plain[i] = (-other + np.sqrt(other**2 + 4 * budgets[i])) / 2
    np.testing.assert_allclose(quick, plain, rtol=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_weights_of_risk_budgets_are_looked_at_before_they_are_handed_out(seed: int) -> None:
    rng = np.random.default_rng(seed)
    moves = rng.normal(size=(6, 30)) * rng.uniform(0.1, 3.0, (6, 1)) + rng.normal(size=30)
    covariance: Array = np.array(np.cov(moves))
    budgets, weights = rng.dirichlet(np.ones(6)), np.empty(6)
    assert parity(covariance, budgets, 200, 1e-12, weights)
    marginal = covariance @ weights
    np.testing.assert_allclose(weights * marginal / (weights @ marginal), budgets, atol=1e-11)
    assert weights.sum() == pytest.approx(1.0, abs=1e-14)
    assert not parity(covariance, budgets, 1, 1e-12, weights)  # after one sweep they are not there
    covariance[2], covariance[:, 2] = 0.0, 0.0
    assert not parity(covariance, budgets, 200, 1e-12, weights)
