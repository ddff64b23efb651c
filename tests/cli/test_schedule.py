import json
import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from forefolio.cli import group
from forefolio.core.errors import ForefolioError

NIGHTLY = ["add", "nightly", "daily 22:30", "optimize"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FOREFOLIO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FOREFOLIO_EXECUTOR", "inline:")


def schedule(*words: str) -> str:
    return CliRunner().invoke(group, ["schedule", *words], catch_exceptions=False).output


def test_a_question_is_scheduled_listed_run_and_removed() -> None:
    assert "makes one" in schedule("list")
    days = np.arange("2019-01-01", "2021-01-01", dtype="datetime64[D]")
    closes = 100 * np.exp(np.cumsum(np.random.default_rng(0).normal(0, 0.01, (731, 2)), axis=0))
    rows = [f"{day},{one:.4f},{two:.4f}" for day, (one, two) in zip(days, closes, strict=True)]
    Path("prices.csv").write_text("\n".join(["date,AAA,BBB", *rows]))
    told = schedule(*NIGHTLY, "--source", "prices.csv", "--objective", "minimum_variance")
    assert told.startswith("nightly: portfolio, daily 22:30; next ")
    (one,) = json.loads(schedule("list", "--json"))["data"]["schedules"]
    assert (one["rule"], one["kind"], one["run"]) == ("daily 22:30", "portfolio", None)
    assert datetime.fromisoformat(one["next"]) > datetime.now(UTC)
    assert "schedule resume nightly" in schedule("pause", "nightly")
    (one,) = json.loads(schedule("list", "--json"))["data"]["schedules"]
    assert one["next"] is None and one["paused"] and "paused" in schedule("list")
    assert schedule("resume", "nightly") == told
    assert "nightly" in schedule("list") and schedule("run") == "nothing is due\n"
    assert "is done" in schedule("run", "nightly")
    assert schedule("remove", "nightly") == "removed nightly\n"


def test_prices_are_found_from_wherever_the_service_stands(tmp_path: Path) -> None:
    from sqlite3 import connect  # noqa: PLC0415

    schedule(*NIGHTLY, "--source", "prices.csv")
    with connect(tmp_path / "home" / "forefolio.db") as database:
        ((study,),) = database.execute("SELECT study FROM schedule").fetchall()
    database.close()
    assert json.loads(study)["data"]["source"]["path"] == os.fspath(tmp_path / "prices.csv")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["add", "n", "hourly", "optimize"], "is no rule; say `every session after close`"),
        (["add", "n", "daily"], "say which command is asked, of run, "),
        (["add", "n", "daily", "serve"], "say which command is asked, of run, "),
        (["add", "n", "daily", "optimize", "--points", "-3x"], ""),
        (["run", "n"], "there is no schedule 'n'"),
        (["pause", "n"], "there is no schedule 'n'"),
        (["resume", "n"], "there is no schedule 'n'"),
    ],
)
def test_what_is_wrong_is_one_line(words: list[str], told: str) -> None:
    if not told:
        assert "No such option" in schedule(*words)
        return
    with pytest.raises(ForefolioError, match=told):
        schedule(*words)
