"""Losses by every model: against closed forms, against luck, and against what came next."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from forefolio.backtest import metrics
from forefolio.core.errors import DataError, InputError, NotEnoughHistory, UnknownTicker
from forefolio.core.units import Array
from forefolio.market import simulated_market
from forefolio.risk import (
    TAIL_MODELS,
    CornishFisher,
    FilteredHistorical,
    Historical,
    Normal,
    TailModel,
    TailSpec,
    check_value_at_risk,
    portfolio_returns,
    tail_risk,
)
from forefolio.risk.tails.cornish_fisher import distribution_with

ONE = TailSpec(level=0.95, horizon=1)
EACH = pytest.mark.parametrize("model", [model() for model in TAIL_MODELS], ids=lambda m: m.kind)


def clustered(sessions: int = 1000, seed: int = 3) -> Array:
    returns: Array = simulated_market(seed, sessions + 1).returns[1:, 0].copy()
    return returns


def heavy(sessions: int = 1000) -> Array:
    rng = np.random.default_rng(1)
    skewed: Array = stats.skewnorm.rvs(-4, size=sessions, random_state=rng)
    return 0.01 * (skewed + rng.standard_t(8, sessions))


@given(level=st.floats(0.5, 0.99), sessions=st.integers(120, 400))
def test_the_historical_loss_is_that_of_the_backtests_metrics(level: float, sessions: int) -> None:
    returns = heavy(sessions)
    loss = Historical().measure(returns, TailSpec(level=level, horizon=1))
    assert loss.value_at_risk == metrics.value_at_risk(returns, level)
    assert loss.expected_shortfall == metrics.expected_shortfall(returns, level)


def test_over_several_sessions_history_is_compounded() -> None:
    returns = heavy(300)
    stretches = [np.prod(1 + returns[i : i + 5]) - 1 for i in range(296)]
    loss = Historical().measure(returns, TailSpec(level=0.9, horizon=5))
    assert loss.value_at_risk == pytest.approx(-np.quantile(stretches, 0.1))
    assert loss.expected_shortfall == pytest.approx(-np.mean(np.sort(stretches)[:29]), rel=0.02)


@settings(max_examples=20)
@given(level=st.floats(0.5, 0.999), horizon=st.integers(1, 60))
def test_the_normal_loss_is_the_closed_form(level: float, horizon: int) -> None:
    returns = heavy()
    loss = Normal().measure(returns, TailSpec(level=level, horizon=horizon))
    law = stats.norm(horizon * returns.mean(), returns.std(ddof=1) * np.sqrt(horizon))
    assert loss.value_at_risk == pytest.approx(-law.ppf(1 - level), abs=1e-12)
    beyond = -law.expect(lambda x: x, ub=law.ppf(1 - level)) / (1 - level)
    assert loss.expected_shortfall == pytest.approx(beyond, rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("horizon", [1, 10])
def test_the_cornish_fisher_loss_is_that_of_the_bent_distribution(horizon: int) -> None:
    returns = heavy()
    bent = distribution_with(stats.skew(returns) / horizon**0.5, stats.kurtosis(returns) / horizon)
    mean, std = horizon * returns.mean(), returns.std(ddof=1) * np.sqrt(horizon)
    loss = CornishFisher().measure(returns, TailSpec(level=0.95, horizon=horizon))
    assert loss.value_at_risk == pytest.approx(-mean - std * bent.quantile(0.05))
    assert loss.expected_shortfall == pytest.approx(-mean - std * bent.mean_below(0.05))


def test_without_skew_and_kurtosis_cornish_fisher_is_normal() -> None:
    standard = np.array([-(3**0.5), 0.0, 0.0, 0.0, 0.0, 3**0.5]) * 0.01  # kurtosis of 3
    returns = np.tile(standard, 50)
    bent, straight = CornishFisher().measure(returns, ONE), Normal().measure(returns, ONE)
    assert bent.value_at_risk == pytest.approx(straight.value_at_risk, rel=1e-12)
    assert bent.expected_shortfall == pytest.approx(straight.expected_shortfall, rel=1e-12)


def test_what_no_bent_distribution_has_is_refused_not_measured() -> None:
    crash = np.append(np.random.default_rng(0).normal(0, 1e-3, 300), -0.5)
    with pytest.raises(DataError, match=r"has no distribution with a skew of -1\d\.\d\d"):
        tail_risk(crash, CornishFisher())
    assert tail_risk(crash, Historical()).value_at_risk < 0.01


def test_the_filter_knows_how_wild_today_is() -> None:
    rng = np.random.default_rng(5)
    returns = clustered(1500)
    calm, wild = (
        np.append(returns, rng.normal(0, 0.003, 40)),
        np.append(returns, rng.normal(0, 0.04, 40)),
    )
    filtered = FilteredHistorical()
    least, most = filtered.measure(calm, ONE), filtered.measure(wild, ONE)
    assert most.value_at_risk > 2 * least.value_at_risk
    assert most.expected_shortfall > most.value_at_risk


def test_the_filter_simulates_what_one_session_says_exactly() -> None:
    returns = clustered()
    later = [
        FilteredHistorical(paths=200_000).measure(returns, TailSpec(level=0.95, horizon=h))
        for h in (1, 2)
    ]
    assert later[1].value_at_risk == pytest.approx(2**0.5 * later[0].value_at_risk, rel=0.1)


def test_where_no_garch_fits_exponential_weights_filter_and_it_is_said() -> None:
    returns = clustered(2200, seed=8)[239:1239]
    told = tail_risk(returns, FilteredHistorical(), draws=20)
    assert told.note.startswith("no GARCH fits these returns")
    variance = float(np.mean((returns - returns.mean()) ** 2))
    standardized = []
    for shock in returns - returns.mean():
        standardized.append(shock / np.sqrt(variance))
        variance = 0.94 * variance + 0.06 * shock**2
    quantile = np.quantile(standardized, 0.05) * np.sqrt(variance) + returns.mean()
    assert told.value_at_risk == pytest.approx(-quantile)


def test_a_filtered_value_at_risk_passes_where_a_constant_one_comes_in_clusters() -> None:
    returns = clustered(2200, seed=8)
    constant = np.full(1200, Historical().measure(returns[:1000], ONE).value_at_risk)
    model = FilteredHistorical(window=1000)
    said = [model.measure(returns[:t], ONE).value_at_risk for t in range(1000, 2200)]
    filtered = check_value_at_risk(returns[1000:], np.array(said))
    assert filtered.conditional and not filtered.conditional.rejects
    plain = check_value_at_risk(returns[1000:], constant)
    assert plain.conditional
    assert plain.conditional.statistic > filtered.conditional.statistic


@pytest.mark.parametrize("model", [Historical(), Normal(), CornishFisher()], ids=lambda m: m.kind)
def test_errors_are_as_large_as_luck(model: TailModel) -> None:
    rng = np.random.default_rng(0)
    samples = rng.standard_t(6, (200, 800)) * 0.01
    lucky = [model.measure(one, ONE).value_at_risk for one in samples]
    told = [tail_risk(one, model, draws=60).value_at_risk_error for one in samples[:20]]
    assert np.mean(told) == pytest.approx(np.std(lucky), rel=0.25)


def test_errors_of_the_filter_are_as_large_as_luck_in_the_tail() -> None:
    told = tail_risk(clustered(), FilteredHistorical(), draws=60)
    assert 0.01 < told.value_at_risk_error / told.value_at_risk < 0.15


@EACH
@pytest.mark.parametrize("horizon", [1, 10])
def test_losses_grow_with_the_level_and_errors_are_reproducible(
    model: TailModel, horizon: int
) -> None:
    returns = clustered(600)
    told = [tail_risk(returns, model, level=x, horizon=horizon, draws=5) for x in (0.9, 0.99)]
    assert told[0].value_at_risk < told[1].value_at_risk < told[1].expected_shortfall
    assert told[0].expected_shortfall < told[1].expected_shortfall
    assert told[1] == tail_risk(returns, model, level=0.99, horizon=horizon, draws=5)
    assert told[1] != tail_risk(returns, model, level=0.99, horizon=horizon, draws=5, seed=1)
    assert min(told[1].value_at_risk_error, told[1].expected_shortfall_error) > 0.0


@pytest.mark.parametrize("model", [Historical(), Normal(), CornishFisher()], ids=lambda m: m.kind)
def test_what_never_moves_loses_what_it_loses(model: TailModel) -> None:
    told = tail_risk(np.full(100, 0.25), model, draws=5)
    assert told.value_at_risk == pytest.approx(-0.25)
    assert told.expected_shortfall == pytest.approx(-0.25)


def test_a_portfolio_of_scenarios() -> None:
    scenarios = np.array([[0.1, 0.2, np.nan], [np.nan, 0.1, 0.0], [0.0, -0.1, 0.3]])
    earned = portfolio_returns(np.array([0.5, 0.25, 0.0]), scenarios)
    np.testing.assert_allclose(earned, [0.1, -0.025])  # a hole counts where it is held
    with pytest.raises(InputError, match="one finite number for each"):
        portfolio_returns(np.ones(2), scenarios)
    with pytest.raises(InputError, match="finite"):
        portfolio_returns(np.array([1.0, np.nan, 0.0]), scenarios)


def test_a_portfolio_by_ticker() -> None:
    scenarios = pd.DataFrame({"A": [0.1, 0.0], "B": [0.2, -0.1], "C": [np.nan, np.nan]})
    given: list[Any] = [{"B": 0.25, "A": 0.5}, pd.Series({"B": 0.25, "A": 0.5}), [0.5, 0.25, 0.0]]
    for weights in given:
        np.testing.assert_allclose(portfolio_returns(weights, scenarios), [0.1, -0.025])
    with pytest.raises(UnknownTicker, match="D"):
        portfolio_returns({"D": 1.0}, scenarios)
    with pytest.raises(InputError, match="percentages"):
        portfolio_returns([60.0, 40.0, 0.0], scenarios)
    with pytest.raises(InputError, match="by ticker need returns by ticker"):
        portfolio_returns({"A": 1.0}, scenarios.to_numpy())
    nonsense: list[Any] = [None, "prices", [0.1, 0.2], [["a"]]]
    for returns in nonsense:
        with pytest.raises(InputError, match="give"):
            portfolio_returns([1.0], returns)


def test_what_cannot_be_measured_is_said() -> None:
    returns = heavy(100)
    with pytest.raises(InputError, match="level is 95"):
        tail_risk(returns, level=95)
    with pytest.raises(InputError, match="horizon is 0"):
        tail_risk(returns, horizon=0)
    with pytest.raises(InputError, match="one finite number per session"):
        tail_risk(np.append(returns, np.nan))
    with pytest.raises(NotEnoughHistory, match=r"a loss at 0\.99 over 5 sessions needs 104"):
        tail_risk(returns, level=0.99, horizon=5)
    with pytest.raises(NotEnoughHistory, match="a GARCH filter needs 250"):
        tail_risk(returns, FilteredHistorical())
    with pytest.raises(DataError, match="do not vary"):
        tail_risk(np.zeros(300), FilteredHistorical())
