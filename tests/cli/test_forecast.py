"""`forefolio forecast` and `leaderboard`: one gathering of evidence, shown in two ways."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Forefolio, written
from tests.cli.test_bad_input import refused

QUICK: dict[str, Any] = {
    "source": {"kind": "synthetic", "sessions": 420, "assets": 3},
    "minimum_sessions": 100,
    "horizons": [1, 5],
    "strategy": {
        "kind": "forecast_driven",
        "horizon": 5,
        "recipe": {
            "features": [{"kind": "momentum", "window": 21}, {"kind": "volatility", "window": 21}],
            "models": [{"kind": "bayesian_ridge"}],
            "baselines": [{"kind": "zero"}],
            "volatility": [{"kind": "ewma"}],
            "walk": {"first": 260, "refit": 100},
        },
    },
    "trading": {"warmup": 261},
}


@pytest.fixture
def quick(tmp_path: Path) -> str:
    return written(tmp_path / "quick.yaml", QUICK)


def test_a_forecast_is_a_document_and_a_table_of_80_columns(
    forefolio: Forefolio, quick: str
) -> None:
    document = forefolio("forecast", "--study", quick, "--json").document
    assert {(row["ticker"], row["horizon"]) for row in document["forecasts"]} == {
        (ticker, horizon) for ticker in ("A0", "A1", "A2") for horizon in (1, 5)
    }
    for row in document["forecasts"]:
        assert row["low"] < row["mean"] < row["high"]
        years = 252 / row["horizon"]
        assert row["annual_mean"] == pytest.approx(row["mean"] * years, rel=0.02)
    said = forefolio("forecast", "--study", quick)
    assert (said.code, said.err) == (0, "")
    assert "Return over the next 5 sessions" in said.out
    assert "Return over the next 1 session" not in said.out
    assert max(map(len, said.out.split("\n"))) <= 80
    whole = forefolio("forecast", "--study", quick, "--verbose").out
    assert "Return over the next 1 session\n" in whole
    assert re.search(r"Bayesian ridge +100 % +100 %", whole)
    assert max(map(len, whole.split("\n"))) <= 80


def test_what_was_forecast_is_read_by_the_leaderboard(
    forefolio: Forefolio, quick: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = forefolio("forecast", "--study", quick, "--json").document

    def no_run(*_: object) -> None:
        raise AssertionError("it was computed again")

    monkeypatch.setattr("forefolio.runs.working.drive", no_run)
    board = forefolio("leaderboard", "--study", quick, "--json").document
    assert board["leaderboard"] == document["leaderboard"]
    assert (board["as_of"], board["data"]) == (document["as_of"], document["data"])
    said = forefolio("leaderboard", "--study", quick).out
    assert "shown to beat the prior at" in " ".join(said.split())
    assert len(said.split("\n")) < 25 and "5 sessions ahead" not in said
    whole = forefolio("leaderboard", "--study", quick, "--verbose").out
    for told in ("5 sessions ahead", "pooled mean", "combined", "EWMA", "verdict"):
        assert told in whole
    assert max(map(len, whole.split("\n"))) <= 80


def test_what_the_main_job_forecast_is_not_forecast_again(
    forefolio: Forefolio, quick: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = forefolio("run", "--study", quick, "--json").document
    monkeypatch.setattr("forefolio.forecast.walk.forecast_folds", forbidden)
    again = forefolio("forecast", "--study", quick, "--json")
    assert again.code == 0, again.err
    assert again.document["forecasts"] == document["forecasts"]


def forbidden(_: object) -> None:
    raise AssertionError("it was computed again")


forbidden.__module__, forbidden.__qualname__ = "forefolio.forecast.walk", "forecast_folds"


def test_horizons_and_models_are_chosen_by_name(forefolio: Forefolio, quick: str) -> None:
    call = ("forecast", "--study", quick, "--horizon", "5,2", "--json")
    document = forefolio(*call, "--model", "Bayesian-Ridge").document
    assert [row["horizon"] for row in document["combination"]] == [2, 5]
    assert document["combination"][0]["weights"] == {"BayesianRidge": 1}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("--model bayesian_rigde", "no model 'bayesian_rigde'; did you mean 'bayesian_ridge'?"),
        ("--model xyzzy", "there is no model 'xyzzy'; there are arima, "),
        ("--model ewma", "EWMA is no model of the mean"),
        ("--horizon 0", "--horizon: '0' is not a number of sessions"),
        ("--horizon tomorrow", "not a number of sessions; say for example 5,21"),
    ],
)
def test_what_is_not_there_is_told_in_one_line(
    forefolio: Forefolio, quick: str, line: str, told: str
) -> None:
    refused(forefolio("forecast", "--study", quick, *line.split()), re.escape(told))


def test_with_little_history_the_prior_is_forecast_and_said_to_be(
    forefolio: Forefolio, tmp_path: Path
) -> None:
    short = {**QUICK, "source": {"kind": "synthetic", "sessions": 600, "assets": 2}}
    short["strategy"] = {
        **QUICK["strategy"],
        "recipe": QUICK["strategy"]["recipe"] | {"walk": {"first": 700}},
    }
    path = written(tmp_path / "short.yaml", short)
    document = forefolio("forecast", "--study", path, "--json").document
    assert "600 sessions are fewer than the 701" in json.dumps(document["remarks"])
    assert all(row["mean"] == row["prior"] for row in document["forecasts"])
