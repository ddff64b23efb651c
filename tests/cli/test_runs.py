"""`forefolio runs`: the list, following and cancelling."""

import re
import sqlite3
from pathlib import Path

import pytest
from tests.cli.conftest import TINY, Forefolio, written

from forefolio.runs.glance import RunGlance
from forefolio.runs.glance_words import about_of, sharpe_of, small_line, universe_of


@pytest.fixture
def waiting(forefolio: Forefolio, home: Path, tmp_path: Path) -> str:
    """The id of a run that was asked for and is not worked on."""
    path = written(tmp_path / "waits.yaml", {**TINY, "seed": 1, "tickers": ["NOPE"]})
    assert forefolio("run", "--study", path).code == 2
    with sqlite3.connect(home / "forefolio.db") as database:
        (run_id,) = database.execute("SELECT id FROM run").fetchone()
        database.execute("UPDATE run SET state = 'waiting'")
    database.close()
    return str(run_id)


def test_without_runs_it_says_how_to_make_one(forefolio: Forefolio) -> None:
    assert forefolio("runs").out == "no runs yet; `forefolio run` makes one\n"
    assert forefolio("runs", "--json").document["runs"] == []


def test_runs_are_listed_newest_first_with_what_became_of_them(
    forefolio: Forefolio, tmp_path: Path, study: str
) -> None:
    path = written(tmp_path / "unknown.yaml", {**TINY, "tickers": ["NOPE"]})
    assert (forefolio("run", "--study", study).code, forefolio("run", "--study", path).code) == (
        0,
        2,
    )
    failed, done = forefolio("runs", "--json").document["runs"]
    assert (failed["status"], failed["code"], done["status"]) == (
        "failed",
        "unknown_ticker",
        "done",
    )
    assert "has no NOPE" in failed["message"]
    assert len(forefolio("runs", "--json", "--limit", "1").document["runs"]) == 1
    table = forefolio("runs").out
    assert failed["id"][:8] in table and done["id"][:8] in table  # one line a run
    assert "synthetic" in table and failed["data"]["tickers"] == ["NOPE"]


def test_a_run_is_told_at_a_glance(
    forefolio: Forefolio, study: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the page's list: what it was about, of how many assets, its ratio, and its value."""
    monkeypatch.setenv("COLUMNS", "200")  # a row a run
    said = forefolio("run", "--study", study, "--json").document
    (line,) = [one for one in forefolio("runs").out.splitlines() if "done" in one]
    record = said["backtest"][0]
    assert f"strategy: {said['strategy']}" in line
    assert f"{len(said['data']['tickers'])} assets" in line
    assert f"{record['sharpe']:.2f} ± {record['sharpe_error']:.2f}" in line.replace(
        "\N{MINUS SIGN}", "-"
    )
    assert re.search("[▁▂▃▄▅▆▇█]{10}", line)


def test_ratios_and_lines_say_what_they_are() -> None:
    assert sharpe_of(RunGlance(sharpe=0.99, expected=True)) == "0.99 expected"
    assert sharpe_of(RunGlance(sharpe=0.5)) == "0.50"
    assert sharpe_of(RunGlance()) == about_of(RunGlance()) == universe_of(RunGlance()) == ""
    assert about_of(RunGlance(about="maximum Sharpe", limits=1, seed=7)) == (
        "maximum Sharpe, 1 limit, seed 7"
    )
    assert universe_of(RunGlance(assets=20, source="sample data")) == "20 assets, sample data"
    assert small_line((1.0, 2.0, 8.0)) == "▁▂█"
    assert small_line((1.0,) * 40) == "▁" * 10
    assert small_line((1.0,)) == ""


def test_a_run_that_ended_is_followed_to_its_end(forefolio: Forefolio, study: str) -> None:
    forefolio("run", "--study", study)
    (run,) = forefolio("runs", "--json").document["runs"]
    said = forefolio("runs", "follow", run["id"][:6], "--json")
    assert (said.code, said.document) == (0, run)
    assert forefolio("runs", "follow", run["id"]).out == f"{run['id']} is done\n"


def test_following_a_failed_run_fails_as_it_did(forefolio: Forefolio, tmp_path: Path) -> None:
    path = written(tmp_path / "unknown.yaml", {**TINY, "tickers": ["NOPE"]})
    first = forefolio("run", "--study", path)
    (run,) = forefolio("runs", "--json").document["runs"]
    said = forefolio("runs", "follow", run["id"])
    assert (said.code, said.out) == (first.code, f"{run['id']} is failed\n")
    assert said.err.endswith(first.err)


def test_a_run_is_cancelled(forefolio: Forefolio, waiting: str) -> None:
    said = forefolio("runs", "cancel", waiting, "--json")
    assert said.code == 0 and said.document["status"] == "cancelled"
    followed = forefolio("runs", "follow", waiting)
    assert (followed.code, followed.out) == (130, f"{waiting} is cancelled\n")
    assert "ask for it again to go on" in followed.err


def test_a_beginning_that_is_not_the_only_one_is_refused(
    forefolio: Forefolio, waiting: str, home: Path
) -> None:
    twin = waiting[:31] + ("0" if waiting[31] != "0" else "1")
    with sqlite3.connect(home / "forefolio.db") as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(run)")]
        (row,) = database.execute("SELECT * FROM run").fetchall()
        values = {**dict(zip(columns, row, strict=True)), "id": twin, "digest": "another"}
        marks = ", ".join("?" * len(values))
        database.execute(
            f"INSERT INTO run ({', '.join(values)}) VALUES ({marks})", [*values.values()]
        )
    database.close()
    said = forefolio("runs", "cancel", waiting[:8])
    assert said.code == 2 and "2 runs begin with" in said.err
    assert forefolio("runs", "cancel", waiting, "--json").document["status"] == "cancelled"
