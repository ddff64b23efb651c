"""Tables as people and their banks write them: other headings, names for tickers, returns."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forefolio.core.errors import BadFile
from forefolio.core.lazy import lazy
from forefolio.market import Files, Frame, Loaded, load_market, simulated_market

pd: Any = lazy("pandas")
MARKET = simulated_market(sessions=90, assets=2)
DAYS = pd.DatetimeIndex(MARKET.sessions, name="Date")


def closes(*names: str) -> Any:
    return pd.DataFrame(MARKET.close, index=DAYS, columns=list(names or ("AAA", "BBB")))


def returns() -> Any:
    return closes().pct_change().dropna()


def load(path: Path) -> Loaded:
    return load_market(Files(path=path, calendar=""))


def written(frame: Any, tmp_path: Path, **how: Any) -> Loaded:
    frame.to_csv(tmp_path / "prices.csv", **how)
    return load(tmp_path / "prices.csv")


@pytest.mark.parametrize("heading", ["Datum", "Fecha", "Trade Date", "as_of_date", "日期", "t"])
def test_dates_are_told_by_what_stands_below_any_heading(heading: str, tmp_path: Path) -> None:
    market = written(closes().rename_axis(index=heading), tmp_path).market
    assert market.assets == ("AAA", "BBB")
    np.testing.assert_array_equal(market.sessions, MARKET.sessions)


def test_a_count_of_rows_in_front_is_no_asset(tmp_path: Path) -> None:
    frame = closes().rename_axis(index="when").reset_index()
    market = written(frame.rename_axis(index="no"), tmp_path).market
    assert market.assets == ("AAA", "BBB")


def test_numbers_are_no_dates_but_as_20240131(tmp_path: Path) -> None:
    plain = closes().rename_axis(index="when").reset_index()
    digits = plain.assign(when=DAYS.strftime("%Y%m%d"))
    assert written(digits, tmp_path, index=False).market.assets == ("AAA", "BBB")
    with pytest.raises(BadFile, match="no date column among its columns 'when'"):
        written(plain.assign(when=np.arange(90) + 7.5), tmp_path, index=False)


@pytest.mark.parametrize(
    ("names", "assets"),
    [
        (("Apple Inc.", "Coca Cola Co"), ("APPLE-INC", "COCA-COLA-CO")),
        (("Fund of All (VOO)", "Bonds, Long [TLT]"), ("TLT", "VOO")),
        (("Apple (USD)", "Coke (USD)"), ("APPLE-USD", "COKE-USD")),
        (("AAA", "Gold (USD)"), ("AAA", "GOLD-USD")),
        (("Apple Inc.", "All (VOO)"), ("ALL-VOO", "APPLE-INC")),
        (("AAA", "Fonds für alles"), ("AAA", "FONDS-FÜR-ALLES")),
        (("A fund of which the name is long, one", "A fund of which the name is long, two"), None),
    ],
)
def test_names_are_made_symbols_and_that_is_said(
    names: tuple[str, str], assets: tuple[str, str] | None, tmp_path: Path
) -> None:
    loaded = written(closes(*names), tmp_path)
    assert assets is None or loaded.market.assets == assets
    assert len(loaded.market.assets) == 2
    said = [f for f in loaded.report.findings if f.code == "symbol"]
    assert [f.message for f in said] == [f"{n!r} is no ticker" for n in names if n != "AAA"]
    by_name = dict(zip(names, MARKET.close[-1], strict=True))
    for finding in said:
        column = loaded.market.assets.index(finding.ticker)
        assert loaded.market.close[-1, column] == by_name[finding.message[1:-14]]


def test_names_below_one_another_are_made_symbols_too(tmp_path: Path) -> None:
    long = closes("Apple Inc.", "Coca Cola Co").stack().rename("close")
    long = long.rename_axis(index=["date", "name"]).reset_index()
    assert written(long, tmp_path, index=False).market.assets == ("APPLE-INC", "COCA-COLA-CO")


def test_a_column_of_words_makes_no_wide_table(tmp_path: Path) -> None:
    frame = closes("Fund of all", "BBB").assign(**{"What was done": "bought"})
    with pytest.raises(BadFile, match="no close price among"):
        written(frame, tmp_path)


@pytest.mark.parametrize(
    "heading", ["Zuletzt;Eröffn.;Hoch;Tief", "Dernier;Ouv.; Plus Haut;Plus Bas",
                "Último;Apertura;Máximo;Mínimo"]
)  # fmt: skip
def test_headings_of_other_languages(heading: str, tmp_path: Path) -> None:
    market = simulated_market(sessions=90, assets=1)
    columns: Any = [market.close, market.open, market.high, market.low]
    frame = pd.DataFrame(np.hstack(columns), index=DAYS, columns=heading.split(";"))
    frame.rename_axis(index="Datum").to_csv(tmp_path / "SAP.csv", sep=";", decimal=",")
    read = load(tmp_path / "SAP.csv").market
    assert read.assets == ("SAP",)
    for name in ("open", "high", "low", "close"):
        np.testing.assert_allclose(getattr(read, name), getattr(market, name), rtol=1e-12)


# -- returns ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("written_as", ["fractions", "percent", "with a sign"])
def test_a_table_of_returns_has_these_returns(written_as: str, tmp_path: Path) -> None:
    frame = returns().rename_axis(index="Date")
    if written_as == "percent":
        frame = 100.0 * frame
    if written_as == "with a sign":
        frame = (100.0 * frame).map(lambda number: f"{number:.12f}%")
    loaded = written(frame, tmp_path)
    read = loaded.market
    assert read.sessions[0] == DAYS[0].to_numpy().astype("datetime64[D]")
    np.testing.assert_allclose(read.returns[1:], returns().to_numpy(), atol=1e-12)
    (line,) = (line for line in loaded.report.repairs if "returns, no prices" in line)
    assert line.startswith("AAA, BBB: ") and "begin at 100" in line
    assert not loaded.report.has_prices


def test_what_a_bill_returns_stands_beside_returns(tmp_path: Path) -> None:
    read = written(returns().assign(BILL=0.0001), tmp_path).market
    column = read.assets.index("BILL")
    np.testing.assert_allclose(read.returns[1:, column], 0.0001, atol=1e-12)


def test_a_return_that_is_missing_is_none_and_one_before_a_listing_is_none() -> None:
    frame = returns()
    frame.iloc[:20, 1] = np.nan
    frame.iloc[60, 0] = np.nan
    read = load_market(Frame(frame)).market
    assert np.isnan(read.close[:20, 1]).all() and np.isfinite(read.close[20:, 1]).all()
    np.testing.assert_allclose(read.returns[22:, 1], frame.iloc[21:, 1], atol=1e-12)
    np.testing.assert_allclose(read.returns[1:60, 0], frame.iloc[:59, 0], atol=1e-12)


def test_the_code_of_a_missing_return_is_none() -> None:
    frame = 100.0 * returns()
    frame.iloc[:20, 1], frame.iloc[60, 0] = -99.99, -999.0
    read = load_market(Frame(frame)).market
    assert np.isnan(read.close[:20, 1]).all() and np.isnan(read.close[61, 0])
    np.testing.assert_allclose(read.returns[1:60, 0], frame.iloc[:59, 0] / 100.0, atol=1e-12)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda frame: frame.assign(AAA=closes().AAA), "BBB has returns.*and AAA prices"),
        (lambda frame: frame * 20.0, "fractions or in percent: nothing tells which"),
    ],
)
def test_returns_that_are_not_clear_are_refused(change: Any, said: str, tmp_path: Path) -> None:
    frame = change(returns().clip(-0.04, 0.04))
    with pytest.raises(BadFile, match=said):
        written(frame, tmp_path)


def test_one_close_below_zero_makes_no_returns(tmp_path: Path) -> None:
    frame = closes()
    frame.iloc[50, 0] = -37.63
    loaded = written(frame, tmp_path)
    assert loaded.report.has_prices
    assert loaded.market.close[-1, 0] == MARKET.close[-1, 0]
