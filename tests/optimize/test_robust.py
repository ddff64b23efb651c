"""Covariances and distributions that are not quite known; portfolios of many draws."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cvxpy as cp
import numpy as np
import pytest
import skfolio
from scipy.stats import chi2
from skfolio import optimization as peers
from skfolio.uncertainty_set import EmpiricalCovarianceUncertaintySet

from forefolio.core.errors import BadSettings, Infeasible, InputError
from forefolio.core.units import Array
from forefolio.optimize import (
    MaximumSharpe,
    MinimumRisk,
    MinimumVariance,
    Outlook,
    Resampled,
    RiskPenalty,
    RobustConditionalValueAtRisk,
    TargetReturn,
    Utility,
    WorstVariance,
    parse_constraint,
)
from forefolio.optimize.portfolio import constrained
from forefolio.optimize.program.problem import Rows
from forefolio.optimize.program.symbols import symbols
from forefolio.risk import Covariance

OutlookOf = Callable[..., Outlook]


# -- covariances that are not quite known ----------------------------------------------------------


def worst_of_the_set(w: Array, cov: Array, sessions: int, confidence: float) -> float:
    """The greatest variance of any covariance of the ellipsoid, element by element."""
    n = len(w)
    s = cp.Variable((n, n), PSD=True)
    std = np.sqrt(np.diag(cov))
    error = np.outer(std, std) * np.where(np.eye(n) > 0, np.sqrt(2.0), 1.0) / np.sqrt(sessions)
    radius = np.sqrt(chi2.ppf(confidence, n**2))
    inside = cp.norm(cp.multiply(s - cov, 1 / error), "fro") <= radius
    problem = cp.Problem(cp.Maximize(w @ s @ w), [inside])
    return float(problem.solve(cp.CLARABEL))


def test_the_worst_variance_is_that_of_the_worst_covariance(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(2, 4)
    weights = np.array([0.4, -0.2, 0.5, 0.1])
    s = symbols(outlook)
    term = WorstVariance(aversion=2.0, confidence=0.9, sessions=120).expression(s)
    fixed = [Rows(name="fixed", excess=s.x - weights, exact=True)]
    solution = s.program.minimise([-term], fixed)
    assert solution is not None
    scale = 1e4
    wanted = worst_of_the_set(weights, outlook.risk * scale, 120, 0.9) / scale
    assert float(solution.value(-term)[0]) == pytest.approx(wanted, rel=1e-5)


def test_least_worst_variance_equals_skfolio(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(2, 4)
    x = outlook.scenarios(500)
    cov = np.cov(x, rowvar=False)
    theirs = peers.MeanRisk(
        risk_measure=skfolio.RiskMeasure.VARIANCE,
        covariance_uncertainty_set_estimator=EmpiricalCovarianceUncertaintySet(
            confidence_level=0.95, diagonal=True
        ),
    ).fit(x)
    same = replace(outlook, covariance=Covariance(assets=outlook.assets, matrix=cov))
    got = Utility(terms=(WorstVariance(sessions=len(x)),)).allocate(same).weights
    assert got == pytest.approx(theirs.weights_, abs=2e-3)
    plain = MinimumVariance().allocate(same).weights
    assert np.abs(plain - got).max() > 0.01


def test_a_covariance_that_is_known_is_itself(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(2, 5)
    sure = Utility(terms=("expected_return", WorstVariance(sessions=10**9))).allocate(outlook)
    assert sure.weights == pytest.approx(Utility().allocate(outlook).weights, abs=2e-3)
    doubtful = MaximumSharpe(terms=("expected_return", WorstVariance(aversion=0.5)))
    assert doubtful.allocate(outlook).weights.sum() == pytest.approx(1.0)


# -- distributions that are not quite known --------------------------------------------------------


@pytest.mark.parametrize("radius", [5e-4, 2e-3])
def test_robust_tails_equal_skfolio(radius: float, outlook_of: OutlookOf) -> None:
    """Theirs is a mean less an aversion times the CVaR, and bounds returns by -100 % besides."""
    outlook = outlook_of(3, 4, risk_free=0.0)
    x = outlook.scenarios(80)
    theirs = peers.DistributionallyRobustCVaR(
        risk_aversion=1.0, cvar_beta=0.95, wasserstein_ball_radius=radius
    ).fit(x)
    same = replace(outlook, forecast=replace(outlook.forecast, horizon=1, mean=x.mean(axis=0)))
    own = radius * (1 + 1 / 0.05) * 0.05  # the mean is moved as well: one more radius
    measure = RobustConditionalValueAtRisk(radius=own, window=80)
    both = Utility(terms=("expected_return", RiskPenalty(risk_measure=measure)))
    assert both.allocate(same).weights == pytest.approx(theirs.weights_, abs=2e-3)


def test_the_worst_distribution_is_reached(outlook_of: OutlookOf) -> None:
    """Moving the worst sessions of the asset with the largest weight gives the bound."""
    outlook = outlook_of(3, 4, risk_free=0.0)
    weights = np.array([0.5, 0.3, 0.1, 0.1])
    past = outlook.scenarios(300).copy()
    assert len(past) == 300
    worst = np.argsort(past @ weights)[:15]
    past[worst, 0] -= 0.001 / 0.05  # on average 0.001 over all sessions
    moved = -np.sort(past @ weights)[:15].mean()
    measure = RobustConditionalValueAtRisk(window=300, radius=0.001)
    assert measure.of(weights, outlook) == pytest.approx(moved, rel=1e-9)


def test_the_less_the_past_is_believed_the_more_equal_are_weights(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(3, 5)
    spread = [
        MinimumRisk(risk_measure=RobustConditionalValueAtRisk(radius=radius))
        .allocate(outlook)
        .weights.std()
        for radius in (1e-6, 1e-3, 0.1)
    ]
    assert spread[0] > spread[1] > spread[2] and spread[2] < 1e-4
    limit = parse_constraint("robust cvar <= 4%")
    assert str(limit) == "robust cvar <= 4%"


# -- resampled portfolios --------------------------------------------------------------------------


def test_a_resampled_portfolio_is_the_mean_of_its_draws(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(4, 4)
    got = Resampled(draws=5, sessions=60, seed=3).allocate(outlook).weights
    rng, each = np.random.default_rng(3), []
    values, vectors = np.linalg.eigh(outlook.covariance.matrix)
    for _ in range(5):
        draws = rng.standard_normal((60, 4)) @ (vectors * np.sqrt(values)).T
        x = outlook.mean / 21 + draws
        w = best_sharpe(21 * x.mean(axis=0), np.cov(x, rowvar=False), outlook.risk_free)
        each.append(w)
    assert got == pytest.approx(np.mean(each, axis=0), abs=1e-4)


def best_sharpe(mean: Array, cov: Array, cash: float) -> Array:
    y = cp.Variable(len(mean), nonneg=True)
    beats = (mean - cash).max() > 0
    limits = [(mean - cash) @ y == 1 if beats else cp.sum(y) == 1]
    cp.Problem(cp.Minimize(cp.quad_form(y, cov * 1e4, assume_PSD=True)), limits).solve(cp.CLARABEL)
    value = np.asarray(y.value)
    return np.asarray(value / value.sum())


def test_resampling_spreads_and_repeats(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(4, 8)
    alone = MaximumSharpe().allocate(outlook).weights
    one, again, other = (
        Resampled(seed=seed, draws=40).allocate(outlook).weights for seed in (1, 1, 2)
    )
    assert one.tolist() == again.tolist() and one.tolist() != other.tolist()
    assert one.sum() == pytest.approx(1.0) and (one**2).sum() < (alone**2).sum()


def test_many_sessions_leave_no_doubt(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(4, 4)
    sure = Resampled(draws=2, sessions=200_000, optimizer=MinimumVariance()).allocate(outlook)
    assert sure.weights == pytest.approx(MinimumVariance().allocate(outlook).weights, abs=1e-2)


def test_limits_that_a_mean_does_not_keep_are_refused(outlook_of: OutlookOf) -> None:
    few: Any = ("names <= 3",)
    with pytest.raises(BadSettings, match="is not kept by the mean of portfolios"):
        Resampled(optimizer=MaximumSharpe(constraints=few))
    for words in ("names <= 3", "names >= 2 of 10%", "risk of w <= 40%", "names <= 2 if possible"):
        with pytest.raises(InputError, match="is not kept by the mean of portfolios"):
            constrained(Resampled(draws=2), words).allocate(outlook_of(4))
    held: Any = ("sum(w) == 1", "w >= 0", "w <= 30%")
    got = Resampled(optimizer=MaximumSharpe(constraints=held), draws=10).allocate(outlook_of(4))
    assert got.weights.max() <= 0.3 + 1e-9


def test_what_draws_fell_back_on_is_said(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(4, 4)
    got = Resampled(draws=10, sessions=20).allocate(outlook.with_mean(0.0 * outlook.mean))
    assert " of 10 draws there is a note, such as: nothing allowed is expected" in got.notes[-1]


def test_draws_out_of_reach_are_left_out(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(4, 4)
    best = float(outlook.mean.max()) * 250 / 21
    got = Resampled(optimizer=TargetReturn(annual_return=best), draws=30).allocate(outlook)
    assert "of 30 draws have no portfolio: left out" in got.notes[-1]
    with pytest.raises(Infeasible):
        Resampled(optimizer=TargetReturn(annual_return=1.0), draws=3).allocate(outlook)
