"""A run that is killed goes on where it was, and ends with the numbers of one that was not."""

import asyncio
import json
import random
import signal
import sqlite3
import time
from functools import partial
from pathlib import Path

import pytest
from tests.cli.conftest import Forefolio, Said, ended, started

from forefolio.runs.owner import gone
from forefolio.store.store import Store

POINTS = [
    "host.step:1",
    "host.step:6",
    "artifact.before_rename:3",
    "artifact.after_rename:5",
    "store.before_commit:8",
    "store.after_commit:20",
    "host.before_result:1",
    "host.before_finish:1",
]


def kept(home: Path) -> dict[str, int]:
    """The results that are remembered, and the file of each: one written again is another."""
    return {
        path.name: path.stat().st_ino for path in (home / "references").rglob("*") if path.is_file()
    }


def attempts(home: Path) -> int:
    with sqlite3.connect(home / "forefolio.db") as database:
        (count,) = database.execute("SELECT attempt FROM run").fetchone()
    database.close()
    return int(count)


async def swept(home: Path) -> None:
    """What a service does beside: what the killed process asked for is wanted by nobody."""
    async with Store.open(f"sqlite:///{home}/forefolio.db") as store:
        await store.recover(partial(gone, home))
        (run,) = await store.runs()
        assert run.state == "cancelled"


def killed_then_finished(forefolio: Forefolio, home: Path, study: str, point: str) -> Said:
    call = ("run", "--study", study, "--json")
    first = ended(started(*call, FOREFOLIO_FAIL=f"{point}:kill"))
    assert (first.code, first.out) == (-signal.SIGKILL, "")
    asyncio.run(swept(home))
    before = kept(home)
    again = forefolio(*call)
    after = kept(home)
    assert {name: after[name] for name in before} == before  # nothing finished is done again
    assert attempts(home) == 2
    return of_any_run(again)


def of_any_run(said: Said) -> Said:
    """What was printed, without what tells one run from another."""
    envelope = said.envelope
    assert envelope["kind"] == "strategy" and envelope["run"]
    return Said(said.code, json.dumps(envelope["data"]), said.err)


def undisturbed(
    forefolio: Forefolio, tmp_path: Path, study: str, monkeypatch: pytest.MonkeyPatch
) -> Said:
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("FOREFOLIO_HOME", str(tmp_path / "undisturbed"))
        return of_any_run(forefolio("run", "--study", study, "--json"))


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_point(
    forefolio: Forefolio,
    home: Path,
    tmp_path: Path,
    study: str,
    monkeypatch: pytest.MonkeyPatch,
    point: str,
) -> None:
    expected = undisturbed(forefolio, tmp_path, study, monkeypatch)
    assert killed_then_finished(forefolio, home, study, point) == expected


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_killed_at_any_moment(
    forefolio: Forefolio,
    tmp_path: Path,
    study: str,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:
    expected = undisturbed(forefolio, tmp_path, study, monkeypatch)
    moments = random.Random(seed)
    for _ in range(3):
        process = started("run", "--study", study, "--json", FOREFOLIO_EXECUTOR="processes:2")
        time.sleep(moments.uniform(0.3, 5))
        process.kill()
        ended(process)
    assert of_any_run(forefolio("run", "--study", study, "--json")) == expected


@pytest.mark.slow
def test_ctrl_c_says_how_to_go_on(forefolio: Forefolio, home: Path, study: str) -> None:
    process = started(
        "run", "--study", study, "--json", FOREFOLIO_FAIL="artifact.before_rename:2:hang"
    )
    while not list((home / "features").glob("*")):
        time.sleep(0.05)
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    said = ended(process)
    assert (said.code, said.out) == (130, "")
    error = json.loads(said.err)["error"]
    assert error == {"code": "stopped", "message": "stopped; run it again to go on where it was"}
    assert forefolio("run", "--study", study, "--json").code == 0
