from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forefolio.core.lazy import lazy
from forefolio.core.units import Array
from forefolio.market import simulated_market
from forefolio.market.cleaning.bars import Cleaned, clean
from forefolio.market.sources.base import Bars

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "ohlcv.parquet"
pd = lazy("pandas")


def bars(seed: int = 0, **changed: Array) -> Bars:
    market = simulated_market(seed=seed, sessions=250, assets=1)
    columns = {n: getattr(market, n)[:, 0] for n in ("open", "high", "low", "close", "volume")}
    return Bars(dates=market.sessions, columns=columns).having(**changed)


def unadjusted(ratio: float, seed: int = 0, row: int = 120) -> Bars:
    whole = bars(seed)
    before = np.arange(250) < row
    scaled = {n: np.where(before, v * ratio, v) for n, v in whole.columns.items() if n != "volume"}
    shares = np.where(before, whole.columns["volume"] / ratio, whole.columns["volume"])
    return whole.having(**scaled, volume=shares)


def codes(cleaned: Cleaned) -> set[str]:
    return {f.code for f in cleaned.findings}


@pytest.mark.parametrize("ratio", [2.0, 3.0, 4.0, 10.0, 1 / 2, 1 / 8, 100.0])
def test_a_split_left_unadjusted_is_refused_with_its_day(ratio: float) -> None:
    cleaned = clean("X", unadjusted(ratio))
    assert "looks like a split left unadjusted" in cleaned.refused
    assert str(bars().dates[120]) in cleaned.refused


def test_an_adjusted_close_explains_a_split() -> None:
    split = unadjusted(2.0)
    cleaned = clean("X", split.having(adjusted=bars().close))
    assert not cleaned.refused
    assert np.array_equal(cleaned.bars.close, bars().close)
    np.testing.assert_allclose(cleaned.bars.columns["high"], bars().columns["high"], rtol=1e-12)


@pytest.mark.parametrize("ratio", [2.0, 3.0, 1.5, 0.1])
def test_a_recorded_split_is_applied(ratio: float) -> None:
    recorded = np.where(np.arange(250) == 120, ratio, 0.0)
    cleaned = clean("X", unadjusted(ratio).having(split=recorded))
    assert not cleaned.refused and codes(cleaned) == {"split_applied"}
    for name in ("open", "high", "low", "close", "volume"):
        np.testing.assert_allclose(cleaned.bars.columns[name], bars().columns[name], rtol=1e-12)


def test_a_recorded_split_that_is_in_the_prices_already_changes_nothing() -> None:
    recorded = np.where(np.arange(250) == 120, 2.0, 0.0)
    cleaned = clean("X", bars().having(split=recorded))
    assert not cleaned.findings
    assert np.array_equal(cleaned.bars.close, bars().close)


def test_a_crash_to_half_in_heavy_trading_is_kept() -> None:
    crash = unadjusted(2.0)
    heavy = np.where(np.arange(250) == 120, 8 * crash.columns["volume"], crash.columns["volume"])
    cleaned = clean("X", crash.having(volume=heavy))
    assert not cleaned.refused
    assert [f.code for f in cleaned.findings] == ["large_move"]


def test_closes_alone_do_not_refuse_a_crash_that_shakes_the_days_after() -> None:
    close = unadjusted(2.0).close.copy()
    close[121:131] *= np.exp(0.08 * (-1.0) ** np.arange(10))
    cleaned = clean("X", Bars(dates=bars().dates, columns={"close": close}))
    assert not cleaned.refused
    assert "closes alone" in str(cleaned.findings[0])


@given(st.sampled_from([100.0, 0.01, 1000.0, 0.1]), st.integers(10, 240), st.integers(1, 3))
def test_bad_ticks_are_emptied_and_nothing_else(ratio: float, row: int, width: int) -> None:
    close = bars().close.copy()
    close[row : row + width] *= ratio
    cleaned = clean("X", Bars(dates=bars().dates, columns={"close": close}))
    assert np.flatnonzero(np.isnan(cleaned.bars.close)).tolist() == [*range(row, row + width)]
    assert codes(cleaned) == {"bad_tick"}


def test_simulated_markets_have_no_splits() -> None:
    for seed in range(20):
        assert clean("X", bars(seed)).findings == ()


@pytest.mark.slow
@pytest.mark.skipif(not DATA.exists(), reason="the development data is not here")
def test_the_rule_on_large_us_stocks_finds_splits_and_spares_crises() -> None:
    frame = pd.read_parquet(DATA).sort_values(["ticker", "date"])
    big = frame[(frame.split >= 1.9) | (frame.split <= 1 / 1.9)]
    splits = {(t, str(d)[:10]) for t, d in zip(big.ticker, big.date, strict=True)}
    raw: set[tuple[str, str]] = set()
    adjusted: set[str] = set()
    for ticker, rows in frame.groupby("ticker"):
        names = ("open", "high", "low", "close", "volume")
        columns = {n: rows[n].to_numpy(np.float64) for n in names}
        read = Bars(dates=rows["date"].to_numpy().astype("M8[D]"), columns=columns)
        found = clean(ticker, read).findings
        raw |= {(ticker, str(f.first)) for f in found if f.code == "split"}
        told = clean(ticker, read.having(adjusted=rows["adj_close"].to_numpy(np.float64)))
        adjusted |= {ticker} if told.refused else set()
    assert len(raw & splits) >= 0.92 * len(splits)
    assert raw - splits <= {  # spin-offs, a share class, a merger, and the vendor's error
        ("ABT", "2013-01-02"), ("EBAY", "2015-07-20"), ("GOOGL", "2014-04-03"),
        ("JCI", "2012-10-01"), ("TRMB", "2007-02-26"),
    }  # fmt: skip
    assert not adjusted


@pytest.mark.slow
@pytest.mark.skipif(not DATA.exists(), reason="the development data is not here")
def test_closes_alone_refuse_no_crash_of_large_us_stocks() -> None:
    frame = pd.read_parquet(DATA, columns=["ticker", "date", "adj_close"])
    for ticker, rows in frame.sort_values(["ticker", "date"]).groupby("ticker"):
        dates = rows["date"].to_numpy().astype("M8[D]")
        close = rows["adj_close"].to_numpy(np.float64)
        cleaned = clean(ticker, Bars(dates=dates, columns={"close": close}))
        assert not cleaned.refused, cleaned.refused
        assert "bad_tick" not in codes(cleaned) or ticker == "TRMB"  # the vendor's error
