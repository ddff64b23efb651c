"""A deterministic simulation of users, hosts and the store; planted races are found by it."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from tests.store.simulation import story, wrong

from forefolio.core.errors import LeaseLost
from forefolio.store import asking, leases, store
from forefolio.store.run import ENDED, event_row, run_of
from forefolio.store.tables import ask, event, run

SEEDS = 12
FOUND_WITHIN = 150  # seeds

Patch = Callable[[pytest.MonkeyPatch], None]


def test_nothing_is_lost_or_done_twice_whatever_the_order() -> None:
    assert [wrong(seed) for seed in range(4)] == [None] * 4


def test_the_same_seed_tells_the_same_story() -> None:
    stories = [story(seed) for seed in (7, 7, 8)]
    assert stories[0] == stories[1] != stories[2] and len(stories[0]) > 20
    assert any("lost" in line for seed in range(SEEDS) for line in story(seed))


@pytest.mark.slow
def test_nothing_is_lost_or_done_twice_in_many_orders() -> None:
    assert [seed for seed in range(4, 250) if wrong(seed)] == []


def nothing_compared(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(leases, "_same_state", lambda seen: update(run).where(run.c.id == seen.id))


def attempt_not_compared(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        leases,
        "_same_state",
        lambda seen: update(run).where(
            run.c.id == seen.id, run.c.state == seen.state, run.c.owner == seen.owner
        ),
    )


def state_not_compared(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        leases,
        "_same_state",
        lambda seen: update(run).where(
            run.c.id == seen.id, run.c.owner == seen.owner, run.c.attempt == seen.attempt
        ),
    )


def looked_before_written(patch: pytest.MonkeyPatch) -> None:
    """Compared in one transaction, written in the next."""

    async def changed(database: Any, held: Any, now: float, said: Any = None, **values: Any) -> int:
        (row,) = await database.rows(select(run).where(run.c.id == held.id))
        if (row.state, row.owner, row.attempt) != (held.state, held.owner, held.attempt):
            raise LeaseLost(held.id)

        async def work(connection: Any) -> int:
            if said is not None:
                values["seq"] = run.c.seq + 1
            change = update(run).where(run.c.id == held.id).values(changed_at=now, **values)
            seq: int = (await connection.execute(change.returning(run.c.seq))).scalar_one()
            if said is not None:
                await connection.execute(insert(event).values(event_row(held.id, seq, now, said)))
            if values.get("state") in ENDED:
                await asking.answered(connection, held.id, now)
            return seq

        result: int = await database.write(work)
        return result

    patch.setattr(leases, "changed", changed)
    patch.setattr(store, "changed", changed)


def looked_before_claimed(patch: pytest.MonkeyPatch) -> None:
    """The run that waits is found in one transaction, taken in the next."""

    async def claimed(database: Any, owner: str, now: float, lease_s: float, **_: Any) -> Any:
        waiting = await database.rows(select(run).where(run.c.state == "waiting").limit(1))
        if not waiting:
            return None
        taken = update(run).where(run.c.id == waiting[0].id)
        row = await database.returned(
            taken.values(
                state="running", owner=owner, attempt=run.c.attempt + 1, lease_until=now + lease_s
            ).returning(run)
        )
        return run_of(row)

    patch.setattr(store, "claimed", claimed)


def the_first_to_leave_stops_it(patch: pytest.MonkeyPatch) -> None:
    async def left(connection: Any, found: Any, which: Any, now: float) -> Any:
        await connection.execute(update(ask).where(which, asking._OPEN).values(cancelled_at=now))
        if found.state not in ENDED:
            stopped = {"state": "cancelled", "seq": found.seq + 1}
            await connection.execute(update(run).where(run.c.id == found.id).values(stopped))
            row = event_row(found.id, found.seq + 1, now, asking.CANCELLED)
            await connection.execute(insert(event).values(row))
        return found

    patch.setattr(asking, "_left", left)


def nobody_is_answered(patch: pytest.MonkeyPatch) -> None:
    async def answered(*_: Any) -> None:
        return None

    patch.setattr(leases, "answered", answered)


def whoever_leaves_last_does_not_stop_it(patch: pytest.MonkeyPatch) -> None:
    async def left(connection: Any, found: Any, which: Any, now: float) -> Any:
        await connection.execute(update(ask).where(which, asking._OPEN).values(cancelled_at=now))
        return found

    patch.setattr(asking, "_left", left)


def keys_are_not_looked_up(patch: pytest.MonkeyPatch) -> None:
    real = asking._recorded

    async def none(*_: Any) -> None:
        return None

    async def recorded(connection: Any, found: Any, asker: Any, now: float) -> Any:
        return await real(connection, found, type(asker)(session=asker.session), now)

    patch.setattr(asking, "_same_key", none)
    patch.setattr(asking, "_recorded", recorded)


RACES: list[Patch] = [
    nothing_compared,
    state_not_compared,
    looked_before_written,
    the_first_to_leave_stops_it,
]
MORE_RACES: list[Patch] = [
    attempt_not_compared,
    looked_before_claimed,
    nobody_is_answered,
    whoever_leaves_last_does_not_stop_it,
    keys_are_not_looked_up,
]


@pytest.mark.slow
@pytest.mark.parametrize(
    "plant",
    [*RACES, *(pytest.param(plant, marks=pytest.mark.slow) for plant in MORE_RACES)],
    ids=lambda plant: plant.__name__,
)
def test_a_planted_race_is_found_and_found_again_from_its_seed(
    plant: Patch, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    bad = next(seed for seed in range(FOUND_WITHIN) if wrong(seed))
    assert wrong(bad) == wrong(bad)
    monkeypatch.undo()
    assert wrong(bad) is None
