"""Sessions that views weigh reach mean, covariance and risks; several opinions are pooled."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cvxpy as cp
import numpy as np
import pandas as pd
import pytest
from skfolio.prior import EntropyPooling as PeerEntropy
from skfolio.prior import OpinionPooling as PeerPooling

from forefolio.core.errors import BadSettings, UnclearName
from forefolio.core.units import Array
from forefolio.optimize import (
    PAST_MEASURES,
    BlackLitterman,
    DrawdownLoss,
    EntropyPooling,
    MaximumGrowth,
    MinimumRisk,
    MinimumTailLoss,
    MinimumVariance,
    MultiPeriod,
    Opinion,
    OpinionPooling,
    Outlook,
    Resampled,
    RiskLimit,
    RiskPenalty,
    TailLoss,
    Utility,
    outlook_from_estimates,
    parse_scenario_view,
)
from forefolio.optimize.measures.of_losses import conditional_value_at_risk
from forefolio.optimize.objectives.entropy_pooling import matched, pooled_by
from forefolio.optimize.objectives.opinion_pooling import opinions_pooled
from forefolio.optimize.objectives.pooled import believed
from forefolio.optimize.program.problem import Rows
from forefolio.optimize.program.symbols import symbols

OutlookOf = Callable[..., Outlook]
VIEWS = ("A0 - A1 >= 9% per year", "P(A2 <= -2%) <= 1%", "volatility(A3) = 30% per year")


# -- probabilities in risks ------------------------------------------------------------------------


def weighed(outlook: Outlook) -> tuple[Outlook, Array, Array]:
    scenarios = matched(outlook, 200)
    views = tuple(map(parse_scenario_view, VIEWS))
    pooled = pooled_by(views, scenarios, outlook.assets, 250.0)
    return believed(outlook, scenarios, pooled), scenarios, pooled.probabilities


def least(risk: str, scenarios: Array, p: Array, cash: float) -> Array:
    """The portfolio of least risk of weighed scenarios, by a general solver."""
    w = cp.Variable(scenarios.shape[1], nonneg=True)
    earned = scenarios @ w + cash * (1 - cp.sum(w))
    below = cp.pos(p @ earned - earned)
    if risk == "cvar":
        t = cp.Variable()
        loss = t + p @ cp.pos(-earned - t) / 0.05
    elif risk == "mean_absolute_deviation":
        loss = 2 * p @ below
    elif risk == "semideviation":
        loss = cp.norm(cp.multiply(np.sqrt(p), below))
    elif risk == "lower_partial_moment":
        loss = p @ cp.pos(-earned)
    else:
        t, z = cp.Variable(), cp.Variable(nonneg=True)
        parts = cp.Variable(len(p))
        loss = t - z * np.log(0.05)
        ones = np.ones(len(p))
        limits = [cp.ExpCone(-100 * earned - t * ones, z * ones, parts), p @ parts <= z]
        cp.Problem(cp.Minimize(loss), [cp.sum(w) == 1, *limits]).solve(cp.CLARABEL)
        return np.asarray(w.value)
    cp.Problem(cp.Minimize(loss * 100), [cp.sum(w) == 1]).solve(cp.CLARABEL)
    return np.asarray(w.value)


@pytest.mark.parametrize(
    "risk", ["cvar", "evar", "mean_absolute_deviation", "semideviation", "lower_partial_moment"]
)
def test_a_risk_of_sessions_weighs_them(risk: str, outlook_of: OutlookOf) -> None:
    outlook, scenarios, p = weighed(outlook_of(3, 4))
    got = MinimumRisk(risk_measure={"kind": risk}).allocate(outlook)
    wanted = least(risk, scenarios, p, outlook.risk_free / 21)
    assert got.weights == pytest.approx(wanted, abs=2e-4)
    alike = MinimumRisk(risk_measure={"kind": risk, "window": 200}).allocate(outlook_of(3, 4))
    assert np.abs(alike.weights - wanted).max() > 0.01


@pytest.mark.parametrize("risk", [kind for kind in PAST_MEASURES if kind.weighs])
def test_the_number_of_a_risk_weighs_sessions_as_its_formula_does(
    risk: Any, outlook_of: OutlookOf
) -> None:
    outlook, _, _ = weighed(outlook_of(3, 4))
    weights, measure = np.array([0.5, 0.3, -0.1, 0.2]), risk(window=200)
    s = symbols(outlook)
    held = Rows(name="held", excess=s.x - weights * s.scale, exact=True)
    loss = measure.loss(s)
    solution = s.program.minimise([loss], [held])
    assert solution is not None
    number = measure.of(weights, outlook)
    assert number == pytest.approx(float(solution.value(loss)[0]), rel=1e-5)
    assert abs(number - measure.of(weights, replace(outlook, weighed=None))) > 1e-3 * number


def test_a_tail_smaller_than_the_chance_of_the_worst_is_the_worst() -> None:
    losses, chances = np.array([0.01, 0.05, -0.02]), np.array([0.5, 0.1, 0.4])
    assert conditional_value_at_risk(losses, 0.95, chances) == pytest.approx(0.05)
    assert conditional_value_at_risk(losses, 0.8, chances) == pytest.approx(0.03)
    alike = np.full(3, 1 / 3)
    for level in (0.0, 0.5, 0.9):
        assert conditional_value_at_risk(losses, level, alike) == pytest.approx(
            conditional_value_at_risk(losses, level)
        )


def test_what_cannot_be_led_by_views_is_refused_for_its_own_reason() -> None:
    for objective in (MultiPeriod(), Resampled()):
        with pytest.raises(BadSettings, match="cannot be led by views on past sessions; choose"):
            EntropyPooling(optimizer=objective)
    with pytest.raises(BadSettings, match="maximum_drawdown looks at sessions in their order"):
        EntropyPooling(optimizer=MinimumRisk(risk_measure="maximum_drawdown"))


def test_the_fast_way_of_a_tail_is_left_where_sessions_are_weighed(outlook_of: OutlookOf) -> None:
    outlook, scenarios, p = weighed(outlook_of(3, 4))
    wanted = least("cvar", scenarios, p, outlook.risk_free / 21)
    assert MinimumTailLoss().allocate(outlook).weights == pytest.approx(wanted, abs=1e-5)
    tails = Utility(terms=(TailLoss(),)).allocate(outlook)
    assert tails.weights == pytest.approx(wanted, abs=1e-4)


def test_equal_probabilities_change_nothing(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(4, 5)
    scenarios = outlook.scenarios(500)
    alike = pooled_by((), scenarios, outlook.assets, 250.0)
    same = replace(
        believed(outlook, scenarios, alike),
        forecast=outlook.forecast,
        covariance=outlook.covariance,
    )
    for objective in (
        MinimumTailLoss(),
        MinimumRisk(risk_measure="semideviation"),
        Utility(terms=("expected_return", RiskPenalty())),
    ):
        got = objective.allocate(same).weights
        assert got == pytest.approx(objective.allocate(outlook).weights, abs=1e-6)


def test_growth_is_the_mean_logarithm_of_weighed_sessions(outlook_of: OutlookOf) -> None:
    outlook, scenarios, p = weighed(outlook_of(3, 4))
    w = cp.Variable(4, nonneg=True)
    growth = p @ cp.log(1 + scenarios @ w + outlook.risk_free / 21 * (1 - cp.sum(w)))
    cp.Problem(cp.Maximize(growth * 100), [cp.sum(w) == 1]).solve(cp.CLARABEL)
    got = MaximumGrowth().allocate(outlook).weights
    assert got == pytest.approx(np.asarray(w.value), abs=2e-4)


def test_a_limit_on_the_tail_is_one_of_the_weighed_sessions(outlook_of: OutlookOf) -> None:
    outlook, scenarios, p = weighed(outlook_of(3, 4))

    def tail(w: Array) -> float:
        order = np.argsort(scenarios @ w)
        reached = np.minimum(np.cumsum(p[order]), 0.05)
        return float(-np.diff(np.append(0.0, reached)) @ (scenarios @ w)[order]) / 0.05

    free = MinimumVariance().allocate(outlook).weights
    least_tail = MinimumTailLoss().allocate(outlook).weights
    most = 0.5 * (tail(free) + tail(least_tail))
    limits: Any = ("sum(w) == 1", "w >= 0", RiskLimit(risk_measure="cvar", at_most=most))
    got = MinimumVariance(constraints=limits).allocate(outlook).weights
    assert tail(got) == pytest.approx(most, rel=1e-5) and tail(free) > most * 1.001


def test_what_looks_at_sessions_in_order_is_refused() -> None:
    for one in (
        MinimumRisk(risk_measure="maximum_drawdown"),
        MinimumRisk(risk_measure="gini_mean_difference"),
        Utility(terms=("expected_return", DrawdownLoss())),
        Utility(terms=("expected_return", RiskPenalty(risk_measure="ulcer_index"))),
    ):
        for made in (EntropyPooling, OpinionPooling):
            with pytest.raises(BadSettings, match="in their order, or counts them all alike"):
                made(optimizer=one)


# -- several opinions ------------------------------------------------------------------------------

SAYS = ("A0 = 20% per year", "A1 = -10% per year")


@pytest.mark.parametrize("pooling", ["linear", "logarithmic"])
@pytest.mark.parametrize("penalty", [0.0, 2.0])
def test_opinions_are_pooled_as_by_skfolio(
    pooling: str, penalty: float, outlook_of: OutlookOf
) -> None:
    outlook = outlook_of(5, 4)
    scenarios = matched(outlook, 300)
    weights, level = [0.5, 0.3], {"asset_0": 0.20 / 250, "asset_1": -0.10 / 250}
    theirs = PeerPooling(
        estimators=[
            (name, PeerEntropy(mean_views=[f"{name} == {value!r}"]))
            for name, value in level.items()
        ],
        opinion_probabilities=weights,
        is_linear_pooling=pooling == "linear",
        divergence_penalty=penalty,
    )
    theirs.fit(pd.DataFrame(scenarios, columns=[f"asset_{k}" for k in range(4)]))
    own = [
        pooled_by((parse_scenario_view(one),), scenarios, outlook.assets, 250.0).probabilities
        for one in SAYS
    ]
    got = opinions_pooled(
        np.array(own),
        np.array(weights),
        logarithmic=pooling == "logarithmic",
        divergence_penalty=penalty,
    )
    expected = theirs.return_distribution_.sample_weight
    assert got.probabilities == pytest.approx(expected, rel=1e-4)
    mean = got.mean(scenarios)
    assert mean == pytest.approx(theirs.return_distribution_.mu, abs=1e-8)


def test_opinions_far_from_each_other_do_not_all_count_nothing() -> None:
    opinions = np.array([[0.98, 0.01, 0.01], [0.01, 0.01, 0.98], [0.01, 0.98, 0.01]])
    pooled = opinions_pooled(opinions, np.full(3, 1.0 / 3.0), divergence_penalty=1e4)
    assert pooled.probabilities == pytest.approx(np.full(3, 1.0 / 3.0))


def test_an_opinion_that_counts_nothing_has_no_say_even_where_it_rules_a_session_out() -> None:
    opinions = np.array([[0.5, 0.5, 0.0], [0.2, 0.3, 0.5]])
    for logarithmic in (False, True):
        pooled = opinions_pooled(opinions, np.array([0.0, 1.0]), logarithmic=logarithmic)
        np.testing.assert_allclose(pooled.probabilities, opinions[1], rtol=1e-12)


def test_one_opinion_that_counts_for_all_is_its_views(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(3)
    alone = EntropyPooling(views=VIEWS, optimizer=MinimumVariance()).allocate(outlook)
    sure = OpinionPooling(opinions=(Opinion(views=VIEWS, weight=1.0),), optimizer=MinimumVariance())
    assert sure.allocate(outlook).weights == pytest.approx(alone.weights, abs=1e-9)
    assert OpinionPooling().allocate(outlook).weights.tolist() == pytest.approx(
        EntropyPooling().allocate(outlook).weights.tolist()
    )


def test_opinions_are_a_document_and_are_checked(outlook_of: OutlookOf) -> None:
    made = OpinionPooling(opinions=(Opinion(views=("A0 >= 9% per year",)),))
    assert OpinionPooling.model_validate_json(made.model_dump_json()) == made
    with pytest.raises(BadSettings, match=r"sum to 1\.2; let them be at most 1"):
        OpinionPooling(opinions=[Opinion(views=(one,), weight=0.6) for one in SAYS])
    with pytest.raises(UnclearName, match="there is no asset ZZ"):
        OpinionPooling(opinions=(Opinion(views=("ZZ = 9% per year",)),)).allocate(outlook_of(3))
    outlook = outlook_of(3)
    listed = replace(outlook.universe, assets=(*outlook.assets, "ZZ"))
    away = OpinionPooling(opinions=(Opinion(views=("ZZ = 9% per year",)),))
    notes = away.allocate(replace(outlook, listed=listed)).notes
    assert notes == ("ZZ = 9% per year: left out, it is about an asset that cannot be held",)


# -- Black and Litterman ---------------------------------------------------------------------------


def posterior(
    prior: Array, cov: Array, picks: Array, views: Array, omega: Array, tau: float
) -> tuple[Array, Array]:
    """He and Litterman (1999), eq. 8 to 10, with inverse matrices."""
    inverse = np.linalg.inv(tau * cov)
    precision = inverse + picks.T @ np.linalg.inv(omega) @ picks
    mean = np.linalg.solve(precision, inverse @ prior + picks.T @ np.linalg.inv(omega) @ views)
    return np.asarray(mean), np.asarray(cov + np.linalg.inv(precision))


def test_the_posterior_is_he_and_littermans(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(6, 4)
    views: Any = ("A0 - A1 = 3% per year with confidence 60%", "A2 = 9% per year")
    tau, years = 0.05, 21 / 250
    picks = np.array([[1.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]])
    spread = np.diag(picks @ outlook.risk @ picks.T)
    omega = np.diag(np.array([1 / 0.6 - 1, 1.0]) * tau * spread)
    mean, cov = posterior(
        outlook.mean, outlook.risk, picks, np.array([0.03, 0.09]) * years, omega, tau
    )
    got = BlackLitterman(views=views, uncertainty=tau).believed(outlook)
    assert got.mean == pytest.approx(mean, rel=1e-9)
    assert got.risk == pytest.approx(cov, rel=1e-9)
    plain = BlackLitterman(views=views).believed(outlook)
    assert plain.mean == pytest.approx(mean, rel=1e-9)
    assert plain.covariance is outlook.covariance


def test_without_views_all_of_the_uncertainty_is_left(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(6, 4)
    got = BlackLitterman(uncertainty=0.05).believed(outlook)
    assert got.risk == pytest.approx(1.05 * outlook.risk, rel=1e-12)
    sure: Any = ("A0 = 9% per year with confidence 100%",)
    known = BlackLitterman(views=sure, uncertainty=0.05).believed(outlook)
    assert known.risk[0, 0] == pytest.approx(outlook.risk[0, 0], rel=1e-9)


def test_the_posterior_risk_reaches_the_weights(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(6, 4)
    sure: Any = ("A0 = 5% per year with confidence 100%",)
    calm, aware = (
        BlackLitterman(views=sure, uncertainty=tau, optimizer=MinimumVariance()).allocate(outlook)
        for tau in (0.0, 1.0)
    )
    assert aware.weights[0] > calm.weights[0] + 0.02


# the eight countries' example of He and Litterman (1999), tables 1, 2 and 4
COUNTRIES = ("Australia", "Canada", "France", "Germany", "Japan", "UK", "USA")
CORRELATION = """
1 .488 .478 .515 .439 .512 .491
.488 1 .664 .655 .310 .608 .779
.478 .664 1 .861 .355 .783 .668
.515 .655 .861 1 .354 .777 .653
.439 .310 .355 .354 1 .405 .306
.512 .608 .783 .777 .405 1 .652
.491 .779 .668 .653 .306 .652 1
"""
DEVIATION = np.array([16.0, 20.3, 24.8, 27.1, 21.0, 20.0, 18.7]) / 100
HELD = np.array([1.6, 2.2, 5.2, 5.5, 11.6, 12.4, 61.5]) / 100
EQUILIBRIUM = [3.9, 6.9, 8.4, 9.0, 4.3, 6.8, 7.6]
GERMANY_UP = [4.3, 7.6, 9.3, 11.0, 4.5, 7.0, 8.1]


def test_the_tables_of_he_and_litterman() -> None:
    """Germany does 5 % better than France and the UK, by what they hold: tables 1 and 4."""
    correlation = np.array([row.split() for row in CORRELATION.split("\n") if row], dtype=float)
    cov = np.outer(DEVIATION, DEVIATION) * correlation
    zero = dict.fromkeys(COUNTRIES, 0.0)
    outlook = outlook_from_estimates(zero, cov, annual_cash_rate=0.0)
    market = tuple(zip(COUNTRIES, HELD.tolist(), strict=True))
    prior: Any = {"aversion": 2.5, "benchmark": market, "uncertainty": 0.05}
    equilibrium = BlackLitterman(**prior).believed(outlook)
    assert (100 * equilibrium.mean) == pytest.approx(EQUILIBRIUM, abs=0.06)
    shares = {"Germany": 1.0, "France": -5.2 / 17.6, "UK": -12.4 / 17.6}
    view: Any = {"kind": "view", "legs": tuple(shares.items()), "annual_return": 0.05}
    posterior_of = BlackLitterman(views=(view,), **prior).believed(outlook)
    assert (100 * posterior_of.mean) == pytest.approx(GERMANY_UP, abs=0.06)
    assert (posterior_of.covariance.matrix - cov).min() > 0
