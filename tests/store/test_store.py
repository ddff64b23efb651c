import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.store.conftest import Clock, asked

from forefolio.api.health import health
from forefolio.core.errors import LeaseLost, UnknownRun
from forefolio.core.events import Checkpoint, Note, Progress, Started
from forefolio.store import Finished, Run, Said, Store

pytestmark = pytest.mark.anyio

STUDY = json.dumps({"tickers": ["A\u0000B", "Ω"], "cap": 0.1})
DONE = Finished(state="done")


async def started(store: Store, digest: str = "d1", lease_s: float = 30) -> Run:
    await asked(store, "study", STUDY, digest)
    run = await store.claim("me", lease_s)
    assert run is not None
    return run


async def refused(store: Store, stale: Run) -> None:
    """Nothing can be written for a run as it was once held, and the run stays as it is."""
    before = await store.get(stale.id)
    for write in (
        store.append(stale, Note(code="n", message="stale")),
        store.heartbeat(stale, 30),
        store.finish(stale, DONE, "a" * 64),
        store.release(stale),
    ):
        with pytest.raises(LeaseLost, match=stale.id):
            await write
    assert await store.get(stale.id) == before


async def test_the_health_of_a_service_names_the_database_that_it_stores_in(
    store: Store, url: str
) -> None:
    said = await health(cast("Any", SimpleNamespace(store=store)))
    assert said.database == url.partition(":")[0]
    assert (said.sqlite is None, said.journal_mode is None) == (said.database != "sqlite",) * 2


async def test_a_run_is_asked_for_once(store: Store) -> None:
    first = await asked(store, "study", STUDY, "d1")
    again = await asked(store, "study", STUDY, "d1")
    other = await asked(store, "study", STUDY, "d2")
    assert first == again and first.id != other.id
    assert (first.state, first.seq, first.study) == ("waiting", 0, STUDY)
    assert await store.find("d1") == first and await store.find("d3") is None


async def test_asking_at_the_same_moment_gives_one_run(store: Store) -> None:
    runs = await asyncio.gather(*(asked(store, "study", STUDY, "same") for _ in range(8)))
    assert len({run.id for run in runs}) == 1


async def test_runs_are_listed_newest_first_and_limited(store: Store, clock: Clock) -> None:
    for number in range(5):
        clock.now += 1
        await asked(store, "study", STUDY, f"d{number}")
    assert [run.digest for run in await store.runs(limit=3)] == ["d4", "d3", "d2"]


async def test_a_claim_has_one_winner(store: Store) -> None:
    await asked(store, "study", STUDY, "d1")
    claims = await asyncio.gather(*(store.claim(f"worker {n}", 30) for n in range(8)))
    (winner,) = [run for run in claims if run is not None]
    assert (winner.state, winner.attempt) == ("running", 1)
    assert await store.claim("late", 30) is None


async def test_looking_for_work_where_there_is_none_wakes_nobody(store: Store) -> None:
    bell = store.bell
    assert await store.claim("me", 30) is None and not bell.is_set()
    await asked(store, "study", STUDY, "d1")
    assert bell.is_set() and not (bell := store.bell).is_set()
    assert await store.claim("me", 30, lane="interactive") is None and not bell.is_set()
    assert await store.claim("me", 30) and bell.is_set()


async def test_the_oldest_waiting_run_is_claimed_first_or_the_one_asked_for(
    store: Store, clock: Clock
) -> None:
    ids = []
    for number in range(3):
        clock.now += 1
        ids.append((await asked(store, "study", STUDY, f"d{number}")).id)
    chosen, oldest = await store.claim("me", 30, ids[2]), await store.claim("me", 30)
    assert chosen is not None and oldest is not None
    assert (chosen.id, oldest.id) == (ids[2], ids[0])


async def test_events_come_back_as_they_were_said_numbered_without_gaps(store: Store) -> None:
    run = await started(store)
    said: list[Said] = [
        Started(stage="forecast", total=3),
        Progress(stage="forecast", done=1, total=3, message="\x00 Ω 1/3"),
        Note(code="fallback", message="too short", about="AAPL"),
        Checkpoint(stage="fold", state={"row": 1, "value": 0.1 + 0.2}),
    ]
    assert [await store.append(run, event) for event in said] == [1, 2, 3, 4]
    await store.finish(run, DONE, "a" * 64)
    rows = await store.events(run.id)
    assert [row.seq for row in rows] == [1, 2, 3, 4, 5]
    assert [row.event for row in rows] == [*said, DONE]
    assert [row.seq for row in await store.events(run.id, 3)] == [4, 5]
    assert [row.seq for row in await store.events(run.id, kinds=("note",))] == [3]
    assert [row.seq for row in await store.events(run.id, limit=2)] == [1, 2]
    ended = await store.get(run.id)
    assert (ended.state, ended.result, ended.seq, ended.ended) == ("done", "a" * 64, 5, True)


async def test_writing_at_the_same_moment_leaves_no_gap_and_no_duplicate(store: Store) -> None:
    run = await started(store)
    notes = [Note(code="n", message=str(n)) for n in range(30)]
    seqs = await asyncio.gather(*(store.append(run, note) for note in notes))
    assert sorted(seqs) == list(range(1, 31))
    assert [row.seq for row in await store.events(run.id)] == list(range(1, 31))


async def test_the_last_checkpoint_of_each_stage_is_kept(store: Store) -> None:
    run = await started(store)
    for row in range(3):
        await store.append(run, Checkpoint(stage="fold", state={"row": row}))
    await store.append(run, Checkpoint(stage="report", state={"page": 1}))
    await store.append(run, Note(code="n", message="m"))
    marks = await store.checkpoints(run.id)
    assert {s: m.state for s, m in marks.items()} == {"fold": {"row": 2}, "report": {"page": 1}}


async def test_what_a_run_names_is_its_result_or_the_last_checkpoint_of_each_stage(
    store: Store,
) -> None:
    run = await started(store)
    for stage, name in (("fold", "a"), ("fold", "b"), ("report", "c")):
        await store.append(run, Checkpoint(stage=stage, state={"artifact": name}))
    assert await store.artifacts() == {"b", "c"}
    await store.finish(run, Finished(state="done"), "the result")
    assert await store.artifacts() == {"the result"}


async def test_whoever_lost_the_lease_cannot_write(store: Store, clock: Clock) -> None:
    mine = await started(store, lease_s=30)
    clock.now += 31
    assert [run.id for run in await store.recover(lambda _: False)] == [mine.id]
    theirs = await store.claim("other", 30)
    assert theirs is not None and theirs.attempt == 2
    await refused(store, mine)
    assert await store.append(theirs, Note(code="n", message="fresh")) == 1


async def test_a_worker_cannot_write_for_an_attempt_of_its_own_that_is_over(
    store: Store, clock: Clock
) -> None:
    former = await started(store, lease_s=30)
    clock.now += 31
    await store.recover(lambda _: False)
    again = await store.claim(former.owner, 30)
    assert again is not None
    assert (again.owner, again.state, again.attempt) == (former.owner, former.state, 2)
    await refused(store, former)
    assert await store.append(again, Note(code="n", message="fresh")) == 1


async def test_only_the_owner_of_a_lease_writes(store: Store) -> None:
    mine = await started(store)
    await refused(store, replace(mine, owner="somebody else"))


async def test_what_was_given_back_cannot_be_written_before_somebody_takes_it(
    store: Store,
) -> None:
    mine = await started(store)
    await store.release(mine)
    await refused(store, mine)


async def test_processes_that_claim_at_the_same_moment_each_get_a_run_of_their_own(
    store: Store, url: str
) -> None:
    for number in range(12):
        await asked(store, "study", STUDY, f"d{number}")
    taken = set()
    async with AsyncExitStack() as stack:
        processes = [await stack.enter_async_context(Store.open(url)) for _ in range(3)]
        for _ in range(4):
            claims = await asyncio.gather(*(each.claim("process", 30) for each in processes))
            taken |= {(run.id, run.attempt) for run in claims if run is not None}
    assert len({run for run, _ in taken}) == 12
    assert {attempt for _, attempt in taken} == {1}


async def test_a_heartbeat_keeps_the_lease(store: Store, clock: Clock) -> None:
    run = await started(store, lease_s=30)
    for _ in range(5):
        clock.now += 20
        await store.heartbeat(run, 30)
        assert await store.recover(lambda _: False) == []


async def test_a_dead_owner_gives_its_run_back_at_once(store: Store) -> None:
    run = await started(store)
    assert await store.recover(lambda owner: owner != "me") == []
    assert [r.id for r in await store.recover(lambda owner: owner == "me")] == [run.id]
    assert (await store.get(run.id)).state == "waiting"


async def test_a_run_that_kills_its_workers_fails_in_the_end(store: Store) -> None:
    await asked(store, "study", STUDY, "poison")
    for _ in range(3):
        assert await store.claim("victim", 30) is not None
        (lost,) = await store.recover(lambda _: True, deaths=3)
    ended = await store.get(lost.id)
    assert (ended.state, ended.code) == ("failed", "worker_died")
    assert await store.claim("next", 30) is None


async def test_cancelling_stops_the_writer(store: Store) -> None:
    run = await started(store)
    assert (await store.cancel(run.id)).state == "cancelled"
    assert (await store.cancel(run.id)).state == "cancelled"
    with pytest.raises(LeaseLost):
        await store.append(run, Note(code="n", message="too late"))
    assert [row.event.kind for row in await store.events(run.id)] == ["finished"]


@pytest.mark.parametrize("end", ["failed", "cancelled"])
async def test_what_failed_can_be_asked_for_again_and_keeps_its_story(
    store: Store, end: str
) -> None:
    run = await started(store)
    await store.append(run, Checkpoint(stage="fold", state={"row": 7}))
    if end == "failed":
        await store.finish(run, Finished(state="failed", code="data", message="no prices"))
    else:
        await store.cancel(run.id)
    assert (await store.get(run.id)).state == end
    again = await asked(store, "study", STUDY, "d1")
    assert (again.id, again.state, again.code, again.message) == (run.id, "waiting", "", "")
    assert (await store.checkpoints(run.id))["fold"].state == {"row": 7}


async def test_what_is_unknown_is_said(store: Store) -> None:
    for question in (store.get("0" * 32), store.get("a\x00\ud800"), store.cancel("nobody")):
        with pytest.raises(UnknownRun, match="forefolio runs"):
            await question


async def test_following_replays_then_goes_on_and_ends_with_the_run(store: Store) -> None:
    run = await started(store)
    await store.append(run, Started(stage="fold", total=2))
    heard: list[int] = []

    async def listen(after: int) -> list[int]:
        return [row.seq async for row in store.follow(run.id, after)]

    async with asyncio.timeout(10):
        early, late = asyncio.create_task(listen(0)), asyncio.create_task(listen(1))
        await asyncio.sleep(0.05)
        await store.append(run, Progress(stage="fold", done=1, total=2))
        await asyncio.sleep(0.05)
        await store.finish(run, DONE, "a" * 64)
        heard = await early
        assert (heard, await late) == ([1, 2, 3], [2, 3])
        assert await listen(0) == [1, 2, 3] and await listen(3) == [] and await listen(99) == []
