"""Regimes are found, named by volatility, and said from the past alone."""

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forefolio.core.errors import InputError, NotEnoughHistory
from forefolio.core.units import Array
from forefolio.market import Market, simulated_market
from forefolio.market.returns import ewma_volatility
from forefolio.regimes import FittedRegimes, Regimes
from forefolio.regimes.regimes import NAMES, observations

PRICES = Path(__file__).parents[2].parent / "shared" / "data" / "benchmark.parquet"
CRASH = slice(900, 960)


def _shaken(factor: float = 5.0) -> Market:
    """A quiet market of the benchmark alone, shaken for some weeks."""
    rng = np.random.default_rng(0)
    returns = rng.normal(0.0003, 0.006, 1500)
    returns[CRASH] *= factor
    market = simulated_market(sessions=1500, assets=2)
    return market.with_series(benchmark=np.exp(np.cumsum(returns)))


def _expected(fitted: FittedRegimes, market: Market) -> Array:
    """Expected log volatility (T,)."""
    mean: Array = fitted.probability(market, len(market)) @ fitted.model.means[:, 1]
    return mean


def test_a_crisis_is_recognised_while_it_lasts() -> None:
    market = _shaken()
    fitted = Regimes().estimate(market)
    assert fitted.names == ("calm", "normal", "nervous", "crisis")
    crisis = fitted.probability(market, len(market))[:, -1]
    assert crisis[905:960].mean() > 0.9 and crisis[100:895].mean() < 0.01
    assert fitted.at_end(market[:950]).likeliest == "crisis"
    assert 60 < fitted.sessions[-1] < 130  # volatility forgets within weeks
    assert fitted.sessions.sum() == pytest.approx(1490)


@pytest.mark.skipif(not PRICES.exists(), reason="the prices are not here")
def test_the_crisis_of_2008_is_told_from_what_was_known_before() -> None:
    prices = pd.read_parquet(PRICES)
    index = prices[prices["ticker"] == "^GSPC"].set_index("date")["close"]
    level = index.to_numpy(np.float64)
    market = Market(
        sessions=index.index.to_numpy().astype("datetime64[D]"),
        assets=("^GSPC",),
        close=level[:, None],
        series={"benchmark": level},
        periods_per_year=252,
    )
    fitted = Regimes().estimate(market.as_of("2007-12-31"))
    autumn, summer = (
        fitted.probability(market.as_of(f"{year}-{month}-30"), rows=40)[:, -1]
        for year, month in ((2008, 11), (2006, "08"))
    )
    assert autumn.min() > 0.99 and summer.max() < 0.01


def test_regimes_are_ordered_by_volatility(market: Market) -> None:
    for states in NAMES:
        fitted = Regimes(states=states).estimate(market)
        assert (np.diff(fitted.model.means[:, 1]) > 0).all()
        assert len(fitted.names) == len(fitted.sessions) == states
        assert (np.diag(fitted.model.transition) > 0.8).all()


@given(st.integers(2, 1199), st.booleans())
@settings(max_examples=25, deadline=None)
def test_nothing_that_comes_later_changes_what_is_said(cut: int, benchmark: bool) -> None:
    market = simulated_market(seed=1, holes=0.03)
    if not benchmark:
        market = replace(market, series={})
    fitted = Regimes(states=3).estimate(market)
    known = fitted.probability(market[:cut], rows=cut)
    np.testing.assert_array_equal(known, fitted.probability(market, len(market))[:cut])
    assert np.isnan(known[: min(cut, 10)]).all() and np.isfinite(known[10:]).all()


def test_what_is_learnt_depends_on_the_window_alone(market: Market) -> None:
    whole = Regimes(window=600).estimate(market)
    level = market.series["benchmark"].copy()
    level[:200] = np.linspace(900, level[200], 200)
    other = Regimes(window=600).estimate(market.with_series(benchmark=level))
    np.testing.assert_allclose(whole.model.means, other.model.means, rtol=1e-9)


def test_without_a_benchmark_the_assets_are_the_market(holed_market: Market) -> None:
    market = replace(holed_market, series={})
    expected = [
        r[np.isfinite(r)].mean() if np.isfinite(r).any() else np.nan for r in market.returns
    ]
    np.testing.assert_allclose(observations(market)[:, 0], expected, atol=1e-15)


def test_volatility_is_that_which_the_models_are_scaled_with(market: Market) -> None:
    index = Market(
        sessions=market.sessions,
        assets=("index",),
        close=market.series["benchmark"][:, None],
        periods_per_year=market.periods_per_year,
    )
    np.testing.assert_allclose(
        np.exp(observations(market)[10:, 1]), ewma_volatility(index)[10:, 0], rtol=1e-12
    )


def test_a_session_that_is_missing_is_bridged(market: Market) -> None:
    fitted = Regimes().estimate(market)
    level = market.series["benchmark"].copy()
    level[500] = np.nan
    known = fitted.probability(market.with_series(benchmark=level), len(market))
    np.testing.assert_allclose(known[500], known[499] @ fitted.model.transition)


def test_estimating_again_keeps_the_names_of_things() -> None:
    market = _shaken(3.0)
    before = Regimes().estimate(market[:1400])
    after = Regimes().estimate(market, before)
    change = _expected(after, market) - _expected(before, market)
    assert np.nanmax(np.abs(change)) < 0.1
    with pytest.raises(InputError, match="the previous regimes are 4, not 3"):
        Regimes(states=3).estimate(market, before)


@given(st.integers(1, 1199), st.booleans())
@settings(max_examples=15, deadline=None)
def test_a_history_is_told_as_it_was_known(cut: int, benchmark: bool) -> None:
    market = simulated_market(seed=2, holes=0.03)
    if not benchmark:
        market = replace(market, series={})
    regimes = Regimes(states=3, window=600)
    known = regimes.walk_forward(market, refit=150)
    np.testing.assert_array_equal(regimes.walk_forward(market[:cut], refit=150), known[:cut])
    assert np.isnan(known[: 63 * 3]).all()
    np.testing.assert_allclose(known[250:].sum(axis=1), 1)


def test_a_history_is_told_by_regimes_learnt_before_each_session() -> None:
    market = _shaken()
    regimes, known = Regimes(), Regimes().walk_forward(market, refit=400)
    first = int(np.flatnonzero(np.isfinite(known[:, 0]))[0])
    fitted = regimes.estimate(market[: first + 1])
    np.testing.assert_array_equal(
        known[first : first + 400], fitted.probability(market[: first + 400], rows=400)
    )
    fitted = regimes.estimate(market[: first + 401], fitted)
    again = fitted.probability(market[: first + 800], rows=400)
    np.testing.assert_array_equal(known[first + 400 : first + 800], again)


def test_while_a_benchmark_is_silent_nothing_is_learnt_anew() -> None:
    market = _shaken()
    level = market.series["benchmark"].copy()
    level[600:1300] = np.nan
    known = Regimes(window=500).walk_forward(market.with_series(benchmark=level), refit=100)
    assert np.isfinite(known[262:]).all()
    np.testing.assert_allclose(known[1299], known[1298], atol=1e-3)


def test_too_short_a_history_is_refused(market: Market) -> None:
    with pytest.raises(NotEnoughHistory, match="4 regimes needs 252 sessions"):
        Regimes().estimate(market[:200])


def test_settings_and_what_was_learnt_travel(market: Market) -> None:
    one = Regimes(states=3, stickiness=5)
    assert Regimes.model_validate_json(one.model_dump_json()) == one
    fitted = one.estimate(market)
    sent = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(sent.probability(market, 9), fitted.probability(market, 9))


def test_the_same_market_gives_the_same_bits(market: Market) -> None:
    one, other = (Regimes().estimate(market) for _ in range(2))
    np.testing.assert_array_equal(one.model.transition, other.model.transition)
    np.testing.assert_array_equal(one.model.covariances, other.model.covariances)
