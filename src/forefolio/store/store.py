"""Runs, who asked for them, and the events they say, in the database.

The event table is the bus: appended with a gapless number, read from any number on.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Self

from sqlalchemy import exists, func, select, tuple_

from forefolio.core.errors import LeaseLost, RunFailed, UnknownRun
from forefolio.core.events import Checkpoint
from forefolio.core.failpoints import Clock
from forefolio.store.asking import (
    abandoned,
    asked,
    asks_of,
    cancelled_ask,
    cancelled_run,
)
from forefolio.store.database import Database, either
from forefolio.store.engine import PATIENCE_S
from forefolio.store.leases import changed, claimed, ended, lapsed, put_back
from forefolio.store.run import (
    UNLIMITED,
    Ask,
    Asker,
    Finished,
    Lane,
    Room,
    Run,
    Said,
    State,
    Stored,
    Wanted,
    ask_of,
    run_of,
    stored_of,
)
from forefolio.store.schedules import Schedules
from forefolio.store.tables import ask, event, run

_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_LOOK_AGAIN_S = 1.0


class Store:
    """Runs and events in SQLite or PostgreSQL. Made by `Store.open`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    @classmethod
    @asynccontextmanager
    async def open(
        cls, url: str, clock: Clock = time.time, patience_s: float = PATIENCE_S
    ) -> AsyncIterator[Self]:
        """Connect, and migrate the database if it is not current.

        One that is locked or restarts is waited for `patience_s` seconds, at every call.

        Raises:
            StoreError: the database cannot be opened, or a newer version wrote it.
        """
        async with Database.open(url, patience_s) as database:
            yield cls(database, clock)

    @property
    def system(self) -> str:
        """The database system: sqlite or postgresql."""
        return str(self._database.engine.dialect.name)

    @property
    def schedules(self) -> Schedules:
        """What is asked for again and again."""
        return Schedules(self._database, self._clock)

    @property
    def database(self) -> Database:
        """The database, for what else is kept in it."""
        return self._database

    # -- asking ----------------------------------------------------------------------------------

    async def ask(
        self,
        wanted: Wanted,
        asker: Asker = Asker(),  # noqa: B008 (frozen)
        *,
        room: Room = UNLIMITED,
        lost: str | None = None,
    ) -> Ask:
        """Ask for a run: a new one, the one there is, or one that failed, waiting again.

        Args:
            wanted: the run.
            asker: who asks.
            room: how many runs may wait.
            lost: the result that cannot be read any more; a run that has it is computed again.

        Raises:
            QueueFull: so many wait already, and this one would have to wait as well.
            SessionFull: so many of the same session do.
            KeyReused: the idempotency key came with something else before.
        """
        return await asked(self._database, wanted, asker, self._clock(), room=room, lost=lost)

    async def cancel_ask(self, ask_id: str) -> Ask:
        """Cancel one ask; its run stops if no other is open.

        Raises:
            UnknownAsk: there is none with this id.
        """
        return await cancelled_ask(self._database, ask_id, self._clock())

    async def cancel(
        self, run_id: str, *, session: str | None = None, principal: str | None = None
    ) -> Run:
        """Cancel the asks of a session, of a principal or of all for a run.

        If no other is open the run stops; its worker notices at its next word.

        Raises:
            UnknownRun: there is no such run.
        """
        if not _ID.fullmatch(run_id):
            raise UnknownRun(run_id)
        whose = _whose(session, principal)
        return await cancelled_run(self._database, run_id, self._clock(), whose)

    # -- reading ---------------------------------------------------------------------------------

    async def get(self, run_id: str) -> Run:
        """The run with this id.

        Raises:
            UnknownRun: there is none.
        """
        if not _ID.fullmatch(run_id):  # anybody's text, which not every database would take
            raise UnknownRun(run_id)
        rows = await self._database.rows(select(run).where(run.c.id == run_id))
        if not rows:
            raise UnknownRun(run_id)
        return run_of(rows[0])

    async def find(self, digest: str) -> Run | None:
        """The run of `digest`, if anybody ever asked for it."""
        rows = await self._database.rows(select(run).where(run.c.digest == digest))
        return run_of(rows[0]) if rows else None

    async def runs(
        self,
        limit: int = 50,
        *,
        kind: str | None = None,
        state: State | None = None,
        session: str | None = None,
        principal: str | None = None,
    ) -> list[Run]:
        """The latest runs, newest first; of one kind, in one state, asked for by somebody."""
        newest = select(run).order_by(run.c.created_at.desc(), run.c.id).limit(limit)
        if kind is not None:
            newest = newest.where(run.c.kind == kind)
        if state is not None:
            newest = newest.where(run.c.state == state)
        if whose := _whose(session, principal):
            newest = newest.where(exists().where(ask.c.run_id == run.c.id, *whose))
        return [run_of(row) for row in await self._database.rows(newest)]

    async def counts(self) -> list[tuple[State, Lane, int]]:
        """How many runs there are, by state and lane."""
        each = select(run.c.state, run.c.lane, func.count()).group_by(run.c.state, run.c.lane)
        rows: Sequence[Any] = await self._database.rows(each)
        return [(state, lane, number) for state, lane, number in rows]

    async def asks(
        self,
        run_id: str | None = None,
        *,
        session: str | None = None,
        principal: str | None = None,
        limit: int = 50,
    ) -> list[Ask]:
        """The latest asks, newest first; for one run, of one session, of one principal."""
        whose = _whose(session, principal)
        if run_id is not None:
            whose += (ask.c.run_id == run_id,)
        rows = await self._database.rows(asks_of(*whose, limit=limit))
        wanted = select(run).where(run.c.id.in_({row.run_id for row in rows}))
        runs = {one.id: run_of(one) for one in await self._database.rows(wanted)}
        return [ask_of(row, runs[row.run_id]) for row in rows]

    async def events(
        self, run_id: str, after: int = 0, *, kinds: Sequence[str] = (), limit: int = 1000
    ) -> list[Stored]:
        """Up to `limit` events numbered above `after`, of some kinds or of all."""
        wanted = select(event).where(event.c.run_id == run_id, event.c.seq > after)
        if kinds:
            wanted = wanted.where(event.c.kind.in_(kinds))
        return [
            stored_of(r)
            for r in await self._database.rows(wanted.order_by(event.c.seq).limit(limit))
        ]

    async def latest(self, run_id: str, kinds: Sequence[str]) -> list[Stored]:
        """The last event of each stage among `kinds`, oldest first."""
        newest = (
            select(func.max(event.c.seq))
            .where(event.c.run_id == run_id, event.c.kind.in_(kinds))
            .group_by(event.c.stage)
        )
        wanted = select(event).where(event.c.run_id == run_id, event.c.seq.in_(newest))
        return [stored_of(row) for row in await self._database.rows(wanted.order_by(event.c.seq))]

    async def failure(self, failed: Run) -> RunFailed:
        """The error that a run failed with, as whoever asked for it should get it."""
        ends = [row.event for row in await self.latest(failed.id, ("finished",))]
        facts = ends[-1].facts if ends and isinstance(ends[-1], Finished) else {}
        return RunFailed(failed.code, failed.message, facts)

    async def checkpoints(self, run_id: str) -> dict[str, Checkpoint]:
        """The last checkpoint of each stage: what a resumed run starts from."""
        marks = [row.event for row in await self.latest(run_id, ("checkpoint",))]
        return {mark.stage: mark for mark in marks if isinstance(mark, Checkpoint)}

    async def artifacts(self) -> set[str]:
        """The artefacts that runs name: results, and the checkpoints that a run may resume from."""
        results = select(run.c.result).where(run.c.result.is_not(None))
        named = {str(row[0]) for row in await self._database.rows(results)}
        last = (
            select(event.c.run_id, func.max(event.c.seq))
            .join(run, run.c.id == event.c.run_id)
            .where(run.c.state != "done", event.c.kind == "checkpoint")
            .group_by(event.c.run_id, event.c.stage)
        )
        marks = select(event).where(tuple_(event.c.run_id, event.c.seq).in_(last))
        for row in await self._database.rows(marks):
            if isinstance(mark := stored_of(row).event, Checkpoint):
                named.add(str(mark.state.get("artifact")))
        return named

    async def follow(
        self, run_id: str, after: int = 0, check: Callable[[Run], None] = lambda _: None
    ) -> AsyncIterator[Stored]:
        """Every event numbered above `after`, as they come, until the run has ended.

        Args:
            run_id: the run.
            after: the number of the last event that is not wanted.
            check: is shown the run at every look, and may raise what ends the following.

        Raises:
            UnknownRun: there is no such run.
        """
        while True:
            bell = self._database.bell
            now = await self.get(run_id)  # before the events: none comes after the end
            check(now)
            ended = now.ended
            rows = await self.events(run_id, after)
            for row in rows:
                yield row
                after = row.seq
            if not rows and ended:
                return
            if not rows:
                await either(bell, _LOOK_AGAIN_S)  # the run may be in another process

    @property
    def bell(self) -> asyncio.Event:
        """Set at the next write here; taken before a look, it misses none."""
        return self._database.bell

    async def wait(self, seconds: float, bell: asyncio.Event | None = None) -> None:
        """Wait until something is written here, or for that long."""
        await either(bell or self._database.bell, seconds)

    # -- working ---------------------------------------------------------------------------------

    async def claim(
        self,
        owner: str,
        lease_s: float,
        run_id: str | None = None,
        *,
        lane: Lane | None = None,
        codes: Collection[str] | None = None,
    ) -> Run | None:
        """Take the first waiting run, or `run_id`; None if there is nothing to take.

        Args:
            owner: who works on it.
            lease_s: for how long, unless there are heartbeats.
            run_id: only this one.
            lane: only one that waits in this queue.
            codes: only one that one of these code digests computes.
        """
        now = self._clock()
        return await claimed(
            self._database, owner, now, lease_s, run_id=run_id, lane=lane, codes=codes
        )

    async def heartbeat(self, held: Run, lease_s: float) -> None:
        """Keep the lease.

        Raises:
            LeaseLost: the run was cancelled, or belongs to somebody else by now.
        """
        now = self._clock()
        await changed(self._database, held, now, lease_until=now + lease_s)

    async def append(self, held: Run, new_event: Said) -> int:
        """Store what a run says and return its number.

        Raises:
            LeaseLost: the run was cancelled, or belongs to somebody else by now.
        """
        return await changed(self._database, held, self._clock(), new_event)

    async def finish(self, held: Run, end: Finished, result: str | None = None) -> None:
        """Store how a run ended; `result` names the artefact of one that is done.

        Raises:
            LeaseLost: the run was cancelled, or belongs to somebody else by now.
        """
        await ended(self._database, held, self._clock(), end, result=result)

    async def release(self, held: Run) -> None:
        """Put a run back, for anybody to go on with: its worker stops, and nothing went wrong."""
        await changed(self._database, held, self._clock(), state="waiting")

    async def recover(self, gone: Callable[[str], bool], deaths: int | None = None) -> list[Run]:
        """Put back the running runs whose lease is over or whose owner is `gone`, and return them.

        A run whose processes died `deaths` times fails instead: it may be what kills them. What
        only processes asked for that are `gone` is cancelled.
        """
        await abandoned(self._database, self._clock(), gone)
        stale = await lapsed(self._database, self._clock(), gone)
        for lost in stale:
            with suppress(LeaseLost):  # somebody else did
                await put_back(self._database, lost, self._clock(), deaths)
        return stale


def _whose(session: str | None, principal: str | None) -> tuple[Any, ...]:
    """Conditions on asks."""
    wanted = ((ask.c.session, session), (ask.c.principal, principal))
    return tuple(column == value for column, value in wanted if value is not None)
