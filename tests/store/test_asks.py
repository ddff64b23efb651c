"""Asking for runs and leaving them, on both databases."""

import asyncio

import pytest
from tests.store.conftest import Clock, asked

from forefolio.core.errors import KeyReused, LeaseLost, QueueFull, SessionFull, UnknownAsk
from forefolio.core.events import Note
from forefolio.store import Asker, Finished, Store, Wanted
from forefolio.store.run import Room

pytestmark = pytest.mark.anyio

WANTED = Wanted(kind="study", study="{}", digest="d1", code_digest="c1", data_version="v1")
ANN, BOB = Asker(session="s1", principal="ann"), Asker(session="s2", principal="bob")


async def test_a_run_stops_when_its_last_ask_is_cancelled(store: Store) -> None:
    mine, theirs = await store.ask(WANTED, ANN), await store.ask(WANTED, BOB)
    assert mine.run.id == theirs.run.id and mine.id != theirs.id
    held = await store.claim("me", 30)
    assert held is not None
    left = await store.cancel_ask(mine.id)
    assert (left.open, left.run.state) == (False, "running")
    assert await store.append(held, Note(code="n", message="goes on")) == 1
    assert (await store.cancel_ask(mine.id)).run.state == "running"  # once is enough
    last = await store.cancel_ask(theirs.id)
    assert (last.run.state, last.run.code) == ("cancelled", "run_cancelled")
    with pytest.raises(LeaseLost):
        await store.append(held, Note(code="n", message="too late"))
    assert [row.event.kind for row in await store.events(held.id)] == ["note", "finished"]


async def test_a_principal_leaves_a_run_with_all_its_asks(store: Store) -> None:
    for asker in (ANN, ANN, BOB):
        run = (await store.ask(WANTED, asker)).run
    assert (await store.cancel(run.id, principal="ann")).state == "waiting"
    assert (await store.cancel(run.id, session="s1")).state == "waiting"
    assert (await store.cancel(run.id, principal="bob")).state == "cancelled"


async def test_asking_again_erases_nothing(store: Store) -> None:
    first = await store.ask(WANTED, ANN)
    held = await store.claim("me", 30)
    assert held is not None
    await store.append(held, Note(code="n", message="first"))
    await store.finish(held, Finished(state="failed", code="data", message="no prices"))
    again = await store.ask(WANTED, BOB)
    assert (again.run.id, again.run.state, again.run.seq) == (first.run.id, "waiting", 2)
    held = await store.claim("me", 30)
    assert held is not None and held.attempt == 2
    assert await store.append(held, Note(code="n", message="second")) == 3
    assert [row.seq for row in await store.events(held.id)] == [1, 2, 3]
    asks = {ask.principal: ask for ask in await store.asks(held.id)}
    assert (asks["ann"].open, asks["bob"].open) == (False, True)
    assert (await store.cancel_ask(again.id)).run.state == "cancelled"  # ann was answered before


async def test_what_is_done_answers_at_once_unless_its_result_was_lost(store: Store) -> None:
    await store.ask(WANTED, ANN)
    held = await store.claim("me", 30)
    assert held is not None
    await store.finish(held, Finished(state="done"), "a" * 64)
    done = await store.ask(WANTED, BOB)
    assert (done.run.state, done.open) == ("done", False)
    assert (await store.ask(WANTED, BOB, lost="b" * 64)).run.state == "done"
    lost = await store.ask(WANTED, BOB, lost="a" * 64)
    assert (lost.run.state, lost.run.result, lost.open) == ("waiting", None, True)


async def test_a_key_is_one_ask(store: Store) -> None:
    key = Asker(principal="ann", idempotency_key="k", body="b1")
    asks = await asyncio.gather(*(store.ask(WANTED, key) for _ in range(5)))
    assert len({ask.id for ask in asks}) == 1
    with pytest.raises(KeyReused, match="'k'"):
        await store.ask(WANTED, Asker(principal="ann", idempotency_key="k", body="b2"))
    other = Asker(principal="bob", idempotency_key="k", body="b2")
    assert (await store.ask(WANTED, other)).id != asks[0].id


async def test_runs_and_asks_are_listed_by_session_and_principal(
    store: Store, clock: Clock
) -> None:
    for number, asker in enumerate((ANN, BOB, ANN)):
        clock.now += 1
        await store.ask(Wanted(kind="study", study="{}", digest=f"d{number}"), asker)
    assert [run.digest for run in await store.runs(principal="ann")] == ["d2", "d0"]
    assert [run.digest for run in await store.runs(session="s2")] == ["d1"]
    assert [ask.run.digest for ask in await store.asks(session="s1")] == ["d2", "d0"]
    assert await store.runs(principal="nobody") == [] and await store.asks(session="x") == []


async def test_a_full_queue_refuses_what_would_wait(store: Store) -> None:
    await asked(store, "study", "{}", "d1")
    await asked(store, "study", "{}", "d2")
    with pytest.raises(QueueFull, match="FOREFOLIO_QUEUE_LIMIT") as full:
        await store.ask(Wanted(kind="study", study="{}", digest="d3"), ANN, room=Room(queue=2))
    assert full.value.facts == {"retry_after_s": 30.0}
    assert (
        await store.ask(WANTED, ANN, room=Room(queue=2))
    ).run.state == "waiting"  # it waits already
    assert await store.claim("me", 30) is not None
    await store.ask(Wanted(kind="study", study="{}", digest="d3"), ANN, room=Room(queue=2))


async def test_a_session_that_fills_its_share_keeps_nobody_else_out(store: Store) -> None:
    room = Room(queue=10, session=2)

    def wanted(number: int) -> Wanted:
        return Wanted(kind="study", study="{}", digest=f"d{number}")

    mine = [await store.ask(wanted(number), ANN, room=room) for number in range(2)]
    with pytest.raises(SessionFull, match="FOREFOLIO_SESSION_LIMIT") as full:
        await store.ask(wanted(2), ANN, room=room)
    assert full.value.code == "session_full" and full.value.facts == {"retry_after_s": 30.0}
    same_name = Asker(session=ANN.session, principal="carl")
    for number, asker in enumerate((BOB, same_name), 3):
        await store.ask(wanted(number), asker, room=room)
    await store.ask(wanted(3), ANN, room=room)  # it waits already, for another one
    await store.cancel_ask(mine[0].id)
    with pytest.raises(SessionFull):  # what it joined counts as well
        await store.ask(wanted(4 + 1), ANN, room=room)
    await store.cancel_ask(mine[1].id)
    assert (await store.ask(wanted(4 + 1), ANN, room=room)).run.state == "waiting"


async def test_an_ask_ends_with_the_process_that_it_belongs_to(store: Store) -> None:
    local = Asker(principal="local", owner="p1")
    alone = await store.ask(Wanted(kind="study", study="{}", digest="d0"), local)
    shared = await store.ask(WANTED, local)
    await store.ask(WANTED, BOB)
    await store.recover(lambda name: name == "p2")
    assert {ask.open for ask in await store.asks(principal="local")} == {True}
    await store.recover(lambda name: name == "p1")
    assert {ask.open for ask in await store.asks(principal="local")} == {False}
    assert (await store.get(alone.run.id)).state == "cancelled"
    assert (await store.get(shared.run.id)).state == "waiting"  # somebody else wants it
    again = Asker(principal="local", owner="p3")
    assert (await store.ask(Wanted(kind="study", study="{}", digest="d0"), again)).open


async def test_a_greater_priority_is_first_and_lifts_the_run(store: Store, clock: Clock) -> None:
    ids = {}
    for number in range(3):
        clock.now += 1
        ids[number] = (await asked(store, "study", "{}", f"d{number}")).id
    await store.ask(Wanted(kind="study", study="{}", digest="d2"), Asker(priority=5))
    claims = [await store.claim("me", 30) for _ in range(3)]
    assert [run.id for run in claims if run] == [ids[2], ids[0], ids[1]]


async def test_a_worker_takes_only_what_its_code_and_lane_are_for(store: Store) -> None:
    await store.ask(WANTED)
    quick = Wanted(kind="study", study="{}", digest="d2", code_digest="c1", lane="interactive")
    await store.ask(quick)
    assert await store.claim("me", 30, codes={"c2"}) is None
    first = await store.claim("me", 30, codes={"c1", "c2"}, lane="interactive")
    assert first is not None and first.digest == "d2"
    assert await store.claim("me", 30, codes={"c1"}, lane="interactive") is None
    assert await store.claim("me", 30, codes={"c1"}, lane="batch") is not None


async def test_deaths_are_counted_apart_from_clean_stops(store: Store) -> None:
    await store.ask(WANTED)
    for _ in range(5):
        held = await store.claim("me", 30)
        assert held is not None
        await store.release(held)
    for died in (0, 1):
        held = await store.claim("me", 30)
        assert held is not None and held.deaths == died
        await store.recover(lambda _: True, deaths=3)
    held = await store.claim("me", 30)
    assert held is not None and (held.attempt, held.deaths) == (8, 2)
    await store.recover(lambda _: True, deaths=3)
    ended = await store.get(held.id)
    assert (ended.state, ended.code, ended.deaths) == ("failed", "worker_died", 3)
    again = await store.ask(WANTED)
    assert (again.run.state, again.run.deaths) == ("waiting", 0)


async def test_an_unknown_ask_is_said(store: Store) -> None:
    with pytest.raises(UnknownAsk):
        await store.cancel_ask("nobody")
