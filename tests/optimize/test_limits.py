"""Every constraint holds to rounding in every objective, and costs no more than it must."""

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations, product
from typing import Any

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forefolio.core.errors import DataError, Infeasible, InputError, SolverFailed
from forefolio.core.units import Array
from forefolio.forecast import Forecast
from forefolio.optimize import (
    Budget,
    EqualWeighted,
    Leverage,
    LongOnly,
    MaximumSharpe,
    MinimumTrackingError,
    MinimumVariance,
    Outlook,
    Proportional,
    Soft,
    SolverControl,
    SquareRootImpact,
    TargetVolatility,
    TradingContext,
    TradingCost,
    Turnover,
    Utility,
    parse_constraint,
)
from forefolio.optimize.objectives.terms import ExpectedReturn, Variance
from forefolio.risk import Covariance, FactorCovariance

OutlookOf = Callable[..., Outlook]
YEARS = np.sqrt(250 / 21)
OBJECTIVES: list[Any] = [MinimumVariance, MaximumSharpe, Utility, MinimumTrackingError]


def chosen(words: str, outlook: Outlook, kind: Any = MinimumVariance, **more: Any) -> Array:
    limits = ("sum(w) == 1", *words.split("; "))
    weights: Array = kind(constraints=limits, **more).allocate(outlook).weights
    return weights


def volatility(outlook: Outlook, w: Array) -> float:
    return float(np.sqrt(w @ outlook.risk @ w) * YEARS)


def active(_: Outlook, w: Array) -> float:
    return float(np.abs(w - [0.6, 0.4, 0, 0, 0, 0, 0, 0]).sum() / 2 - 0.3)


def traded(outlook: Outlook, w: Array) -> float:
    most = np.where(np.arange(8) == 3, 0.09, 0.02)
    return float((np.abs(w - outlook.current) - most).max())


@pytest.mark.parametrize("kind", OBJECTIVES)
@pytest.mark.parametrize(
    ("words", "excess"),
    [
        ("-30% <= w <= 60%; gross <= 130%", lambda _, w: np.abs(w).sum() - 1.3),
        ("w >= 0; volatility <= 19% per year", lambda o, w: volatility(o, w) - 0.19),
        ("w >= 0; te(equal weight) <= 3% per year", lambda o, w: volatility(o, w - 1 / 8) - 0.03),
        (
            "w >= 0; te(60% A0 + 40% A1) <= 5% per year",
            lambda o, w: volatility(o, w - [0.6, 0.4, 0, 0, 0, 0, 0, 0]) - 0.05,
        ),
        ("w >= 0; 2 A0 + 3 A1 <= 40%", lambda _, w: 2 * w[0] + 3 * w[1] - 0.4),
        ("w >= 0; A1 - A0 >= 5%", lambda _, w: 0.05 + w[0] - w[1]),
        ("w >= 0; tech <= 50% of energy", lambda _, w: w[::3].sum() - 0.5 * w[1::3].sum()),
        ("w >= 0; energy == 3 health", lambda _, w: abs(w[1::3].sum() - 3 * w[2::3].sum())),
        ("-30% <= w <= 60%; long <= 120%", lambda _, w: w[w > 0].sum() - 1.2),
        ("short <= 10%", lambda _, w: -w[w < 0].sum() - 0.1),
        ("w >= 0; active share(60% A0 + 40% A1) <= 30%", active),
        ("w >= 0; trade <= 2%, A3 <= 9%", traded),
        ("w >= 0; exclude A2, A5", lambda _, w: np.abs(w[[2, 5]]).max()),
        ("w >= 0; hold A2, A5 >= 7%", lambda _, w: (0.07 - w[[2, 5]]).max()),
        ("w >= 0; names <= 3", lambda _, w: float((w > 0).sum() - 3)),
        ("w >= 0; names >= 6", lambda _, w: float(6 - (w >= 0.01 - 1e-9).sum())),
        ("w >= 0; names(tech) <= 1", lambda _, w: float((w[::3] > 0).sum() - 1)),
        (
            "w >= 0; names <= 5; names(energy) >= 2 of 12%; w >= 5% or 0",
            lambda _, w: max(float(2 - (w[1::3] >= 0.12 - 1e-9).sum()), (0.05 - w[w > 0]).max()),
        ),
        ("w >= 0; w >= 15% or 0", lambda _, w: (0.15 - w[w > 0]).max()),
        ("w >= 0; names <= 4; w >= 20% or 0", lambda _, w: (0.2 - w[w > 0]).max()),
        ("-40% <= w <= 60%; w >= 10% or 0", lambda _, w: (0.1 - np.abs(w)[w != 0]).max()),
    ],
)  # fmt: skip
def test_limits_hold_in_every_objective(
    kind: Any, words: str, excess: Callable[[Outlook, Array], float], outlook_of: OutlookOf
) -> None:
    outlook = outlook_of(3)
    w = chosen(words, outlook, kind)
    assert excess(outlook, w) < 1e-9
    assert abs(w.sum() - 1) < 1e-9


def test_an_exposure_is_that_of_the_feature_as_known(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(3)
    assert outlook.market is not None
    last = outlook.market.close[-1] / outlook.market.close[-22] - 1
    w = chosen("w >= 0; momentum(window=21) >= 1%", outlook)
    assert w @ last == pytest.approx(0.01, abs=1e-9)
    with pytest.raises(DataError, match="needs benchmark, which this market does not have"):
        chosen("beta <= 1", outlook)
    with pytest.raises(DataError, match=r"momentum 400 of A0, A1, .* is not known"):
        chosen("momentum(window=400) >= 0", outlook)
    with pytest.raises(DataError, match=r"give Outlook\(market="):
        chosen("momentum >= 0", replace(outlook, market=None))


def test_limits_of_risk_equal_cvxpy(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(5)
    words = "-20% <= w <= 60%; gross <= 140%; te(equal weight) <= 12% per year"
    got = chosen(words, outlook, TargetVolatility, annual_volatility=0.2)
    root = np.linalg.cholesky(outlook.risk).T * YEARS
    w = cp.Variable(8)
    limits = [cp.sum(w) == 1, w >= -0.2, w <= 0.6, cp.norm1(w) <= 1.4]
    limits += [cp.norm(root @ (w - 1 / 8)) <= 0.12, cp.norm(root @ w) <= 0.2]
    problem = cp.Problem(cp.Maximize(100 * (outlook.mean @ w)), limits)
    problem.solve(solver=cp.CLARABEL)
    assert outlook.mean @ got * 100 == pytest.approx(problem.value, abs=1e-6)


@pytest.mark.parametrize(
    ("words", "unlimited"),
    [
        ("w >= 0; 2 A0 + 3 A5 <= 40%", "w >= 0"),
        ("short <= 10%", "w free"),
        ("w >= -30%; long <= 110%", "w >= -30%"),
        ("w >= 0; active share(equal weight) <= 20%", "w >= 0"),
        ("w >= 0; trade <= 2%", "w >= 0"),
    ],
)
def test_a_limit_between_things_is_reached_where_it_binds(
    words: str, unlimited: str, outlook_of: OutlookOf
) -> None:
    outlook = outlook_of(3)
    limited, free = (chosen(each, outlook, Utility) for each in (words, unlimited))
    assert np.abs(limited - free).max() > 1e-3
    reached = {
        "2 A0": 2 * limited[0] + 3 * limited[5] - 0.4,
        "short": -limited[limited < 0].sum() - 0.1,
        "long": limited[limited > 0].sum() - 1.1,
        "active": np.abs(limited - 1 / 8).sum() / 2 - 0.2,
        "trade": np.abs(limited - outlook.current).max() - 0.02,
    }
    assert next(excess for name, excess in reached.items() if name in words) == pytest.approx(
        0, abs=1e-7
    )


def test_nothing_limits_the_trades_of_a_first_portfolio(outlook_of: OutlookOf) -> None:
    outlook = replace(outlook_of(3), current=np.zeros(8))
    assert chosen("w >= 0; trade <= 1%", outlook) == pytest.approx(chosen("w >= 0", outlook))


# -- few names: against every choice there is ------------------------------------------------------


def loss(kind: Any, outlook: Outlook, w: Array) -> float:
    risk = float(w @ outlook.risk @ w)
    if kind is MaximumSharpe:
        return -float((outlook.mean - outlook.risk_free) @ w) / float(np.sqrt(risk))
    if kind is MinimumTrackingError:
        return float((w - 1 / 8) @ outlook.risk @ (w - 1 / 8))
    return risk


@pytest.mark.parametrize("kind", [MinimumVariance, MaximumSharpe, MinimumTrackingError])
@pytest.mark.parametrize("seed", range(3))
def test_the_best_few_are_the_best_of_all_choices(
    kind: Any, seed: int, outlook_of: OutlookOf
) -> None:
    outlook = outlook_of(seed)
    got = kind(constraints=("sum(w) == 1", "w >= 0", "names <= 3")).allocate(outlook)
    assert got.gap < 1e-5
    best = np.inf
    for few in combinations(outlook.assets, 3):
        others = ", ".join(a for a in outlook.assets if a not in few)
        w = chosen(f"w >= 0; exclude {others}", outlook, kind)
        best = min(best, loss(kind, outlook, w))
    assert loss(kind, outlook, got.weights) == pytest.approx(best, rel=1e-6)


@pytest.mark.parametrize("kind", [MinimumVariance, MaximumSharpe, MinimumTrackingError])
@pytest.mark.parametrize("most", ["", "; names <= 5"])
def test_the_best_many_are_the_best_of_all_choices(
    kind: Any, most: str, outlook_of: OutlookOf
) -> None:
    outlook = outlook_of(5)
    limits = ("sum(w) == 1", "w >= 0", *f"names >= 5 of 13%{most}".split("; "))
    got = kind(constraints=limits).allocate(outlook)
    assert got.gap < 1e-5
    best = np.inf
    for many in combinations(outlook.assets, 5):
        others = ", ".join(a for a in outlook.assets if a not in many)
        also = f"; exclude {others}" if most else ""
        w = chosen(f"w >= 0; hold {', '.join(many)} >= 13%{also}", outlook, kind)
        best = min(best, loss(kind, outlook, w))
    assert loss(kind, outlook, got.weights) == pytest.approx(best, rel=1e-6)


def test_a_short_position_counts_as_a_long_one(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(2)
    words = "-50% <= w <= 60%; names(A0, A1, A2, A3) >= 3 of 25%"
    got = MinimumVariance(constraints=("sum(w) == 1", *words.split("; "))).allocate(outlook)
    assert got.gap < 1e-5
    best = np.inf
    for three in combinations(outlook.assets[:4], 3):
        for sides in product((">=", "<= -"), repeat=3):
            each = "; ".join(
                f"sum({a}) {side}{' ' * (side == '>=')}25%"
                for a, side in zip(three, sides, strict=True)
            )
            w = chosen(f"-50% <= w <= 60%; {each}", outlook)
            best = min(best, loss(MinimumVariance, outlook, w))
    assert loss(MinimumVariance, outlook, got.weights) == pytest.approx(best, rel=1e-6)


def test_more_names_than_there_can_be_are_refused(outlook_of: OutlookOf) -> None:
    with pytest.raises(SolverFailed, match=r"names >= 9: only 8 .*; ask for at most 8"):
        chosen("w >= 0; names >= 9", outlook_of(1, 8))
    with pytest.raises(SolverFailed, match="names >= 5 and names <= 4 contradict each other"):
        chosen("w >= 0; names >= 5; names <= 4", outlook_of(1, 8))
    beside = chosen("w >= 0; names(A0, A1, A2) >= 3; names(A2, A3) <= 1", outlook_of(1, 8))
    assert (beside[:3] >= 0.01 - 1e-9).all() and beside[3] == pytest.approx(0.0, abs=1e-9)
    with pytest.raises(Infeasible, match=r"of 6 names counts from 20\.0 % to at most"):
        chosen("w >= 0; names >= 6 of 20%", outlook_of())


def test_a_search_that_ends_early_says_so(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(1, 20)
    limits = ("sum(w) == 1", "w >= 0", "names <= 5")
    hurried = MinimumTrackingError(constraints=limits, solver=SolverControl(nodes=30))
    got = hurried.allocate(outlook)
    assert (got.weights > 0).sum() <= 5 and got.gap > 0
    assert "unproved" in got.status
    patient = hurried.model_copy(update={"solver": SolverControl(gap=0.5, nodes=5000)})
    assert "unproved" not in patient.allocate(outlook).status


def test_few_names_that_contradict_other_limits_are_explained(outlook_of: OutlookOf) -> None:
    with pytest.raises(
        Infeasible, match=r"raise the limit on each weight from 20\.0 % to at least 33\.4 %"
    ):
        chosen("0 <= w <= 20%; names <= 3", outlook_of())
    impatient = SolverControl(nodes=1)
    limits = ("sum(w) == 1", "w >= 0", "names <= 2")
    with pytest.raises(SolverFailed, match="allow more with SolverControl"):
        MinimumVariance(constraints=limits, solver=impatient).allocate(outlook_of())


# -- soft limits -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", OBJECTIVES)
def test_a_soft_limit_gives_as_little_as_it_must(kind: Any, outlook_of: OutlookOf) -> None:
    held = np.array([0.9, 0.1, 0, 0, 0, 0, 0, 0])
    outlook = outlook_of(3, current=held)
    limits = ("sum(w) == 1", "0 <= w <= 30%", "turnover <= 10% if possible")
    got = kind(constraints=limits).allocate(outlook)
    assert np.abs(got.weights - held).sum() / 2 == pytest.approx(0.6, abs=1e-5)
    assert got.notes == ("turnover at most 10 % gave way: 60.0 % instead of 10.0 %",)
    assert got.method == kind().kind
    free = kind(constraints=limits).allocate(replace(outlook, current=np.full(8, 0.125)))
    assert not free.notes


def test_where_soft_limits_are_not_to_blame_the_others_are(outlook_of: OutlookOf) -> None:
    with pytest.raises(Infeasible, match=r"raise the limit on each weight from 5\.0 %"):
        chosen("0 <= w <= 5%; turnover <= 10% if possible", outlook_of())


# -- costs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("cost", [Proportional(bps=50), SquareRootImpact(coefficient=2.0)])
def test_costs_in_a_ratio_keep_trades_small(cost: Any, outlook_of: OutlookOf) -> None:
    context = TradingContext(
        volatility=np.full(8, 0.015), dollar_volume=np.full(8, 1e7), capital=1e7
    )
    outlook = outlook_of(2, trading=context, current=np.full(8, 0.125))
    terms = (ExpectedReturn(), TradingCost(cost=cost))
    got = MaximumSharpe(terms=terms).allocate(outlook)

    def ratio(w: Array) -> float:
        net = (outlook.mean - outlook.risk_free) @ w
        net -= cost.charge(w - outlook.current, context).sum()
        return float(net / np.sqrt(w @ outlook.risk @ w))

    free = MaximumSharpe().allocate(outlook).weights
    moved, would = (np.abs(w - outlook.current).sum() for w in (got.weights, free))
    assert got.method == "maximum_sharpe" and moved < would
    rng = np.random.default_rng(0)
    for step in 10.0 ** rng.uniform(-4, 0, 300):
        other = got.weights + step * (rng.dirichlet(np.full(8, 0.5)) - got.weights)
        assert ratio(other) <= ratio(got.weights) + 1e-9


def test_a_ratio_takes_no_variance(outlook_of: OutlookOf) -> None:
    with pytest.raises(InputError, match="Variance is no part of a return"):
        MaximumSharpe(terms=(ExpectedReturn(), Variance())).allocate(outlook_of())


# -- what is hard or wrong -------------------------------------------------------------------------


def test_too_many_assets_for_a_full_covariance_are_refused_at_once() -> None:
    names = tuple(f"A{k}" for k in range(10_000))
    factors = FactorCovariance(
        assets=names,
        loadings=np.ones((10_000, 1)),
        factors=np.eye(1) * 1e-4,
        specific=np.full(10_000, 1e-4),
    )
    zeros = np.zeros(10_000)
    wide = Outlook(
        forecast=_forecast(names), covariance=factors, current=zeros, periods_per_year=250.0
    )
    with pytest.raises(InputError, match="10,000 unknowns are too many"):
        MinimumVariance(constraints=(Budget(), LongOnly(), Leverage())).allocate(wide)
    assert MinimumVariance().allocate(wide).weights.sum() == pytest.approx(1, abs=1e-9)
    assert EqualWeighted().allocate(wide).weights.sum() == pytest.approx(1)


def _forecast(names: tuple[str, ...]) -> Forecast:
    day = np.datetime64("2020-01-31")
    size = len(names)
    return Forecast(
        made=day, horizon=21, assets=names, mean=np.full(size, 0.01), std=np.full(size, 0.05)
    )


def test_factors_and_their_full_covariance_give_the_same(outlook_of: OutlookOf) -> None:
    rng, outlook = np.random.default_rng(0), outlook_of()
    factors = FactorCovariance(
        assets=outlook.assets,
        loadings=rng.normal(size=(8, 2)),
        factors=np.diag([1e-4, 2e-4]),
        specific=rng.uniform(1e-5, 1e-4, 8),
    )
    full = Covariance(assets=outlook.assets, matrix=factors.matrix)
    for kind in (MinimumVariance(), MaximumSharpe(), Utility()):
        by_factors = kind.allocate(replace(outlook, covariance=factors)).weights
        by_matrix = kind.allocate(replace(outlook, covariance=full)).weights
        np.testing.assert_allclose(by_factors, by_matrix, atol=1e-8)


@settings(max_examples=25, deadline=None)
@given(power=st.floats(-6, 6), seed=st.integers(0, 50))
def test_badly_scaled_covariances(power: float, seed: int, outlook_of: OutlookOf) -> None:
    outlook = outlook_of(seed)
    scale = 10.0 ** np.linspace(0, power, 8)
    matrix = outlook.covariance.matrix * np.outer(scale, scale)
    scaled = replace(outlook, covariance=Covariance(assets=outlook.assets, matrix=matrix))
    w = MinimumVariance(constraints=(Budget(), LongOnly())).allocate(scaled).weights
    assert abs(w.sum() - 1) < 1e-9 and w.min() >= 0
    others = np.vstack([np.eye(8), np.random.default_rng(seed).dirichlet(np.ones(8), 200)])
    least = np.einsum("ki,ij,kj->k", others, matrix, others).min()
    assert w @ matrix @ w <= least * (1 + 1e-6) + 1e-9 * matrix.max()


def test_the_tolerance_and_the_one_who_answered_are_told(outlook_of: OutlookOf) -> None:
    general = MinimumVariance(constraints=(Budget(), LongOnly(), Soft(constraint=Leverage())))
    rough, exact = (
        general.model_copy(update={"solver": SolverControl(tolerance=t)}).allocate(outlook_of())
        for t in (1e-4, 1e-10)
    )
    assert exact.status == "Clarabel" and exact.gap < 1e-8
    assert rough.weights.sum() == pytest.approx(1, abs=1e-9)
    with pytest.raises(SolverFailed):
        slow = SolverControl(time_limit_s=1e-9, fallback=False)
        general.model_copy(update={"solver": slow}).allocate(outlook_of(0, 60))


def test_words_and_components_are_the_same_constraint() -> None:
    one = MinimumVariance(constraints=(Budget(), LongOnly(), Turnover(at_most=0.1)))
    words = MinimumVariance(constraints=tuple(str(c) for c in one.constraints))
    assert words == one and parse_constraint("turnover <= 10%") == one.constraints[2]
