"""`forefolio optimize` and `forefolio frontier`: weights, why, pictures; what cannot be is told."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.cli.conftest import TINY, Forefolio, written
from tests.cli.test_bad_input import refused

from forefolio.market import simulated_market

SMALL: dict[str, Any] = {
    **TINY,
    "source": {"kind": "synthetic", "sessions": 400, "assets": 6, "seed": 3},
}


@pytest.fixture
def small(tmp_path: Path) -> str:
    return written(tmp_path / "small.yaml", SMALL)


def test_a_portfolio_is_a_document_and_tables_of_80_columns(
    forefolio: Forefolio, small: str
) -> None:
    call = ("optimize", "--study", small, "--constraint", "w <= 40%")
    document = forefolio(*call, "--json").document
    weights = document["weights"]
    assert sum(weights.values()) == pytest.approx(1.0, abs=1e-9)
    assert list(weights.values()) == sorted(weights.values(), reverse=True)
    assert min(weights.values()) >= 1e-4 and max(weights.values()) <= 0.4 + 1e-9
    assert document["expected_sharpe"] == pytest.approx(
        (document["expected_return"] - document["cash_return"]) / document["volatility"]
    )
    ahead = document["expected_volatility"]
    assert ahead["low"] < ahead["expected"] < ahead["high"] and ahead["horizon"] == 21
    assert document["reasons"]["limits"] and not document["reasons"]["sentences"]
    said = forefolio(*call, "--verbose")
    assert (said.code, said.err) == (0, "")
    assert "Portfolio by maximum Sharpe" in said.out and "What each limit costs" in said.out
    assert all(ticker in said.out for ticker in weights)
    assert max(map(len, said.out.split("\n"))) <= 80


def test_prices_are_named_by_a_word_and_the_limits_that_bind_are_said(
    forefolio: Forefolio, tmp_path: Path
) -> None:
    days = pd.bdate_range("2020-01-01", periods=600, name="date")
    steps = np.random.default_rng(0).normal([0.001, 0.0005, 0.0], 0.01, (600, 3))
    path = tmp_path / "prices.csv"
    pd.DataFrame(100 * np.exp(np.cumsum(steps, axis=0)), days, list("ABC")).to_csv(path)
    calm = ("--objective", "minimum_variance")
    limited = (*calm, "--constraint", "A <= 25%", "--constraint", "C >= 0%")
    by_word = forefolio("optimize", str(path), *limited, "--json").document
    by_option = forefolio("optimize", "--source", str(path), *limited, "--json").document
    assert by_word["weights"] == by_option["weights"]
    said = " ".join(forefolio("optimize", str(path), *limited).out.split())
    assert "Limits that bind: A: weight at most 25 %. From" in said
    assert "Limits that bind" not in forefolio("optimize", str(path), *calm).out


def test_why_is_told_in_sentences(forefolio: Forefolio, small: str) -> None:
    call = ("optimize", "--study", small, "--constraint", "w <= 40%", "--explain")
    document = forefolio(*call, "--json").document
    assert {position["asset"] for position in document["reasons"]["positions"]} == set(
        document["weights"]
    )
    said = " ".join(forefolio(*call).out.split())
    assert all(sentence in said for sentence in document["reasons"]["sentences"])
    assert "it would not be held below" in said


@pytest.mark.parametrize(
    ("options", "check"),
    [
        (("--objective", "minimum-variance"), "minimum_variance"),
        (("--objective", "target_volatility", "--target", "60%"), "target_volatility"),
        (("--objective", "equal_weight"), "equal_weight"),
        (("--risk", "oas", "--horizon", "5"), "maximum_sharpe"),
    ],
)
def test_objectives_and_risk_models_go_by_name(
    forefolio: Forefolio, small: str, options: tuple[str, ...], check: str
) -> None:
    document = forefolio("optimize", "--study", small, *options, "--json").document
    assert document["objective"] == check and len(document["weights"]) >= 1


def test_the_risk_of_an_objective_is_named_and_measured(forefolio: Forefolio, small: str) -> None:
    call = ("optimize", "--study", small, "--objective", "minimum risk")
    said = forefolio(*call, "--risk-measure", "maximum drawdown")
    assert re.search(r"Maximum drawdown by past prices: \d+\.\d %\.", said.out)


def test_words_take_the_place_of_what_they_contradict(forefolio: Forefolio, small: str) -> None:
    half = forefolio("optimize", "--study", small, "--constraint", "sum(w) == 50%", "--json")
    assert half.document["cash"] == pytest.approx(0.5)
    shorts = forefolio(
        *("optimize", "--study", small, "--objective", "minimum_variance"),
        *("--constraint", "-20% <= w <= 60%", "--constraint", "gross <= 160%", "--json"),
    )
    assert min(shorts.document["weights"].values()) > -0.2 - 1e-9
    assert sum(map(abs, shorts.document["weights"].values())) <= 1.6 + 1e-8


def test_past_means_as_they_are_spread_a_frontier_that_shrinking_makes_a_point(
    forefolio: Forefolio, small: str
) -> None:
    shrunk = forefolio("frontier", "--study", small, "--points", "4")
    assert "It is one portfolio" in shrunk.out and "--forecast past_means" in shrunk.out
    asked = ("frontier", "--study", small, "--points", "4", "--forecast", "past means")
    document = forefolio(*asked, "--json").document
    assert document["forecast"] == "past_means" and len(document["points"]) == 4
    market = simulated_market(seed=3, sessions=400, assets=6)
    for row in document["assets"]:
        own = market.returns[1:, market.assets.index(row["ticker"])]
        assert row["expected_return"] == pytest.approx(own.mean() * market.periods_per_year)
    [caveat] = [one for one in document["remarks"] if one["code"] == "past_means"]
    errors = market.returns[1:].std(axis=0, ddof=1) / 399**0.5 * market.periods_per_year
    assert f"{100 * np.median(errors):.1f} % a year" in caveat["message"]
    assert "past means as they are, whose differences are mostly chance" in " ".join(
        forefolio(*asked).out.split()
    )


def test_what_is_given_is_not_said_to_be_estimated(forefolio: Forefolio, small: str) -> None:
    given = ("optimize", "--study", small, "--expected-returns", "A0=10%,A1=4%")
    assert "returns: as given." in forefolio(*given).out
    assert forefolio(*given, "--json").document["forecast"] == "given"


def test_learnt_forecasts_are_those_of_the_forecast_command(
    forefolio: Forefolio, small: str
) -> None:
    learnt = forefolio("forecast", "--study", small, "--horizon", "5", "--json").document
    call = ("optimize", "--study", small, "--forecast", "ml", "--horizon", "5", "--json")
    document = forefolio(*call).document
    assert document["forecast"] == "machine_learning"
    told = {row["ticker"]: row["annual_mean"] for row in learnt["forecasts"]}
    for row in document["assets"]:
        assert row["expected_return"] == pytest.approx(told[row["ticker"]])


@pytest.mark.usefixtures("rastered")
def test_a_frontier_is_a_document_a_table_and_two_pictures(
    forefolio: Forefolio, tmp_path: Path
) -> None:
    source = {"kind": "synthetic", "sessions": 400, "assets": 6, "seed": 6}  # means that differ
    study = written(tmp_path / "differ.yaml", {**TINY, "source": source})
    call = ("frontier", "--study", study, "--points", "5", "--constraint", "w <= 40%")
    said = forefolio(*call, "--out", str(tmp_path / "figures"), "--json")
    found = said.document
    risks = [point["risk"] for point in found["points"]]
    assert len(risks) == 5 and risks == sorted(risks)
    assert found["best"]["ratio"] >= max(point["ratio"] for point in found["points"])
    for point in found["points"]:
        assert sum(point["weights"].values()) == pytest.approx(1.0, abs=1e-3)
    names = [Path(path).name for path in said.document["files"]["figures"]]
    assert names == ["efficient_frontier.png", "weights_pie.png"]
    before = [Path(path).read_bytes() for path in said.document["files"]["figures"]]
    assert all(content.startswith(b"\x89PNG") for content in before)
    shown = forefolio(*call, "--out", str(tmp_path / "figures"))
    assert [Path(path).read_bytes() for path in said.document["files"]["figures"]] == before
    assert shown.code == 0 and "best" in shown.out and "largest positions" in shown.out
    tables = shown.out.split("Figure: ")[0]
    assert max(map(len, tables.split("\n"))) <= 80


def test_a_frontier_of_equal_means_is_one_row_and_a_sentence(
    forefolio: Forefolio, small: str, tmp_path: Path
) -> None:
    call = ("frontier", "--study", small, "--out", str(tmp_path / "figures"))
    said = forefolio(*call, "--verbose")
    assert "the frontier is one portfolio: none that is allowed" in " ".join(said.out.split())
    rows = [line for line in said.out.splitlines() if line.startswith(("1  ", "2  "))]
    assert "It is one portfolio: of those" in " ".join(forefolio(*call).out.split())
    assert len(rows) == 1 and not [r for r in said.out.splitlines() if r.startswith("best ")]
    document = forefolio(*call, "--json").document
    assert len(document["points"]) == 1
    assert document["best"]["ratio"] == pytest.approx(document["points"][0]["ratio"])


def test_a_target_out_of_reach_by_little_is_told_from_what_can_be_had(
    forefolio: Forefolio, small: str
) -> None:
    call = ("frontier", "--study", small)
    top = forefolio(*call, "--json").document["points"][-1]["expected_return"]
    said = " ".join(forefolio(*call, "--target", f"{top + 2e-4:.4%}").out.split())
    found = re.search(r"reaches (\S+) % a year: the best attainable is (\S+) %", said)
    assert found is not None and found[1] != found[2]
    assert float(found[2]) == pytest.approx(100 * top, abs=0.01)


def test_each_sharpe_says_which_it_is_and_no_ratio_mixes_periods(
    forefolio: Forefolio, small: str
) -> None:
    optimised = forefolio("optimize", "--study", small)
    assert "not what was earned before" in " ".join(optimised.out.split())
    document = forefolio("optimize", "--study", small, "--json").document
    assert "sharpe" not in document and document["expected_sharpe"] is not None
    tail = forefolio(
        *("frontier", "--study", small, "--risk-measure", "cvar", "--points", "3", "--verbose")
    )
    assert "CVaR a session" in tail.out and "both of one session" in tail.out
    found = forefolio("frontier", "--study", small, "--risk-measure", "cvar", "--json").document
    point = found["points"][0]
    beyond = point["expected_return"] - found["neutral_return"]
    assert point["ratio"] == pytest.approx(beyond / 252 / point["risk"], rel=1e-6)


def test_a_target_out_of_reach_is_told_beside_the_others(forefolio: Forefolio, small: str) -> None:
    call = ("frontier", "--study", small, "--risk-measure", "cvar", "--target", "99%")
    said = forefolio(*call)
    assert said.code == 0 and "no portfolio reaches 99.0 % a year" in said.out
    assert "out of reach" in said.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ("optimize", "--constraint", "w <= 4%"),
            "raise the limit on each weight from 4.0 % to at least",
        ),
        (
            ("frontier", "--constraint", "w <= 4%"),
            "raise the limit on each weight from 4.0 % to at least",
        ),
        (("optimize", "--constraint", "w <="), "expected"),
        (("optimize", "--objective", "maximum_shrap"), "did you mean 'maximum_sharpe'?"),
        (("optimize", "--target", "10%"), "maximum_sharpe has no target"),
        (
            ("optimize", "--risk-measure", "cvar"),
            "maximum_sharpe has no risk measure; minimum_risk",
        ),
        (("optimize", "--constraint", "cvar <= 0.1%"), "raise the limit on CVaR from 0.1 % to"),
        (
            ("optimize", "--objective", "target_return", "--target", "lots"),
            "--target: .*write 12% or 0.12",
        ),
        (
            ("optimize", "--objective", "target_return", "--target", "90%"),
            "lower the minimum for the expected return from 90.0 % to at most",
        ),
        (("optimize", "--risk", "oa"), "there is no kind 'oa'; did you mean 'oas'"),
        (
            ("frontier", "--risk-measure", "var"),
            "There are volatility, worst_volatility, cvar, robust_cvar, evar",
        ),
        (("optimize", "--objective", "equal_weight", "--constraint", "w <= 50%"), "no constraints"),
    ],
    ids=lambda value: " ".join(value[:3]) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_is_one_sentence_and_exit_code_2(
    forefolio: Forefolio, small: str, arguments: tuple[str, ...], told: str
) -> None:
    refused(forefolio(arguments[0], "--study", small, *arguments[1:]), told)


def test_what_was_asked_before_is_read(
    forefolio: Forefolio, small: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = ("frontier", "--study", small, "--points", "3", "--json")
    first = forefolio(*call).out

    def never(*_: object) -> None:
        raise AssertionError("it was computed again")

    monkeypatch.setattr("forefolio.optimize.frontier.efficient.EfficientFrontier.trace", never)
    assert json.loads(forefolio(*call).out) == json.loads(first)


def test_growth_of_an_ordinary_market_has_an_answer(forefolio: Forefolio, tmp_path: Path) -> None:
    path = tmp_path / "three.csv"
    moves = np.random.default_rng(0).normal(0.0004, 0.01, (700, 3))
    days = pd.bdate_range("2019-01-02", periods=700, name="Date")
    close = 100 * np.exp(np.cumsum(moves, axis=0))
    pd.DataFrame(close, index=days, columns=["AAA", "BBB", "CCC"]).to_csv(path)
    call = ("optimize", "--source", str(path), "--objective", "maximum_growth", "--json")
    assert forefolio(*call).document["weights"] == {"BBB": pytest.approx(1.0, abs=1e-4)}


def test_limits_that_contradict_each_other_are_a_document_too(
    forefolio: Forefolio, small: str
) -> None:
    call = forefolio("optimize", "--study", small, "--constraint", "w <= 10%", "--json")
    error = json.loads(call.err.splitlines()[-1])["error"]
    assert (call.code, call.out, error["code"]) == (2, "", "infeasible")
    (mend,) = error["mends"]
    assert (mend["constraint"], mend["limit"]) == ("w <= 10%", 0.1)
    assert mend["needed"] == pytest.approx(1 / 6)
    (run,) = forefolio("runs", "--json").document["runs"]
    again = forefolio("runs", "follow", run["id"], "--json")
    assert json.loads(again.err.splitlines()[-1])["error"] == error
