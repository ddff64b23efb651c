"""What Stooq, MetaStock, yfinance and pandas write is read, and nothing of it goes unsaid."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forefolio.core.errors import BadFile, DataError
from forefolio.core.lazy import lazy
from forefolio.market import Files, Loaded, Market, load_market, simulated_market

pd: Any = lazy("pandas")
MARKET = simulated_market(sessions=90, assets=2)
DAYS = pd.DatetimeIndex(MARKET.sessions, name="Date")
NAMES = ["Open", "High", "Low", "Close", "Volume"]


def bars(asset: int = 0) -> Any:
    return pd.DataFrame({n: getattr(MARKET, n.lower())[:, asset] for n in NAMES}, index=DAYS)


def both(order: str) -> Any:
    """Two assets below one another's names, the field above (column) or below (ticker)."""
    frame = pd.concat({"AAA": bars(0), "BBB": bars(1)}, axis=1, names=["Ticker", "Price"])
    return frame if order == "ticker" else frame.swaplevel(axis=1).sort_index(axis=1)


def load(path: Path, **settings: Any) -> Loaded:
    return load_market(Files(path=path, calendar=""), **settings)


def assert_both(market: Market) -> None:
    assert market.assets == ("AAA", "BBB")
    assert np.array_equal(market.sessions, MARKET.sessions)
    for name in ("open", "high", "low", "close", "volume"):
        assert np.array_equal(getattr(market, name), getattr(MARKET, name)), name


def flattened(*, field_first: bool, sign: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        frame = both("column" if field_first else "ticker")
        frame.columns = [sign.join(pair) for pair in frame.columns]
        frame.to_csv(path)

    return write


def without_names(frame: Any) -> Any:
    return frame.rename_axis(columns=[None, None])


LAYOUTS: dict[str, Callable[[Path], object]] = {
    "fields above": lambda path: both("column").to_csv(path),
    "tickers above": lambda path: both("ticker").to_csv(path),
    "levels without names": lambda path: without_names(both("column")).to_csv(path),
    "tickers above, without names": lambda path: without_names(both("ticker")).to_csv(path),
    "an index without a name": lambda path: both("column").rename_axis(index=None).to_csv(path),
    "nothing named": lambda path: without_names(both("ticker").rename_axis(index=None)).to_csv(
        path
    ),
    "the date a column": lambda path: both("column").reset_index().to_csv(path, index=False),
    "the date a column, counted": lambda path: both("ticker").reset_index().to_csv(path),
    "adjusted, and what is paid": lambda path: (
        both("column")
        .join(
            pd.DataFrame(
                0.0,
                index=DAYS,
                columns=pd.MultiIndex.from_product(
                    [["Dividends", "Stock Splits", "Capital Gains"], ["AAA", "BBB"]]
                ),
            )
        )
        .to_csv(path)
    ),
    "one word, field first": flattened(field_first=True, sign="_"),
    "one word, ticker first": flattened(field_first=False, sign="."),
    "blanks": flattened(field_first=False, sign=" "),
    "pairs as text": lambda path: _pairs().to_csv(path),
    "long": lambda path: _long().to_csv(path),
    "long, counted": lambda path: _long().reset_index().to_csv(path),
    "long, twice counted": lambda path: _long().reset_index().reset_index().to_csv(path),
}


def _pairs() -> Any:
    frame = both("column")
    return frame.set_axis([str(pair) for pair in frame.columns], axis=1)


def _long() -> Any:
    return pd.concat([bars(0).assign(Ticker="AAA"), bars(1).assign(Ticker="BBB")])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_two_assets_in_one_file(layout: str, tmp_path: Path) -> None:
    LAYOUTS[layout](tmp_path / "prices.csv")
    assert_both(load(tmp_path / "prices.csv").market)


FRAMES: dict[str, Callable[[], Any]] = {
    "fields above": lambda: both("column"),
    "tickers above": lambda: both("ticker"),
    "levels without names": lambda: without_names(both("column")),
    "an index without a name": lambda: both("ticker").rename_axis(index=None),
    "a zone": lambda: both("column").tz_localize("America/New_York"),
    "tokyo in utc": lambda: both("column").tz_localize("Asia/Tokyo").tz_convert("UTC"),
    "texts": lambda: both("column").set_axis(DAYS.strftime("%d/%m/%Y"), axis=0),
    "long": lambda: _long(),
    "long, counted": lambda: _long().reset_index(),
    "both in the index": lambda: _long().set_index("Ticker", append=True),
    "stacked": lambda: both("ticker").stack(level="Ticker"),
}


@pytest.mark.parametrize("layout", FRAMES)
def test_what_pandas_writes_to_parquet(layout: str, tmp_path: Path) -> None:
    FRAMES[layout]().to_parquet(tmp_path / "prices.parquet")
    assert_both(load(tmp_path / "prices.parquet").market)


WIDE: dict[str, Callable[[Any, Path], object]] = {
    "csv": lambda frame, path: frame.to_csv(path),
    "counted": lambda frame, path: frame.reset_index().to_csv(path),
    "counted by another name": lambda frame, path: (
        frame.reset_index().reset_index().to_csv(path, index=False)
    ),
    "melted": lambda frame, path: (
        frame.reset_index().melt(id_vars="Date").to_csv(path, index=False)
    ),
    "columns with a name": lambda frame, path: frame.rename_axis(columns="Ticker").to_csv(path),
    "a title above": lambda frame, path: path.write_text(f"Closes of 2010\n\n{frame.to_csv()}"),
    "a title above semicolons": lambda frame, path: path.write_text(
        f"Closes, of 2010, in dollars\n\n{frame.to_csv(sep=';', decimal=',')}"
    ),
    "a line for Excel": lambda frame, path: path.write_text("sep=;\n" + frame.to_csv(sep=";")),
    "a sign at the end": lambda frame, path: path.write_text(frame.to_csv(lineterminator=",\n")),
    "utf-16": lambda frame, path: path.write_bytes(frame.to_csv().encode("utf-16")),
}


@pytest.mark.parametrize("way", WIDE)
def test_a_column_of_closes_for_each_ticker(way: str, tmp_path: Path) -> None:
    frame = pd.DataFrame(MARKET.close, index=DAYS, columns=["AAA", "BBB"])
    WIDE[way](frame, tmp_path / "prices.csv")
    market = load(tmp_path / "prices.csv").market
    assert market.assets == ("AAA", "BBB")
    assert np.array_equal(market.close, MARKET.close)


METASTOCK = "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>"


def metastock(head: str = METASTOCK, dates: str = "%Y%m%d") -> str:
    lines = [head]
    for day, row in zip(DAYS.strftime(dates), bars().itertuples(index=False), strict=True):
        lines.append(",".join(["ABC.US", "D", day, "000000", *map(repr, row), "0"]))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", ["abc.us.txt", "abc.us.csv", "whatever.txt"])
def test_stooq_and_metastock(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(metastock())
    (tmp_path / "readme.txt").write_text("Prices of one stock.\nNothing else, I hope.\n")
    for place in (tmp_path, tmp_path / name):
        market = load(place).market
        assert market.assets == ("ABC.US",)
        assert np.array_equal(market.close[:, 0], MARKET.close[:, 0])
        assert market.volume is not None and MARKET.volume is not None
        assert np.array_equal(market.volume[:, 0], MARKET.volume[:, 0])


def test_a_page_is_still_no_table(tmp_path: Path) -> None:
    (tmp_path / "A.csv").write_text("<html><body>,,,</body></html>")
    with pytest.raises(BadFile, match="a reply saved as a table"):
        load(tmp_path / "A.csv")


def test_a_file_without_a_header_says_so(tmp_path: Path) -> None:
    (tmp_path / "A.csv").write_text(metastock().split("\n", 1)[1].replace("ABC.US,D,", ""))
    with pytest.raises(BadFile, match="no header: it begins with '2010"):
        load(tmp_path / "A.csv")


# -- several rows a day, months --------------------------------------------------------------------


def test_several_rows_a_day_are_said(tmp_path: Path) -> None:
    hours = pd.date_range("2022-01-03 09:30", periods=400, freq="h", name="Datetime")
    frame = pd.DataFrame({"Close": np.linspace(50.0, 60.0, 400)}, index=hours)
    told = r"several rows a day \(24 on 2022-01-04\); give one row a day"
    frame.to_csv(tmp_path / "A.csv")
    frame.tz_localize("UTC").to_parquet(tmp_path / "B.parquet")
    for name in ("A.csv", "B.parquet"):
        with pytest.raises(DataError, match=told):
            load(tmp_path / name)
    bars().to_csv(tmp_path / "C.csv")
    loaded = load(tmp_path)
    assert loaded.market.assets == ("C",) and loaded.report.refused.keys() == {"A", "B"}


def test_assets_below_one_another_without_a_ticker_are_no_asset(tmp_path: Path) -> None:
    _long().rename(columns={"Ticker": "sedol"}).to_csv(tmp_path / "A.csv")
    with pytest.raises(DataError, match="a column 'ticker' if they are several assets"):
        load(tmp_path / "A.csv")


@pytest.mark.parametrize("style", ["%Y%m", "%Y-%m", "%b %Y"])
def test_months_stand_for_their_last_weekday(style: str, tmp_path: Path) -> None:
    months = pd.date_range("2000-01-01", periods=90, freq="MS")
    frame = pd.DataFrame({"Date": months.strftime(style), "Close": MARKET.close[:, 0]})
    frame.to_csv(tmp_path / "A.csv", index=False)
    market = load(tmp_path / "A.csv").market
    assert [str(day) for day in market.sessions[[0, 1, 3]]] == [
        "2000-01-31",
        "2000-02-29",
        "2000-04-28",
    ]
    assert market.periods_per_year == pytest.approx(12, abs=0.2) and len(market) == 90


# -- symbols ---------------------------------------------------------------------------------------

ODD = ["NA", "TRUE", "NULL", "NAN", "005930", "000660", "1E5", "INF", "0700.HK", "M&M.NS", "ON"]
ODD += ["\u4f1a\u793e", "\u682a\u5f0f", "\u00d6STERREICH", "\u00df", "SS", "\u0e44\u0e17\u0e22"]


def odd_prices() -> Any:
    close = MARKET.close[:, :1] * np.arange(1.0, len(ODD) + 1)
    return pd.DataFrame(close, index=DAYS, columns=ODD)


def assert_odd(market: Market) -> None:
    assert set(market.assets) == set(ODD)
    assert np.array_equal(market.select(ODD).close, odd_prices().to_numpy())


def test_symbols_are_text_in_every_layout(tmp_path: Path) -> None:
    frame = odd_prices()
    frame.to_csv(tmp_path / "wide.csv")
    long = frame.reset_index().melt(id_vars="Date", var_name="Ticker", value_name="Close")
    long.to_csv(tmp_path / "long.csv", index=False)
    long.to_parquet(tmp_path / "long.parquet", index=False)
    frame.to_parquet(tmp_path / "wide.parquet")
    (tmp_path / "one").mkdir()
    for name in ODD:
        frame[[name]].rename(columns={name: "Close"}).to_csv(tmp_path / "one" / f"{name}.csv")
    for place in ("wide.csv", "long.csv", "long.parquet", "wide.parquet", "one"):
        assert_odd(load(tmp_path / place).market)
    chosen = load_market(Files(path=tmp_path / "one", calendar=""), ["005930", "na"]).market
    assert chosen.assets == ("005930", "NA")


def test_sectors_are_known_by_symbols_that_are_text(tmp_path: Path) -> None:
    odd_prices()[["NA", "005930", "\u00d6STERREICH"]].to_csv(tmp_path / "wide.csv")
    rows = "ticker,sector\nNA,Energy\n005930,Technology\n\u00f6sterreich,Banks\n"
    (tmp_path / "sectors.csv").write_text(rows, encoding="utf-8")
    assert load(tmp_path / "wide.csv").market.sectors == ("Technology", "Energy", "Banks")


def twice(other: Any) -> Any:
    frame = pd.DataFrame({"AAA": MARKET.close[:, 0], "BBB": MARKET.close[:, 1], "X": other}, DAYS)
    return frame.set_axis(["AAA", "BBB", "aaa"], axis=1)


def test_a_column_that_stands_there_twice(tmp_path: Path) -> None:
    twice(MARKET.close[:, 0] * 2).to_csv(tmp_path / "wide.csv")
    loaded = load(tmp_path / "wide.csv")
    assert loaded.market.assets == ("BBB",)
    assert "two columns of close that differ" in loaded.report.refused["AAA"]
    with pytest.raises(DataError, match="AAA: two columns of close that differ"):
        load_market(Files(path=tmp_path / "wide.csv", calendar=""), ["AAA"])
    twice(MARKET.close[:, 0]).to_csv(tmp_path / "equal.csv")
    equal = load(tmp_path / "equal.csv")
    assert equal.market.assets == ("AAA", "BBB") and not equal.report.refused
    assert [f.code for f in equal.report.of("AAA")] == ["twice"]


def test_two_files_of_one_symbol(tmp_path: Path) -> None:
    bars(0).to_csv(tmp_path / "my prices.csv")
    bars(1).to_csv(tmp_path / "my-prices.csv")
    bars(1).to_csv(tmp_path / "BBB.csv")
    bars(1)[::-1].to_parquet(tmp_path / "bbb.parquet")
    loaded = load(tmp_path)
    assert loaded.market.assets == ("BBB",)
    told = "MY-PRICES is in my prices.csv and in my-prices.csv with other prices"
    assert told in loaded.report.refused["MY-PRICES"]
    assert [f.code for f in loaded.report.of("BBB")] == ["twice"]
    for tickers in (["MY-PRICES"], ["BBB", "MY-PRICES"]):
        found = load_market(Files(path=tmp_path, calendar=""), ["BBB", *tickers])
        assert "MY-PRICES" in found.report.refused


def test_names_that_only_look_alike_stay_apart(tmp_path: Path) -> None:
    names = [
        "AAA",
        "\u0410\u0410\u0410",
        "\u00c9",
        "E\u0301B",
    ]  # Cyrillic; one accent, or two signs
    frame = pd.DataFrame(MARKET.close[:, :1] * np.arange(1.0, 5.0), index=DAYS, columns=names)
    frame.to_csv(tmp_path / "wide.csv")
    assert len(load(tmp_path / "wide.csv").market.assets) == 4


def test_an_empty_cell_is_no_text(tmp_path: Path) -> None:
    frame = bars().astype(object)
    frame.iloc[5, 3] = "n/a"
    frame.to_csv(tmp_path / "A.csv")
    loaded = load(tmp_path / "A.csv")
    assert {f.code for f in loaded.report.findings} == {"no_close"} and len(loaded.market) == 89
    assert not math.isnan(loaded.market.close[:, 0].sum())


def test_a_table_of_more_assets_than_there_are_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide, long = tmp_path / "wide.csv", tmp_path / "long.csv"
    wide.write_text("Date,AAA,BBB\n2024-01-02,10,20\n2024-01-03,11,19\n")
    long.write_text("Date,Ticker,Close\n2024-01-02,AAA,10\n2024-01-02,BBB,20\n")
    monkeypatch.setattr("forefolio.market.sources.sheet_parts.MOST_ASSETS", 1)
    for path in (wide, long):
        with pytest.raises(BadFile, match="it has 2 assets, and at most 1 are read"):
            load(path)


def test_a_cell_without_end_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"Date,Close\n2024-01-02,10\n2024-01-03,{'1' * 200_000}\n")
    with pytest.raises(BadFile, match="in line 3"):
        load(path)
