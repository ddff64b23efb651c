"""Views pooled by entropy are those of closed forms and of a general solver, and hold exactly."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forefolio.core.errors import BadConstraint, BadSettings, InputError, UnclearName
from forefolio.optimize import (
    DrawdownLoss,
    EntropyPooling,
    MaximumSharpe,
    MinimumRisk,
    MinimumVariance,
    Outlook,
    ScenarioView,
    Utility,
    parse_scenario_view,
)
from forefolio.optimize.objectives.entropy_pooling import matched, pooled_by
from forefolio.risk.entropy_pooling import entropy_pooled

OutlookOf = Callable[..., Outlook]
EQUAL, MOST = np.array([True]), np.array([False])


def test_a_normal_prior_moves_as_the_closed_form_says() -> None:
    """Meucci 2008, eq. 16: the mean moves with what the view is about, the covariance stays."""
    points, weights = np.polynomial.hermite_e.hermegauss(60)
    grid = np.array(np.meshgrid(points, points)).reshape(2, -1).T
    prior = np.outer(weights, weights).ravel()
    root = np.array([[0.2, 0.0], [0.1, 0.3]])
    mean, cov, pick = np.array([0.05, 0.08]), root @ root.T, np.array([1.0, -0.5])
    scenarios = mean + grid @ root.T
    got = entropy_pooled((scenarios @ pick)[None], np.array([0.12]), EQUAL, prior)
    moved = mean + cov @ pick * (0.12 - pick @ mean) / (pick @ cov @ pick)
    assert got.mean(scenarios) == pytest.approx(moved, abs=1e-11)
    assert got.covariance(scenarios) == pytest.approx(cov, abs=1e-11)
    assert got.entropy == pytest.approx((0.12 - pick @ mean) ** 2 / (pick @ cov @ pick) / 2)


def test_a_probability_is_shared_out_as_before() -> None:
    rng = np.random.default_rng(1)
    prior, falls = rng.dirichlet(np.ones(50)), np.arange(50) < 20
    got = entropy_pooled(falls[None].astype(np.float64), np.array([0.7]), EQUAL, prior)
    wanted = np.where(falls, 0.7 / prior[falls].sum(), 0.3 / prior[~falls].sum()) * prior
    assert got.probabilities == pytest.approx(wanted, abs=1e-14)


@settings(deadline=None, max_examples=12)
@given(seed=st.integers(0, 10_000), views=st.integers(1, 5))
def test_the_probabilities_are_the_nearest_there_are(seed: int, views: int) -> None:
    rng = np.random.default_rng(seed)
    values, prior = rng.standard_t(4, size=(views, 60)), rng.dirichlet(np.full(60, 3.0))
    exact = rng.random(views) < 0.5
    levels = values @ (0.9 * prior + 0.1 * rng.dirichlet(np.ones(60)))  # some weighing has them
    got = entropy_pooled(values, levels, exact, prior)
    p = cp.Variable(60)
    limits = [cp.sum(p) == 1]
    limits += [values[k] @ p == levels[k] if exact[k] else values[k] @ p <= levels[k]
               for k in range(views)]  # fmt: skip
    problem = cp.Problem(cp.Minimize(cp.sum(cp.kl_div(p, prior))), limits)
    problem.solve(cp.CLARABEL)
    assert got.probabilities == pytest.approx(p.value, abs=2e-5)
    assert got.entropy <= problem.value + 1e-7
    assert got.gap < 1e-9
    missed = values @ got.probabilities - levels
    assert np.where(exact, np.abs(missed), missed).max() < 1e-9


def test_views_that_no_weighing_satisfies_are_named() -> None:
    values = np.array([[0.0, 1.0, 2.0], [0.0, -1.0, -2.0], [1.0, 0.0, 0.0]])
    with pytest.raises(InputError, match="no weighing of the scenarios has high: ask for less"):
        entropy_pooled(values[:1], np.array([3.0]), EQUAL, names=("high",))
    levels = np.array([0.5, -1.5, 0.9])
    with pytest.raises(InputError, match=r"contradict each other .*: low; high; rare; weaken"):
        entropy_pooled(values, levels, np.zeros(3, dtype=np.bool_), names=("low", "high", "rare"))


# -- views in words, and the objective ------------------------------------------------------------


def test_views_hold_in_the_sessions(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(3)
    scenarios = matched(outlook, 500)
    assert scenarios.mean(axis=0) == pytest.approx(outlook.mean / 21, abs=1e-15)
    assert np.cov(scenarios.T, bias=True) == pytest.approx(outlook.covariance.matrix, abs=1e-15)
    words = ("A0 - A1 >= 9% per year", "volatility(A2) = 30% per year", "P(A3 <= -2%) <= 3%")
    views = tuple(map(parse_scenario_view, words))
    pooled = pooled_by(views, scenarios, outlook.assets, 250.0)
    mean, cov = pooled.mean(scenarios), pooled.covariance(scenarios)
    assert (mean[0] - mean[1]) * 250 >= 0.09 - 1e-9
    assert np.sqrt(cov[2, 2] * 250) == pytest.approx(0.3, abs=1e-9)
    assert pooled.probabilities @ (scenarios[:, 3] <= -0.02) <= 0.03 + 1e-12
    assert pooled.effective < 300 and pooled.gap < 1e-9


def test_without_a_view_that_says_anything_nothing_changes(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(3)
    plain = MaximumSharpe().allocate(outlook)
    assert EntropyPooling().allocate(outlook).weights.tolist() == plain.weights.tolist()
    mild = EntropyPooling(views=("A0 <= 900% per year",)).allocate(outlook)
    assert mild.weights == pytest.approx(plain.weights, abs=1e-7)
    assert mild.notes[-1] == (
        "the views weigh 300 past sessions as if they were 300 equally likely ones"
    )


def test_weights_follow_views(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(3)
    held = MinimumVariance().allocate(outlook).weights
    wilder = EntropyPooling(views=("volatility(A2) >= 40% per year",), optimizer=MinimumVariance())
    assert wilder.allocate(outlook).weights[2] < held[2] - 0.02
    listed = replace(outlook.universe, assets=(*outlook.assets, "ZZ"))
    away = EntropyPooling(views=("ZZ = 9% per year",), optimizer=MinimumVariance())
    got = away.allocate(replace(outlook, listed=listed))
    assert got.weights == pytest.approx(held)
    assert got.notes == ("ZZ = 9% per year: left out, it is about an asset that cannot be held",)
    with pytest.raises(UnclearName, match="there is no asset ZZ"):
        away.allocate(outlook)
    with pytest.raises(InputError, match="raise the window, or choose fewer assets"):
        away = EntropyPooling(views=("A0 = 9% per year",), window=60)
        away.allocate(outlook_of(1, 64))


@pytest.mark.parametrize(
    "optimizer", [MinimumRisk(risk_measure="worst_loss"), Utility(terms=(DrawdownLoss(),))]
)
def test_what_does_not_look_at_the_probabilities_is_refused(optimizer: Any) -> None:
    with pytest.raises(BadSettings, match="say nothing of it; choose maximum_sharpe"):
        EntropyPooling(optimizer=optimizer)


@pytest.mark.parametrize(
    "words",
    [
        "AAPL - MSFT >= 3% per year",
        "60% AAPL + 'b b' = -2% per year",
        "volatility(AAPL - SPY) <= 25% per year",
        "P(AAPL <= -3%) = 2%",
    ],
)
def test_a_view_on_sessions_reads_back(words: str) -> None:
    view = parse_scenario_view(words)
    assert str(view) == words
    assert ScenarioView.model_validate(view.model_dump()) == view


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("AAPL 3% per year", r"\+, - or ="),
        ("AAPL >= 3%", '"per year"'),
        ("AAPL >= per year", "=, <= or >= and a return per year"),
        ("volatility(AAPL) <= 0% per year", "a volatility above zero"),
        ("P(AAPL >= 3%) = 2%", "<= and a session's return"),
        ("P(AAPL <= -3%) = 200%", "a probability from 0 %"),
        ("P(AAPL <= -3%) = 2% per year", "the end"),
    ],
)
def test_what_is_wrong_with_a_view_is_said(words: str, expected: str) -> None:
    with pytest.raises(BadConstraint, match=expected):
        parse_scenario_view(words)
