import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.runs.conftest import ROOT
from tests.runs.toy_jobs import Toy, opening

from forefolio.core.errors import InputError, RunCancelled, RunFailed
from forefolio.core.events import Job, Note, finish
from forefolio.core.lazy import lazy
from forefolio.runs.local import run_here
from forefolio.store import Artifacts
from forefolio.store.values import pack

lease: Any = lazy("forefolio.runs.lease")  # it imports the libraries of the store

FAILPOINTS = [
    "artifact.write",
    "artifact.before_rename",
    "artifact.after_rename",
    "store.before_commit",
    "store.after_commit",
    "host.step",
    "host.before_result",
    "host.before_finish",
]


def job(home: Path, study: Toy, executor: str = "inline:", kind: str = "toy") -> Job[Any]:
    return run_here(opening(home, executor), kind, study)


def undisturbed(home: Path, study: Toy) -> Any:
    return finish(job(home / "undisturbed", study))


def same(left: Any, right: Any) -> bool:
    return all(left[name].tobytes() == right[name].tobytes() for name in ("path", "draws"))


def heard(going: Job[Any]) -> tuple[list[str], Any]:
    kinds: list[str] = []
    while True:
        try:
            kinds.append(next(going).kind)
        except StopIteration as stop:
            return kinds, stop.value


def gapless(home: Path) -> bool:
    with sqlite3.connect(home / "forefolio.db") as database:
        seqs = [row[0] for row in database.execute("SELECT seq FROM event ORDER BY seq")]
        (last,) = database.execute("SELECT seq FROM run").fetchone()
        healthy = database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()
    assert seqs == list(range(1, last + 1))
    return bool(healthy)


def starts(home: Path) -> list[int]:
    """The step each start of the run began with."""
    with sqlite3.connect(home / "forefolio.db") as database:
        rows = database.execute(
            "SELECT body FROM event WHERE kind = 'note' ORDER BY seq"
        ).fetchall()
    database.close()
    notes = [json.loads(body) for (body,) in rows]
    return [int(note["message"]) for note in notes if note["code"] == "from"]


def pauses(home: Path) -> list[float]:
    """Seconds from the last word of each dead process to the first of the one after it."""
    with sqlite3.connect(home / "forefolio.db") as database:
        rows = database.execute("SELECT at, kind, body FROM event ORDER BY seq").fetchall()
    database.close()
    return [
        at - before
        for (before, *_), (at, kind, body) in pairwise(rows)
        if kind == "note" and json.loads(body)["code"] == "hello"
    ]


@pytest.mark.parametrize(
    "executor", ["inline:", "threads:2", pytest.param("processes:2", marks=pytest.mark.slow)]
)
def test_what_a_run_says_and_comes_to_is_the_jobs_own(tmp_path: Path, executor: str) -> None:
    kinds, result = heard(job(tmp_path, Toy(), executor))
    assert Counter(kinds)["started"] == 2 and kinds[0] == "note" and "progress" in kinds
    assert same(result, undisturbed(tmp_path, Toy()))
    assert gapless(tmp_path)


def test_a_run_that_is_done_is_only_read(tmp_path: Path) -> None:
    first = finish(job(tmp_path, Toy()))
    kinds, again = heard(job(tmp_path, Toy()))
    assert kinds == [] and same(first, again)
    assert sorted((tmp_path / "log").read_text().split()) == ["0", "1", "2"]
    assert heard(job(tmp_path, Toy(seed=1)))[0] != []


@pytest.mark.slow
def test_what_is_done_is_read_without_the_libraries_of_the_store(tmp_path: Path) -> None:
    finish(job(tmp_path, Toy()))
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from tests.runs.test_here import finish, job\n"
        "from tests.runs.toy_jobs import Toy\n"
        f"result = finish(job(Path({str(tmp_path)!r}), Toy()))\n"
        "print(result['path'].tobytes().hex(), {'sqlalchemy', 'numba'} & set(sys.modules))\n"
    )
    out = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    path = undisturbed(tmp_path, Toy())["path"]
    assert out.stdout.split(maxsplit=1) == [path.tobytes().hex(), "set()\n"]


def test_a_lost_or_corrupt_result_is_computed_again(tmp_path: Path) -> None:
    first = finish(job(tmp_path, Toy()))
    for path in (tmp_path / "artifacts").rglob("*"):
        if path.is_file():
            path.write_bytes(b"rotten")
    kinds, again = heard(job(tmp_path, Toy()))
    assert "progress" in kinds and same(first, again)


def test_a_result_of_an_older_version_is_computed_again(tmp_path: Path) -> None:
    first = finish(job(tmp_path, Toy()))
    gone = pack(Note(code="c", message="m")).replace(b'"Note"', b'"Gone"')  # no such class
    with sqlite3.connect(tmp_path / "forefolio.db") as database:
        database.execute("UPDATE run SET result = ?", (Artifacts(tmp_path).put(gone),))
    database.close()
    kinds, again = heard(job(tmp_path, Toy()))
    assert "progress" in kinds and same(first, again)


def test_a_failure_is_one_line_with_the_code_of_the_error(tmp_path: Path) -> None:
    with pytest.raises(RunFailed, match="needs 504 sessions") as failure:
        finish(job(tmp_path, Toy(needed=504)))
    assert failure.value.code == "not_enough_history"


def test_a_bug_is_one_line_too(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(RunFailed, match="ZeroDivisionError: a bug in two lines") as failure:
        finish(job(tmp_path, Toy(broken=True)))
    assert failure.value.code == "internal"
    assert "Traceback" not in caplog.text  # it is for whoever asks: FOREFOLIO_LOG_LEVEL=DEBUG


def test_an_unknown_kind_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is toy"):
        finish(job(tmp_path, Toy(), kind="toyy"))


def test_a_job_that_is_closed_is_cancelled_and_can_be_gone_on_with(tmp_path: Path) -> None:
    study = Toy(steps=200, pause_s=0.02)
    going = job(tmp_path, study)
    while next(going).kind != "progress":
        pass
    going.close()
    with sqlite3.connect(tmp_path / "forefolio.db") as database:
        assert database.execute("SELECT state FROM run").fetchone() == ("cancelled",)
    database.close()
    assert finish(job(tmp_path, Toy(steps=3)))["path"].shape == (3,)


@pytest.mark.slow
@pytest.mark.parametrize("point", FAILPOINTS)
def test_failing_at_every_point_in_turn_never_changes_the_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    study = Toy(steps=3, tasks=2)
    expected = undisturbed(tmp_path, study)
    nth, untouched = 0, False
    while not untouched:
        nth += 1
        home = tmp_path / str(nth)
        passed: Counter[str] = Counter()
        monkeypatch.setattr("forefolio.core.failpoints._passed", passed)
        monkeypatch.setenv("FOREFOLIO_FAIL", f"{point}:{nth}:raise")
        try:
            assert same(finish(job(home, study)), expected)
        except (RuntimeError, RunFailed) as failure:
            assert f"failpoint {point}" in str(failure)
        untouched = passed[point] < nth
        monkeypatch.delenv("FOREFOLIO_FAIL")
        assert same(finish(job(home, study)), expected)
        assert gapless(home)
    assert nth > 1


def in_a_process(home: Path, study: Toy, fail: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.runs.toy_jobs", str(home), "processes:2"]
    return subprocess.Popen(
        [*command, study.model_dump_json()],
        cwd=ROOT,
        env={**os.environ, "FOREFOLIO_FAIL": fail},
        stdout=subprocess.PIPE,
        text=True,
    )


def killed_until_done(home: Path, study: Toy, fails: list[str]) -> tuple[str, int]:
    """Start the run again and again, each time with the next failure; the result, and the kills."""
    kills = 0
    for fail in [*fails, ""]:
        process = in_a_process(home, study, fail)
        out, _ = process.communicate(timeout=120)
        if process.returncode == -signal.SIGKILL:
            kills += 1
            continue
        assert process.returncode == 0
        return out.splitlines()[-1], kills
    raise AssertionError("the last start is undisturbed")


@pytest.mark.slow
def test_killed_again_and_again_it_ends_with_identical_numbers(tmp_path: Path) -> None:
    study = Toy(steps=4)
    expected = undisturbed(tmp_path, study)["path"].tobytes().hex()
    out, kills = killed_until_done(
        tmp_path, study, ["artifact.before_rename:4:kill", "store.before_commit:6:kill"]
    )
    assert (out, kills) == (f"result {expected}", 2)
    assert gapless(tmp_path)
    waited = pauses(tmp_path)
    assert len(waited) == 2
    assert max(waited) < 25 < lease.LEASE_S  # nobody waits for the lease of a dead process


@pytest.mark.slow
@pytest.mark.parametrize("point", FAILPOINTS)
def test_killed_at_every_point_it_ends_with_identical_numbers(tmp_path: Path, point: str) -> None:
    study = Toy(steps=3, tasks=2)
    expected = undisturbed(tmp_path, study)["path"].tobytes().hex()
    fails = [f"{point}:{nth}:kill" for nth in (1, 2, 3, 5, 8, 13)]
    out, kills = killed_until_done(tmp_path, study, fails)
    assert out == f"result {expected}" and kills >= 1
    assert gapless(tmp_path)


@pytest.mark.slow
def test_a_second_process_follows_the_first_and_takes_over_when_it_dies(tmp_path: Path) -> None:
    study = Toy(steps=40, pause_s=0.1)
    first = in_a_process(tmp_path, study)
    assert first.stdout is not None
    while first.stdout.readline().strip() != "progress":
        pass
    second = job(tmp_path, study)
    assert next(second).kind == "note"
    first.kill()
    first.communicate()
    _, result = heard(second)
    assert same(result, undisturbed(tmp_path, Toy(steps=40)))
    assert gapless(tmp_path)


@pytest.mark.slow
def test_ctrl_c_cancels_at_once_and_the_next_start_goes_on(tmp_path: Path) -> None:
    study = Toy(steps=30, pause_s=0.1)
    process = in_a_process(tmp_path, study)
    assert process.stdout is not None
    seen = ""
    while seen != "progress":
        seen = process.stdout.readline().strip()
    time.sleep(1.2)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert process.returncode not in (0, -signal.SIGKILL)
    result = finish(job(tmp_path, study))
    first, second = starts(tmp_path)
    assert first == 0 < second
    np.testing.assert_array_equal(result["path"], undisturbed(tmp_path, Toy(steps=30))["path"])


def test_a_cancelled_run_says_so_to_whoever_waits_for_it(tmp_path: Path) -> None:
    going = job(tmp_path, Toy(steps=200, pause_s=0.02))
    while next(going).kind != "progress":
        pass
    with sqlite3.connect(tmp_path / "forefolio.db") as database:
        database.execute("UPDATE run SET state = 'cancelled'")
    database.close()
    with pytest.raises(RunCancelled, match="run it again to go on"):
        finish(going)
