import asyncio
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forefolio.core.settings import Settings
from forefolio.runs import cached as module
from forefolio.runs.cached import HOUR, cached
from forefolio.store.cache import Counts, Disk, Memory
from forefolio.store.values import pack


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FOREFOLIO_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def forget() -> None:
    """As in a process that has just begun."""
    module._memory._entries.clear()


class Calls:
    """A function that says how often it was called."""

    def __init__(
        self, result: Callable[[Any], Any] = lambda value: value, wait_s: float = 0
    ) -> None:
        self.count, self._lock = 0, threading.Lock()

        @cached(l1_ttl=60, l2_ttl=HOUR)
        def compute(value: Any) -> Any:
            with self._lock:
                self.count += 1
            time.sleep(wait_s)
            return result(value)

        self.ask = compute


@pytest.mark.parametrize("times", [(0, 60), (60, -1), (float("nan"), 60)])
def test_a_result_is_kept_for_some_time_or_not_cached(times: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match=r"l[12]_ttl is .* seconds"):
        cached(l1_ttl=times[0], l2_ttl=times[1])


def test_a_result_is_in_memory_then_on_disk() -> None:
    calls = Calls(lambda number: np.full(3, float(number)))
    first = calls.ask(2)
    assert calls.ask(2) is first and not first.flags.writeable
    forget()
    np.testing.assert_array_equal(calls.ask(2), first)
    assert calls.count == 1


def test_hits_are_counted() -> None:
    name = next(name for name in module.COUNTS if "Calls" in name)
    module.COUNTS[name].hits_memory = module.COUNTS[name].hits_disk = 0
    before = module.COUNTS[name].misses
    calls = Calls()
    calls.ask(1), calls.ask(1)
    forget()
    calls.ask(1)
    counts = module.COUNTS[name]
    assert (counts.hits_memory, counts.hits_disk, counts.misses - before) == (1, 1, 1)


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, True), (1, 1.0), (0.0, -0.0), ([1], (1,)), ({"a": 1}, {"a": 2}), ("1", 1), (None, "None")],
)
def test_different_values_are_different_questions(one: Any, other: Any) -> None:
    calls = Calls(repr)
    assert calls.ask(one) != calls.ask(other) and calls.count == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [({"a": 1, "b": 2}, {"b": 2, "a": 1}), (float("nan"), float("nan")), (np.ones(2), np.ones(2))],
)
def test_equal_values_are_the_same_question(one: Any, other: Any) -> None:
    calls = Calls(lambda _: 1)
    assert calls.ask(one) == calls.ask(other) and calls.count == 1


def test_what_a_caller_changes_is_the_callers_alone() -> None:
    calls = Calls(lambda _: {"weights": [1.0]})
    for _ in range(3):
        calls.ask(0)["weights"].append(2.0)
    assert calls.ask(0) == {"weights": [1.0]} and calls.count == 1


def test_an_error_is_remembered_by_nobody() -> None:
    calls = Calls(lambda number: 1 / number)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            calls.ask(0)
    assert calls.count == 2


def test_what_cannot_be_stored_is_computed_every_time() -> None:
    calls = Calls(lambda _: object())
    assert calls.ask(1) is not calls.ask(1) and calls.count == 2


def test_fifty_threads_that_ask_at_once_compute_once() -> None:
    calls = Calls(lambda value: [value], wait_s=0.1)
    barrier = threading.Barrier(50)

    def ask(_: int) -> Any:
        barrier.wait()
        return calls.ask("x")

    with ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(ask, range(50)))
    assert answers == [["x"]] * 50 and calls.count == 1
    assert len({id(answer) for answer in answers}) == 50


ANOTHER_PROCESS = """
import sys, time
from forefolio.runs.cached import cached
@cached(l1_ttl=60, l2_ttl=60)
def slow(number):
    open(sys.argv[1], "a").write("x")
    time.sleep(float(sys.argv[2]))
    return number
print("ready", flush=True)
sys.stdin.readline()
print(slow(7), flush=True)
"""


def process(log: Path, seconds: float) -> "subprocess.Popen[str]":
    line = [sys.executable, "-c", ANOTHER_PROCESS, str(log), str(seconds)]
    return subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("killed", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_processes_compute_once_and_twice_if_the_first_is_killed(
    tmp_path: Path, killed: bool
) -> None:
    log = tmp_path / "log"
    log.touch()
    with process(log, 30 if killed else 0.5) as first, process(log, 0) as second:
        for one in (first, second):
            assert one.stdout and one.stdout.readline() == "ready\n"
        first.stdin.write("\n"), first.stdin.flush()  # type: ignore[union-attr]
        while not log.read_text():
            time.sleep(0.01)
        began = time.monotonic()
        second.stdin.write("\n"), second.stdin.flush()  # type: ignore[union-attr]
        time.sleep(0.2)
        if killed:
            first.kill()
        assert second.stdout and second.stdout.readline() == "7\n"
        assert time.monotonic() - began < 10
    assert log.read_text() == ("xx" if killed else "x")


def test_coroutines_share_one_computation_that_no_client_can_cancel() -> None:
    count = 0

    @cached(l1_ttl=60, l2_ttl=60)
    async def slow(number: int) -> int:
        nonlocal count
        count += 1
        await asyncio.sleep(0.1)
        return number

    async def main() -> list[int]:
        tasks = [asyncio.create_task(slow(5)) for _ in range(4)]
        await asyncio.sleep(0.03)
        tasks[0].cancel()
        rest = await asyncio.gather(*tasks[1:])
        return [*rest, await slow(5)]

    assert asyncio.run(main()) == [5] * 4 and count == 1


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_damaged_entry_is_computed_again(place: int, bits: int) -> None:
    calls = Calls(lambda number: np.arange(float(number)))
    calls.ask(40)
    with sqlite3.connect(module._disk_at(Settings.read().home)._path) as database:
        ((key, raw),) = database.execute("SELECT key, value FROM entry").fetchall()
        damaged = bytearray(raw)
        damaged[place % len(raw)] ^= bits
        database.execute("UPDATE entry SET value = ? WHERE key = ?", (bytes(damaged), key))
    database.close()
    forget()
    np.testing.assert_array_equal(calls.ask(40), np.arange(40.0))
    assert calls.count == 2
    with sqlite3.connect(module._disk_at(Settings.read().home)._path) as database:
        database.execute("DELETE FROM entry")
    database.close()
    forget()


@pytest.mark.parametrize("content", [b"", b"no database" * 1000])
def test_a_file_that_is_no_cache_is_begun_anew(home: Path, content: bytes) -> None:
    calls = Calls()
    calls.ask(1)
    (home / "cache.db").write_bytes(content)
    forget()
    assert calls.ask(1) == 1 and calls.count == 2
    forget()
    assert calls.ask(1) == 1 and calls.count == 2


def test_a_locked_file_costs_the_memory_not_the_result(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = sqlite3.connect
    Calls().ask(1)
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, **{**k, "timeout": 0.01}))
    with connect(home / "cache.db", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert Calls().ask(2) == 2
    other.close()


def test_values_end_with_their_time(tmp_path: Path) -> None:
    now = [1000.0]
    memory, disk = Memory(lambda: now[0]), Disk(tmp_path / "cache.db", lambda: now[0])
    memory.put("a", 1, b"1", ttl_s=100)
    disk.put("a", b"1", ttl_s=100)
    now[0] += 89
    assert memory.get("a") == (1,) and disk.get("a", Counts()) == b"1"
    now[0] += 12
    assert memory.get("a") == () and disk.get("a", Counts()) is None


def test_too_much_is_dropped(tmp_path: Path) -> None:
    memory = Memory(limit=100)
    for number in range(5):
        memory.put(str(number), number, bytes(30), ttl_s=60)
        memory.get("0")
    assert [bool(memory.get(str(n))) for n in range(5)] == [True, False, False, True, True]
    disk = Disk(tmp_path / "cache.db", limit=100)
    for number in range(402):
        disk.put(str(number), bytes(30), ttl_s=60 + number)
    kept = [n for n in range(402) if disk.get(str(n), Counts()) is not None]
    assert kept[-1] == 401 and len(kept) <= 4


def test_a_value_of_another_version_of_the_code_is_no_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = Calls()
    calls.ask(1)
    monkeypatch.setattr(module, "code_digest", lambda: "next")
    calls.ask(1)
    assert calls.count == 2 and pack(1)
