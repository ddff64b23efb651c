"""A project folder, relative paths, old prices and errors as JSON."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.cli.conftest import Forefolio, written


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with prices of three assets and a project file that names two of them."""
    moves = np.random.default_rng(0).normal(0.0004, 0.01, (400, 3))
    days = pd.bdate_range("2019-01-02", periods=400, name="Date")
    closes = pd.DataFrame(100 * np.exp(np.cumsum(moves, axis=0)), days, ["AAA", "BBB", "CCC"])
    closes.to_csv(tmp_path / "prices.csv")
    document = {"source": "prices.csv", "tickers": "AAA, BBB", "minimum_sessions": 100}
    written(tmp_path / "forefolio.yaml", document)
    return tmp_path


CALL = ("optimize", "--objective", "minimum_variance", "--json")


def test_a_project_says_once_which_prices(forefolio: Forefolio, project: Path) -> None:
    data = forefolio(*CALL).document["data"]
    assert data["tickers"] == ["AAA", "BBB"] and data["name"] == str(project / "prices.csv")


def test_a_folder_below_belongs_to_the_project(
    forefolio: Forefolio, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "notes").mkdir()
    monkeypatch.chdir(project / "notes")
    assert forefolio(*CALL).document["data"]["tickers"] == ["AAA", "BBB"]


def test_options_and_studies_come_before_the_project(forefolio: Forefolio, project: Path) -> None:
    assert forefolio(*CALL, "--tickers", "CCC,BBB").document["data"]["tickers"] == ["CCC", "BBB"]
    study = written(project / "study.yaml", {"tickers": ["CCC", "AAA"]})
    assert forefolio(*CALL, "--study", study).document["data"]["tickers"] == ["CCC", "AAA"]
    own = {"kind": "portfolio", "data": {"tickers": ["CCC"]}, "objective": "equal_weight"}
    path = written(project / "portfolio.yaml", own)
    document = forefolio("optimize", "--json", "--study", path).document
    assert document["weights"] == {"CCC": 1.0} and document["objective"] == "equal_weight"


def test_what_is_wrong_in_a_project_is_said_with_its_file(
    forefolio: Forefolio, project: Path
) -> None:
    written(project / "forefolio.yaml", {"sorce": "prices.csv"})
    said = forefolio(*CALL[:3])
    assert said.code == 2 and "forefolio.yaml: sorce: there is no such setting" in said.err


def test_paths_in_a_study_are_relative_to_it(forefolio: Forefolio, project: Path) -> None:
    (project / "forefolio.yaml").unlink()
    (project / "studies").mkdir()
    study = written(
        project / "studies" / "mine.yaml", {"source": "../prices.csv", "minimum_sessions": 100}
    )
    assert forefolio(*CALL, "--study", study).document["data"]["sessions"] == 400


def test_old_prices_and_the_sample_are_named_in_the_first_line(
    forefolio: Forefolio, project: Path
) -> None:
    first = forefolio(*CALL[:3]).out.split("\n")[0]
    assert first.startswith("The prices end on 2020-07-14, ") and first.endswith(" days ago.")
    (project / "forefolio.yaml").unlink()
    sample = forefolio(*CALL[:3], "--start", "2018-01-01").out.split("\n")[0]
    assert sample == "The bundled sample, which ends on 2022-12-28; name your prices by --source."


def test_errors_are_json_where_json_is_asked_for(forefolio: Forefolio) -> None:
    said = forefolio("optimize", "--objective", "maximum_shrap", "--json")
    error = json.loads(said.err)["error"]
    assert said.code == 2 and said.out == "" and "did you mean" in error["message"]


def test_a_study_of_another_kind_is_sent_to_its_command(
    forefolio: Forefolio, tmp_path: Path
) -> None:
    path = written(tmp_path / "other.yaml", {"kind": "frontier"})
    assert f"`forefolio frontier --study {path}`" in forefolio("optimize", "--study", path).err


def test_a_misspelt_command_says_what_was_meant(forefolio: Forefolio) -> None:
    assert "did you mean 'optimize'?" in forefolio("optmize").err
    assert forefolio("--version").out == forefolio("version").out
    assert "_forefolio_completion" in forefolio("completion", "bash").out
