from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from forefolio.core.component import Component
from forefolio.core.errors import BadTicker, DataError, InputError, NotEnoughHistory, UnknownTicker
from forefolio.market import (
    BARS,
    AnySource,
    Files,
    Finding,
    Market,
    QualityReport,
    Sample,
    Source,
    Synthetic,
    get_stock_data,
    load_market,
    simulated_market,
)
from forefolio.market.sources.base import Bars, PublishedSeries, Raw


class Holed(Component):
    """A source whose tickers list, delist and fail."""

    def version(self) -> str:
        return "holed"

    def read(
        self,
        tickers: tuple[str, ...] | None,
        start: np.datetime64,  # noqa: ARG002
        end: np.datetime64,  # noqa: ARG002
    ) -> Raw:
        whole = simulated_market(sessions=200, assets=4)
        parts = {
            "OLD": slice(0, 120),
            "NEW": slice(100, 200),
            "ALL": slice(0, 200),
            "TEN": slice(190, 200),
        }
        bars = {
            name: Bars(dates=whole.sessions[rows], columns={"close": whole.close[rows, column]})
            for column, (name, rows) in enumerate(parts.items())
        }
        chosen = {t: bars[t] for t in tickers or tuple(bars) if t in bars}
        return Raw(source="the holed one", bars=chosen, tickers=tuple(bars))


def same(left: Market, right: Market) -> bool:
    pairs = [(getattr(left, n), getattr(right, n)) for n in BARS]
    pairs += [(left.series[n], right.series[n]) for n in right.series]
    return left.assets == right.assets and all(
        (a is None and b is None) or np.array_equal(a, b, equal_nan=True) for a, b in pairs
    )


@pytest.mark.parametrize("seed", [0, 7])
def test_loading_loses_nothing_of_clean_data(seed: int) -> None:
    loaded = load_market(Synthetic(seed=seed, sessions=300, assets=3))
    market = simulated_market(seed, 300, 3)
    assert same(loaded.market, market)
    assert loaded.market.sectors == market.sectors
    assert loaded.report == QualityReport(findings=(), rows_in=900, rows_kept=900)


def test_assets_that_list_or_delist_midway_are_included() -> None:
    loaded = load_market(Holed())
    market, whole = loaded.market, simulated_market(sessions=200, assets=4)
    assert market.assets == ("OLD", "NEW", "ALL")
    assert np.array_equal(market.sessions, whole.sessions)
    assert np.array_equal(market.close[:120, 0], whole.close[:120, 0])
    assert np.isnan(market.close[120:, 0]).all() and np.isnan(market.close[:100, 1]).all()
    assert loaded.report.refused == {"TEN": "10 sessions of history, needs 63"}
    assert (loaded.report.rows_in, loaded.report.rows_kept) == (430, 420)
    assert [f.code for f in loaded.report.findings] == ["short_history"]


def test_a_batch_reports_failures_ticker_by_ticker() -> None:
    loaded = get_stock_data("all, ten, gone", source=Holed())
    assert loaded.market.assets == ("ALL",)
    assert loaded.report.refused.keys() == {"TEN", "GONE"}
    assert "no such ticker" in loaded.report.refused["GONE"]
    assert get_stock_data(["AAPL", "ZZZ"]).market.assets == ("AAPL",)


def test_what_was_asked_and_cannot_be_had_is_told() -> None:
    with pytest.raises(UnknownTicker, match="the holed one has no GONE; it has OLD, NEW, ALL, TEN"):
        load_market(Holed(), ["ALL", "GONE"])
    with pytest.raises(BadTicker):
        load_market(Holed(), "ALL, $$")
    with pytest.raises(NotEnoughHistory, match="TEN needs 63 sessions of history, 10"):
        load_market(Holed(), "TEN")
    with pytest.raises(DataError, match="no such ticker"):
        get_stock_data("GONE", source=Holed())
    with pytest.raises(DataError, match="'soon' is not a date"):
        load_market(Holed(), start="soon")
    with pytest.raises(DataError, match="is after end"):
        load_market(Holed(), start="2020-01-01", end="2019-01-01")


def test_one_asset_and_any_kind_of_date_will_do() -> None:
    days = simulated_market(sessions=200).sessions
    start: date = days[20].astype(object)
    market = load_market(Holed(), "ALL", start=start, end=days[149]).market
    assert np.array_equal(market.sessions, days[20:150])


@pytest.mark.parametrize("source", [Sample(), Files(path="prices"), Synthetic(seed=3)])
def test_a_source_is_its_own_document(source: Source) -> None:
    adapter: TypeAdapter[Source] = TypeAdapter(AnySource)
    assert adapter.validate_json(adapter.dump_json(source)) == source
    assert isinstance(source, Source)


def test_an_unknown_kind_of_source_is_one_error() -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(AnySource).validate_python({"kind": "oracle"})
    assert caught.value.error_count() == 1


def test_a_value_is_known_from_its_day_until_it_expires() -> None:
    days = np.arange(np.datetime64("2020-01-01"), np.datetime64("2020-01-11"))
    monthly = PublishedSeries(since=days[[2, 4]], values=np.array([1.0, 2.0]), days=3)
    nan = np.nan
    expected = [nan, nan, 1, 1, 2, 2, 2, 2, nan, nan]
    assert np.array_equal(monthly.at(days), expected, equal_nan=True)
    for cut in range(len(days)):
        assert np.array_equal(monthly.at(days[:cut]), expected[:cut], equal_nan=True)
    assert np.isnan(PublishedSeries(since=days[:0], values=np.empty(0)).at(days)).all()


def test_the_report_is_a_table_and_lines() -> None:
    report = get_stock_data("all, ten, gone", source=Holed()).report
    table = report.to_frame()
    assert table["ticker"].tolist() == ["GONE", "TEN"]
    assert report.lines()[-1] == "210 rows read, 200 kept, 10 dropped"
    assert report.of("TEN")[0].action == "refused"


def test_repairs_are_told_once_and_one_line_a_kind() -> None:
    day = np.datetime64("2020-01-02")

    def found(ticker: str, code: str, count: int = 1, column: str = "") -> Finding:
        return Finding(
            ticker=ticker, code=code, message=f"{code} of it", action="emptied", count=count,
            column=column, first=day, last=day + count,
        )  # fmt: skip

    few = [found(f"T{n}", "range", n) for n in range(1, 6)]
    emptied = [
        found("A", "text", 30, "close"),
        found("A", "text", 20, "volume"),
        found("A", "no_close", 40),
        found("A", "missing", 40),
        found("A", "large_move"),
    ]
    refused = replace(found("B", "split"), severity="error")
    report = QualityReport(findings=(*few, *emptied, refused), rows_in=9, rows_kept=9)
    assert report.repairs == (
        "B: split of it (2020-01-02 to 2020-01-03): emptied",
        "30 closes of A were text and are left out (2020-01-02 to 2020-02-01)",
        "20 volumes of A were text and are left out (2020-01-02 to 2020-01-22)",
        "T1, T2, T3 and 2 more: 15 x range of it (2020-01-02 to 2020-01-07): emptied",
        "A: 10 x no_close of it (2020-01-02 to 2020-02-11): emptied",
    )
    assert report.to_dict() == {"repairs": list(report.repairs), "details": report.lines()}


def test_the_path_of_a_file_is_a_source_and_no_ticker_is_no_source_without_prices(
    tmp_path: Path,
) -> None:
    file = tmp_path / "prices.csv"
    days = "".join(f"2024-{m:02}-{d:02},{m + d / 7}\n" for m in range(1, 9) for d in range(1, 28))
    file.write_text(f"Date,Close\n{days}")
    for source in (file, str(file)):
        assert get_stock_data("PRICES", source=source).market.assets == ("PRICES",)
    with pytest.raises(DataError, match="no such file"):
        get_stock_data("PRICES", source=str(tmp_path / "none.csv"))
    with pytest.raises(InputError, match="no ticker is named"):
        get_stock_data([])


def test_what_names_no_symbols_is_said() -> None:
    with pytest.raises(BadTicker, match="5"):
        get_stock_data(5)  # type: ignore[arg-type]
