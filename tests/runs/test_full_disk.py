"""A disk that is full under a run: said at once, and gone on from when there is room."""

import asyncio
import resource
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.runs.toy_jobs import Toy
from tests.runs.toy_jobs import opening as toy_opening

from forefolio.core import failpoints
from forefolio.core.errors import DiskFull

pytestmark = pytest.mark.anyio


@contextmanager
def no_room() -> Iterator[None]:
    """A limit on the size of files is a disk that is full, without being root."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (512, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_nobody_waits_for_room_and_nothing_is_lost(tmp_path: Path) -> None:
    with pytest.raises(DiskFull, match="is the disk full"):
        async with toy_opening(tmp_path)() as host, asyncio.timeout(10):
            run = (await host.ask("toy", Toy(steps=40, pause_s=0.02))).run
            working = asyncio.create_task(host.see_through(run.id))
            while (await host.store.get(run.id)).seq < 8:
                await asyncio.sleep(0.01)
            with no_room():
                await asyncio.wait([working])
                assert (await host.store.get(run.id)).seq >= 8  # reading goes on
            await working
    async with toy_opening(tmp_path)() as host:
        await host.see_through(run.id)
        run = await host.store.get(run.id)
        assert run.state == "done" and len((await host.result(run))["path"]) == 40
        numbers = [row.seq for row in await host.store.events(run.id)]
        assert numbers == list(range(1, run.seq + 1))


async def test_a_result_that_cannot_be_kept_is_no_riddle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with toy_opening(tmp_path)() as host:
        run = (await host.ask("toy", Toy())).run
        monkeypatch.setattr(failpoints, "_passed", Counter())
        monkeypatch.setenv("FOREFOLIO_FAIL", "host.before_result:1:enospc")
        await host.see_through(run.id)
        failure = await host.store.failure(await host.store.get(run.id))
        assert failure.code == "disk_full" and "is the disk full" in str(failure)
