"""Asking for runs, and leaving them again.

1. A run is asked for once: its digest is unique, and whoever asks again gets the same run.
2. Each asking is a row of its own. A run stops when its last open ask is cancelled.
3. Asking again erases nothing: a run that failed waits again, and its events keep their numbers.
"""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from sqlalchemy import Select, and_, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from forefolio.core.errors import KeyReused, QueueFull, SessionFull, UnknownAsk, UnknownRun
from forefolio.store.database import Database
from forefolio.store.run import (
    ENDED,
    UNLIMITED,
    Ask,
    Asker,
    Finished,
    Room,
    Run,
    Wanted,
    ask_of,
    event_row,
    run_of,
)
from forefolio.store.tables import ask, event, run

CANCELLED = Finished(state="cancelled", code="run_cancelled", message="cancelled on request")
_OPEN = and_(ask.c.cancelled_at.is_(None), ask.c.answered_at.is_(None))


async def asked(
    database: Database,
    wanted: Wanted,
    asker: Asker,
    now: float,
    *,
    room: Room = UNLIMITED,
    lost: str | None = None,
) -> Ask:
    """Ask for a run: a new one, the one there is, or one that failed, waiting again.

    Args:
        room: how many runs may wait.
        lost: the result that cannot be read any more; a run that has it is computed again.

    Raises:
        QueueFull: so many wait already, and this one would have to wait as well.
        SessionFull: so many of the same session do.
        KeyReused: the idempotency key came with something else before.
    """

    async def work(connection: AsyncConnection) -> Ask:
        if (before := await _same_key(connection, asker)) is not None:
            return before
        stored = await _locked(connection, run.c.digest == wanted.digest)
        if stored is None or _again(stored, lost):
            await _admitted(connection, room, asker)
        if stored is None:
            stored = await _inserted(connection, wanted, asker.priority, now)
        elif _again(stored, lost):
            stored = await _waiting_again(connection, stored, wanted, asker.priority, now)
        elif not stored.ended and stored.priority < asker.priority:
            stored = await _changed(connection, stored.id, priority=asker.priority)
        return await _recorded(connection, stored, asker, now)

    try:
        return await database.write(work)
    except IntegrityError:  # somebody else asked for the same at the same moment
        return await database.write(work)


async def cancelled_ask(database: Database, ask_id: str, now: float) -> Ask:
    """Cancel one ask; its run stops if no other is open.

    Raises:
        UnknownAsk: there is none with this id.
    """

    async def work(connection: AsyncConnection) -> Ask:
        of = (await connection.execute(select(ask.c.run_id).where(ask.c.id == ask_id))).scalar()
        stored = None if of is None else await _locked(connection, run.c.id == of)
        if stored is None:
            raise UnknownAsk(ask_id)
        stored = await _left(connection, stored, ask.c.id == ask_id, now)
        row = (await connection.execute(select(ask).where(ask.c.id == ask_id))).one()
        return ask_of(row, stored)

    return await database.write(work)


async def cancelled_run(
    database: Database, run_id: str, now: float, whose: tuple[Any, ...] = ()
) -> Run:
    """Cancel the asks for a run, all or those that fit `whose`; it stops if none is left open.

    Raises:
        UnknownRun: there is no such run.
    """

    async def work(connection: AsyncConnection) -> Run:
        stored = await _locked(connection, run.c.id == run_id)
        if stored is None:
            raise UnknownRun(run_id)
        return await _left(connection, stored, and_(ask.c.run_id == run_id, *whose), now)

    return await database.write(work)


async def abandoned(database: Database, now: float, gone: Callable[[str], bool]) -> list[Run]:
    """Cancel the open asks whose process is `gone`; their runs, as they are now."""
    standing = (
        select(ask.c.owner, ask.c.run_id)
        .join(run, run.c.id == ask.c.run_id)
        .where(run.c.state.not_in(ENDED), ask.c.owner != "", _OPEN)
        .distinct()
    )
    rows = await database.rows(standing)
    ended = {owner for owner in {row.owner for row in rows} if gone(owner)}
    return [
        await cancelled_run(database, row.run_id, now, (ask.c.owner == row.owner,))
        for row in rows
        if row.owner in ended
    ]


def asks_of(*whose: Any, limit: int) -> Select[Any]:
    """The latest asks that fit, newest first."""
    return select(ask).where(*whose).order_by(ask.c.created_at.desc(), ask.c.id).limit(limit)


async def answered(connection: AsyncConnection, run_id: str, now: float) -> None:
    """Note that a run has ended for whoever still asked for it."""
    standing = update(ask).where(ask.c.run_id == run_id, _OPEN)
    await connection.execute(standing.values(answered_at=now))


def _again(stored: Run, lost: str | None) -> bool:
    """Whether asking for a run that there is lets it be computed again."""
    return stored.state in ("failed", "cancelled") or (
        stored.state == "done" and lost is not None and stored.result == lost
    )


async def _same_key(connection: AsyncConnection, asker: Asker) -> Ask | None:
    if asker.idempotency_key is None:
        return None
    same = and_(ask.c.principal == asker.principal, ask.c.idempotency_key == asker.idempotency_key)
    row = (await connection.execute(select(ask).where(same))).one_or_none()
    if row is None:
        return None
    if row.body != asker.body:
        raise KeyReused(asker.idempotency_key)
    of = (await connection.execute(select(run).where(run.c.id == row.run_id))).one()
    return ask_of(row, run_of(of))


async def _locked(connection: AsyncConnection, which: Any) -> Run | None:
    row = (await connection.execute(select(run).where(which).with_for_update())).one_or_none()
    return None if row is None else run_of(row)


async def _admitted(connection: AsyncConnection, room: Room, asker: Asker) -> None:
    """Refuse what would have to wait behind too many."""
    waiting = select(func.count()).select_from(run).where(run.c.state == "waiting")
    of_session = exists().where(
        ask.c.run_id == run.c.id,
        ask.c.session == asker.session,
        ask.c.principal == asker.principal,
        _OPEN,
    )
    limits = (
        (room.queue, waiting, QueueFull),
        (room.session, waiting.where(of_session), SessionFull),
    )
    for most, counted, full in limits:
        if most is not None and (await connection.execute(counted)).scalar_one() >= most:
            raise full(most)


async def _inserted(connection: AsyncConnection, wanted: Wanted, priority: int, now: float) -> Run:
    values = {
        "id": uuid4().hex,
        "kind": wanted.kind,
        "study": wanted.study,
        "digest": wanted.digest,
        **_as_wanted(wanted, priority, now),
        "created_at": now,
        **dict.fromkeys(("seq", "attempt", "deaths", "lease_until", "started_at"), 0),
        **dict.fromkeys(("owner", "code", "message"), ""),
    }
    made = await connection.execute(insert(run).values(values).returning(run))
    return run_of(made.one())


async def _waiting_again(
    connection: AsyncConnection, ended: Run, wanted: Wanted, priority: int, now: float
) -> Run:
    """Let a run wait again; what it said before stays, and its deaths are forgiven."""
    return await _changed(
        connection,
        ended.id,
        **_as_wanted(wanted, priority, now),
        result=None,
        code="",
        message="",
        deaths=0,
    )


def _as_wanted(wanted: Wanted, priority: int, now: float) -> dict[str, Any]:
    """The columns of a run that waits, from now on, for what is wanted."""
    return {
        "state": "waiting",
        "priority": priority,
        "lane": wanted.lane,
        "result_schema": wanted.result_schema,
        "code_digest": wanted.code_digest,
        "data_version": wanted.data_version,
        "changed_at": now,
    }


async def _changed(connection: AsyncConnection, run_id: str, **values: Any) -> Run:
    change = update(run).where(run.c.id == run_id).values(**values).returning(run)
    return run_of((await connection.execute(change)).one())


async def _recorded(connection: AsyncConnection, stored: Run, asker: Asker, now: float) -> Ask:
    values = {
        "id": uuid4().hex,
        "run_id": stored.id,
        "session": asker.session,
        "principal": asker.principal,
        "idempotency_key": asker.idempotency_key,
        "body": asker.body,
        "priority": asker.priority,
        "created_at": now,
        "answered_at": now if stored.ended else None,
        "owner": asker.owner,
    }
    made = await connection.execute(insert(ask).values(values).returning(ask))
    return ask_of(made.one(), stored)


async def _left(connection: AsyncConnection, stored: Run, which: Any, now: float) -> Run:
    """Cancel open asks, and stop the run if no other is open."""
    await connection.execute(update(ask).where(which, _OPEN).values(cancelled_at=now))
    others = select(func.count()).select_from(ask).where(ask.c.run_id == stored.id, _OPEN)
    if stored.state in ENDED or (await connection.execute(others)).scalar():
        return stored
    stopped = await _changed(
        connection,
        stored.id,
        state=CANCELLED.state,
        code=CANCELLED.code,
        message=CANCELLED.message,
        changed_at=now,
        seq=stored.seq + 1,
    )
    row = event_row(stored.id, stopped.seq, now, CANCELLED)
    await connection.execute(insert(event).values(row))
    return stopped
