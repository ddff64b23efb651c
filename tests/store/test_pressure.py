"""A run whose database is locked or restarts in the middle of it: waited for, and bit-identical."""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.runs.toy_jobs import KINDS, Toy
from tests.runs.toy_jobs import opening as toy_opening
from tests.store.postgresql import restart

from forefolio.core.events import finish
from forefolio.runs.host import Host
from forefolio.runs.lease import LEASE_S
from forefolio.runs.local import run_here
from forefolio.runs.opening import Opening
from forefolio.store import Run

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

STUDY = Toy(steps=12, pause_s=0.1)


def lock(file: Path, seconds: float) -> None:
    """Hold the lock of a file, as another process may."""
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    time.sleep(seconds)
    other.execute("COMMIT")
    other.close()


async def disturbed(host: Host, trouble: Callable[[], None]) -> Run:
    """The run of the study, once it has ended; `trouble` comes when it is under way."""
    run = (await host.ask("toy", STUDY)).run
    working = asyncio.create_task(host.see_through(run.id))
    while (await host.store.get(run.id)).seq < 8:
        await asyncio.sleep(0.02)
    await asyncio.to_thread(trouble)
    await working
    return await host.store.get(run.id)


async def is_as_if_undisturbed(host: Host, run: Run, tmp_path: Path) -> None:
    assert (run.state, run.attempt, run.deaths) == ("done", 1, 0)
    numbers = [row.seq for row in await host.store.events(run.id)]
    assert numbers == list(range(1, run.seq + 1))
    quiet = toy_opening(tmp_path / "undisturbed")
    expected = await asyncio.to_thread(finish, run_here(quiet, "toy", STUDY))
    assert np.array_equal((await host.result(run))["path"], expected["path"])


@pytest.mark.parametrize("seconds", [14, 25])
async def test_a_lock_that_ends_before_the_lease_costs_nothing(
    tmp_path: Path, seconds: float, caplog: pytest.LogCaptureFixture
) -> None:
    assert seconds < LEASE_S
    async with toy_opening(tmp_path)() as host:
        run = await disturbed(host, lambda: lock(tmp_path / "forefolio.db", seconds))
        await is_as_if_undisturbed(host, run, tmp_path)
    loud = [one for one in caplog.records if one.exc_info or one.levelno >= logging.ERROR]
    assert loud == []


async def test_a_server_that_restarts_costs_nothing(
    tmp_path: Path, postgresql: str, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    if not url.startswith("postgresql"):
        pytest.skip("SQLite has no server")
    opening = Opening(home=tmp_path, database_url=url, executor_url="inline:", kinds=KINDS)
    async with opening() as host:
        run = await disturbed(host, lambda: restart(postgresql))
        await is_as_if_undisturbed(host, run, tmp_path)
    loud = [one for one in caplog.records if one.exc_info or one.levelno >= logging.ERROR]
    assert loud == []
