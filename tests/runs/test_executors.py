import subprocess
import sys
import threading
import time
import types
from collections.abc import Iterator
from concurrent.futures import CancelledError, Executor, as_completed
from pathlib import Path

import pytest
from tests.runs import toys
from tests.runs.conftest import ROOT

from forefolio.core.errors import InputError, NotEnoughHistory, TaskTimeout, WorkerDied
from forefolio.runs.executors import ProcessPool, _script_hidden, executor
from forefolio.runs.travelling import packed, script_hidden


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPool]:
    with ProcessPool(2, timeout_s=20) as pool:
        yield pool


@pytest.mark.parametrize("url", ["inline:", "threads:2", "processes:2"])
def test_every_kind_gives_the_same_answers_with_one_thread_of_linear_algebra(url: str) -> None:
    with executor(url) as pool:
        futures = [pool.submit(toys.square, n) for n in range(10)]
        threads = pool.submit(toys.threads_of_linear_algebra, 0)
        failing = pool.submit(toys.domain_error, 504)
        assert [f.result() for f in futures] == [n * n for n in range(10)]
        assert threads.result() and set(threads.result()) == {1}
        with pytest.raises(NotEnoughHistory, match="needs 504"):
            failing.result()


@pytest.mark.parametrize(
    "url", ["", "process:2", "processes:", "processes:0", "threads:-1", "threads:two", "inline:2"]
)
def test_what_is_no_executor_is_said_in_one_line(url: str) -> None:
    with pytest.raises(InputError, match=r"is not one; say inline:"):
        executor(url)


def test_errors_keep_their_type_data_and_origin(pool: Executor) -> None:
    error = pool.submit(toys.domain_error, 504).exception()
    assert isinstance(error, NotEnoughHistory)
    assert (error.needed, error.available, error.code) == (504, 30, "not_enough_history")
    assert "toys.py" in error.__notes__[0]


def test_an_error_that_cannot_travel_arrives_as_its_words(pool: Executor) -> None:
    error = pool.submit(toys.odd_error, 0).exception()
    assert isinstance(error, RuntimeError) and str(error) == "Odd: 1 and 2"


def test_what_cannot_be_pickled_fails_alone(pool: Executor) -> None:
    going = pool.submit(toys.square, threading.Lock())  # type: ignore[arg-type]
    coming = pool.submit(toys.unpackable_result, 0)
    assert going.exception() is not None
    assert coming.exception() is not None
    assert pool.submit(toys.square, 3).result() == 9


def test_what_workers_cannot_import_is_refused_before_anything_is_computed(
    pool: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match=r"without a name or within a function.*inline:"):
        pool.submit(lambda: 1)
    notebook = types.ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", notebook)
    own = type("Own", (), {"__module__": "__main__"})
    notebook.Own = own  # type: ignore[attr-defined]
    with pytest.raises(InputError, match=r"Own is defined in a notebook.*top of a module"):
        pool.submit(toys.square, own())


def test_what_a_program_defines_travels_while_another_worker_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    main = sys.modules["__main__"]
    monkeypatch.setattr(main, "__file__", "program.py", raising=False)
    monkeypatch.setattr(main, "OfTheProgram", type("OfTheProgram", (), {}), raising=False)
    main.OfTheProgram.__module__ = "__main__"
    starting, seen = threading.Event(), threading.Event()

    def start() -> None:
        with script_hidden, _script_hidden():
            starting.set()
            seen.wait(0.2)

    thread = threading.Thread(target=start)
    thread.start()
    starting.wait()
    assert b"OfTheProgram" in packed(main.OfTheProgram)
    seen.set()
    thread.join()


def test_a_dead_worker_is_replaced_and_its_task_tried_once_more(
    pool: Executor, tmp_path: Path
) -> None:
    assert pool.submit(toys.dies_once, tmp_path / "been here").result() == "second time"


@pytest.mark.slow
def test_every_task_is_accounted_for_and_only_the_bad_ones_fail() -> None:
    with ProcessPool(2, timeout_s=6.0) as pool:
        futures = {pool.submit(toys.mixed, n): n for n in range(20)}
        outcomes = {futures[f]: f.exception() or f.result() for f in as_completed(futures)}
    bad = {n: type(o) for n, o in outcomes.items() if isinstance(o, Exception)}
    assert bad == {3: WorkerDied, 7: ValueError, 11: TaskTimeout}
    assert all(outcomes[n] == n * n for n in range(20) if n not in bad)
    death = outcomes[3]
    assert isinstance(death, WorkerDied) and death.exit_code == -9
    assert "mixed(3)" in str(death)


def test_a_future_that_has_not_started_can_be_cancelled() -> None:
    with ProcessPool(1) as pool:
        pool.submit(time.sleep, 0.5)
        waiting = pool.submit(toys.square, 2)
        assert waiting.cancel()
        with pytest.raises(CancelledError):
            waiting.result()


def test_leaving_with_an_error_stops_running_tasks_at_once() -> None:
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), ProcessPool(2) as pool:
        futures = [pool.submit(time.sleep, 60) for _ in range(4)]
        while not futures[0].running():
            time.sleep(0.01)
        raise KeyboardInterrupt
    assert time.monotonic() - began < 10
    for future in futures:
        with pytest.raises(CancelledError):
            future.result()


def test_a_closed_pool_takes_no_more() -> None:
    pool = ProcessPool(1)
    pool.shutdown()
    pool.shutdown()
    with pytest.raises(RuntimeError, match="closed"):
        pool.submit(toys.square, 1)


def test_workers_do_not_survive_a_killed_parent(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    code = (
        "import os, sys, time; from pathlib import Path\n"
        "from forefolio.runs.executors import ProcessPool\n"
        "if __name__ == '__main__':\n"
        "    pool = ProcessPool(2)\n"
        "    found = {pool.submit(os.getpid).result()}\n"
        "    busy = pool.submit(time.sleep, 60)\n"
        "    while not busy.running(): time.sleep(0.01)\n"
        "    found |= {w._process.pid for w in pool._workers if w._process}\n"
        f"    Path({str(pids)!r}).write_text(' '.join(map(str, found)))\n"
        "    time.sleep(60)\n"
    )
    script = tmp_path / "parent.py"
    script.write_text(code)
    parent = subprocess.Popen([sys.executable, script], cwd=ROOT)
    try:
        while not pids.exists() or not pids.read_text():
            time.sleep(0.05)
    finally:
        parent.kill()
        parent.wait()
    workers = [int(pid) for pid in pids.read_text().split()]
    deadline = time.monotonic() + 5
    while any(alive(pid) for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert workers and not any(alive(pid) for pid in workers)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_a_script_without_a_main_guard_is_not_run_again_and_its_own_functions_travel(
    tmp_path: Path,
) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import math, sys\n"
        "from forefolio.runs.executors import executor\n"
        "sys.stdout.write('once ')\n"
        "with executor('processes:2') as pool:\n"
        "    sys.stdout.write(str(pool.submit(math.sqrt, 9.0).result()))\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == ("once 3.0", "")
