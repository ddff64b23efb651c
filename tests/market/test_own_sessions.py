"""Adding an asset with another calendar changes nothing of the others; no return is lost."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forefolio.core.units import Array, Dates
from forefolio.features import DEFAULT_FEATURES, compute
from forefolio.forecast import volatility_forecast
from forefolio.forecast.targets import ForwardReturn
from forefolio.market import Market, load_market, simulated_market
from forefolio.market.calendar import exchange_sessions, periods_per_year, sessions_per_year, strays
from forefolio.market.cleaning.alignment import in_step, last_own
from forefolio.market.own_sessions import carried_forward, own_growth, silent_rows
from forefolio.market.sources.frame import Frame
from forefolio.optimize import optimize_portfolio
from forefolio.risk import EWMACovariance, LedoitWolf, SampleCovariance, VolatilityTimesCorrelation

EVERY = np.arange(np.datetime64("2019-01-01"), np.datetime64("2024-02-26"))
WEEKDAYS = EVERY[np.is_busday(EVERY)]
SUNDAYS = EVERY[np.is_busday(EVERY, weekmask="Sun Mon Tue Wed Thu")]


def walk(days: Dates, seed: int, volatility: float = 0.01) -> "pd.Series[float]":
    rng = np.random.default_rng(seed)
    return pd.Series(100 * np.exp(np.cumsum(rng.normal(0, volatility, len(days)))), days)


def market_of(closes: Mapping[str, "pd.Series[float]"]) -> Market:
    return load_market(Frame(pd.DataFrame(dict(closes)).sort_index())).market


def by_pandas(close: Array) -> Array:
    """Each asset's own closes, one after the other, and their changes."""
    frame = pd.DataFrame(close)
    changes = [frame[column].dropna().pct_change() for column in frame]
    return pd.concat(changes, axis=1).reindex(frame.index).to_numpy()


HOLED = st.tuples(st.integers(0, 999), st.sampled_from([0.0, 0.1, 0.6]))


@given(HOLED)
def test_returns_are_those_of_each_assets_own_rows(made: tuple[int, float]) -> None:
    market = simulated_market(made[0], 60, 3, holes=made[1])
    np.testing.assert_allclose(market.returns, by_pandas(market.close), rtol=1e-12)
    for lag in (2, 5):
        own = [pd.Series(c).dropna().pct_change(lag).reindex(range(60)) for c in market.close.T]
        np.testing.assert_allclose(own_growth(market.close, lag), np.array(own).T, rtol=1e-12)
    np.testing.assert_array_equal(carried_forward(market.close), pd.DataFrame(market.close).ffill())


@given(HOLED)
def test_compounded_returns_are_the_ratio_of_prices(made: tuple[int, float]) -> None:
    market = simulated_market(made[0], 60, 3, holes=made[1])
    for column, close in enumerate(market.close.T):
        known = close[np.isfinite(close)]
        if len(known) > 1:
            whole = np.prod(1 + market.returns[:, column][np.isfinite(market.returns[:, column])])
            held = np.prod(1 + np.nan_to_num(market.held_returns[:, column]))
            assert whole == pytest.approx(known[-1] / known[0], rel=1e-9)
            assert held == pytest.approx(known[-1] / known[0], rel=1e-9)


def test_a_fall_over_a_halt_is_a_loss() -> None:
    other, halted = walk(WEEKDAYS, 1), walk(WEEKDAYS, 2)
    halted.iloc[600:] *= 0.45
    halted.iloc[520:600] = np.nan
    market = market_of({"OTHER": other, "HALTED": halted})
    assert market.returns[600, 1] == pytest.approx(halted.iloc[600] / halted.iloc[519] - 1)
    assert market.returns[600, 1] < -0.4
    assert (market.held_returns[520:600, 1] == 0).all()
    assert market[:530].silent.tolist() == [False, False]
    assert market[:531].silent.tolist() == [False, True]
    assert not market[:601].silent.any()


def test_what_ended_is_held_until_it_is_silent() -> None:
    ended = walk(WEEKDAYS, 2)
    ended.iloc[700:] = np.nan
    market = market_of({"OTHER": walk(WEEKDAYS, 1), "ENDED": ended})
    assert np.isnan(market.held_returns[700:, 1]).all()
    assert (market[:705].held_returns[700:, 1] == 0).all()
    assert silent_rows(market[:705].close).tolist() == [0, 5]


# -- sessions a year -------------------------------------------------------------------------------


def without(days: Dates, every: int) -> Dates:
    return np.delete(days, np.arange(7, len(days), every))


@pytest.mark.parametrize(
    ("days", "periods"),
    [
        (WEEKDAYS, 252),  # the custom, whatever the holidays
        (without(WEEKDAYS, 25), 252),
        (without(WEEKDAYS, 15), 252),
        (SUNDAYS, 261),
        (without(SUNDAYS, 50), 256),
        (EVERY, 365),
        (without(EVERY, 60), 365),
        (EVERY[::7], 52),
        (EVERY[::14], 26),
        (np.arange("2015-01", "2024-01", dtype="datetime64[M]").astype("datetime64[D]"), 12),
        (np.arange("2015-01", "2024-01", 3, dtype="datetime64[M]").astype("datetime64[D]"), 4),
        (np.arange("2000", "2024", dtype="datetime64[Y]").astype("datetime64[D]"), 1),
        (WEEKDAYS[(WEEKDAYS - EVERY[0]).astype(int) % 2 == 0], 130),
        (WEEKDAYS[:120], 252),
        (WEEKDAYS[:3], 252),
        (np.delete(SUNDAYS, np.arange(300, 420)), 261),  # a halt is no calendar
    ],
)
def test_sessions_a_year_are_those_of_the_record(days: Dates, periods: float) -> None:
    assert periods_per_year(days) == pytest.approx(periods, abs=1)


def test_an_exchange_tells_what_a_short_record_cannot() -> None:
    spring = exchange_sessions("XSAU", np.datetime64("2024-01-14"), np.datetime64("2024-03-20"))
    assert periods_per_year(spring) > 255  # Eid is in April
    assert 245 <= sessions_per_year(spring, "XSAU") <= 252
    assert sessions_per_year(EVERY[-200:], "XSAU") == 365  # its sessions are not of that exchange
    assert sessions_per_year(SUNDAYS[:100], "XSAU") == 260  # of which nothing is known in 2019


def test_each_asset_has_its_own_year_and_the_market_another() -> None:
    market = market_of({"STK": walk(WEEKDAYS, 1), "COIN": walk(EVERY, 2), "W": walk(EVERY[::7], 3)})
    assert market.sessions_per_year == (252, 365, 52)
    assert market.periods_per_year == 365
    np.testing.assert_allclose(market.share_of_sessions, [252 / 365, 1, 52 / 365])
    alone = market.select(["STK"])
    assert alone.sessions_per_year == (252,)
    assert alone.while_open(np.array([True])).periods_per_year == 252


def test_holidays_of_one_country_are_sessions_of_the_other() -> None:
    market = market_of(
        {"NY": walk(without(WEEKDAYS, 26), 1), "TYO": walk(without(WEEKDAYS, 15), 2)}
    )
    union = len(market) / len(without(WEEKDAYS, 26))
    assert market.periods_per_year == pytest.approx(252 * union, rel=1e-3)
    alone = SampleCovariance()(market.select(["NY"])).std[0] * np.sqrt(market.periods_per_year)
    beside = SampleCovariance()(market).std[0] * np.sqrt(market.periods_per_year)
    assert beside == pytest.approx(alone, rel=0.05)


# -- weekends --------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(st.integers(0, len(WEEKDAYS) - 1), st.integers(0, 100))
def test_a_stray_saturday_is_none_of_a_stocks_sessions(first: int, week: int) -> None:
    days = WEEKDAYS[first:]
    saturdays = EVERY[(days[0] <= EVERY) & (days[-1] >= EVERY)]
    saturdays = saturdays[(saturdays.astype(np.int64) % 7) == 2]
    if len(saturdays) <= week:
        return
    whole = np.union1d(days, saturdays[[week]])
    if len(days) > 20:
        assert whole[strays(whole)].tolist() == saturdays[[week]].tolist()


@pytest.mark.parametrize("days", [SUNDAYS, EVERY, EVERY[::7], EVERY[5::7], WEEKDAYS])
def test_an_exchange_that_opens_at_weekends_keeps_them(days: Dates) -> None:
    assert not strays(days).any()


def test_an_exchange_that_changed_its_week_keeps_both() -> None:
    change = np.datetime64("2022-01-01")
    days = np.concatenate([SUNDAYS[change > SUNDAYS], WEEKDAYS[change <= WEEKDAYS]])
    assert not strays(days).any()


def test_nothing_is_missing_on_a_day_on_which_an_exchange_is_never_open() -> None:
    frame = pd.DataFrame(
        {"STK": walk(WEEKDAYS, 1), "COIN": walk(EVERY, 2), "SUN": walk(SUNDAYS, 3)}
    )
    report = load_market(Frame(frame)).report
    assert [finding for finding in report.findings if finding.code == "missing"] == []
    frame.loc[WEEKDAYS[100], "STK"] = np.nan
    report = load_market(Frame(frame)).report
    assert [(f.ticker, f.count) for f in report.findings if f.code == "missing"] == [("STK", 1)]


# -- whoever trades beside it ----------------------------------------------------------------------

STOCKS = {"A": walk(WEEKDAYS, 1, 0.011), "B": walk(WEEKDAYS, 2, 0.014)}
STOCKS["B"] = STOCKS["B"] * (STOCKS["A"] / 100) ** 0.7
ALONE = market_of(STOCKS)
BESIDE = market_of(STOCKS | {"COIN": walk(EVERY, 3, 0.03)})
ROWS = np.isin(BESIDE.sessions, ALONE.sessions)


def test_features_and_returns_of_a_stock_do_not_know_what_trades_beside_it() -> None:
    np.testing.assert_array_equal(BESIDE.returns[ROWS][:, :2], ALONE.returns)
    own = [f for f in DEFAULT_FEATURES if set(f.needs) <= {"close"} and "rank" not in f.name]
    own = [f for f in own if not f.name.startswith(("z-score", "market"))]
    alone, beside = compute(tuple(own), ALONE), compute(tuple(own), BESIDE)
    assert len(alone.names) > 5
    for name in alone.names:
        if "day" in name or "month" in name:
            continue
        one = alone.x[..., alone.names.index(name)]
        other = beside.x[ROWS][:, :2, beside.names.index(name)]
        np.testing.assert_allclose(other, one, rtol=1e-9, atol=1e-12, err_msg=name)


@pytest.mark.parametrize(
    "risk",
    [SampleCovariance(), LedoitWolf(), EWMACovariance(), VolatilityTimesCorrelation()],
    ids=lambda model: model.kind,
)
def test_a_stocks_risk_does_not_know_what_trades_beside_it(risk: LedoitWolf) -> None:
    alone, beside = risk(ALONE), risk(BESIDE)
    np.testing.assert_allclose(
        beside.std[:2] * np.sqrt(BESIDE.periods_per_year),
        alone.std * np.sqrt(ALONE.periods_per_year),
        rtol=1e-9,
    )
    assert beside.correlation[0, 1] == pytest.approx(alone.correlation[0, 1], abs=0.25)
    if isinstance(risk, SampleCovariance | EWMACovariance):  # nothing is shrunk towards the coin
        assert beside.correlation[0, 1] == pytest.approx(alone.correlation[0, 1], abs=1e-9)


def test_a_correlation_is_over_the_same_stretch_of_time() -> None:
    coin = walk(EVERY, 3, 0.02)
    follows = coin.reindex(WEEKDAYS)  # a fund of it, weekends included
    both = market_of({"FUND": follows, "COIN": coin})
    assert SampleCovariance()(both).correlation[0, 1] == pytest.approx(1.0, abs=1e-9)


def test_a_stocks_forecast_a_year_does_not_know_what_trades_beside_it() -> None:
    alone, beside = volatility_forecast(ALONE, 5), volatility_forecast(BESIDE, 5)
    years = np.sqrt(BESIDE.periods_per_year), np.sqrt(ALONE.periods_per_year)
    np.testing.assert_allclose(beside[:2] * years[0], alone * years[1], rtol=0.1)


def test_a_stock_that_is_closed_today_is_held_and_traded_when_it_opens() -> None:
    assert BESIDE.sessions[-1] == np.datetime64("2024-02-25")  # a Sunday
    chosen = optimize_portfolio(BESIDE, forecasts={"A": 0.1, "B": 0.12, "COIN": 0.2})
    assert {"A", "B"} & set(chosen.weights)
    labels = ForwardReturn(horizon=5)(BESIDE)
    friday = int(np.searchsorted(BESIDE.sessions, np.datetime64("2023-06-02")))
    entry, end = BESIDE.close[friday + 3, 0], BESIDE.close[friday + 6, 0]
    assert labels[friday, 0] == pytest.approx(end / entry - 1)  # Monday to Thursday
    assert labels[friday + 1, 0] == pytest.approx(BESIDE.close[friday + 7, 0] / entry - 1)


def test_what_is_in_step_compounds_over_what_was_left_out() -> None:
    step = in_step(BESIDE, 300)
    assert np.is_busday(step.sessions).all() and len(step) == 301
    coin = BESIDE.close[np.isin(BESIDE.sessions, step.sessions), 2]
    np.testing.assert_allclose(step.returns[1:, 2], coin[1:] / coin[:-1] - 1, rtol=1e-12)
    assert step.periods_per_year == 252
    assert in_step(ALONE, 300) is ALONE


def test_a_rate_is_compounded_over_the_sessions_left_out() -> None:
    rate = np.linspace(1e-4, 2e-4, len(BESIDE))
    step = BESIDE.with_series(cash=rate, level=rate).on(ROWS)
    grown = np.cumprod(1 + rate)[ROWS]
    np.testing.assert_allclose(step.series["cash"][1:], grown[1:] / grown[:-1] - 1, rtol=1e-9)
    np.testing.assert_array_equal(step.series["level"], rate[ROWS])


@given(HOLED, st.integers(1, 70))
def test_the_last_own_values_are_those_of_each_asset(made: tuple[int, float], count: int) -> None:
    close = simulated_market(made[0], 60, 3, holes=made[1]).close
    got = last_own(close, count)
    for column, values in zip(got.T, close.T, strict=True):
        own = values[np.isfinite(values)][-count:]
        np.testing.assert_array_equal(column[count - len(own) :], own)
        assert np.isnan(column[: count - len(own)]).all()


def test_what_is_saved_keeps_each_assets_year(tmp_path: Path) -> None:
    saved = BESIDE.save(tmp_path)
    assert saved.sessions_per_year == BESIDE.sessions_per_year
    assert replace(saved, sessions_per_year=()).sessions_per_year == (365.0, 365.0, 365.0)


def test_how_long_each_is_silent_is_found_however_long_ago() -> None:
    close = np.full((300, 4), np.nan)
    close[[299, 290, 3], [0, 1, 2]] = 1.0
    for end in (300, 280, 20, 1):
        seen = [np.flatnonzero(np.isfinite(column)) for column in close[:end].T]
        expected = [end - 1 - rows[-1] if len(rows) else end for rows in seen]
        assert silent_rows(close[:end]).tolist() == expected
    assert silent_rows(close[:, :2]).tolist() == [0, 9]  # all of them traded lately
