"""`forefolio signals`: today's, and what came of those before."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.cli.conftest import Forefolio, written
from tests.cli.test_bad_input import refused
from tests.cli.test_forecast import QUICK

from forefolio.market import Synthetic, load_market
from forefolio.runs.catalog import KINDS

MARKET = load_market(Synthetic(sessions=420, assets=3), minimum_sessions=100).market
BEFORE = str(MARKET.sessions[-30])


@pytest.fixture
def quick(tmp_path: Path) -> str:
    return written(tmp_path / "quick.yaml", QUICK)


def test_signals_are_a_document_and_a_table_of_80_columns(forefolio: Forefolio, quick: str) -> None:
    document = forefolio("signals", "--study", quick, "--json").document
    assert (document["as_of"], document["horizon"]) == (str(MARKET.sessions[-1]), 5)
    assert sum(document["regime"].values()) == pytest.approx(1, abs=1e-5)
    for row in document["signals"]:
        assert row["low"] < row["mean"] < row["high"] and 0.5 <= row["confidence"] <= 1
        assert (row["size"] == 0) == (row["direction"] == "none")
    said = forefolio("signals", "--study", quick)
    assert (said.code, said.err) == (0, "")
    assert "Signals after the close of" in said.out and "Regime: " in said.out
    lines = said.out.splitlines()
    headline = next(k for k, line in enumerate(lines) if line.startswith("Signals after"))
    assert lines[headline + 1].startswith("The models have shown ")  # first of all
    assert max(map(len, said.out.split("\n"))) <= 80


def test_the_same_signals_are_not_made_twice(
    forefolio: Forefolio, quick: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = forefolio("signals", "--study", quick, "--json").document

    def no_run(*_: object) -> None:
        raise AssertionError("it was computed again")

    monkeypatch.setattr("forefolio.runs.working.drive", no_run)
    assert forefolio("signals", "--study", quick, "--json").document == first


def test_options_reach_the_engine(forefolio: Forefolio, quick: str) -> None:
    call = ("signals", "--study", quick, "--json", "--horizon", "3")
    bold = forefolio(*call, "--confidence", "0.5", "--persistence", "1", "--shorts").document
    asked = bold["study"]
    assert (asked["confidence"], asked["persistence"], asked["shorts"]) == (0.5, 1, True)
    assert bold["horizon"] == 3
    assert all(row["direction"] != "none" for row in bold["signals"])
    shy = forefolio(*call, "--confidence", "0.99").document
    assert all(row["direction"] == "none" and row["size"] == 0 for row in shy["signals"])


def test_history_says_what_came_of_it(forefolio: Forefolio, quick: str) -> None:
    call = ("signals", "--study", quick, "--confidence", "0.5", "--persistence", "1", "--shorts")
    forefolio(*call, "--end", BEFORE)
    forefolio(*call)
    rows = forefolio("signals", "--history", "--json").document["signals"]
    assert [row["made"] for row in rows] == [str(MARKET.sessions[-1])] * 3 + [BEFORE] * 3
    assert all(row["ended"] is None and row["realised"] is None for row in rows[:3])
    price = MARKET.trade_price
    for asset, row in enumerate(rows[3:]):
        realised = price[-24, asset] / price[-29, asset] - 1
        assert row["ended"] == str(MARKET.sessions[-24])
        assert row["realised"] == pytest.approx(realised)
        assert row["right"] in (True, False)
    said = forefolio("signals", "--history", "--tickers", "A1").out
    assert "Positions whose horizon has ended: 1" in said and "A0" not in said
    assert max(map(len, said.split("\n"))) <= 80


def test_without_history_it_says_so(forefolio: Forefolio) -> None:
    refused(forefolio("signals", "--history"), "no signals yet; `forefolio signals` makes them")


def test_the_last_answer_to_a_question_counts(
    forefolio: Forefolio, quick: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    forefolio("signals", "--study", quick)
    newer = replace(KINDS["signals"], code=lambda: "of another version")
    monkeypatch.setitem(KINDS, "signals", newer)
    forefolio("signals", "--study", quick)
    assert len(forefolio("runs", "--json").document["runs"]) == 2
    assert len(forefolio("signals", "--history", "--json").document["signals"]) == 3


def test_what_is_no_confidence_is_told_in_one_line(forefolio: Forefolio, quick: str) -> None:
    refused(
        forefolio("signals", "--study", quick, "--confidence", "0.3"),
        "--confidence: must be greater than or equal to 0.5, not 0.3",
    )
