"""`forefolio train`, `models`, `compare` and `importance`."""

from pathlib import Path

import numpy as np
import pytest
from tests.cli.conftest import Forefolio, written
from tests.cli.test_bad_input import refused
from tests.cli.test_forecast import QUICK

from forefolio import load_predictor
from forefolio.core.errors import InputError
from forefolio.market import simulated_market


@pytest.fixture
def quick(tmp_path: Path) -> str:
    return written(tmp_path / "quick.yaml", QUICK)


def test_what_was_trained_is_kept_remembered_and_forecasts(
    forefolio: Forefolio, quick: str
) -> None:
    document = forefolio("train", "--study", quick, "--json").document
    names = {(row["model"], row["horizon"]) for row in document["models"]}
    assert {("BayesianRidge", 1), ("BayesianRidge", 5), ("EWMA", 5)} <= names
    assert forefolio("train", "--study", quick, "--json").document == document
    rows = {(row["model"], row["horizon"]): row["id"] for row in document["models"]}
    ridge = load_predictor(rows["BayesianRidge", 5][:12])
    assert (ridge.name, ridge.horizon, ridge.trained) == ("BayesianRidge", 5, document["as_of"])
    market = simulated_market(9, sessions=300, assets=7)
    assert np.isfinite(ridge.forecast(market, rows=3).mean).all()
    said = forefolio("train", "--study", quick)
    assert rows["BayesianRidge", 5][:16] in said.out
    assert max(map(len, said.out.split("\n"))) <= 80


def test_a_model_that_cannot_be_fitted_is_told_and_the_others_are_kept(
    forefolio: Forefolio, tmp_path: Path
) -> None:
    short = {**QUICK, "source": {"kind": "synthetic", "sessions": 150, "assets": 3}}
    path = written(tmp_path / "short.yaml", {**short, "horizons": [5]})
    document = forefolio("train", "--study", path, "--json").document
    rows = {row["model"]: row for row in document["models"]}
    assert "sessions of history" in rows["BayesianRidge"]["failure"]
    assert rows["BayesianRidge"]["id"] is None and rows["zero"]["id"]
    (remark,) = (one for one in document["remarks"] if one["stage"] == "training")
    assert "sessions of history" in remark["message"] and "BayesianRidge" in remark["about"]
    assert "Not fitted: Bayesian ridge at 5 sessions" in forefolio("train", "--study", path).out


def test_only_the_models_that_are_named_are_trained(forefolio: Forefolio, quick: str) -> None:
    call = ("train", "--study", quick, "--horizon", "5", "--json", "--model")
    document = forefolio(*call, "bayesian-ridge, ewma").document
    assert [(row["kind"], row["model"]) for row in document["models"]] == [
        ("volatility", "EWMA"),
        ("model", "BayesianRidge"),
    ]
    (other,) = forefolio(*call, "kernel_ridge").document["models"]  # not of the recipe
    assert other["kind"] == "model" and load_predictor(other["id"]).horizon == 5


def test_trained_models_are_listed_promoted_asked_and_rolled_back(
    forefolio: Forefolio, quick: str
) -> None:
    assert "no such models yet" in forefolio("models", "list").out
    call = ("train", "--study", quick, "--horizon", "5", "--unscored", "--json", "--model")
    (ridge, zero) = (
        forefolio(*call, name).document["models"][0]["id"] for name in ("bayesian_ridge", "zero")
    )
    listed = forefolio("models", "list", "--json").document["models"]
    assert {row["id"] for row in listed} == {ridge, zero}
    assert all(row["seconds"] > 0.0 and row["bytes"] > 0 for row in listed)
    assert "seconds" in forefolio("models", "show", ridge).out
    assert "BayesianRidge" in forefolio("models", "list", "--name", "bayesianridge").out
    refused(forefolio("models", "promote", ridge[:12], "Not an alias"), "is no alias")
    refused(forefolio("models", "show", "0" * 12), "there is no trained model")
    assert (
        "is production at 5 ahead: a try"
        in forefolio("models", "promote", ridge[:12], "--reason", "a try").out
    )
    document = forefolio("models", "promote", zero, "--json").document
    assert (document["promoted"], document["before"]) == (True, ridge)
    guarded = forefolio("models", "promote", ridge, "--if-as-good").out
    assert "was not made production" in " ".join(guarded.split())
    asked = ("forecast", "--study", quick, "--horizon", "5", "--trained", "production")
    assert forefolio(*asked, "--json").document["trained"][0]["model"]["id"] == zero
    back = forefolio("models", "rollback", "production", "--horizon", "5")
    assert f"{ridge[:16]} is production again" in back.out
    said = forefolio(*asked, "--verbose")
    assert "Bayesian ridge" in said.out and ridge[:8] in said.out and said.code == 0
    assert max(map(len, said.out.split("\n"))) <= 80
    assert "not scored again" in forefolio("leaderboard", *asked[1:]).out
    shown = forefolio("models", "show", ridge[:12])
    assert "called" in shown.out and "rollback" in shown.out
    assert forefolio("models", "show", ridge, "--json").envelope["run"]
    changes = forefolio("models", "history", "production", "--json").document["changes"]
    assert sorted(one["act"] for one in changes) == ["promote", "promote", "rollback"]
    assert "a try" in forefolio("models", "history").out
    refused(forefolio("models", "rollback", "production", "--horizon", "5"), "nothing to roll back")


@pytest.mark.parametrize("name", ["nobody", "0" * 64, "abcdef012345"])
def test_no_such_trained_model(name: str) -> None:
    with pytest.raises(InputError, match="there is no trained model"):
        load_predictor(name)


def test_models_are_compared_in_words(forefolio: Forefolio, quick: str) -> None:
    call = ("compare", "bayesian_ridge", "historical_mean", "--study", quick, "--horizon", "5")
    (one,) = forefolio(*call, "--json").document["comparisons"]
    assert set(one["names"]) == {"BayesianRidge", "historical mean"}
    said = forefolio(*call)
    assert one["verdict"].split(":")[0] in " ".join(said.out.split())
    assert max(map(len, said.out.split("\n"))) <= 80
    everything = forefolio("compare", "--study", quick, "--json").document["comparisons"]
    assert [one["horizon"] for one in everything] == [1, 5]
    assert "combined" in everything[0]["names"]


def test_volatility_models_join_a_comparison(forefolio: Forefolio, quick: str) -> None:
    call = ("compare", "ewma", "har", "--study", quick, "--horizon", "5", "--json")
    (one,) = forefolio(*call).document["comparisons"]
    assert one["measure"] == "QLIKE loss" and set(one["names"]) == {"EWMA", "HAR"}


@pytest.mark.usefixtures("rastered")
def test_importance_is_told_in_words_and_drawn(
    forefolio: Forefolio, quick: str, tmp_path: Path
) -> None:
    call = ("importance", "--model", "bayesian_ridge", "--study", quick, "--horizon", "5", "--shap")
    document = forefolio(*call, "--json", "--out", "drawn").document
    (one,) = document["importance"]
    assert {row["label"] for row in one["features"]} == {"1-month momentum", "1-month volatility"}
    assert all(row["size"] > 0 for row in one["features"])
    assert len(one["over_time"]) == 2
    (figure,) = document["files"]["figures"]
    assert Path(figure) == tmp_path / "drawn" / "importance_5.png"
    assert Path(figure).read_bytes()[:4] == b"\x89PNG"
    said = forefolio(*call, "--verbose")
    assert "1-month momentum" in said.out and "The same over time" in said.out
    assert max(map(len, said.out.split("\n"))) <= 80


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("compare bayesian_rigde zero", "did you mean 'bayesian_ridge'"),
        ("compare zero", "zero alone cannot be compared; name two models or more"),
        ("compare zero ewma", "forecast different things"),
        ("importance --model xgbost", "did you mean 'xgboost'"),
        ("importance --horizon none", "not a number of sessions"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    forefolio: Forefolio, quick: str, line: str, told: str
) -> None:
    refused(forefolio(*line.split(), "--study", quick), told)


def test_a_file_that_asks_for_forecasts_says_what_the_same_models_are_asked(
    forefolio: Forefolio, quick: str, tmp_path: Path
) -> None:
    shared = {k: v for k, v in QUICK.items() if k not in ("strategy", "trading")}
    recipe = QUICK["strategy"]["recipe"]
    path = written(tmp_path / "forecast.yaml", {**shared, "kind": "forecast", "recipe": recipe})
    for words in (
        "train --model ewma",
        "compare zero bayesian_ridge",
        "importance --model bayesian_ridge",
    ):
        own = forefolio(*words.split(), "--study", path, "--horizon", "5", "--json").document
        same = forefolio(*words.split(), "--study", quick, "--horizon", "5", "--json").document
        assert own == same
    signals = written(tmp_path / "signals.yaml", {"kind": "signals"})
    refused(forefolio("train", "--study", signals), "ask it by `forefolio signals --study")
