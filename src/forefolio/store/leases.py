"""Working on runs: a claim has one winner, and whoever lost it cannot write any more.

A claim is a lease with a number. Every later write names owner, number and state, so a worker that
lost its lease, or whose run was cancelled, is refused.
"""

from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import Update, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from forefolio.core.errors import LeaseLost
from forefolio.store.asking import answered
from forefolio.store.database import Database
from forefolio.store.run import ENDED, Finished, Lane, Run, Said, event_row, run_of
from forefolio.store.tables import event, run


async def claimed(
    database: Database,
    owner: str,
    now: float,
    lease_s: float,
    *,
    run_id: str | None = None,
    lane: Lane | None = None,
    codes: Collection[str] | None = None,
) -> Run | None:
    """Take the first waiting run; None if there is nothing to take.

    Args:
        run_id: only this one.
        lane: only one that waits in this queue.
        codes: only one that one of these code digests computes.
    """
    first = select(run.c.id).where(run.c.state == "waiting")
    first = first.order_by(run.c.priority.desc(), run.c.created_at)
    if run_id is not None:
        first = first.where(run.c.id == run_id)
    if lane is not None:
        first = first.where(run.c.lane == lane)
    if codes is not None:
        first = first.where(run.c.code_digest.in_(codes))
    if not await database.rows(first.limit(1)):
        return None  # to look wakes nobody: whoever waits for changes is woken by every write
    taken = (
        update(run)
        .where(run.c.id == first.limit(1).with_for_update(skip_locked=True).scalar_subquery())
        .where(run.c.state == "waiting")
        .values(
            state="running",
            owner=owner,
            attempt=run.c.attempt + 1,
            lease_until=now + lease_s,
            started_at=now,
            changed_at=now,
        )
    )
    row = await database.returned(taken.returning(run))
    return None if row is None else run_of(row)


async def lapsed(database: Database, now: float, gone: Callable[[str], bool]) -> list[Run]:
    """The running runs whose lease is over or whose owner is `gone`."""
    running = await database.rows(select(run).where(run.c.state == "running"))
    runs = [run_of(row) for row in running]
    return [one for one in runs if one.lease_until < now or gone(one.owner)]


async def put_back(database: Database, lost: Run, now: float, deaths: int | None) -> None:
    """Let a run whose process died wait again, or fail if that has happened `deaths` times.

    Raises:
        LeaseLost: somebody else did, or it goes on after all.
    """
    died = lost.deaths + 1
    if deaths is None or died < deaths:
        await changed(database, lost, now, state="waiting", deaths=died)
        return
    message = f"the run was started {lost.attempt} times and its process died {died} times"
    end = Finished(state="failed", code="worker_died", message=message)
    await ended(database, lost, now, end, deaths=died)


async def ended(database: Database, held: Run, now: float, end: Finished, **values: Any) -> None:
    """Store how a run ended.

    Raises:
        LeaseLost: the run was cancelled, or belongs to somebody else by now.
    """
    columns = {"state": end.state, "code": end.code, "message": end.message}
    await changed(database, held, now, end, **columns, **values)


async def changed(
    database: Database, held: Run, now: float, new_event: Said | None = None, **values: Any
) -> int:
    """Change a run that is held, and store what it says; the number of its last event.

    Raises:
        LeaseLost: the run was cancelled, or belongs to somebody else by now.
    """
    if new_event is not None:
        values["seq"] = run.c.seq + 1
    change = _same_state(held).values(changed_at=now, **values).returning(run.c.seq)

    async def work(connection: AsyncConnection) -> int:
        seq: int | None = (await connection.execute(change)).scalar_one_or_none()
        if seq is None:
            raise LeaseLost(held.id)
        if new_event is not None:
            await connection.execute(insert(event).values(event_row(held.id, seq, now, new_event)))
        if values.get("state") in ENDED:
            await answered(connection, held.id, now)
        return seq

    return await database.write(work)


def _same_state(seen: Run) -> Update:
    """An update that happens only if nobody has changed hands since the run was `seen`."""
    return update(run).where(
        run.c.id == seen.id,
        run.c.state == seen.state,
        run.c.owner == seen.owner,
        run.c.attempt == seen.attempt,
    )
