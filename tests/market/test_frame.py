"""Prices from memory: whatever holds a table is read, or answered by one error that says what."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

import forefolio as ff
from forefolio.core.errors import ForefolioError, InputError
from forefolio.core.lazy import lazy
from forefolio.market import Frame, load_market, simulated_market

pd: Any = lazy("pandas")
pl: Any = lazy("polars")
pa: Any = lazy("pyarrow")

MARKET = simulated_market(sessions=90, assets=3)
DAYS = pd.DatetimeIndex(MARKET.sessions, name="Date")
CLOSES = pd.DataFrame(MARKET.close, index=DAYS, columns=["AAA", "BBB", "CCC"])


def long() -> Any:
    melted = CLOSES.reset_index().melt(id_vars="Date", var_name="ticker", value_name="close")
    return melted.sample(frac=1.0, random_state=0)


def bars(name: str) -> Any:
    close = CLOSES[name]
    return pd.DataFrame({"Open": close, "High": close, "Low": close, "Close": close})


READ: dict[str, Callable[[], Any]] = {
    "a frame": lambda: CLOSES,
    "newest first": lambda: CLOSES[::-1],
    "no name of the index": lambda: CLOSES.rename_axis(index=None),
    "texts": lambda: CLOSES.set_axis(DAYS.strftime("%Y-%m-%d"), axis=0),
    "days first": lambda: CLOSES.set_axis(DAYS.strftime("%d/%m/%Y"), axis=0),
    "days as numbers": lambda: CLOSES.set_axis(DAYS.strftime("%Y%m%d").astype(int), axis=0),
    "python's dates": lambda: CLOSES.set_axis(DAYS.date, axis=0),
    "periods": lambda: CLOSES.to_period("D"),
    "new york": lambda: CLOSES.tz_localize("America/New_York"),
    "tokyo in utc": lambda: CLOSES.tz_localize("Asia/Tokyo").tz_convert("UTC"),
    "close above": lambda: pd.concat({"Close": CLOSES}, axis=1),
    "close and volume": lambda: pd.concat({"Close": CLOSES, "Volume": CLOSES * 9}, axis=1),
    "tickers above": lambda: pd.concat({n: bars(n) for n in CLOSES}, axis=1),
    "text cells": lambda: CLOSES.map(lambda close: f"{close!r}"),
    "decimals": lambda: CLOSES.map(lambda close: Decimal(repr(close))),
    "objects": lambda: CLOSES.astype(object),
    "long": lambda: long().set_index(["Date", "ticker"]),
    "a stacked series": lambda: CLOSES.stack(),
    "a mapping of series": lambda: {n: CLOSES[n] for n in CLOSES},
    "a mapping of bars": lambda: {n: bars(n) for n in CLOSES},
    "a mapping of columns": lambda: {"date": DAYS.to_numpy(), **CLOSES.to_dict("list")},
    "polars": lambda: pl.from_pandas(CLOSES.reset_index()),
    "polars, dates under another word": lambda: pl.from_pandas(CLOSES.reset_index(names="Datum")),
    "polars, lazy": lambda: pl.from_pandas(CLOSES.reset_index()).lazy(),
    "polars, long": lambda: pl.from_pandas(long()),
    "arrow": lambda: pa.Table.from_pandas(CLOSES),
    "arrow, without pandas": lambda: pa.table(
        {"date": pa.array(DAYS.date), **{n: pa.array(CLOSES[n].to_numpy()) for n in CLOSES}}
    ),
}


@pytest.mark.parametrize("way", READ)
def test_every_table_in_memory_gives_the_same_market(way: str) -> None:
    for market in (load_market(READ[way]()).market, load_market(Frame(READ[way]())).market):
        assert market.assets == ("AAA", "BBB", "CCC")
        assert np.array_equal(market.sessions, MARKET.sessions)
        assert np.array_equal(market.close, MARKET.close)
    assert set(Frame(READ[way]()).tickers) == set(CLOSES)


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "a count of rows": (lambda: CLOSES.reset_index(drop=True), "holds no dates"),
    "dates beside it": (lambda: CLOSES.reset_index(), r"use frame\.set_index\('Date'\)"),
    "floats": (lambda: CLOSES.set_axis(np.arange(90.0), axis=0), r"holds no dates \(.* 0\.0"),
    "words": (lambda: CLOSES.T, r"holds no dates \(it begins with AAA\)"),
    "either order": (
        lambda: CLOSES.iloc[:8].set_axis([f"0{i}/03/2022" for i in range(1, 9)], axis=0),
        "may be day/month or month/day",
    ),
    "dates twice": (lambda: CLOSES.assign(Date=DAYS), "column 'Date' beside an index of dates"),
    "dates beside one another": (lambda: CLOSES.T, r"its columns do: give frame\.T"),
    "an array": (lambda: CLOSES.to_numpy(), "a ndarray, without dates or names"),
    "a mapping of arrays": (lambda: {"AAA": CLOSES["AAA"].to_numpy()}, "has no dates"),
    "a mapping of series without dates": (
        lambda: {"AAA": CLOSES["AAA"].reset_index(drop=True)},
        "the index of AAA holds no dates",
    ),
    "columns of other lengths": (lambda: {"date": DAYS, "AAA": [1.0, 2.0]}, "is no table"),
    "a mapping of nothing": (dict, "is empty"),
    "a series without a name": (lambda: CLOSES["AAA"].rename(None), r"series\.rename"),
    "a column without a name": (lambda: CLOSES.set_axis(["A", None, "C"], axis=1), "no name"),
    "polars without dates": (lambda: pl.from_pandas(CLOSES), "no column .* holds dates"),
    "a polars series": (lambda: pl.Series("AAA", [1.0]), "without dates"),
    "nothing": (lambda: None, "a NoneType"),
    "a path": (lambda: "prices.csv", "there is no such file"),
    "nobody's bars": (lambda: bars("AAA"), "does not say whose"),
    "complex": (lambda: CLOSES.astype(complex), "complex"),
    "true and false": (lambda: CLOSES > 50.0, "no row has a close"),
    "hours": (
        lambda: CLOSES.set_axis(pd.date_range("2022-01-03", periods=90, freq="h"), axis=0),
        "several rows a day",
    ),
    "two notations": (
        lambda: CLOSES.astype(object).assign(AAA=["1.5", "2,5"] * 45),
        "mix a decimal point and a decimal comma",
    ),
}
CALLS: dict[str, Callable[[Any], Any]] = {
    "load_market": ff.load_market,
    "optimize_portfolio": ff.optimize_portfolio,
    "fallback_forecast_returns": ff.fallback_forecast_returns,
    "ml_forecast_returns": ff.ml_forecast_returns,
    "PortfolioOptimizer": lambda prices: ff.PortfolioOptimizer().explain(prices),
    "get_stock_data": lambda prices: ff.get_stock_data("AAA", source=prices),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_table_of_prices_is_one_error_that_says_so(what: str) -> None:
    make, told = REFUSED[what]
    with pytest.raises(ForefolioError, match=told) as caught:
        load_market(make())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("what", ["a count of rows", "an array", "nothing"])
def test_every_call_that_takes_prices_answers_alike(
    call: str, what: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOREFOLIO_HOME", str(tmp_path))
    make, told = REFUSED[what]
    if call == "get_stock_data" and what == "nothing":
        return  # the sample, by default
    with pytest.raises(InputError, match=told):
        CALLS[call](make())


def test_cells_of_text_are_numbers_by_the_rule_of_files() -> None:
    odd = CLOSES.astype(object)
    odd.iloc[5, 0], odd.iloc[6, 0] = "n/a", f"{CLOSES.iloc[6, 0]:,.4f}"
    odd.iloc[7, 0] = "halted"
    loaded = load_market(odd)
    close = loaded.market.select(["AAA"]).close[:, 0]
    assert np.isnan(close[[5, 7]]).all() and close[6] == round(CLOSES.iloc[6, 0], 4)
    assert any("'halted'" in line for line in loaded.report.lines())


def test_a_column_that_is_there_twice_is_refused_or_told() -> None:
    twice = pd.concat([CLOSES, CLOSES[["AAA"]] * 2], axis=1)
    loaded = load_market(twice)
    assert loaded.market.assets == ("BBB", "CCC")
    assert "two columns of close that differ" in loaded.report.refused["AAA"]
    equal = load_market(pd.concat([CLOSES, CLOSES[["AAA"]]], axis=1))
    assert equal.market.assets == ("AAA", "BBB", "CCC")
    assert [f.code for f in equal.report.of("AAA")] == ["twice"]


def test_names_stay_as_they_are() -> None:
    names = ["Apple Inc.", "bbb", "\u4f1a\u793e"]
    named = CLOSES.set_axis(names, axis=1)
    assert load_market(named).market.assets == tuple(names)
    assert list(ff.fallback_forecast_returns(named).index) == names
    expected = dict.fromkeys(names, 0.05)
    assert set(ff.optimize_portfolio(named, forecasts=expected).weights) <= set(names)


def test_what_is_asked_for_is_taken_and_the_version_names_the_content() -> None:
    assert load_market(CLOSES, ["BBB"]).market.assets == ("BBB",)
    versions = {Frame(READ[way]()).version() for way in ("a frame", "polars", "long")}
    assert len(versions) > 1 and Frame(CLOSES).version() == Frame(CLOSES.copy()).version()
    other = CLOSES.copy()
    other.iloc[3, 1] *= 1.01
    changed = pl.from_pandas(other.reset_index())
    assert Frame(other).version() != Frame(CLOSES).version()
    assert Frame(changed).version() != Frame(READ["polars"]()).version()
