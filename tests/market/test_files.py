import gzip
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forefolio.core.errors import BadFile, DataError, NotEnoughHistory, UnknownTicker
from forefolio.core.lazy import lazy
from forefolio.market import Files, Loaded, Market, load_market, simulated_market

pd: Any = lazy("pandas")
MARKET = simulated_market(sessions=90, assets=3)
DAYS = MARKET.sessions.astype(str).tolist()


def frame(asset: int = 0) -> Any:
    names = ("open", "high", "low", "close", "volume")
    return pd.DataFrame({"date": DAYS, **{n: getattr(MARKET, n)[:, asset] for n in names}})


def load(path: Path, **settings: Any) -> Loaded:
    return load_market(Files(path=path, calendar="", **settings))


def assert_same(market: Market, asset: int = 0) -> None:
    assert np.array_equal(market.sessions, MARKET.sessions)
    for name in ("open", "high", "low", "close", "volume"):
        assert np.array_equal(getattr(market, name)[:, 0], getattr(MARKET, name)[:, asset]), name


# -- layouts ---------------------------------------------------------------------------------------


def renamed(**names: str) -> Callable[[Path], None]:
    return lambda path: frame().rename(columns=names).to_csv(path, index=False)


def dated(style: str) -> Callable[[Path], None]:
    days = pd.to_datetime(DAYS)
    return lambda path: frame().assign(date=days.strftime(style)).to_csv(path, index=False)


def yfinance(path: Path) -> None:
    rows = frame()[["date", "close", "high", "low", "open", "volume"]].to_csv(
        index=False, header=False
    )
    head = "Price,Close,High,Low,Open,Volume\nTicker,AAPL,AAPL,AAPL,AAPL,AAPL\nDate,,,,,\n"
    path.write_text(head + rows)


LAYOUTS: dict[str, Callable[[Path], None]] = {
    "plain": renamed(),
    "timestamp": renamed(date="timestamp", close="Close", open=" OPEN "),
    "alpha vantage": renamed(date="timestamp", open="1. open", high="2. high", close="4. close"),
    "unnamed": renamed(date=""),
    "nasdaq": renamed(close="Close/Last"),
    "newest first": lambda path: frame()[::-1].to_csv(path, index=False),
    "byte order mark": lambda path: frame().to_csv(path, index=False, encoding="utf-8-sig"),
    "semicolons": lambda path: frame().to_csv(path, index=False, sep=";", decimal=","),
    "tabs": lambda path: frame().to_csv(path, index=False, sep="\t"),
    "windows": lambda path: frame().to_csv(path, index=False, lineterminator="\r\n"),
    "dollars": lambda path: (
        frame().assign(close="$" + frame().close.map(repr)).to_csv(path, index=False)
    ),
    "more columns": lambda path: (
        frame().assign(dividends=0, signal="buy").to_csv(path, index=False)
    ),
    "day first": dated("%d/%m/%Y"),
    "month first": dated("%m/%d/%Y"),
    "dots": dated("%d.%m.%Y"),
    "compact": dated("%Y%m%d"),
    "slashes": dated("%Y/%m/%d"),
    "words": dated("%b %d, %Y"),
    "seconds": dated("%s"),
    "new york": dated("%Y-%m-%d 00:00:00-05:00"),
    "sydney": dated("%Y-%m-%dT00:00:00+10:00"),
    "yfinance": yfinance,
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_bars(layout: str, tmp_path: Path) -> None:
    LAYOUTS[layout](tmp_path / "AAPL.csv")
    loaded = load(tmp_path / "AAPL.csv")
    assert loaded.market.assets == ("AAPL",)
    assert_same(loaded.market)
    assert loaded.report.rows_kept == 90 and loaded.report.rows_dropped == 0


def test_compressed_and_parquet_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "AAPL.csv.gz").write_bytes(gzip.compress(frame().to_csv(index=False).encode()))
    frame(1).to_parquet(tmp_path / "MSFT.parquet")
    stamped = frame(2).assign(date=pd.to_datetime(DAYS).tz_localize("America/New_York"))
    stamped.set_index("date").to_parquet(tmp_path / "XOM.parquet")
    market = load(tmp_path).market
    assert market.assets == ("AAPL", "MSFT", "XOM")
    assert np.array_equal(market.close, MARKET.close)
    assert np.array_equal(market.sessions, MARKET.sessions)


def test_long_and_wide_files_hold_many_tickers(tmp_path: Path) -> None:
    names = ("AAPL", "BRK.B", "^GSPC")
    long = pd.concat([frame(i).assign(Name=n) for i, n in enumerate(names)])
    long.sample(frac=1, random_state=0).to_csv(tmp_path / "long.csv", index=False)
    wide = pd.DataFrame(MARKET.close, columns=[n.lower() for n in names], index=DAYS)
    wide.rename_axis("Date").to_csv(tmp_path / "wide.csv")
    two = frame(0).merge(frame(1), on="date", suffixes=("", "_1"))
    fields, owners = ["Close", "Close", "Open"], ["AAPL", "BRK.B", "AAPL"]
    head = f"Price,{','.join(fields)}\nTicker,{','.join(owners)}\nDate,,,\n"
    rows = two[["date", "close", "close_1", "open"]].to_csv(index=False, header=False)
    (tmp_path / "several.csv").write_text(head + rows)
    for name in ("long", "wide"):
        market = load(tmp_path / f"{name}.csv").market
        assert market.assets == names
        assert np.array_equal(market.close, MARKET.close)
    several = load(tmp_path / "several.csv").market
    assert several.assets == ("AAPL", "BRK.B")
    assert np.array_equal(several.close, MARKET.close[:, :2])


def test_fields_that_are_tickers_too_are_tickers_in_a_wide_file(tmp_path: Path) -> None:
    names = ["OPEN", "LOW", "AAPL", "MSFT", "XOM"]
    close = np.column_stack([MARKET.close, MARKET.close[:, :2]])
    pd.DataFrame(close, columns=names, index=DAYS).to_csv(tmp_path / "wide.csv")
    market = load(tmp_path / "wide.csv").market
    assert set(market.assets) == set(names)
    assert np.array_equal(market.select(names).close, close)


def test_a_ticker_is_the_same_in_either_case(tmp_path: Path) -> None:
    mixed = frame().assign(symbol=np.where(np.arange(90) % 2, "aapl", "AAPL "))
    mixed.to_csv(tmp_path / "long.csv", index=False)
    assert_same(load(tmp_path / "long.csv").market)


def test_adjusted_closes_scale_the_whole_bar(tmp_path: Path) -> None:
    paid = np.where(np.arange(90) < 50, 0.9, 1.0)
    frame().assign(**{"Adj Close": frame().close * paid}).to_csv(tmp_path / "A.csv", index=False)
    market = load(tmp_path / "A.csv").market
    assert market.open is not None and MARKET.open is not None
    np.testing.assert_allclose(market.close[:, 0], MARKET.close[:, 0] * paid, rtol=1e-12)
    np.testing.assert_allclose(market.open[:, 0], MARKET.open[:, 0] * paid, rtol=1e-12)


# -- what is refused -------------------------------------------------------------------------------

BAD = {
    "": "the file is empty",
    "version https://git-lfs.github.com/spec/v1\noid sha256:f2\n": "git lfs pull",
    '{"Error Message": "Invalid API call"}': "a reply saved as a table",
    "<!DOCTYPE html><html>": "a reply saved as a table",
    "Date,Open,Close\n": "a header and no rows",
    "Open,Close\n1,2\n": "no date column among its columns 'Open', 'Close'",
    "Date,Open,Volume\n2020-01-02,1,2\n": "no close price among its columns",
    "Date,Close\n03/04/2020,1\n05/06/2020,2\n": "may be day/month or month/day",
    "Date,Close\n13/04/2020,1\n05/16/2020,2\n": "mix day first and month first",
    "Date,Close\nsoon,1\nlater,2\n": "cannot be read, such as 'soon'",
    "Date,Close\n7,1\n8,2\n": "cannot be read, such as 7;",
    "Date,Close,Ticker\n2020-01-02,1,$$\n": "'$$' is not one",
    "Date,Close\n2020-01-02,1\n2020-01-03,1,2,3\n": "not a table",
    "Date,Close,Price\n2020-01-02,1,2\n": "several columns mean close: 'Close', 'Price'",
    "Price,Open\nTicker,AAPL\nDate,\n2020-01-02,1\n": "no close price of AAPL",
    "\x00\x01\x02\x03": "not a text file",
}


@pytest.mark.parametrize("content", BAD)
def test_a_bad_file_is_one_line_that_says_what_to_do(content: str, tmp_path: Path) -> None:
    path = tmp_path / "AAPL.csv"
    path.write_text(content)
    with pytest.raises(BadFile) as caught:
        load(path)
    assert BAD[content] in str(caught.value)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_a_folder_uses_its_good_files_and_tells_its_bad_ones(tmp_path: Path) -> None:
    frame().to_csv(tmp_path / "AAPL.csv", index=False)
    for number, content in enumerate(BAD):
        (tmp_path / f"BAD{number}.csv").write_text(content)
    frame().tail(20).to_csv(tmp_path / "SHORT.csv", index=False)
    (tmp_path / "README.md").write_text("not a table")
    loaded = load(tmp_path)
    assert loaded.market.assets == ("AAPL",)
    assert loaded.report.refused.keys() == {"SHORT", *(f"BAD{n}" for n in range(len(BAD)))}
    lines = loaded.report.lines()
    assert all(any(reason in line for line in lines) for reason in BAD.values())
    assert loaded.report.rows_in == 110 and loaded.report.rows_kept == 90
    with pytest.raises(DataError, match=r"AAPL.*|SHORT"):
        load_market(Files(path=tmp_path, calendar=""), ["SHORT"])


def test_an_empty_or_absent_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is empty"):
        load(tmp_path)
    with pytest.raises(BadFile, match="no such file or folder"):
        load(tmp_path / "nowhere")
    with pytest.raises(BadFile, match="no such file or folder"):
        Files(path=tmp_path / "nowhere").version()
    (tmp_path / "A.parquet").write_bytes(b"PAR1 is not enough")
    with pytest.raises(BadFile, match="not a Parquet file"):
        load(tmp_path / "A.parquet")


def test_text_for_a_number_is_told_and_emptied(tmp_path: Path) -> None:
    odd = frame().astype({"close": object})
    odd.loc[5, "close"] = "halted"
    odd.to_csv(tmp_path / "AAPL.csv", index=False)
    loaded = load(tmp_path)
    assert "'halted'" in "\n".join(loaded.report.lines())
    assert loaded.report.rows_dropped == 1


def test_later_rows_than_today_are_dropped(tmp_path: Path) -> None:
    frame().to_csv(tmp_path / "AAPL.csv", index=False)
    loaded = load(tmp_path, today=date.fromisoformat(DAYS[79]))
    assert len(loaded.market) == 80
    assert loaded.report.findings[0].code == "future"


# -- around the prices -----------------------------------------------------------------------------


def test_sectors_and_a_benchmark_come_with_the_files(tmp_path: Path) -> None:
    for asset, name in enumerate(("AAPL", "MSFT", "SPY")):
        frame(asset).to_csv(tmp_path / f"{name}.csv", index=False)
    (tmp_path / "sectors.csv").write_text("ticker,name,gics_sector\nMSFT,Microsoft,Technology\n")
    market = load(tmp_path, benchmark="SPY").market
    assert market.assets == ("AAPL", "MSFT")
    assert market.sectors == ("", "Technology")
    assert np.array_equal(market.series["benchmark"], MARKET.close[:, 2])
    with pytest.raises(UnknownTicker, match="QQQ"):
        load(tmp_path, benchmark="QQQ")
    for text in (
        "Symbol;GICS Sector\nmsft;Énergie\n",
        "\ufeffGICS_SECTOR,x,TICKER\nÉnergie,,MSFT\n",
    ):
        (tmp_path / "sectors.csv").write_bytes(text.encode("utf-8"))
        assert load(tmp_path, benchmark="SPY").market.sectors == ("", "Énergie")
    (tmp_path / "sectors.csv").write_bytes("ticker,sector\nMSFT,Énergie\n".encode("cp1252"))
    assert load(tmp_path, benchmark="SPY").market.sectors == ("", "Énergie")
    (tmp_path / "sectors.csv").write_text("symbol,group\nMSFT,Technology\n")
    with pytest.raises(BadFile, match="ticker and sector"):
        load(tmp_path)


def test_the_version_names_the_content(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
        frame().to_csv(folder / "AAPL.csv", index=False)
    assert Files(path=one).version() == Files(path=two).version()
    frame(1).to_csv(two / "AAPL.csv", index=False)
    assert Files(path=one).version() != Files(path=two).version()


def test_missing_sessions_are_told_by_the_exchange(tmp_path: Path) -> None:
    sessions = [d for d in DAYS if d not in ("2010-01-18", "2010-02-15", "2010-04-02")]  # closed
    kept = [d for d in sessions if d != "2010-03-03"]
    frame()[frame().date.isin(kept)].to_csv(tmp_path / "AAPL.csv", index=False)
    report = load_market(Files(path=tmp_path)).report
    (missing,) = report.of("AAPL")
    assert (missing.code, missing.count, str(missing.first)) == ("missing", 1, "2010-03-03")


def test_a_name_that_is_no_ticker_is_told(tmp_path: Path) -> None:
    frame().to_csv(tmp_path / "my prices (new).csv", index=False)
    loaded = load(tmp_path)
    assert loaded.market.assets == ("MY-PRICES-NEW",)
    assert loaded.report.findings[0].code == "name"


def test_thirty_days_of_history_are_too_few(tmp_path: Path) -> None:
    frame().head(30).to_csv(tmp_path / "AAPL.csv", index=False)
    with pytest.raises(NotEnoughHistory, match="AAPL needs 63 sessions of history, 30"):
        load(tmp_path)
