"""`forefolio orders`: from the weights of a run, or any others, to whole shares."""

import csv
from pathlib import Path

import pytest
from tests.cli.conftest import Forefolio, prices
from tests.cli.test_bad_input import refused

from forefolio.core.wording import MINUS


def test_the_last_run_becomes_orders(forefolio: Forefolio, study: str) -> None:
    run = forefolio("run", "--study", study, "--no-ml", "--json").document
    document = forefolio("orders", "--capital", "10000", "--json").document
    assert document["made"] == run["as_of"]
    for row in document["orders"]:
        assert row["target"] == pytest.approx(run["weights"].get(row["ticker"], 0.0))
        assert row["shares"] == int(row["shares"]) and row["priced"] == run["as_of"]
    spent = sum(row["value"] for row in document["orders"])
    assert document["cash"] >= 0
    assert spent + document["cash"] + document["cost"] == pytest.approx(10_000)
    assert "which are not traded prices" in document["warnings"][0]
    named = forefolio("orders", "--capital", "10000", "--run", document["run"][:8], "--json")
    assert named.document == document


def test_given_weights_and_prices_need_no_data(forefolio: Forefolio, tmp_path: Path) -> None:
    held, out = tmp_path / "held.csv", tmp_path / "orders.csv"
    held.write_text("Ticker,Shares\nXOM,50\nKO,1.5\n\n")
    call = (
        "orders",
        "--capital",
        "10000",
        "--weights",
        "AAPL=0.6 XOM=0.4",
        "--holdings",
        str(held),
    )
    priced = ("--prices", "AAPL=190,XOM=113,KO=60", "--out", str(out))
    document = forefolio(*call, *priced, "--json").document
    trades = {row["ticker"]: row["trade"] for row in document["orders"]}
    assert trades["AAPL"] in (31, 32) and trades["KO"] == -1.5 and trades["XOM"] < 0
    assert document["warnings"] == [] and document["run"] is None
    assert {row["priced"] for row in document["orders"]} == {"given"}
    with out.open() as file:
        written = {row["ticker"]: float(row["trade"]) for row in csv.DictReader(file)}
    assert written == trades
    said = forefolio(*call, *priced)
    assert (
        (said.code, said.err) == (0, "") and f"{MINUS}1.50" in said.out and "cash left" in said.out
    )
    assert max(map(len, said.out.split("\n"))) <= 80 or str(out) in said.out


def test_costs_come_out_of_the_capital(forefolio: Forefolio) -> None:
    call = ("orders", "--capital", "1000", "--weights", "KO=1", "--prices", "KO=10", "--json")
    free = forefolio(*call, "--cost-bps", "0").document
    dear = forefolio(*call, "--cost-bps", "100").document
    assert (free["orders"][0]["shares"], free["cash"], free["cost"]) == (100, 0, 0)
    assert dear["orders"][0]["shares"] == 99 and dear["cost"] == pytest.approx(9.9)


def test_prices_that_are_not_given_are_last_closes(forefolio: Forefolio, tmp_path: Path) -> None:
    path = prices(tmp_path / "KO.csv")
    last = float(path.read_text().split("\n")[-1].split(",")[1])
    call = ("orders", "--capital", "1000", "--weights", "KO=0.5", "--source", str(path), "--json")
    document = forefolio(*call).document
    assert document["orders"][0]["price"] == pytest.approx(last)
    assert str(path) in document["warnings"][0]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("--capital 1000", "no strategy run is done"),
        ("--capital 1000 --run 12", "no strategy run whose id begins with '12' is done"),
        ("--capital 0 --weights KO=1 --prices KO=10", "capital must be money above zero"),
        ("--capital 1000 --weights KO=1.2 --prices KO=10", "more than the capital pays for"),
        ("--capital 1000 --weights KO=x", "--weights: 'x' is no number for 'KO'"),
        ("--capital 1000 --weights held.csv", "'' is no number for 'held.csv'"),
        ("--capital 1000 --weights KO=1 --prices KO=0", "every asset needs a price above zero"),
        ("--capital 1000 --weights KOO=1", "the sample has no KOO"),
    ],
)
def test_what_is_no_good_is_told_in_one_line(forefolio: Forefolio, line: str, told: str) -> None:
    refused(forefolio("orders", *line.split()), told)
