"""Assets of other orders of volatility: what they earn, and what they leave the others."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forefolio.core.events import finish
from forefolio.core.units import Array
from forefolio.forecast import (
    EWMA,
    GARCH,
    HAR,
    HARX,
    BayesianRidge,
    Dataset,
    Evidence,
    Forecaster,
    LearntVolatility,
    PooledMean,
    RangeHAR,
    Recipe,
    RidgeRanks,
    ShrunkMean,
    VolatilityAverage,
    WalkForward,
    gather,
    volatility_forecast,
)
from forefolio.forecast.comparable import (
    Comparable,
    comparable_forecasts,
    is_stale,
    median_of_largest_group,
)
from forefolio.forecast.models.baselines import shrunk_drift
from forefolio.market import Market, simulated_market
from forefolio.runs.executors import executor

RECIPE = Recipe(
    models=(BayesianRidge(), RidgeRanks()),
    volatility=(EWMA(), GARCH(), RangeHAR()),
    walk=WalkForward(first=600, refit=250),
)
RATE = 0.026


def bill(sessions: int) -> Array:
    """What a bill fund earns a session: its rate, and hardly any risk."""
    noise = np.random.default_rng(9).normal(0, 1e-4, sessions)
    return np.asarray(RATE / 252 + noise)


def constant(sessions: int) -> Array:
    return np.zeros(sessions)


def still_at_last(sessions: int) -> Array:
    """A stock whose price stood still for half a year."""
    returns = np.random.default_rng(9).normal(3e-4, 0.015, sessions)
    returns[-126:] = 0.0
    return returns


def still_at_first(sessions: int) -> Array:
    returns = np.random.default_rng(9).normal(3e-4, 0.015, sessions)
    returns[:300] = 0.0
    return returns


def rarely(sessions: int) -> Array:
    """A price that rests for weeks, and then jumps."""
    rng = np.random.default_rng(9)
    return np.where(rng.random(sessions) < 0.02, rng.normal(0, 0.05, sessions), 0.0)


def wild(sessions: int) -> Array:
    return np.random.default_rng(9).normal(0, 0.25, sessions).clip(-0.6, 1.5)


KINDS = (bill, constant, still_at_last, still_at_first, rarely, wild)


def closes(assets: int = 5) -> Market:
    base = simulated_market(seed=4, sessions=1100, assets=assets)
    return replace(base, open=None, high=None, low=None, volume=None, series={})


def beside(market: Market, returns: Array) -> Market:
    """The market, and an asset X of such returns."""
    price = 100.0 * np.cumprod(1.0 + returns)
    return replace(
        market,
        assets=(*market.assets, "X"),
        close=np.column_stack([market.close, price]),
        sectors=(*market.sectors, ""),
        sessions_per_year=(),
    )


@cache
def forecasts(kind: str) -> Evidence:
    market = closes()
    named = {f.__name__: f for f in KINDS}
    market = beside(market, named[kind](len(market))) if kind else market
    gathered = finish(gather(RECIPE, (5,), market, executor("inline:")))
    return gathered.horizons[5]


@pytest.mark.parametrize("kind", [f.__name__ for f in KINDS])
def test_an_odd_asset_moves_no_interval_of_the_others(kind: str) -> None:
    alone, together = forecasts(""), forecasts(kind)
    width = alone.panel.quantiles[-1] - alone.panel.quantiles[0]
    for level in (0, -1):
        moved = together.panel.quantiles[level, :, :5] - alone.panel.quantiles[level]
        assert np.nanmax(np.abs(moved) / width) < (0.25 if kind == "rarely" else 0.12)
        assert np.nanmean(np.abs(moved) / width) < 0.04
    np.testing.assert_allclose(together.prior.mean[:, :5], alone.prior.mean, atol=3e-4)


@pytest.mark.parametrize("kind", [f.__name__ for f in KINDS])
def test_what_is_said_of_an_odd_asset_is_finite_and_of_its_own_size(kind: str) -> None:
    panel = forecasts(kind).panel
    low, high = panel.quantiles[0, :, 5], panel.quantiles[-1, :, 5]
    assert np.isfinite(panel.mean[:, 5]).all() and (low <= high).all()
    assert (np.abs(panel.quantiles[:, :, 5] - panel.mean[:, 5]) <= 12 * panel.std[:, 5]).all()


def test_a_bill_fund_is_expected_to_earn_its_rate() -> None:
    evidence = forecasts("bill")
    a_year = evidence.panel.mean[-1, 5] * 252 / 5
    assert a_year == pytest.approx(RATE, abs=0.003)
    low, high = evidence.panel.quantiles[[0, -1], -1, 5] * 252 / 5
    assert 0.0 < low < RATE < high < 0.06
    covered = (evidence.returns >= evidence.panel.quantiles[0]) & (
        evidence.returns <= evidence.panel.quantiles[-1]
    )
    ended = np.isfinite(evidence.returns[:, 5])
    assert covered[ended, 5].mean() == pytest.approx(0.9, abs=0.06)


def test_a_constant_is_expected_to_stay_what_it_is() -> None:
    panel = forecasts("constant").panel
    np.testing.assert_array_equal(panel.mean[:, 5], 0.0)
    np.testing.assert_array_equal(panel.quantiles[:, :, 5], 0.0)


def test_a_price_that_stands_still_is_not_expected_to_earn_what_stocks_do() -> None:
    panel = forecasts("still_at_last").panel
    stocks = panel.mean[-1, :5].mean()
    assert abs(panel.mean[-1, 5]) < 0.1 * abs(stocks)
    assert panel.mean[100, 5] == pytest.approx(panel.mean[100, 0], rel=0.5)  # it still moved


@pytest.mark.parametrize("model", [PooledMean(), ShrunkMean()], ids=lambda m: m.kind)
def test_means_are_pooled_in_units_of_risk(model: Forecaster) -> None:
    market = closes()
    alone = volatile_mean(model, market)
    for kind, low, high in ((bill, 0.8, 1.2), (constant, 0.0, 0.0)):
        odd = volatile_mean(model, beside(market, kind(len(market))))
        np.testing.assert_allclose(odd[:5], alone, rtol=0.03)
        assert low * RATE / 252 <= odd[5] <= high * RATE / 252
    odd = volatile_mean(model, beside(market, wild(len(market))))
    assert abs(odd[5]) <= 3.2 * np.abs(alone).max() + 1e-4


def volatile_mean(model: Forecaster, market: Market) -> Array:
    unknown = np.full(market.close.shape, np.nan)
    data = Dataset(market=market, x=np.empty((*unknown.shape, 0)), names=(), y=unknown, horizon=1)
    mean: Array = model.fit(data).predict(data).mean[0]
    return mean


@pytest.mark.parametrize("model", [PooledMean(), ShrunkMean(), EWMA()], ids=lambda m: m.kind)
def test_a_walk_over_a_saved_market_compares_its_assets_once(
    model: Forecaster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    market = closes()
    compared: list[int] = []
    alone = [volatile_mean(model, market[:rows]) for rows in (600, 500, 550)]
    of = Comparable.of

    def counting(returns: Array) -> Comparable:
        compared.append(len(returns))
        return of(returns)

    monkeypatch.setattr(Comparable, "of", counting)
    saved = market.save(tmp_path)
    walked = [volatile_mean(model, saved[:rows]) for rows in (600, 500, 550)]
    np.testing.assert_array_equal(walked, alone)
    assert compared == [len(market)]


def test_past_means_are_shrunk_among_their_like() -> None:
    market = closes()
    odd = beside(market, bill(len(market)))
    np.testing.assert_allclose(
        shrunk_drift(odd.returns)[:5], shrunk_drift(market.returns), rtol=0.03
    )
    assert shrunk_drift(odd.returns)[5] * 252 == pytest.approx(RATE, abs=0.004)


@pytest.mark.parametrize(
    "model",
    [HAR(), RangeHAR(), HARX(), VolatilityAverage(), LearntVolatility()],
    ids=lambda m: m.kind,
)
def test_a_pooled_volatility_is_that_of_its_like(model: Forecaster) -> None:
    market = closes()
    alone = volatility_forecast(market, 5, model)
    together = volatility_forecast(beside(market, bill(len(market))), 5, model)
    np.testing.assert_allclose(together[:5], alone, rtol=0.02)
    assert 0.5e-4 < together[5] < 2e-4


def test_reference_assets_are_all_alike(market: Market, holed_market: Market) -> None:
    for one in (market, holed_market):
        alike = Comparable.of(one.returns)
        assert (alike.similarity == 1.0).all()
        assert alike.levels(one.returns)[-1] == pytest.approx(np.nanmean(one.returns), rel=1e-12)
        np.testing.assert_array_equal(alike.expected(0.0), 0.0)


def test_likeness_knows_no_future_and_no_unit() -> None:
    returns = beside(closes(), still_at_last(1100)).returns
    whole, part = Comparable.of(returns), Comparable.of(returns[:1020])
    for name in ("similarity", "ratio", "mean", "credibility"):
        np.testing.assert_array_equal(getattr(whole, name)[:1020], getattr(part, name))
    np.testing.assert_allclose(
        Comparable.of(0.01 * returns).similarity, whole.similarity, atol=1e-9
    )


def test_likeness_by_hand() -> None:
    signs = np.where(np.arange(400) % 2, 1.0, -1.0)[:, None]
    scale = 0.01 * np.array([1.0, 1.0, 1.0, 1.0, 1 / 3, 1 / 5.1961524, 1 / 9, 1 / 100, 0.0])
    alike = Comparable.of(signs * scale)
    np.testing.assert_allclose(alike.similarity[-1], [1, 1, 1, 1, 1, 0.5, 0, 0, 0], atol=1e-6)
    np.testing.assert_allclose(alike.ratio[-1, 6:], [1 / 9, 0.01, 0.0], rtol=1e-6)
    error = 0.01 / 9 / np.sqrt(250)
    believed = 1e-8 / (1e-8 + error**2)
    np.testing.assert_allclose(alike.credibility[-1, 6], believed, rtol=1e-6)
    np.testing.assert_allclose(alike.expected(9e-4)[-1, :5], 9e-4, rtol=1e-9)
    assert alike.expected(9e-4)[-1, 6] == pytest.approx((1 - believed) * 1e-4, rel=1e-6)


def test_nothing_that_moves_at_all_is_expected_to() -> None:
    still = Comparable.of(np.zeros((300, 3)))
    np.testing.assert_array_equal(still.levels(np.zeros((300, 3))), 0.0)
    np.testing.assert_array_equal(still.expected(0.01)[-1], 0.0)


def test_forecasts_are_compared_by_what_they_usually_are() -> None:
    std = np.full((300, 4), 0.02)
    std[:, 2] = 1e-4
    std[200:, 3] = 1e-3
    np.testing.assert_array_equal(comparable_forecasts(std)[-1], [True, True, False, True])
    np.testing.assert_array_equal(is_stale(std)[210], [False, False, False, True])
    std[:, 1], std[:, 2] = 0.0, np.nan
    np.testing.assert_array_equal(is_stale(std)[-1], [False, True, True, True])


@settings(deadline=None, max_examples=60)
@given(
    powers=st.lists(st.lists(st.integers(-1, 30), min_size=4, max_size=4), min_size=1, max_size=5)
)
def test_the_reference_volatility_is_that_of_its_slow_twin(powers: list[list[int]]) -> None:
    rows = np.array([[1.7**p if p >= 0 else 0.0 for p in row] for row in powers])
    out = np.empty(len(rows))
    median_of_largest_group(np.sort(rows, axis=1), 9.0, out)
    for row, said in zip(rows, out, strict=True):
        groups = [sorted(v for v in row if low <= v <= 9.0 * low) for low in row if low > 0]
        best = max(groups, key=lambda group: (len(group), group[0]), default=[0.0])
        assert said == pytest.approx(np.median(best))


def test_two_bills_and_a_stock_keep_to_themselves() -> None:
    rng = np.random.default_rng(2)
    stock = rng.normal(3e-4, 0.015, 900)
    returns = np.column_stack([bill(900), bill(900) + rng.normal(0, 1e-5, 900), stock])
    said = shrunk_drift(returns) * 252
    np.testing.assert_allclose(said[:2], RATE, atol=0.004)
    assert said[2] == pytest.approx(3 * RATE, rel=0.3)
