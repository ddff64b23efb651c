from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from forefolio.core.errors import DataError, Infeasible, InputError, SolverFailed, UnclearName
from forefolio.core.units import Array
from forefolio.optimize import (
    OPTIMIZERS,
    AnnualReturn,
    AnyOptimizer,
    Bounds,
    Budget,
    Constraint,
    ExpectedReturn,
    Group,
    LongOnly,
    MaximumGrowth,
    MaximumSharpe,
    MinimumRisk,
    MinimumVariance,
    Optimizer,
    Outlook,
    Proportional,
    SquareRootImpact,
    TargetReturn,
    TradingContext,
    TradingCost,
    Turnover,
    Universe,
    Utility,
    Variance,
)
from forefolio.optimize.program.problem import Program
from forefolio.risk import Covariance

OutlookOf = Callable[..., Outlook]
RICH: tuple[Constraint, ...] = (
    Budget(),
    LongOnly(),
    Bounds(upper=0.3, overrides=(("A1", 0.05, 0.4),)),
    Group(sector="Tech", lower=0.1, upper=0.45),
    Group(name="pair", assets=("A0", "A4"), upper=0.4),
    Turnover(at_most=0.5),
)
ATTAINABLE: dict[str, dict[str, Any]] = {
    "target_volatility": {"annual_volatility": 0.4},
    "minimum_tail_loss": {"window": 100},
    "minimum_drawdown": {"window": 100},
    "maximum_growth": {"window": 100},
}
ALL: list[Optimizer] = [
    optimizer(**ATTAINABLE.get(optimizer.model_fields["kind"].default, {}))
    for optimizer in OPTIMIZERS
]
CONVEX: list[Any] = [
    MinimumVariance(constraints=RICH),
    MaximumSharpe(constraints=RICH),
    TargetReturn(annual_return=0.05, constraints=RICH),
    Utility(constraints=RICH),
    Utility(terms=(ExpectedReturn(), Variance(), TradingCost()), constraints=RICH),
]


def with_risk(outlook: Outlook, matrix: Array) -> Outlook:
    return replace(outlook, covariance=Covariance(assets=outlook.assets, matrix=matrix))


def loss(optimizer: Any, outlook: Outlook, w: Array) -> float:
    variance = float(w @ outlook.risk @ w)
    earned = float(outlook.mean @ w + outlook.risk_free * (1 - w.sum()))
    match optimizer:
        case MaximumSharpe():
            return (outlook.risk_free - earned) / float(np.sqrt(variance))
        case Utility():
            cost = 0.001 * np.abs(w - outlook.current).sum() * (len(optimizer.terms) - 2)
            return 1.5 * variance - earned + float(cost)
        case _:
            return variance


def misses(outlook: Outlook, w: Array) -> float:
    tech = np.array([sector == "Tech" for sector in outlook.sectors])
    upper = np.full(len(w), 0.3)
    upper[1] = 0.4
    broken = (
        abs(w.sum() - 1),
        (-w).max(),
        (w - upper).max(),
        0.05 - w[1],
        w[tech].sum() - 0.45,
        0.1 - w[tech].sum(),
        w[[0, 4]].sum() - 0.4,
        np.abs(w - outlook.current).sum() / 2 - 0.5,
    )
    return float(max(broken))


# -- closed forms ----------------------------------------------------------------------------------


def test_minimum_variance_in_closed_form(outlook_of: OutlookOf) -> None:
    outlook = outlook_of()
    raw = np.linalg.solve(outlook.risk, np.ones(8))
    got = MinimumVariance(constraints=(Budget(),)).allocate(outlook)
    np.testing.assert_allclose(got.weights, raw / raw.sum(), atol=1e-10)


def test_the_tangency_portfolio_in_closed_form(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(3)
    raw = np.linalg.solve(outlook.risk, outlook.mean - outlook.risk_free)
    assert raw.sum() > 0
    got = MaximumSharpe(constraints=(Budget(),)).allocate(outlook)
    np.testing.assert_allclose(got.weights, raw / raw.sum(), atol=1e-9)


def test_utility_without_limits_is_fractional_kelly(outlook_of: OutlookOf) -> None:
    outlook = outlook_of()
    kelly = np.linalg.solve(outlook.risk, outlook.mean - outlook.risk_free)
    terms = (ExpectedReturn(), Variance(aversion=4))
    got = Utility(terms=terms, constraints=()).allocate(outlook)
    np.testing.assert_allclose(got.weights, kelly / 4, rtol=1e-7)
    assert got.cash == pytest.approx(1 - kelly.sum() / 4)


# -- optimality ------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", CONVEX)
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_limits_hold_and_no_random_portfolio_is_better(
    optimizer: Any, seed: int, outlook_of: OutlookOf
) -> None:
    outlook = outlook_of(seed, current=np.full(8, 0.125))
    try:
        best = optimizer.allocate(outlook)
    except Infeasible:
        assert isinstance(optimizer, TargetReturn)
        return
    assert misses(outlook, best.weights) < 1e-12
    target = optimizer.annual_return * 21 / 250 if isinstance(optimizer, TargetReturn) else -np.inf
    assert best.weights @ outlook.mean > target - 1e-12
    if best.method != optimizer.kind:
        assert "minimum variance instead" in best.notes[0]
        return
    rng = np.random.default_rng(seed)
    for step in 10.0 ** rng.uniform(-4, 0, 200):
        other = best.weights + step * (rng.dirichlet(np.full(8, 0.5)) - best.weights)
        if misses(outlook, other) < 1e-12 and other @ outlook.mean >= target:
            assert loss(optimizer, outlook, other) >= loss(optimizer, outlook, best.weights) - 1e-12


def by_cvxpy(outlook: Outlook, cost: float = 0.0, impact: Array | None = None) -> Array:
    w = cp.Variable(8)
    trades = w - outlook.current
    utility = outlook.mean @ w - 1.5 * cp.quad_form(w, cp.psd_wrap(outlook.risk))
    utility -= cost * cp.norm1(trades)
    if impact is not None:
        utility -= impact @ cp.power(cp.abs(trades), 1.5)
    limits = [cp.sum(w) == 1, w >= 0, w <= 0.3, cp.norm1(trades) <= 0.6, w[0] + w[3] + w[6] <= 0.5]
    cp.Problem(cp.Maximize(utility * 100), limits).solve(solver=cp.CLARABEL)
    return np.asarray(w.value, dtype=np.float64)


@pytest.mark.parametrize("with_impact", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_utility_with_costs_equals_cvxpy(
    seed: int, with_impact: bool, outlook_of: OutlookOf
) -> None:
    context = TradingContext(
        volatility=np.full(8, 0.015), dollar_volume=np.full(8, 1e7), capital=1e7
    )
    outlook = outlook_of(seed, trading=context)
    terms: tuple[Any, ...] = (
        ExpectedReturn(),
        Variance(),
        TradingCost(cost=Proportional(bps=20)),
    )
    if with_impact:
        terms = (*terms, TradingCost(cost=SquareRootImpact(coefficient=0.5)))
    limits = (
        Budget(),
        LongOnly(),
        Bounds(upper=0.3),
        Turnover(at_most=0.3),
        Group(sector="Tech", upper=0.5),
    )
    got = Utility(terms=terms, constraints=limits).allocate(outlook).weights
    impact = np.full(8, 0.5 * 0.015) if with_impact else None
    np.testing.assert_allclose(got, by_cvxpy(outlook, 0.002, impact), atol=2e-5)


def test_the_frontier_is_convex_and_monotone(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(2)
    lowest = MinimumVariance().allocate(outlook).weights @ outlook.mean * 250 / 21
    highest = outlook.mean.max() * 250 / 21
    levels = np.linspace(lowest, highest, 15)
    points = [TargetReturn(annual_return=level).allocate(outlook).weights for level in levels]
    variances = np.array([w @ outlook.risk @ w for w in points])
    assert (np.diff(variances) > -1e-12).all()
    assert (np.diff(variances, 2) > -1e-12).all()
    reached = np.array([w @ outlook.mean * 250 / 21 for w in points])
    np.testing.assert_allclose(reached, levels, atol=1e-9)


def test_maximum_sharpe_lies_on_the_frontier(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(5)
    tangent = MaximumSharpe().allocate(outlook)
    annual = tangent.weights @ outlook.mean * 250 / 21
    same = TargetReturn(annual_return=annual).allocate(outlook)
    np.testing.assert_allclose(same.weights, tangent.weights, atol=1e-7)


# -- invariances -----------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", ALL)
@settings(max_examples=10, deadline=None)
@given(order=st.permutations(range(8)), seed=st.integers(0, 100))
def test_the_order_of_assets_changes_nothing(
    optimizer: Optimizer, order: list[int], seed: int, outlook_of: OutlookOf
) -> None:
    outlook = outlook_of(seed, 8)
    shuffled = replace(
        outlook,
        forecast=replace(
            outlook.forecast,
            assets=tuple(outlook.assets[k] for k in order),
            mean=outlook.mean[order],
        ),
        covariance=Covariance(
            assets=tuple(outlook.assets[k] for k in order),
            matrix=outlook.covariance.matrix[np.ix_(order, order)],
        ),
        current=outlook.current[order],
        market=outlook.market and outlook.market.select([outlook.assets[k] for k in order]),
    )
    try:
        expected = optimizer.allocate(outlook).weights[order]
    except Infeasible:
        with pytest.raises(Infeasible):
            optimizer.allocate(shuffled)
        return
    close = 1e-8
    if isinstance(optimizer, MaximumGrowth):
        close = 1e-3  # growth is flat around its greatest
    elif isinstance(optimizer, MinimumRisk):
        close = 1e-6  # a cone ends where its solver does
    np.testing.assert_allclose(optimizer.allocate(shuffled).weights, expected, atol=close)


@pytest.mark.parametrize("optimizer", [MinimumVariance(), MaximumSharpe()])
@given(factor=st.floats(1e-6, 1e6))
@settings(max_examples=15, deadline=None)
def test_units_change_nothing(optimizer: Optimizer, factor: float, outlook_of: OutlookOf) -> None:
    outlook = outlook_of(4)
    scaled = with_risk(outlook, outlook.covariance.matrix * factor)
    if isinstance(optimizer, MaximumSharpe):
        scaled = replace(scaled.with_mean(outlook.mean * factor), risk_free=0.001 * factor)
    np.testing.assert_allclose(
        optimizer.allocate(scaled).weights, optimizer.allocate(outlook).weights, atol=1e-7
    )


@pytest.mark.parametrize("optimizer", [*ALL, *CONVEX])
def test_asked_twice_it_answers_the_same_to_the_last_bit(
    optimizer: Optimizer, outlook_of: OutlookOf
) -> None:
    first, other = optimizer.allocate(outlook_of(1)), outlook_of(2)
    MinimumVariance().allocate(other)
    again = optimizer.allocate(outlook_of(1))
    assert first.weights.tobytes() == again.weights.tobytes()
    assert first.binding == again.binding


# -- bad and difficult data ------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", ALL)
def test_one_asset(optimizer: Optimizer, outlook_of: OutlookOf) -> None:
    outlook = outlook_of(0, 1).with_mean(np.array([0.02]))
    assert optimizer.allocate(outlook).weights == pytest.approx([1.0], abs=1e-12)


@pytest.mark.parametrize("optimizer", [MinimumVariance(), MaximumSharpe(), Utility()])
@pytest.mark.parametrize("condition", ["copies", "one factor", "nearly singular", "no variance"])
def test_singular_covariances(optimizer: Optimizer, condition: str, outlook_of: OutlookOf) -> None:
    outlook, rng = outlook_of(7), np.random.default_rng(1)
    loading = rng.normal(size=8)
    copies = outlook.covariance.matrix.copy()
    copies[1], copies[:, 1] = copies[0], copies[:, 0]
    copies[1, 1] = copies[0, 0]
    matrix = {
        "copies": copies,
        "one factor": 1e-4 * np.outer(loading, loading),
        "nearly singular": 1e-4 * (np.outer(loading, loading) + 1e-12 * np.eye(8)),
        "no variance": np.diag([0.0, *np.full(7, 1e-4)]),
    }[condition]
    allocation = optimizer.allocate(with_risk(outlook, matrix))
    assert abs(allocation.weights.sum() - 1) < 1e-9
    assert allocation.weights.min() >= 0
    if isinstance(optimizer, MinimumVariance):
        other = rng.dirichlet(np.ones(8), 500)
        least = np.einsum("ki,ij,kj->k", other, matrix, other).min()
        assert allocation.weights @ matrix @ allocation.weights <= least + 1e-12


def test_what_is_not_known_is_named(outlook_of: OutlookOf) -> None:
    outlook = outlook_of()
    mean, matrix = outlook.mean.copy(), outlook.covariance.matrix.copy()
    mean[2], matrix[5, 5] = np.nan, np.nan
    with pytest.raises(DataError, match="expected return of A2 is not known"):
        MaximumSharpe().allocate(outlook.with_mean(mean))
    with pytest.raises(DataError, match="A5"):
        MinimumVariance().allocate(with_risk(outlook, matrix))
    assert MinimumVariance().allocate(outlook.with_mean(mean)).weights.sum() == pytest.approx(1)


def test_a_repaired_covariance_is_noted(outlook_of: OutlookOf) -> None:
    outlook = outlook_of()
    repaired = replace(outlook, covariance=replace(outlook.covariance, note="repaired"))
    assert MinimumVariance().allocate(repaired).notes == ("repaired",)
    assert MaximumSharpe().allocate(repaired).notes == ("repaired",)


# -- defined cases ---------------------------------------------------------------------------------


def test_nothing_beats_cash(outlook_of: OutlookOf) -> None:
    outlook = outlook_of().with_mean(np.linspace(-0.02, 0.001, 8))
    got = MaximumSharpe(constraints=RICH).allocate(outlook)
    least = MinimumVariance(constraints=RICH).allocate(outlook)
    assert got.weights.tobytes() == least.weights.tobytes()
    assert got.method == "minimum_variance"
    assert got.notes == ("nothing allowed is expected to beat cash: minimum variance instead",)


def test_that_nothing_beats_cash_is_seen_without_a_solver(
    outlook_of: OutlookOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    outlook = outlook_of().with_mean(np.linspace(-0.02, 0.001, 8))
    monkeypatch.setattr(Program, "minimise", lambda *_: pytest.fail("a solver is asked"))
    got = MaximumSharpe().allocate(outlook)
    assert got.weights.tobytes() == MinimumVariance().allocate(outlook).weights.tobytes()
    assert got.notes == ("nothing allowed is expected to beat cash: minimum variance instead",)


@pytest.mark.parametrize("gain", [1e-7, 1e-5, 1e-3, 10.0])
def test_the_only_gain_takes_all_however_small(gain: float, outlook_of: OutlookOf) -> None:
    outlook = outlook_of(risk_free=0.0).with_mean(np.array([*np.full(7, -0.05), gain]))
    got = MaximumSharpe().allocate(outlook)
    assert got.method == "maximum_sharpe"
    np.testing.assert_allclose(got.weights, [0] * 7 + [1], atol=1e-9)


def test_a_sector_of_what_is_not_alive_has_no_members(outlook_of: OutlookOf) -> None:
    limits = (Budget(), LongOnly(), Group(sector="Tech", upper=0.1))
    outlook = outlook_of(sectors=())
    listed = Universe((*outlook.assets, "LATER"), (*[""] * 8, "Tech"))
    got = MinimumVariance(constraints=limits).allocate(replace(outlook, listed=listed))
    free = MinimumVariance().allocate(outlook_of())
    np.testing.assert_allclose(got.weights, free.weights, atol=1e-12)
    with pytest.raises(UnclearName, match=r"no sector 'Tech'; .* no sector is known of them"):
        MinimumVariance(constraints=limits).allocate(outlook)


def test_no_gain_at_all_is_minimum_variance_too(outlook_of: OutlookOf) -> None:
    outlook = outlook_of().with_mean(np.full(8, 0.001))
    assert MaximumSharpe().allocate(outlook).method == "minimum_variance"


def test_where_cash_is_allowed_the_ratio_is_invested_as_far_as_possible(
    outlook_of: OutlookOf,
) -> None:
    outlook = outlook_of(6)
    limits = (Budget(lower=0.0), LongOnly())
    full = MaximumSharpe().allocate(outlook)
    np.testing.assert_allclose(
        MaximumSharpe(constraints=limits).allocate(outlook).weights, full.weights, atol=1e-7
    )
    capped = MaximumSharpe(constraints=(*limits, Bounds(upper=0.2))).allocate(outlook)
    assert capped.weights.max() == pytest.approx(0.2, abs=1e-9)
    np.testing.assert_allclose(
        capped.weights / capped.weights.sum(), full.weights / full.weights.sum(), atol=1e-7
    )


def test_nothing_that_limits_the_portfolio(outlook_of: OutlookOf) -> None:
    with pytest.raises(SolverFailed, match="nothing limits"):
        MaximumSharpe(constraints=(LongOnly(),)).allocate(outlook_of())
    with pytest.raises(SolverFailed, match="nothing limits"):
        Utility(terms=(ExpectedReturn(),), constraints=(LongOnly(),)).allocate(outlook_of())


def test_an_outlook_for_some_of_the_assets(outlook_of: OutlookOf) -> None:
    volumes = TradingContext(volatility=np.arange(8.0), dollar_volume=np.arange(8.0), capital=1e6)
    among = np.arange(8) % 2 == 1
    part = outlook_of(trading=volumes).select(among)
    whole = outlook_of()
    assert part.assets == ("A1", "A3", "A5", "A7")
    assert part.trading is not None
    assert part.trading.dollar_volume.tolist() == [1, 3, 5, 7]
    assert part.sectors == whole.sectors[1::2]
    assert np.array_equal(part.risk, whole.risk[1::2, 1::2])
    assert np.array_equal(part.mean, whole.mean[1::2])


def test_turnover_does_not_apply_to_the_first_portfolio(outlook_of: OutlookOf) -> None:
    limits = (Budget(), LongOnly(), Turnover(at_most=0.01))
    fresh = outlook_of(current=np.zeros(8))
    assert MinimumVariance(constraints=limits).allocate(fresh).weights.sum() == pytest.approx(1)
    held = outlook_of()
    moved = MinimumVariance(constraints=limits).allocate(held).weights - held.current
    assert np.abs(moved).sum() / 2 == pytest.approx(0.01, abs=1e-10)


def test_what_a_year_is_has_to_be_known(outlook_of: OutlookOf) -> None:
    with pytest.raises(InputError, match="periods_per_year"):
        TargetReturn().allocate(outlook_of(periods_per_year=float("nan")))


def test_impact_needs_to_know_volumes(outlook_of: OutlookOf) -> None:
    terms = (ExpectedReturn(), Variance(), TradingCost(cost=SquareRootImpact()))
    with pytest.raises(InputError, match="TradingContext"):
        Utility(terms=terms).allocate(outlook_of())


# -- shadow prices ---------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", [MinimumVariance, MaximumSharpe, Utility])
def test_shadow_prices_are_what_a_looser_limit_gains(optimizer: Any, outlook_of: OutlookOf) -> None:
    outlook, step = outlook_of(11), 1e-5

    def best(cap: float, tech: float) -> tuple[float, dict[str, float]]:
        limits = (Budget(), LongOnly(), Bounds(upper=cap), Group(sector="Tech", upper=tech))
        chosen = optimizer(constraints=limits)
        allocation = chosen.allocate(outlook)
        return loss(chosen, outlook, allocation.weights), dict(allocation.binding)

    base, binding = best(0.16, 0.3)
    assert base - best(0.16, 0.3 + step)[0] == pytest.approx(
        step * binding["Tech at most 30 %"], rel=1e-3
    )
    caps = sum(price for name, price in binding.items() if name.endswith("weight at most 16 %"))
    assert caps > 0
    assert base - best(0.16 + step, 0.3)[0] == pytest.approx(step * caps, rel=1e-3)
    prices = [abs(price) for price in binding.values()]
    assert prices == sorted(prices, reverse=True)


# -- documents -------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", [*ALL, *CONVEX])
def test_optimizers_are_documents(optimizer: Any) -> None:
    adapter: TypeAdapter[Optimizer] = TypeAdapter(AnyOptimizer)
    assert adapter.validate_json(optimizer.model_dump_json()) == optimizer
    assert isinstance(hash(optimizer), int)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"kind": "bounds", "lower": 0.3, "upper": 0.2}, "above upper"),
        ({"kind": "bounds", "overrides": [["A", 0.3, 0.2]]}, "above upper"),
        ({"kind": "budget", "lower": 1.2}, "above upper"),
        ({"kind": "group", "upper": 0.2}, "either a sector or assets"),
        ({"kind": "turnover", "at_most": 1.5}, "less than or equal to 1"),
        ({"kind": "bound", "upper": 0.2}, "there is no kind 'bound'; did you mean 'bounds'"),
    ],
)
def test_ill_formed_constraints_are_refused(document: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        MinimumVariance.model_validate({"constraints": [document]})


def test_a_target_return_is_a_constraint_too(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(9)
    limits = (Budget(), LongOnly(), AnnualReturn(at_least=0.1))
    by_constraint = MinimumVariance(constraints=limits).allocate(outlook)
    by_target = TargetReturn(annual_return=0.1).allocate(outlook)
    np.testing.assert_allclose(by_constraint.weights, by_target.weights, atol=1e-9)
