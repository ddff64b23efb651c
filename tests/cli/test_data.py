"""`forefolio data`: from a provider or a file into the database, and what is there."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina
from tests.cli.conftest import Forefolio
from tests.market.online.server import Served, serving
from tests.market.online.stooq import DAYS, answer


@pytest.fixture
def stooq() -> Iterator[Served]:
    with stamina.set_testing(True, attempts=1), serving(answer) as served:
        yield served


def test_prices_are_fetched_imported_listed_and_checked(
    forefolio: Forefolio, stooq: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FOREFOLIO_SOURCE_URLS", f"stooq={stooq.url}")
    assert "no prices are stored" in forefolio("data").out
    said = forefolio("data", "fetch", "AAA", "NOPE", "--source", "stooq")
    assert said.code == 0 and "1 new and 1 not to be had" in said.out
    assert "stooq has no prices of NOPE" in said.out
    (row,) = forefolio("data", "list", "--json").document["prices"]
    assert (row["ticker"], row["source"], row["first"]) == ("AAA", "stooq", str(DAYS[0]))
    path = tmp_path / "ZZZ.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(
            [["Date", "Close"], *([d, 100 + i % 9] for i, d in enumerate(DAYS)),
             [DAYS[-1], 100 + (len(DAYS) - 1) % 9], [DAYS[5], -1], ["2030-01-01", 5]]
        )  # fmt: skip
    done = forefolio("data", "import", str(path), "--json").document
    (one,) = done["tickers"]
    assert one["rows"] == len(DAYS) + 3 == one["stored"] + one["refused"] + one["repeated"]
    assert (one["repeated"], {r["reason"] for r in done["refused"]}) == (
        1,
        {"the date is in the future", "the close is not a finite positive number"},
    )
    again = forefolio("data", "import", str(path)).out
    assert "(0 new, 0 changed)" in again and "Use them by --source stored." in again
    checked = forefolio("data", "quality", "--source", "stored", "--minimum-sessions", "60")
    assert checked.code == 0 and "2 tickers read" in checked.out
    wrong = forefolio("data", "import", str(path), "--name", "yahoo")
    assert wrong.code == 2 and "yahoo is a provider" in wrong.err
    listed = forefolio("optimize", "--source", "stored", "--minimum-sessions", "60", "--json")
    assert set(listed.document["data"]["tickers"]) == {"AAA", "ZZZ"}


def test_providers_are_listed_without_their_keys(
    forefolio: Forefolio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOREFOLIO_FINNHUB_KEY", "CANARY0KEY7")
    said = forefolio("data", "sources")
    assert "CANARY" not in said.out and "Alpha Vantage" in said.out
    rows = {
        row["source"]: row for row in forefolio("data", "sources", "--json").document["sources"]
    }
    assert (rows["finnhub"]["key"], rows["alpha_vantage"]["key"]) == ("set", "not set")
    assert rows["yahoo"]["turn"] == 1 and rows["yahoo"]["key"] == "none needed"
