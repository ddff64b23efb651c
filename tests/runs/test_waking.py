"""Workers sleep until there is something to do, and then no ask waits for them to look again."""

import asyncio
import time
from pathlib import Path

import pytest
from tests.runs.test_limits import Task, ended, opening

from forefolio.store import Run, Store

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forefolio.runs.working.PULSE_S", 3_600.0)


async def test_workers_that_wait_write_nothing_and_wake_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim, looks = Store.claim, 0

    async def counted(*args: object, **more: object) -> Run | None:
        nonlocal looks
        looks += 1
        return await claim(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Store, "claim", counted)
    async with opening(tmp_path)() as host:
        serving = asyncio.create_task(host.serve())
        deadline, before = time.monotonic() + 20.0, -1
        while not (looks >= 2 and looks == before):  # once in each lane, and after each write
            assert time.monotonic() < deadline, "they look without end"
            before = looks
            await asyncio.sleep(0.3)
        assert not host.store.bell.is_set()
        assert (await ended(host, (await host.ask("task", Task())).run)).state == "done"
        serving.cancel()
        await asyncio.wait([serving])


async def test_what_is_asked_while_a_worker_looks_is_not_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim, asks = Store.claim, list[Run]()

    async with opening(tmp_path)() as host:

        async def asked_meanwhile(*args: object, **more: object) -> Run | None:
            taken = await claim(*args, **more)  # type: ignore[arg-type]
            if not asks:
                asks.append((await host.ask("task", Task())).run)
            return taken

        monkeypatch.setattr(Store, "claim", asked_meanwhile)
        serving = asyncio.create_task(host.serve())
        while not asks:
            await asyncio.sleep(0.01)
        assert (await ended(host, asks[0])).state == "done"
        serving.cancel()
        await asyncio.wait([serving])
