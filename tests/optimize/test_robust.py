"""Covariances and distributions that are not quite known; portfolios of many draws."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cvxpy as cp
import numpy as np
import pytest
import skfolio
from scipy.stats import chi2, norm
from skfolio import optimization as peers
from skfolio.uncertainty_set import (
    BootstrapCovarianceUncertaintySet,
    EmpiricalCovarianceUncertaintySet,
)

from forefolio.core.errors import BadSettings, DataError, Infeasible, InputError
from forefolio.core.events import finish
from forefolio.core.units import Array
from forefolio.optimize import (
    BootstrappedCovariances,
    CovarianceBox,
    CovarianceEllipsoid,
    CovarianceSet,
    EfficientFrontier,
    MaximumReturnToRisk,
    MaximumSharpe,
    MinimumRisk,
    MinimumVariance,
    Outlook,
    Resampled,
    RiskPenalty,
    RobustConditionalValueAtRisk,
    TargetReturn,
    Utility,
    VolatilityMeasure,
    WorstVariance,
    WorstVolatility,
    parse_constraint,
)
from forefolio.optimize.objectives.covariance_sets import Doubt
from forefolio.optimize.portfolio import constrained
from forefolio.optimize.program.problem import Rows
from forefolio.optimize.program.symbols import symbols
from forefolio.risk import Covariance
from forefolio.risk.bootstrap import stationary_draws

OutlookOf = Callable[..., Outlook]


# -- covariances that are not quite known ----------------------------------------------------------

SETS: list[CovarianceSet] = [
    CovarianceEllipsoid(confidence=0.9, sessions=120),
    CovarianceBox(errors=1.5, sessions=120),
    BootstrappedCovariances(draws=60, window=120),
    BootstrappedCovariances(draws=60, window=120, shape="box", confidence=0.8),
]
EACH_SET = pytest.mark.parametrize(
    "among",
    SETS,
    ids=lambda one: f"{one.kind}-{one.confidence}" if hasattr(one, "confidence") else one.kind,
)
HELD = np.array([0.4, -0.2, 0.5, 0.1])


def errors_of(among: CovarianceSet, outlook: Outlook) -> Array:
    """By how much each element of the covariance (per session) may be wrong, once more."""
    n, std = len(outlook.assets), outlook.covariance.std
    if not isinstance(among, BootstrappedCovariances):
        sessions = among.sessions  # type: ignore[attr-defined]
        each = np.where(np.eye(n) > 0, np.sqrt(2.0), 1.0) / np.sqrt(sessions)
    else:
        past = outlook.scenarios(among.window)
        drawn = [
            np.cov(past[rows], rowvar=False)
            for rows in stationary_draws(len(past), among.seed, among.block, among.draws)
        ]
        own = past.std(axis=0, ddof=1)
        each = np.std(drawn, axis=0, ddof=1) / np.outer(own, own)
    return np.asarray(each * np.outer(std, std))


def worst_of_the_set(w: Array, outlook: Outlook, among: CovarianceSet) -> float:
    """The greatest variance of any covariance of the set, element by element."""
    n, scale = len(w), 1e4
    cov, errors = scale * outlook.covariance.matrix, scale * errors_of(among, outlook)
    s = cp.Variable((n, n), PSD=True)
    wrong = cp.multiply(s - cov, 1 / errors)
    if isinstance(among, CovarianceBox):
        inside = cp.max(cp.abs(wrong)) <= among.errors
    elif getattr(among, "shape", "ellipsoid") == "box":
        inside = cp.max(cp.abs(wrong)) <= norm.ppf(0.5 + among.confidence / 2)  # type: ignore[attr-defined]
    else:
        inside = cp.norm(wrong, "fro") <= np.sqrt(chi2.ppf(among.confidence, n**2))  # type: ignore[attr-defined]
    problem = cp.Problem(cp.Maximize(w @ s @ w), [inside])
    return float(problem.solve(cp.CLARABEL)) / scale


@EACH_SET
def test_the_worst_variance_is_that_of_the_worst_covariance(
    among: CovarianceSet, outlook_of: OutlookOf
) -> None:
    outlook = outlook_of(2, 4)
    s = symbols(outlook)
    term = WorstVariance(aversion=2.0, among=among).expression(s)
    fixed = [Rows(name="fixed", excess=s.x - HELD, exact=True)]
    solution = s.program.minimise([-term], fixed)
    assert solution is not None
    wanted = worst_of_the_set(HELD, outlook, among)
    assert float(solution.value(-term)[0]) == pytest.approx(21 * wanted, rel=1e-5)
    measure = WorstVolatility(among=among)
    assert measure.of(HELD, outlook) == pytest.approx(np.sqrt(250 * wanted), rel=1e-5)
    s = symbols(outlook)
    loss = measure.loss(s)
    fixed = [Rows(name="fixed", excess=s.x - HELD, exact=True)]
    solution = s.program.minimise([loss], fixed)
    assert solution is not None
    assert float(solution.value(loss)[0]) == pytest.approx(np.sqrt(250 * wanted), rel=1e-5)


@EACH_SET
def test_nothing_near_the_least_worst_volatility_is_less(
    among: CovarianceSet, outlook_of: OutlookOf
) -> None:
    outlook = outlook_of(2, 5)
    measure = WorstVolatility(among=among)
    best = MinimumRisk(risk_measure=measure).allocate(outlook).weights
    same = Utility(terms=(WorstVariance(among=among),)).allocate(outlook).weights
    assert same == pytest.approx(best, abs=1e-4)
    rng, least = np.random.default_rng(0), measure.of(best, outlook)
    for step in rng.dirichlet(np.ones(5), size=60):
        for far in (0.01, 0.3, 1.0):
            assert measure.of(best + far * (step - best), outlook) >= least * (1 - 1e-7)
    assert least > VolatilityMeasure().of(best, outlook)


def test_errors_that_are_no_matrix_of_that_kind_make_the_set_larger() -> None:
    errors = np.array([[0.1, 0.3], [0.3, 0.1]])  # no covariance at all
    for is_box in (True, False):
        root = Doubt(errors, is_box=is_box).root
        form = root.T @ root
        assert np.linalg.eigvalsh(form)[0] > -1e-12
        wanted = errors if is_box else errors**2
        assert (form >= wanted - 1e-12).all() and form[0, 1] == pytest.approx(wanted[0, 1])


PEERS = [
    (
        EmpiricalCovarianceUncertaintySet(confidence_level=0.95, diagonal=True),
        CovarianceEllipsoid(sessions=300),
    ),
    (
        BootstrapCovarianceUncertaintySet(n_bootstrap_samples=4000, block_size=21, seed=1),
        BootstrappedCovariances(draws=4000),
    ),
]


@pytest.mark.parametrize(("theirs", "among"), PEERS, ids=("normal", "bootstrap"))
def test_least_worst_variance_equals_skfolio(
    theirs: Any, among: CovarianceSet, outlook_of: OutlookOf
) -> None:
    outlook = outlook_of(2, 4)
    x = outlook.scenarios(500)
    assert len(x) == 300
    peer = peers.MeanRisk(
        risk_measure=skfolio.RiskMeasure.VARIANCE, covariance_uncertainty_set_estimator=theirs
    ).fit(x)
    cov = np.cov(x, rowvar=False)
    same = replace(outlook, covariance=Covariance(assets=outlook.assets, matrix=cov))
    got = Utility(terms=(WorstVariance(among=among),)).allocate(same).weights
    assert got == pytest.approx(peer.weights_, abs=2e-3)
    plain = MinimumVariance().allocate(same).weights
    assert np.abs(plain - got).max() > 0.01


def test_a_covariance_that_is_known_is_itself(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(2, 5)
    known = WorstVariance(among=CovarianceEllipsoid(sessions=10**9))
    sure = Utility(terms=("expected_return", known)).allocate(outlook)
    assert sure.weights == pytest.approx(Utility().allocate(outlook).weights, abs=2e-3)
    surely = MinimumRisk(risk_measure=WorstVolatility(among=CovarianceBox(errors=0.0)))
    least = MinimumVariance().allocate(outlook).weights
    assert surely.allocate(outlook).weights == pytest.approx(least, abs=1e-5)
    doubtful = MaximumSharpe(terms=("expected_return", WorstVariance(aversion=0.5)))
    assert doubtful.allocate(outlook).weights.sum() == pytest.approx(1.0)


def test_a_frontier_of_the_worst_volatility(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(2, 5)
    measure = WorstVolatility(among=CovarianceBox())
    frontier = EfficientFrontier(points=4, risk_measure=measure)
    curve = finish(frontier.trace(outlook))
    risks = [point.risk for point in curve.solved]
    assert len(risks) == 4 and risks == sorted(risks)
    assert all(point.risk > point.volatility for point in curve.solved)
    best = MaximumReturnToRisk(risk_measure=measure).allocate(outlook).weights
    assert best == pytest.approx(curve.best.weights, abs=1e-5)


def test_a_bootstrap_needs_a_past_and_draws_the_same_again(outlook_of: OutlookOf) -> None:
    among, outlook = BootstrappedCovariances(draws=40), outlook_of(2, 4)
    one = among.doubt(outlook).errors
    assert (among.doubt(outlook).errors == one).all()
    turned = outlook.select(np.ones(4, dtype=bool))
    assert among.doubt(turned).errors == pytest.approx(one)
    other = BootstrappedCovariances(draws=40, seed=1).doubt(outlook).errors
    assert np.abs(other - one).max() > 1e-6
    with pytest.raises(DataError, match="past prices are needed"):
        among.doubt(replace(outlook, market=None))


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
