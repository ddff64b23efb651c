"""Stacked portfolios: beside skfolio's, and by what each part earned where it had not looked."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from skfolio import RiskMeasure
from skfolio import optimization as peers
from sklearn.model_selection import KFold

from forefolio.core.errors import (
    BadSettings,
    Infeasible,
    InputError,
    NotEnoughHistory,
    SolverFailed,
)
from forefolio.core.units import Array
from forefolio.library.advice import AllocationStrategy
from forefolio.market import simulated_market
from forefolio.optimize import (
    EqualWeighted,
    HierarchicalRiskParity,
    MaximumDiversification,
    MaximumSharpe,
    MinimumRisk,
    MinimumVariance,
    Outlook,
    RiskParity,
    Stacked,
    TargetReturn,
)
from forefolio.optimize.portfolio import constrained, without_dust
from forefolio.risk import Covariance
from forefolio.strategy import Diversified

OutlookOf = Callable[..., Outlook]


def of_its_past(outlook: Outlook) -> tuple[Outlook, Array]:
    """The outlook of somebody who expects what has been, and what has been (S, N)."""
    x = outlook.scenarios(500)
    matrix = np.cov(x, rowvar=False)
    covariance = Covariance(assets=outlook.assets, matrix=matrix)
    one = replace(outlook.forecast, horizon=1, mean=x.mean(axis=0))
    return replace(outlook, covariance=covariance, forecast=one, risk_free=0.0), x


@pytest.mark.parametrize("folds", [3, 5])
def test_a_stack_is_that_of_skfolio(folds: int, outlook_of: OutlookOf) -> None:
    outlook, x = of_its_past(outlook_of(3, 5))
    calm = peers.MeanRisk(risk_measure=RiskMeasure.VARIANCE)
    ratio = peers.MeanRisk(
        risk_measure=RiskMeasure.VARIANCE,
        objective_function=peers.ObjectiveFunction.MAXIMIZE_RATIO,
    )
    theirs = peers.StackingOptimization(
        estimators=[
            ("calm", calm),
            ("ratio", ratio),
            ("parity", peers.RiskBudgeting()),
            ("equal", peers.EqualWeighted()),
        ],
        final_estimator=ratio,
        cv=KFold(folds),
    ).fit(x)
    ours = Stacked(
        optimizers=(MinimumVariance(), MaximumSharpe(), RiskParity(), EqualWeighted()),
        outer=MaximumSharpe(),
        folds=folds,
    )
    assert ours.allocate(outlook).weights == pytest.approx(theirs.weights_, abs=1e-3)


@pytest.mark.parametrize("fitted_on", ["other_folds", "earlier_folds"])
def test_records_are_of_sessions_that_were_not_seen(fitted_on: Any, outlook_of: OutlookOf) -> None:
    """Once more, fold by fold: the shares are those of least variance of such records."""
    outlook, x = of_its_past(outlook_of(4, 4))
    parts = (MinimumVariance(), MaximumDiversification())
    got = Stacked(optimizers=parts, folds=4, fitted_on=fitted_on).allocate(outlook)
    records = []
    for k in range(4):
        test = np.arange(75 * k, 75 * (k + 1))
        fit = (
            np.arange(75 * k)
            if fitted_on == "earlier_folds"
            else np.setdiff1d(np.arange(300), test)
        )
        if not len(fit):
            continue
        seen = replace(
            outlook,
            covariance=Covariance(assets=outlook.assets, matrix=np.cov(x[fit], rowvar=False)),
        )
        records.append(x[test] @ np.array([one.allocate(seen).weights for one in parts]).T)
    (a, c), (_, b) = np.cov(np.concatenate(records), rowvar=False)
    first = float(np.clip((b - c) / (a + b - 2 * c), 0.0, 1.0))
    assert dict(got.parts)["minimum_variance"] == pytest.approx(first, abs=1e-6)
    own = [one.allocate(outlook).weights for one in parts]
    assert got.weights == pytest.approx(first * own[0] + (1 - first) * own[1], abs=1e-6)


def test_every_part_keeps_the_limits_and_so_does_the_mix(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(4, 6)
    stack = constrained(Stacked(), "w <= 30%; tech <= 40%")
    got = stack.allocate(outlook)
    tech = np.array([sector == "Tech" for sector in outlook.sectors])
    assert got.weights.max() <= 0.3 + 1e-9 and got.weights[tech].sum() <= 0.4 + 1e-9
    assert got.weights.sum() == pytest.approx(1.0)
    assert sum(share for _, share in got.parts) == pytest.approx(1.0)
    assert "sessions out of sample" in got.status
    tidy = without_dust(Stacked(optimizers=(MinimumVariance(), EqualWeighted())), outlook)
    assert tidy.weights.sum() == pytest.approx(1.0)


def test_a_part_that_takes_no_limits_may_keep_them_all_the_same(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(4, 6)
    parts = (MinimumVariance(), EqualWeighted(), HierarchicalRiskParity())
    limits = "w <= 60%; tech <= 90%; gross <= 100%"
    got = constrained(Stacked(optimizers=parts), limits).allocate(outlook)
    assert got.weights.sum() == pytest.approx(1.0) and got.weights.max() <= 0.6
    market = simulated_market(seed=1, sessions=400, assets=8)
    strategy = Diversified(optimizer=Stacked(optimizers=(MinimumVariance(), EqualWeighted())))
    held = AllocationStrategy(strategy).allocate(market).weights
    assert held.sum() == pytest.approx(1.0) and held.max() <= 0.25 + 1e-9


def test_what_cannot_be_stacked_is_refused_in_words(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(4, 4)
    with pytest.raises(BadSettings, match="looks at sessions in their order"):
        Stacked(optimizers=(MinimumRisk(risk_measure="ulcer_index"),))
    with pytest.raises(BadSettings, match="is not kept by the mean of portfolios"):
        Stacked(optimizers=(MinimumVariance(constraints=("names <= 2",)),))
    with pytest.raises(InputError, match="is not kept by the mean of portfolios"):
        constrained(Stacked(), "names <= 2").allocate(outlook)
    rule = Stacked(optimizers=(HierarchicalRiskParity(),))
    with pytest.raises(SolverFailed, match="takes no constraints, and does not keep w <= 26%"):
        constrained(rule, "w <= 26%").allocate(outlook)
    with pytest.raises(NotEnoughHistory, match="60"):
        Stacked(folds=2, window=100).allocate(outlook)
    free: Any = ("sum(w) == 1", "-50% <= w <= 150%")
    short = Stacked(
        optimizers=(MinimumVariance(), EqualWeighted()), outer=MinimumVariance(constraints=free)
    )
    with pytest.raises(
        InputError, match=r"minimum_variance would hold .* of equal_weight: let its limits be fully"
    ):
        short.allocate(outlook)


def test_folds_without_a_portfolio_are_left_out(outlook_of: OutlookOf) -> None:
    outlook, x = of_its_past(outlook_of(4, 4))
    reach = [np.delete(x, fold, axis=0).mean(axis=0).max() for fold in np.split(np.arange(300), 10)]
    part = TargetReturn(annual_return=250 * float(np.median(reach)))
    hopeful = outlook.with_mean(np.full(4, 0.1))
    got = Stacked(optimizers=(MinimumVariance(), part), folds=10).allocate(hopeful)
    assert got.weights.sum() == pytest.approx(1.0)
    assert got.notes[-1] == "in 5 of 10 folds a part has no portfolio: left out"
    with pytest.raises(Infeasible):
        Stacked(optimizers=(TargetReturn(annual_return=1.0),)).allocate(outlook)
