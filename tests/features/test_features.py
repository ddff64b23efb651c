"""Each feature against its definition, written out for one asset."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from forefolio.features import (
    CATALOGUE,
    CrossRank,
    Drawdown,
    Feature,
    Hurst,
    MacroChange,
    MacroLevel,
    MarketBeta,
    MarketCorrelation,
    Momentum,
    RangeVolatility,
    Reversal,
    Skew,
    VarianceRatio,
    Volatility,
    VolatilityRatio,
    VolumeZScore,
)
from forefolio.market import Market, simulated_market
from forefolio.units import Array

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
    (Momentum(window=63), lambda _, c: c[-1] / c[-64] - 1),
    (Momentum(window=252, skip=21), lambda _, c: c[-22] / c[-274] - 1),
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
    (RangeVolatility(), lambda m, _: _garman_klass(m)),
    (VolumeZScore(), lambda m, _: _volume(m)),
    (MarketBeta(), lambda m, _: np.polyfit(*_paired(m)[::-1], 1)[0]),
    (MarketCorrelation(), lambda m, _: np.corrcoef(*_paired(m))[0, 1]),
    (CrossRank(), lambda m, _: _rank(m)),
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
    ranks = CrossRank(of=Momentum(window=1))(market)
    np.testing.assert_allclose(ranks[1], [1 / 6 - 0.5, 4 / 6 - 0.5, 4 / 6 - 0.5, np.nan])
