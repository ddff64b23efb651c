"""What the sites of exchanges, banks and data sellers let people save."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from forefolio.core.errors import BadFile
from forefolio.market import Files, Loaded, load_market, simulated_market
from forefolio.market.sources.one_asset import are_bars_of_one

MARKET = simulated_market(seed=3, sessions=120, assets=2)
DAYS = [day.item() for day in MARKET.sessions]
CLOSE, OTHER = (MARKET.close[:, column].round(4) for column in (0, 1))
assert MARKET.open is not None and MARKET.high is not None and MARKET.low is not None
BARS = [getattr(MARKET, name)[:, 0].round(4) for name in ("open", "high", "low", "close")]


def load(path: Path, text: str) -> Loaded:
    path.write_text(text, encoding="utf-8")
    return load_market(Files(path=path, calendar=""))


def unix(row: int) -> int:
    return int(datetime.combine(DAYS[row], datetime.min.time(), UTC).timestamp())


def bars(row: int) -> str:
    return ",".join(f"{column[row]}" for column in BARS)


ONE = {
    "Date,Open,High,Low,Close Close price adjusted for splits.,Adj Close Adjusted close price "
    "adjusted for splits and dividend and/or capital gain distributions.,Volume": lambda row: (
        f'"{DAYS[row]:%b %d, %Y}",{bars(row)},{CLOSE[row]},"1,234,567"'
    ),
    "Data,Otwarcie,Najwyzszy,Najnizszy,Zamkniecie,Wolumen": lambda row: (
        f"{DAYS[row]},{bars(row)},12345"
    ),
    "open_time,open,high,low,close,volume,close_time": lambda row: (
        f"{unix(row)}000,{bars(row)},12.5,{unix(row) + 86_399}999"
    ),
    "snapped_at,price,market_cap,total_volume": lambda row: (
        f"{DAYS[row]} 00:00:00 UTC,{CLOSE[row]},{1e6 * CLOSE[row]:.2f},12345.5"
    ),
    "Date,PX_LAST": lambda row: f"{DAYS[row]},{CLOSE[row]}",
    "Date, Open, High, Low, Close": lambda row: f"{DAYS[row]:%m/%d/%y}, " + bars(row),
    "observation_date,Value": lambda row: f"{DAYS[row]},{CLOSE[row]}",
}


@pytest.mark.parametrize("heading", ONE)
def test_one_assets_history(heading: str, tmp_path: Path) -> None:
    rows = [ONE[heading](row) for row in range(len(DAYS))]
    market = load(tmp_path / "ABC.csv", "\n".join([heading, *rows])).market
    assert market.assets == ("ABC",)
    np.testing.assert_array_equal(market.sessions, MARKET.sessions)
    np.testing.assert_allclose(market.close[:, 0], CLOSE, rtol=1e-12)


def test_a_ticker_that_is_also_a_word_for_a_price_stays_one_beside_others(tmp_path: Path) -> None:
    rows = [f"{day},{one},{two}" for day, one, two in zip(DAYS, CLOSE, OTHER, strict=True)]
    wide = load(tmp_path / "prices.csv", "\n".join(["Date,NAV,AAPL", *rows])).market
    assert wide.assets == ("AAPL", "NAV")
    alone = load(tmp_path / "VFINX.csv", "\n".join(["Date,NAV,Change", *rows])).market
    assert alone.assets == ("VFINX",)


def test_dates_beside_one_another_are_turned(tmp_path: Path) -> None:
    lines = [["Ticker", *map(str, DAYS)], ["AAA", *map(str, CLOSE)], ["BBB", *map(str, OTHER)]]
    market = load(tmp_path / "prices.csv", "\n".join(map(",".join, lines))).market
    assert market.assets == ("AAA", "BBB")
    np.testing.assert_array_equal(market.close, np.column_stack([CLOSE, OTHER]))


def test_bars_under_words_nobody_here_reads_are_not_taken_for_assets(tmp_path: Path) -> None:
    rows = [f"{DAYS[row]},{bars(row)},{1000 + 7 * row}" for row in range(len(DAYS))]
    with pytest.raises(BadFile, match="look like the open, high, low and close of one asset"):
        load(tmp_path / "SONY.csv", "\n".join(["日付け,始値,高値,安値,終値,出来高", *rows]))


@pytest.mark.parametrize("sessions", [60, 250])
@pytest.mark.parametrize("assets", [3, 5])
def test_assets_of_one_price_are_not_taken_for_bars(sessions: int, assets: int) -> None:
    draw = np.random.default_rng(sessions + assets)
    taken = 0
    for _ in range(100):
        moves = draw.normal(0, 0.01, (sessions, assets)) + draw.normal(0, 0.01, (sessions, 1))
        prices = 100.0 * np.exp(draw.normal(0, 0.03, assets) + np.cumsum(moves, axis=0))
        taken += are_bars_of_one(list(prices.T))
    assert taken <= 1
