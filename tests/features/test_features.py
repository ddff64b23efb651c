"""Each feature against its definition, written out for one asset."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from forefolio.core.units import Array, Dates
from forefolio.features import (
    CATALOGUE,
    CrossRank,
    CrossZScore,
    Drawdown,
    Feature,
    Hurst,
    Kurtosis,
    MacroChange,
    MacroLevel,
    MarketBeta,
    MarketCorrelation,
    MonthTurn,
    OnBalanceVolume,
    PriceMomentum,
    RangeVolatility,
    Reversal,
    Seasonal,
    SectorRelative,
    Skew,
    Trend,
    TrendGap,
    VarianceRatio,
    Volatility,
    VolatilityRatio,
    VolumeZScore,
    Weekday,
    compute,
)
from forefolio.market import Market, simulated_market

ROW, ASSET = 700, 2


def _market() -> Market:
    return simulated_market(seed=3, sessions=ROW + 1, assets=5)


def _moves(close: Array, lag: int, window: int) -> Array:
    logs = np.log(close)
    return (logs[lag:] - logs[:-lag])[-window:]


def _hurst(close: Array) -> float:
    lags = np.array([1, 2, 4, 8, 16])
    spread = [_moves(close, int(lag), 100).std() for lag in lags]
    return float(np.polyfit(np.log(lags), np.log(spread), 1)[0])


def _ratio(close: Array) -> float:
    return float(_moves(close, 5, 100).var() / (5 * _moves(close, 1, 100).var()))


def _garman_klass(market: Market) -> float:
    assert market.open is not None and market.high is not None and market.low is not None
    bars = (b[-21:, ASSET] for b in (market.open, market.high, market.low, market.close))
    open_, high, low, close = bars
    each = 0.5 * np.log(high / low) ** 2 - (2 * np.log(2) - 1) * np.log(close / open_) ** 2
    return float(np.sqrt(each.mean()))


def _volume(market: Market) -> float:
    assert market.volume is not None
    logs = np.log1p(market.volume[-63:, ASSET])
    return float((logs[-1] - logs.mean()) / logs.std())


def _paired(market: Market) -> tuple[Array, Array]:
    level = market.series["benchmark"][-127:]
    return market.returns[-126:, ASSET], level[1:] / level[:-1] - 1


def _balance(market: Market) -> float:
    assert market.volume is not None
    moves, volume = np.sign(market.returns[-63:, ASSET]), market.volume[-63:, ASSET]
    return float((moves * volume).sum() / volume.sum())


def _brown(close: Array, span: int) -> tuple[float, float, float]:
    """Level, slope, and the deviation of a session's move."""
    weight, price = 2 / (span + 1), np.log(close)
    once = price[:span].mean()
    means = [once := once + weight * (p - once) for p in price[span:]]
    means = [price[:span].mean(), *means]
    twice = np.mean(means[:span])
    for mean in means[span:]:
        twice += weight * (mean - twice)
    return 2 * once - twice, weight / (1 - weight) * (once - twice), np.diff(price)[-span:].std()


def _seasonal(market: Market) -> float:
    """Two past years fit before the row."""
    days, price = market.sessions, np.log(market.close[:, ASSET])
    starts = [np.searchsorted(days, days[ROW] - back) for back in (365, 730)]
    brought = np.mean([price[start + 21] - price[start] for start in starts])
    return float(brought - 21 * (price[ROW] - price[starts[1]]) / (ROW - starts[1]))


def _zscore(market: Market) -> float:
    return float(stats.zscore(market.close[-1] / market.close[-22] - 1)[ASSET])


def _sector_relative(market: Market) -> float:
    own = [sector == market.sectors[1] for sector in market.sectors]
    momentum = market.close[-1] / market.close[-22] - 1
    return float(momentum[1] - momentum[own].mean())


def _rank(market: Market) -> float:
    now = market.close[-1] / market.close[-22] - 1
    return float((stats.rankdata(now)[ASSET] - 0.5) / len(now) - 0.5)


def _vix_level(market: Market) -> float:
    vix = market.series["vix"][-250:]
    return float((vix[-1] - vix.mean()) / vix.std())


def _vix_change(market: Market) -> float:
    vix = market.series["vix"]
    return float((vix[-1] - vix[-22]) / (np.diff(vix)[-250:].std() * np.sqrt(21)))


DEFINITIONS: list[tuple[Feature, Callable[[Market, Array], float]]] = [
    (PriceMomentum(window=63), lambda _, c: c[-1] / c[-64] - 1),
    (PriceMomentum(window=252, skip=21), lambda _, c: c[-22] / c[-274] - 1),
    (Reversal(), lambda _, c: 1 - c[-1] / c[-6]),
    (Volatility(), lambda _, c: (c[1:] / c[:-1] - 1)[-63:].std()),
    (
        VolatilityRatio(),
        lambda _, c: (c[1:] / c[:-1] - 1)[-10:].std() / (c[1:] / c[:-1] - 1)[-63:].std(),
    ),
    (Drawdown(), lambda _, c: c[-1] / c[-250:].max() - 1),
    (Hurst(), lambda _, c: _hurst(c)),
    (VarianceRatio(), lambda _, c: _ratio(c)),
    (Skew(), lambda _, c: stats.skew((c[1:] / c[:-1] - 1)[-63:])),
    (Kurtosis(), lambda _, c: stats.kurtosis((c[1:] / c[:-1] - 1)[-126:])),
    (Trend(), lambda _, c: _brown(c, 63)[1] / _brown(c, 63)[2]),
    (TrendGap(), lambda _, c: (np.log(c[-1]) - _brown(c, 63)[0]) / _brown(c, 63)[2]),
    (Seasonal(), lambda m, _: _seasonal(m)),
    (RangeVolatility(), lambda m, _: _garman_klass(m)),
    (VolumeZScore(), lambda m, _: _volume(m)),
    (OnBalanceVolume(), lambda m, _: _balance(m)),
    (MarketBeta(), lambda m, _: np.polyfit(*_paired(m)[::-1], 1)[0]),
    (MarketCorrelation(), lambda m, _: np.corrcoef(*_paired(m))[0, 1]),
    (CrossRank(), lambda m, _: _rank(m)),
    (CrossZScore(), lambda m, _: _zscore(m)),
    (MacroLevel(), lambda m, _: _vix_level(m)),
    (MacroChange(), lambda m, _: _vix_change(m)),
]


@pytest.mark.parametrize(
    ("feature", "definition"), DEFINITIONS, ids=lambda f: getattr(f, "name", "")
)
def test_a_feature_is_what_its_definition_says(
    feature: Feature, definition: Callable[[Market, Array], float]
) -> None:
    market = _market()
    expected = definition(market, market.close[:, ASSET])
    assert feature(market)[ROW, ASSET] == pytest.approx(expected, rel=1e-7)


def test_a_sector_is_compared_with_itself() -> None:
    market = _market()
    assert market.sectors[:2] == market.sectors[3:] and market.sectors.count("Health") == 1
    found = SectorRelative()(market)[ROW]
    assert found[1] == pytest.approx(_sector_relative(market)) == -found[4]
    assert found[2] == 0  # alone in its sector


def test_without_sectors_nothing_is_compared_with_them() -> None:
    market = replace(_market(), sectors=("",) * 5)
    assert compute((SectorRelative(), PriceMomentum()), market).skipped == (
        ("momentum 21 over its sector", "the data have no sectors"),
    )


@pytest.mark.parametrize("rows", [130, 400])
def test_a_straight_line_is_its_own_trend_from_the_first_value_on(rows: int) -> None:
    zigzag = np.where(np.arange(rows) % 2, 1e-9, -1e-9)
    market = _priced(np.exp(0.001 * np.arange(rows) + zigzag))
    unit = np.diff(np.log(market.close[:, 0]))[-63:].std()
    assert Trend()(market)[-1, 0] * unit == pytest.approx(0.001)
    assert abs(TrendGap()(market)[-1, 0] * unit) < 1e-8
    assert np.isfinite(Trend()(market)[:, 0]).argmax() == 2 * 63 - 2


def test_the_season_that_comes_back_every_year_is_found() -> None:
    days = np.arange(np.datetime64("2010-01-01"), np.datetime64("2017-01-01"))
    price = 1e-4 * np.arange(len(days)) + 0.1 * np.sin(2 * np.pi * np.arange(len(days)) / 365.25)
    found = Seasonal(window=30)(_priced(np.exp(price), days))[:, 0]
    assert np.isnan(found[:365]).all() and np.isfinite(found[400:]).all()
    coming = price[30:] - price[:-30] - 30 * 1e-4
    settled = slice(3 * 365, -30)  # an uneven part of a year is no drift after some years
    assert np.abs(found[settled] - coming[3 * 365 :]).max() < 0.01 < np.abs(coming).max() / 4


@pytest.mark.parametrize(("day", "number"), [("monday", 0), ("friday", 4)])
def test_the_day_of_the_week_is_that_of_the_date(
    day: Literal["monday", "friday"], number: int
) -> None:
    market = _market()
    expected = [date.weekday() == number for date in market.sessions.astype(object)]
    np.testing.assert_array_equal(Weekday(day=day)(market)[:, 0], expected)
    assert 0 < np.mean(expected) < 0.3


def test_a_month_turns_on_its_last_and_its_first_weekdays() -> None:
    days = np.arange(np.datetime64("2021-04-01"), np.datetime64("2021-06-01"))
    days = days[np.is_busday(days)]
    turning = MonthTurn()(_priced(np.ones(len(days)), days))[:, 0]
    assert [str(day)[5:] for day in days[turning == 1]] == [
        *("04-01", "04-02", "04-05", "04-30", "05-03", "05-04", "05-05", "05-31"),
    ]


def test_volume_that_ends_has_no_balance() -> None:
    market = _market()
    assert market.volume is not None
    volume = market.volume + 0.1
    volume[300:] = 0
    found = OnBalanceVolume()(replace(market, volume=volume))
    assert (found[300 + 62 :] == 0).all() and (found[63:300] != 0).any()


def _priced(close: Array, days: Dates | None = None) -> Market:
    if days is None:
        days = np.arange(np.datetime64("2015-01-01"), np.datetime64("2015-01-01") + len(close))
    return Market(sessions=days, assets=("A",), close=close[:, None], periods_per_year=365)


def test_hurst_tells_trends_from_noise_and_from_reversion() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.01, 1200)
    trend = np.convolve(noise, np.ones(20) / 20, "same")
    paths = np.column_stack([np.cumsum(trend), np.cumsum(noise), noise])
    days = np.arange(np.datetime64("2015-01-01"), np.datetime64("2015-01-01") + len(paths))
    market = Market(
        sessions=days, assets=("up", "walk", "back"), close=np.exp(paths), periods_per_year=252
    )
    persistent, walk, reverting = np.nanmean(Hurst()(market), axis=0)
    assert persistent > 0.8 > 0.6 > walk > 0.35 > 0.1 > reverting


@pytest.mark.parametrize("component", CATALOGUE)
def test_a_session_without_a_trade_has_no_value_and_does_not_disturb_the_next(
    component: type[Feature],
) -> None:
    feature, market = component(), simulated_market(seed=5, sessions=400, assets=3)
    closed = np.r_[0:50, 200:203, 350]  # lists late, is suspended, misses a session
    open_ = np.setdiff1d(np.arange(len(market)), closed)

    def cut(bars: Array | None) -> Array | None:
        return None if bars is None else bars[open_]

    def holed(bars: Array | None) -> Array | None:
        if bars is None:
            return None
        out = bars.copy()
        out[closed] = np.nan
        return out

    def rebuilt(change: Callable[[Array | None], Array | None], rows: NDArray[np.int64]) -> Market:
        close = change(market.close)
        assert close is not None
        return Market(
            sessions=market.sessions[rows],
            assets=market.assets,
            close=close,
            open=change(market.open),
            high=change(market.high),
            low=change(market.low),
            volume=change(market.volume),
            series={n: s for n, v in market.series.items() if (s := change(v)) is not None},
            sectors=market.sectors,
            periods_per_year=market.periods_per_year,
        )

    found = feature(rebuilt(holed, np.arange(len(market))))
    assert np.isnan(found[closed]).all()
    np.testing.assert_array_equal(found[open_], feature(rebuilt(cut, open_)))


@pytest.mark.parametrize("component", CATALOGUE)
@pytest.mark.parametrize("rows", [0, 1, 2, 15])
def test_a_short_history_gives_no_value_and_no_error(component: type[Feature], rows: int) -> None:
    market = simulated_market(sessions=30, assets=2)[:rows]
    assert component()(market).shape == (rows, 2)


@pytest.mark.parametrize("component", CATALOGUE)
def test_a_feature_does_not_depend_on_the_level_of_prices(component: type[Feature]) -> None:
    market = simulated_market(sessions=500, assets=3)
    bars = {n: getattr(market, n) * 1024 for n in ("open", "high", "low", "close")}
    scaled = Market(
        sessions=market.sessions,
        assets=market.assets,
        volume=market.volume,
        series=market.series,
        sectors=market.sectors,
        periods_per_year=market.periods_per_year,
        **bars,
    )
    np.testing.assert_allclose(component()(scaled), component()(market), rtol=1e-6, atol=1e-9)


def test_equals_share_their_rank() -> None:
    close = np.array([[1.0, 1, 1, 1], [2, 3, 3, np.nan]])
    market = Market(
        sessions=np.array(["2020-01-01", "2020-01-02"], "datetime64[D]"),
        assets=("a", "b", "c", "d"),
        close=close,
        periods_per_year=252,
    )
    ranks = CrossRank(of=PriceMomentum(window=1))(market)
    np.testing.assert_allclose(ranks[1], [1 / 6 - 0.5, 4 / 6 - 0.5, 4 / 6 - 0.5, np.nan])
