"""`forefolio orders`: from the weights of a run, or any others, to whole shares."""

import csv
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Forefolio, prices
from tests.cli.test_bad_input import refused

from forefolio.market import simulated_market


def warnings(document: Any) -> list[str]:
    return [one["message"] for one in document["remarks"] if one["stage"] == "prices"]


def test_the_last_run_becomes_orders(forefolio: Forefolio, study: str) -> None:
    run = forefolio("run", "--study", study, "--no-ml", "--json").document
    document = forefolio("orders", "--capital", "10000", "--json").document
    assert document["portfolio"]["made"] == run["as_of"]
    assert document["portfolio"]["words"].startswith("weights of run ")
    for row in document["orders"]:
        assert row["target"] == pytest.approx(run["weights"].get(row["ticker"], 0.0))
        assert row["shares"] == int(row["shares"]) and row["priced"] == run["as_of"]
    spent = sum(row["value"] for row in document["orders"])
    assert document["cash"] >= 0
    assert spent + document["cash"] + document["cost"] == pytest.approx(10_000)
    assert "which are not traded prices" in warnings(document)[0]
    whose = document["portfolio"]["run"][:8]
    named = forefolio("orders", "--capital", "10000", "--run", whose, "--json")
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
    assert warnings(document) == [] and document["portfolio"]["run"] is None
    assert document["files"]["tables"] == [str(out.resolve())]
    assert {row["priced"] for row in document["orders"]} == {None}
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert {row["ticker"]: float(row["trade"]) for row in rows} == trades
    assert {row["ticker"]: row["action"] for row in rows} == {
        "AAPL": "Buy", "XOM": "Sell", "KO": "Sell",
    }  # fmt: skip
    assert {row["priced"] for row in rows} == {"given"}
    assert max(len(row[name]) for row in rows for name in row if name != "reason") <= 10
    said = forefolio(*call, *priced)
    assert (said.code, said.err) == (0, "")
    assert "Sell" in said.out and "1.50" in said.out and "cash left" in said.out
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
    assert str(path) in warnings(document)[0]


def test_what_would_trade_little_is_left_alone(forefolio: Forefolio) -> None:
    call = ("orders", "--cost-bps", "0", "--prices", "KO=10,XOM=10,PEP=10", "--json")
    held = ("--weights", "KO=0.5,XOM=0.5", "--holdings", "KO=51,XOM=39,PEP=2")
    free = forefolio(*call, *held, "--capital", "1000").document
    assert {row["ticker"]: row["trade"] for row in free["orders"]} == {
        "KO": -1, "XOM": 11, "PEP": -2,
    }  # fmt: skip
    calm = forefolio(*call, *held, "--capital", "1000", "--smallest-trade", "$25").document
    trades = {row["ticker"]: (row["action"], row["trade"]) for row in calm["orders"]}
    assert trades["KO"] == ("Keep", 0) and trades["PEP"] == ("Keep", 0)
    assert trades["XOM"] == ("Buy", 8) and calm["cash"] == pytest.approx(0)


def test_every_order_and_every_one_left_out_has_its_reason(forefolio: Forefolio) -> None:
    call = ("orders", "--cost-bps", "0", "--prices", "KO=10,XOM=10,PEP=10,BA=400,GE=10")
    held = ("--weights", "KO=0.5,XOM=0.3,BA=0.02,GE=0.02", "--holdings", "KO=49,PEP=2,GE=2")
    limits = ("--capital", "1000", "--band", "2%", "--smallest-trade", "15")
    document = forefolio(*call, *held, *limits, "--json").document
    rows = {row["ticker"]: row for row in document["orders"]}
    assert {ticker: (row["action"], row["trade"]) for ticker, row in rows.items()} == {
        "KO": ("Keep", 0), "XOM": ("Buy", 30), "PEP": ("Sell", -2),
        "BA": ("Keep", 0), "GE": ("Keep", 0),
    }  # fmt: skip
    reasons = {ticker: row["reason"] for ticker, row in rows.items()}
    assert reasons == {
        "KO": "kept: 49.0 % is within 2.0 % of 50.0 %",
        "XOM": "new: 30.0 % is wanted",
        "PEP": "sold whole: it has no weight any more, and is 2.0 % now",
        "BA": "not bought: a share costs 400.00, and 2.0 % is 20.00",
        "GE": "kept: 2.0 % is within 2.0 % of 2.0 %",
    }
    assert reasons["PEP"] in forefolio(*call, *held, *limits, "--verbose").out


def test_cash_beside_what_is_held_is_the_rest_of_the_capital(forefolio: Forefolio) -> None:
    call = ("orders", "--weights", "KO=1", "--prices", "KO=10,XOM=20", "--cost-bps", "0", "--json")
    document = forefolio(*call, "--holdings", "XOM=4", "--cash", "30").document
    assert document["capital"] == pytest.approx(110)
    assert {row["ticker"]: row["trade"] for row in document["orders"]} == {"KO": 11, "XOM": -4}


def test_weights_are_not_ordered_at_prices_of_another_source_by_accident(
    forefolio: Forefolio, tmp_path: Path
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for seed, folder in enumerate((one, other)):
        folder.mkdir()
        for name in ("AAA", "BBB"):
            prices(folder / f"{name}.csv", sessions=600, seed=seed)
    run = forefolio("optimize", "--source", str(one), "--json").envelope["run"]
    call = ("orders", "--capital", "1000", "--source", str(other))
    refused(forefolio(*call), f"say --run {run[:8]} if that is meant, or give --weights")
    document = forefolio(*call, "--run", run[:8], "--json").document
    assert str(other) in warnings(document)[0]
    assert str(one) in warnings(forefolio(*call[:3], "--json").document)[0]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("--capital 1000", "no run of kind strategy, portfolio, frontier or today is done"),
        ("--capital 1000 --run 12", "no run of .* whose id begins with '12' is done"),
        ("--weights KO=1", "say what there is to invest: capital, such as 25,000, or cash"),
        ("--capital 0 --weights KO=1 --prices KO=10", "--capital: must be greater than 0"),
        (
            "--capital 1000 --weights KO=1 --holdings KOO=2",
            "no price of KOO, held already: .* give one, as in --prices KOO=12.50",
        ),
        ("--capital 1000 --weights KO=1.2 --prices KO=10", "more than the capital pays for"),
        ("--capital 1000 --weights KO=x", "--weights: 'x' is no number for 'KO'"),
        ("--capital 1000 --weights held.csv", "'' is no number for 'held.csv'"),
        ("--capital 1000 --weights KO=1 --prices KO=0", "every asset needs a price above zero"),
        ("--capital 1000 --weights KOO=1", "the sample has no KOO"),
    ],
)
def test_what_is_no_good_is_told_in_one_line(forefolio: Forefolio, line: str, told: str) -> None:
    refused(forefolio("orders", *line.split()), told)


def test_a_sale_says_which_lots_it_takes_and_what_it_gains(forefolio: Forefolio) -> None:
    lots = ("--lots", "AAA 10 at 80 on 2020-05-04", "--lots", f"AAA 10 at 120 on {date.today()}")
    asked = ("orders", "--cash", "0", "--weights", "AAA=25%", "--prices", "AAA=100", *lots)
    document = forefolio(*asked, "--cost-bps", "0", "--json").document
    (row,) = document["orders"]
    assert (row["held"], row["trade"]) == (20, -15)
    assert [(one["shares"], one["gain"]) for one in document["sold"]] == [(10, -200), (5, 100)]
    assert (document["realised_gain"], document["short_term_gain"]) == (-100, -200)
    assert "takes 10 at 120" in row["reason"] and "a loss of 100" in row["reason"]
    shown = forefolio(*asked, "--cost-bps", "0", "--sell-first", "oldest")
    assert "Sales gain 100.00 on their lots, -100.00 of it short-term" in shown.out.replace(
        "\u2212", "-"
    ).replace("\n", " ")


def test_lots_of_no_known_day_are_not_called_long_term(forefolio: Forefolio) -> None:
    asked = ("orders", "--cash", "0", "--prices", "AAA=100", "--lots", "aaa 10 at 80")
    sold = forefolio(*asked, "--weights", "AAA=50%").out.replace("\n", " ")
    assert "Sales gain 100.00 on their lots, 100.00 on lots whose day is not known." in sold
    kept = forefolio(*asked, "--weights", "AAA=100%", "--cost-bps", "0").out.replace("\n", " ")
    assert "Nothing is sold, so nothing is gained on lots." in kept


def test_a_sale_beyond_its_lots_is_short_and_takes_all_of_them(forefolio: Forefolio) -> None:
    lots = ("--lots", "AAA 10 at 80")
    asked = ("orders", "--cash", "0", "--weights", "AAA=-50%", "--prices", "AAA=100", *lots)
    document = forefolio(*asked, "--cost-bps", "0", "--json").document
    assert document["orders"][0]["trade"] == -15
    assert [(one["shares"], one["gain"]) for one in document["sold"]] == [(10, 200)]


def test_a_capital_below_what_is_held_is_told(forefolio: Forefolio) -> None:
    asked = ("orders", "--weights", "AAA=50%", "--prices", "AAA=100", "--holdings", "AAA=300")
    told = warnings(forefolio(*asked, "--capital", "1000", "--json").document)
    assert "what is held is worth 30,000.00, more than the capital of 1,000.00" in told[0]
    assert not warnings(forefolio(*asked, "--capital", "30000", "--json").document)


def test_what_a_share_costs_does_not_follow_from_returns(
    forefolio: Forefolio, tmp_path: Path
) -> None:
    market = simulated_market(sessions=600, assets=2)
    days, rows = market.sessions[1:], market.returns[1:]
    lines = [f"{day},{one:.6f},{two:.6f}" for day, (one, two) in zip(days, rows, strict=True)]
    path = tmp_path / "returns.csv"
    path.write_text("\n".join(["Date,AAA,BBB", *lines]))
    money = ("--capital", "10000")
    told = r"returns.csv holds returns, and what a share costs.*--prices AAA=12.50"
    refused(forefolio("orders", str(path), "--weights", "AAA=1", *money), told)
    priced = ("--prices", "AAA=12.50", "--weights", "AAA=1")
    assert forefolio("orders", str(path), *priced, *money).code == 0
    run = forefolio("run", str(path), "--no-ml", "--strategy", "equal_weight", *money)
    assert run.code == 2 and re.search("holds returns", run.err)
    assert "Weights for the session after" in run.out  # the answer itself is shown
