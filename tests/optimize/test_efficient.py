"""The frontier: convex, monotone, unbeaten, indifferent to the order of assets; its job tells."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.optimize.conftest import random_outlook

from forefolio.core.errors import Infeasible, InputError
from forefolio.core.events import Progress, finish
from forefolio.core.units import Array
from forefolio.optimize import (
    ActiveRisk,
    Bounds,
    Budget,
    ConditionalDrawdown,
    ConditionalValueAtRisk,
    EfficientFrontier,
    FrontierCurve,
    LongOnly,
    MaximumSharpe,
    MinimumDrawdown,
    MinimumTailLoss,
    MinimumTrackingError,
    MinimumVariance,
    Outlook,
    TargetReturn,
    Utility,
    Variance,
    VolatilityMeasure,
    WorstReturn,
)
from forefolio.risk import Covariance, FactorCovariance

OutlookOf = Callable[..., Outlook]
MEASURES = (
    VolatilityMeasure(),
    ConditionalValueAtRisk(window=80),
    ConditionalDrawdown(window=80),
    ActiveRisk(),
)
EACH = pytest.mark.parametrize("measure", MEASURES, ids=lambda m: m.kind)
BOX: Any = ("sum(w) == 1", "w >= 0", "w <= 40%")
MORE: Any = (*BOX, "Tech <= 45%")


def traced(outlook: Outlook, **asked: Any) -> FrontierCurve:
    return finish(EfficientFrontier(**{"points": 6, **asked}).trace(outlook))


def test_every_point_is_told_and_counted(outlook_of: OutlookOf) -> None:
    job = EfficientFrontier(points=4).trace(outlook_of())
    told = [event for event in job if isinstance(event, Progress)]
    assert [(e.stage, e.done, e.total) for e in told] == [("frontier", k, 4) for k in (1, 2, 3, 4)]
    assert told[2].message == "Calculating portfolio 3/4"


@EACH
@pytest.mark.parametrize("constraints", [BOX, MORE], ids=["box", "sector"])
def test_it_rises_ever_more_slowly_and_its_best_ratio_is_the_best(
    outlook_of: OutlookOf, measure: Any, constraints: Any
) -> None:
    curve = traced(outlook_of(), risk_measure=measure, constraints=constraints)
    risks = np.array([point.risk for point in curve.points])
    returns = np.array([point.expected_return for point in curve.points])
    np.testing.assert_allclose(np.diff(returns), np.diff(returns)[0], rtol=1e-5)
    assert (np.diff(risks) > -1e-9).all()
    assert (np.diff(risks, 2) > -1e-8).all()
    ratios = [point.ratio for point in curve.points]
    assert curve.best.ratio >= np.nanmax(ratios) - 1e-7
    for point in (*curve.points, curve.best):
        assert point.weights.sum() == pytest.approx(1.0, abs=1e-8)
        assert point.weights.min() > -1e-8 and point.weights.max() < 0.4 + 1e-8


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from((BOX, MORE)))
def test_no_random_portfolio_lies_above_it(seed: int, constraints: Any) -> None:
    outlook, rng = random_outlook(seed, assets=6), np.random.default_rng(seed)
    curve = traced(outlook, constraints=constraints, points=12)
    risks = np.array([point.risk for point in curve.points])
    returns = np.array([point.expected_return for point in curve.points])
    assert (np.diff(risks) > -1e-9).all() and (np.diff(risks, 2) > -1e-7).all()
    others = rng.dirichlet(np.ones(6), size=500)
    tech = np.array([sector == "Tech" for sector in outlook.sectors])
    allowed = (others.max(axis=1) <= 0.4) & (others[:, tech].sum(axis=1) <= 0.45)
    for weights in others[allowed]:
        earned = (outlook.mean @ weights) * 250 / 21
        risk = np.sqrt(outlook.covariance.variance(weights) * 250)
        chords = np.interp(earned, returns, risks)  # chords lie above a convex curve
        assert earned <= returns[-1] + 1e-9 and risk >= risks[0] - 1e-9
        bend = float(np.diff(risks, 2).max(initial=0.0))
        assert risk >= chords - bend


@EACH
def test_the_order_of_assets_changes_nothing(outlook_of: OutlookOf, measure: Any) -> None:
    outlook = outlook_of(assets=5)
    order = np.array([3, 0, 4, 1, 2])
    curve, other = (
        traced(o, risk_measure=measure, points=4) for o in (outlook, permuted(outlook, order))
    )
    for point, same in zip(curve.points, other.points, strict=True):
        assert same.risk == pytest.approx(point.risk, rel=1e-6, abs=1e-9)
    np.testing.assert_allclose(other.best.weights, curve.best.weights[order], atol=1e-4)


def permuted(outlook: Outlook, order: Any) -> Outlook:
    names = tuple(outlook.assets[k] for k in order)
    assert outlook.market is not None
    forecast, matrix = outlook.forecast, outlook.covariance.matrix[np.ix_(order, order)]
    return replace(
        outlook,
        forecast=replace(forecast, assets=names, mean=forecast.mean[order]),
        covariance=Covariance(assets=names, matrix=matrix),
        current=outlook.current[order],
        sectors=tuple(outlook.sectors[k] for k in order),
        market=outlook.market.select(names),
    )


def test_it_is_what_the_objectives_say(outlook_of: OutlookOf) -> None:
    outlook = outlook_of()
    for constraints in (BOX, MORE):
        curve = traced(outlook, constraints=constraints, targets=(0.12,))
        whole = traced(outlook, constraints=constraints)
        expected: list[tuple[Array, Any]] = [
            (whole.points[0].weights, MinimumVariance(constraints=constraints)),
            (curve.best.weights, MaximumSharpe(constraints=constraints)),
            (curve.points[0].weights, TargetReturn(annual_return=0.12, constraints=constraints)),
        ]
        for weights, optimizer in expected:
            np.testing.assert_allclose(weights, optimizer.allocate(outlook).weights, atol=2e-6)


@pytest.mark.parametrize(
    ("measure", "optimizer"),
    [
        (ConditionalValueAtRisk(window=80), MinimumTailLoss(window=80)),
        (ConditionalDrawdown(window=80), MinimumDrawdown(window=80)),
        (ActiveRisk(benchmark=(("A0", 1.0),)), MinimumTrackingError(benchmark=(("A0", 1.0),))),
    ],
    ids=lambda one: one.kind,
)
def test_its_first_point_has_the_least_risk(
    outlook_of: OutlookOf, measure: Any, optimizer: Any
) -> None:
    outlook = outlook_of()
    chosen = optimizer.model_copy(
        update={"constraints": EfficientFrontier(constraints=MORE).constraints}
    )
    first = traced(outlook, risk_measure=measure, constraints=MORE, points=2).points[0]
    least = measure.of(chosen.allocate(outlook).weights, outlook)
    assert first.risk == pytest.approx(least, abs=1e-8)


def test_a_target_out_of_reach_is_marked_and_the_rest_is_there(outlook_of: OutlookOf) -> None:
    soft = (*BOX, "gross <= 200% if possible")
    for constraints, by in ((BOX, "critical line"), (MORE, "critical line"), (soft, "Clarabel")):
        curve = traced(outlook_of(), targets=(0.11, 0.9, 0.12), constraints=constraints)
        first, out_of_reach, last = curve.points
        assert first.by == last.by == by and first.gap < 1e-8
        assert (
            "no portfolio reaches 90.0 % a year: the best attainable is 1" in out_of_reach.trouble
        )
        assert not out_of_reach.weights.size and len(curve.solved) == 2
        document = curve.to_dict()
        assert document["points"][1]["weights"] == {} and document["points"][1]["risk"] is None
        assert sum(document["points"][0]["weights"].values()) == pytest.approx(1.0, abs=1e-3)
        assert list(curve.to_frame()["risk"]) == [first.risk, last.risk]


def test_a_factor_model_has_a_way_of_its_own_and_the_same_frontier(outlook_of: OutlookOf) -> None:
    outlook, rng = outlook_of(), np.random.default_rng(1)
    factors = FactorCovariance(
        assets=outlook.assets,
        loadings=rng.normal(size=(8, 2)),
        factors=1e-4 * np.eye(2),
        specific=1e-4 * (1 + rng.random(8)),
    )
    outlook, targets = replace(outlook, covariance=factors), (0.11, 0.13, 0.14)
    quick = traced(outlook, constraints=BOX, targets=targets)
    general = traced(outlook, constraints=(*BOX, "gross <= 200% if possible"), targets=targets)
    assert {point.by for point in quick.points} == {"factor Newton"}
    assert {point.by for point in general.points} == {"Clarabel"}
    for one, same in zip(quick.points, general.points, strict=True):
        assert one.risk == pytest.approx(same.risk, rel=1e-8)


def test_doubt_about_the_forecast_may_be_taken_off_the_return(outlook_of: OutlookOf) -> None:
    outlook = outlook_of()
    sure, unsure = traced(outlook), traced(outlook, terms=(WorstReturn(errors=0.5),))
    assert unsure.points[-1].expected_return <= sure.points[-1].expected_return + 1e-9
    assert [point.target for point in unsure.points] < [point.target for point in sure.points]
    with pytest.raises(InputError, match="Variance is no part of a return"):
        traced(outlook, terms=(Variance(),))


def test_where_nothing_beats_cash_the_star_is_the_least_risk(outlook_of: OutlookOf) -> None:
    for constraints in (BOX, MORE):
        for measure in MEASURES[:3]:
            poor = outlook_of().with_mean(np.full(8, -0.01))
            curve = traced(poor, constraints=constraints, risk_measure=measure, points=2)
            np.testing.assert_allclose(curve.best.weights, curve.points[0].weights, atol=1e-6)
            assert curve.best.notes


def test_contradictory_constraints_are_an_error_that_names_them(outlook_of: OutlookOf) -> None:
    with pytest.raises(Infeasible, match="raise the limit on each weight"):
        traced(outlook_of(), constraints=("sum(w) == 1", "w >= 0", "w <= 5%"))


def test_a_covariance_that_is_not_one_is_solved_the_general_way(outlook_of: OutlookOf) -> None:
    outlook = outlook_of()
    bent = np.array(outlook.covariance.matrix)
    bent[0, 1] = bent[1, 0] = 1.5 * bent[0, 0]
    broken = replace(outlook, covariance=Covariance(assets=outlook.assets, matrix=bent))
    curve = traced(broken, constraints=BOX, points=2)
    assert "not positive semi-definite" in curve.notes[0]
    assert {point.by for point in curve.points} == {"Clarabel"}


def test_utility_lies_on_it(outlook_of: OutlookOf) -> None:
    outlook = outlook_of()
    chosen = Utility(constraints=MORE).allocate(outlook)
    earned = float(outlook.mean @ chosen.weights) * 250 / 21
    point = traced(outlook, constraints=MORE, targets=(earned,)).points[0]
    np.testing.assert_allclose(point.weights, chosen.weights, atol=1e-5)


# -- one portfolio, one period ---------------------------------------------------------------------


@EACH
def test_a_frontier_of_equal_means_is_one_portfolio_and_says_so(
    outlook_of: OutlookOf, measure: Any
) -> None:
    for constraints in (BOX, MORE):
        outlook = outlook_of().with_mean(np.full(8, 0.006))
        curve = traced(outlook, risk_measure=measure, constraints=constraints, points=25)
        assert len(curve.points) == 1 and not curve.best.ratio > curve.points[0].ratio + 1e-6
        assert any("the frontier is one portfolio: " in note for note in curve.notes)
        apart = traced(outlook_of(), risk_measure=measure, constraints=constraints, points=7)
        assert len(apart.points) == 7
        assert not any("one portfolio" in note for note in apart.notes)


def test_a_frontier_of_one_asset_or_of_one_corner_is_one_portfolio(outlook_of: OutlookOf) -> None:
    alone = traced(outlook_of(assets=1), constraints=(Budget(), LongOnly()))
    assert len(alone.points) == 1 and alone.notes[-1].endswith("there is one asset, A0")
    fixed = traced(outlook_of(), constraints=(Budget(), LongOnly(), Bounds(upper=1 / 8)))
    assert len(fixed.points) == 1 and "expected to earn more than another" in fixed.notes[-1]
    asked = traced(outlook_of(assets=1), targets=(-0.5, 0.5), constraints=(Budget(), LongOnly()))
    assert [bool(point.trouble) for point in asked.points] == [False, True]  # as they were asked


def test_a_ratio_sets_returns_and_risk_of_one_period_beside_each_other(
    outlook_of: OutlookOf,
) -> None:
    outlook = outlook_of()
    assert outlook.market is not None
    curve = traced(outlook, risk_measure=ConditionalValueAtRisk(window=250), points=3)
    for point in (*curve.points, curve.best):
        losses = -(outlook.market.returns[-250:] @ point.weights)
        tail = np.sort(losses)[::-1][:12].sum() / 12.5 + np.sort(losses)[::-1][12] * 0.5 / 12.5
        beyond = (outlook.mean - outlook.risk_free) @ point.weights / outlook.forecast.horizon
        assert point.risk == pytest.approx(tail, rel=1e-9)
        assert point.ratio == pytest.approx(beyond / tail, rel=1e-6)
    assert "both of one session" in curve.ratio_is
    sharpe = traced(outlook, points=2)
    assert "Sharpe" in sharpe.ratio_is
    assert sharpe.best.ratio == pytest.approx(
        (outlook.mean - outlook.risk_free)
        @ sharpe.best.weights
        / np.sqrt(outlook.covariance.variance(sharpe.best.weights))
        / 21
        * np.sqrt(250)
    )
