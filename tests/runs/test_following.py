"""Followers of a run share one reader, miss nothing that matters, and cost the run little."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from forefolio.core.errors import UnknownRun
from forefolio.core.events import Note, Progress, Started
from forefolio.runs import following
from forefolio.runs.following import Feeds
from forefolio.store import Finished, Run, Store, Stored, Wanted

pytestmark = pytest.mark.anyio

DONE = Finished(state="done")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def store(
    tmp_path: Path,
    anyio_backend: str,  # noqa: ARG001
) -> AsyncIterator[Store]:
    async with Store.open(f"sqlite:///{tmp_path}/forefolio.db") as opened:
        yield opened


async def started(store: Store) -> Run:
    await store.ask(Wanted(kind="toy", study="{}", digest="d1"))
    run = await store.claim("me", 30)
    assert run is not None
    return run


async def heard(feeds: Feeds, run: Run, after: int = 0, pause_s: float = 0.0) -> list[Stored]:
    rows = []
    async with asyncio.timeout(20):
        async for row in feeds.follow(run.id, after):
            rows.append(row)
            await asyncio.sleep(pause_s)
    return rows


async def test_many_followers_are_one_reader(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run = await started(store)
    await store.append(run, Started(stage="fold", total=9))
    looks = 0
    look = Store.events

    async def counted(*args: object, **more: object) -> list[Stored]:
        nonlocal looks
        looks += 1
        return await look(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Store, "events", counted)
    feeds = Feeds(store)
    followers = [asyncio.create_task(heard(feeds, run, after)) for after in (0, 1) * 20]
    await asyncio.sleep(0.2)
    for done in range(1, 10):
        await store.append(run, Progress(stage="fold", done=done, total=9))
        await asyncio.sleep(0.02)
    await store.finish(run, DONE, "a" * 64)
    told = await asyncio.gather(*followers)
    for after, rows in zip((0, 1) * 20, told, strict=True):
        assert [row.seq for row in rows] == list(range(after + 1, 12))
    assert looks <= 20 + 12  # the past, once for each that wants it, and the reader's looks
    assert feeds._feeds == {}


async def test_who_comes_late_comes_back_or_asks_for_nothing(store: Store) -> None:
    run = await started(store)
    for number in range(5):
        await store.append(run, Note(code="n", message=str(number)))
    await store.finish(run, DONE, "a" * 64)
    feeds = Feeds(store)
    assert [row.seq for row in await heard(feeds, run)] == [1, 2, 3, 4, 5, 6]
    assert [row.seq for row in await heard(feeds, run, 4)] == [5, 6]
    assert await heard(feeds, run, 6) == [] == await heard(feeds, run, 99)
    with pytest.raises(UnknownRun):
        await heard(feeds, replace(run, id="0" * 32))


async def test_who_lags_behind_gets_the_newest_progress_and_every_note(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "_KEPT", 300)
    run = await started(store)
    feeds = Feeds(store)
    slow = asyncio.create_task(heard(feeds, run, pause_s=0.25))
    await asyncio.sleep(0.05)
    for done in range(1, 61):
        await store.append(run, Progress(stage="fold", done=done, total=60))
        if done % 20 == 0:
            await store.append(run, Note(code="n", message=str(done)))
    await store.finish(run, DONE, "a" * 64)
    rows = await slow
    seqs = [row.seq for row in rows]
    assert seqs == sorted(set(seqs)) and len(rows) < 40
    notes = [row.event.message for row in rows if isinstance(row.event, Note)]
    assert notes == ["20", "40", "60"] and rows[-1].event == DONE
    progress = [row.event.done for row in rows if isinstance(row.event, Progress)]
    assert progress[-1] == 60


async def test_a_run_that_is_asked_for_again_is_followed_again(store: Store) -> None:
    run = await started(store)
    feeds = Feeds(store)
    first = asyncio.create_task(heard(feeds, run))
    await asyncio.sleep(0.05)
    await store.finish(run, Finished(state="failed", code="data", message="no prices"))
    assert [row.seq for row in await first] == [1]
    await store.ask(Wanted(kind="toy", study="{}", digest="d1"))
    again = await store.claim("me", 30)
    assert again is not None
    second = asyncio.create_task(heard(feeds, run))
    await asyncio.sleep(0.05)
    await store.append(again, Note(code="n", message="again"))
    await store.finish(again, DONE, "a" * 64)
    assert [row.seq for row in await second] == [1, 2, 3]
