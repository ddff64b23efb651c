"""News of an asset's own, and what they say of the sessions ahead."""

from dataclasses import replace

import numpy as np
import pytest

from forefolio.core.units import Array
from forefolio.features import NewsCalendar, NewsScore, RecentNews
from forefolio.features.news import NEWS_AHEAD, PLACES, calendar_of, news_ahead
from forefolio.forecast import HARX, Dataset, Truth
from forefolio.market import Market, simulated_market


def reports(sessions: int = 1500, assets: int = 8, apart: int = 63) -> Market:
    """Assets that jump overnight on much volume once in `apart` sessions, each on its own day."""
    rng = np.random.default_rng(11)
    base = simulated_market(sessions=sessions, assets=assets)
    late = rng.integers(-2, 3, (sessions // apart + 2, assets))
    own = np.arange(assets) * apart // assets
    on = np.zeros((sessions, assets), dtype=bool)
    for asset in range(assets):
        times = own[asset] + apart * np.arange(len(late)) + late[:, asset]
        on[times[(times >= 0) & (times < sessions)], asset] = True
    quiet = 0.004 * rng.standard_normal((sessions, assets))
    night = np.where(on, 0.06, 0.004) * rng.standard_normal((sessions, assets))
    market = 0.005 * rng.standard_normal((sessions, 1))
    close = 50 * np.exp(np.cumsum(quiet + night + market, axis=0))
    before = np.vstack([np.full((1, assets), 50.0), close[:-1]])
    opened = before * np.exp(night + market)
    high, low = np.maximum(opened, close) * 1.001, np.minimum(opened, close) * 0.999
    volume = 1e6 * np.exp(0.2 * rng.standard_normal((sessions, assets)) + 1.2 * on)
    return replace(base, open=opened, high=high, low=low, close=close, volume=volume)


def twin(market: Market) -> Array:
    """The scores of a market without holes, one number after the other."""
    opened, close, volume = market.open, market.close, market.volume
    assert opened is not None and volume is not None
    out = np.full(close.shape, np.nan)
    gap = opened[1:] / close[:-1] - 1
    squares = (gap - np.median(gap, axis=1, keepdims=True)) ** 2
    logs = np.log(volume[1:])
    for row in range(126, len(squares)):
        for asset in range(close.shape[1]):
            usual = squares[row - 126 : row, asset].mean()
            size = np.log(1 + min(squares[row, asset] / usual, 100.0))
            more = logs[row, asset] - logs[row - 63 : row, asset].mean()
            out[row + 1, asset] = size * min(max(more, 0.0), 2.0)
    return out


def test_scores_are_those_of_a_plain_loop() -> None:
    market = reports(sessions=400)
    np.testing.assert_allclose(NewsScore()(market), twin(market), rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize(
    ("lag", "slack", "ahead"), [(63, 3, 5), (63, 3, 63), (252, 0, 1), (5, 2, 21)]
)
def test_the_calendar_looks_where_it_says(lag: int, slack: int, ahead: int) -> None:
    scores = np.random.default_rng(0).random((500, 2))
    seen = calendar_of(scores, lag, slack, ahead)
    for now in (380, 401, 499):
        first, last = now + 1 - lag - slack, now + 1 + ahead - lag + slack
        expected = scores[first : min(last, now) + 1].max(axis=0)
        np.testing.assert_array_equal(seen[now], expected)


def test_nothing_is_seen_before_it_happens() -> None:
    market = reports(sessions=700)
    for rows in (300, 555):
        for horizon in (1, 5, 21, 63):
            whole, part = news_ahead(horizon)(market), news_ahead(horizon)(market[:rows])
            np.testing.assert_array_equal(whole[:rows], part)


def test_a_report_is_seen_coming() -> None:
    market = reports()
    score, expected = NewsScore()(market), NewsCalendar(lag=63, ahead=1)(market)
    usual, coming = expected[600:-2], score[602:]
    on = coming > 2
    assert on.sum() > 50
    assert usual[on].mean() > 4 * usual[~on].mean()


def test_recent_news_is_the_largest_of_the_last_sessions() -> None:
    market = reports(sessions=400)
    score, recent = NewsScore()(market), RecentNews(window=10)(market)
    np.testing.assert_array_equal(recent[300], score[291:301].max(axis=0))
    assert np.isnan(recent[127 + 8]).all() and np.isfinite(recent[127 + 9]).all()


def test_a_place_before_the_first_score_counts_as_one_without_news() -> None:
    panel = news_ahead(5)(reports(sessions=300))
    assert panel.shape == (300, 8, len(NEWS_AHEAD)) and len(PLACES) == 4
    assert np.isfinite(panel).all()
    assert (panel[:, :, 3] == 0).all() and panel[-1, :, 0].max() > 0


def loss(market: Market, model: HARX, horizon: int, fitted: int = 1000) -> float:
    data = Dataset.of_prices(market, horizon)
    rows = len(data) - fitted
    said = model.fit(data.as_of(fitted)).predict(data, rows=rows).std ** 2
    came = Truth.of(market, horizon, rows).variance
    return float(np.nanmean(came / said + np.log(said)))


def test_har_x_knows_what_the_calendar_knows() -> None:
    market = reports()
    assert loss(market, HARX(), 5) < loss(market, HARX(news=False), 5) - 0.05


def test_a_market_without_volume_has_no_news() -> None:
    market = replace(reports(sessions=700), volume=None)
    data = Dataset.of_prices(market, 5)
    with_news, without = (HARX(news=news).fit(data).predict(data).std for news in (True, False))
    np.testing.assert_array_equal(with_news, without)
    assert np.isnan(NewsScore()(market)).all()
