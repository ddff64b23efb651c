"""Runs and the events they say, in the database.

1. A run is asked for once: its digest is unique, and whoever asks again gets the same run.
2. A claim has one winner. It is a lease with a number; every later write names owner and number,
   so a worker that lost its lease, or whose run was cancelled, cannot write any more.
3. The event table is the bus: appended with a gapless number, read from any number on.
"""

import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self
from uuid import uuid4

from sqlalchemy import Update, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from forefolio.core.errors import LeaseLost, RunFailed, UnknownRun
from forefolio.core.events import Checkpoint
from forefolio.core.failpoints import Clock
from forefolio.store.database import Database, either
from forefolio.store.run import Finished, Run, Said, State, Stored, event_row, run_of, stored_of
from forefolio.store.tables import event, run

_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_LOOK_AGAIN_S = 1.0


class Store:
    """Runs and events in SQLite or PostgreSQL. Made by `Store.open`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, clock: Clock = time.time) -> AsyncIterator[Self]:
        """Connect, and migrate the database if it is not current.

        Raises:
            StoreError: the database cannot be opened, or a newer version wrote it.
        """
        async with Database.open(url) as database:
            yield cls(database, clock)

    # -- asking ----------------------------------------------------------------------------------

    async def create(self, kind: str, study: str, digest: str) -> Run:
        """The run of `digest`: a new one, the one there is, or one that failed, waiting again.

        `study` is a JSON document; `digest` names everything the result depends on.
        """
        known = await self.find(digest)
        if known is None:
            try:
                return await self._insert(kind, study, digest)
            except IntegrityError:  # somebody else asked at the same moment
                return await self.create(kind, study, digest)
        if known.state in ("failed", "cancelled"):
            return await self._wait_again(known)
        return known

    async def reopen(self, done: Run) -> Run:
        """Let a run whose result was lost be computed again."""
        return await self._wait_again(done)

    async def _insert(self, kind: str, study: str, digest: str) -> Run:
        now = self._clock()
        values = {
            "id": uuid4().hex,
            "kind": kind,
            "study": study,
            "digest": digest,
            "state": "waiting",
            "created_at": now,
            "changed_at": now,
            **dict.fromkeys(("seq", "attempt", "lease_until"), 0),
            **dict.fromkeys(("owner", "code", "message"), ""),
        }
        row = await self._database.returned(insert(run).values(values).returning(run))
        assert row is not None
        return run_of(row)

    async def _wait_again(self, ended: Run) -> Run:
        again = _same_state(ended).values(
            state="waiting", result=None, code="", message="", changed_at=self._clock()
        )
        await self._database.returned(again.returning(run))
        return await self.get(ended.id)

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
        self, limit: int = 50, *, kind: str | None = None, state: State | None = None
    ) -> list[Run]:
        """The latest runs, of one kind or in one state if so asked, newest first."""
        newest = select(run).order_by(run.c.created_at.desc(), run.c.id).limit(limit)
        if kind is not None:
            newest = newest.where(run.c.kind == kind)
        if state is not None:
            newest = newest.where(run.c.state == state)
        return [run_of(row) for row in await self._database.rows(newest)]

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

    async def checkpoint(self, run_id: str) -> dict[str, dict[str, Any]]:
        """The state of each stage at its last checkpoint: what a resumed run starts from."""
        marks = [row.event for row in await self.latest(run_id, ("checkpoint",))]
        return {mark.stage: mark.state for mark in marks if isinstance(mark, Checkpoint)}

    async def follow(self, run_id: str, after: int = 0) -> AsyncIterator[Stored]:
        """Every event numbered above `after`, as they come, until the run has ended.

        Raises:
            UnknownRun: there is no such run.
        """
        while True:
            bell = self._database.bell
            ended = (await self.get(run_id)).ended  # asked first: no event comes after the end
            said = await self.events(run_id, after)
            for row in said:
                yield row
                after = row.seq
            if not said and ended:
                return
            if not said:
                await either(bell, _LOOK_AGAIN_S)  # the run may be in another process

    async def wait(self, seconds: float) -> None:
        """Wait until something is written here, or for that long."""
        await either(self._database.bell, seconds)

    # -- working ---------------------------------------------------------------------------------

    async def claim(self, owner: str, lease_s: float, run_id: str | None = None) -> Run | None:
        """Take the oldest waiting run, or `run_id`; None if there is nothing to take."""
        oldest = select(run.c.id).where(run.c.state == "waiting").order_by(run.c.created_at)
        if run_id is not None:
            oldest = oldest.where(run.c.id == run_id)
        now = self._clock()
        taken = (
            update(run)
            .where(run.c.id == oldest.limit(1).with_for_update(skip_locked=True).scalar_subquery())
            .where(run.c.state == "waiting")
            .values(
                state="running",
                owner=owner,
                attempt=run.c.attempt + 1,
                lease_until=now + lease_s,
                changed_at=now,
            )
        )
        row = await self._database.returned(taken.returning(run))
        return None if row is None else run_of(row)

    async def heartbeat(self, held: Run, lease_s: float) -> None:
        """Keep the lease.

        Raises:
            LeaseLost: the run was cancelled, or belongs to somebody else by now.
        """
        await self._change(held, lease_until=self._clock() + lease_s)

    async def append(self, held: Run, said: Said) -> int:
        """Store what a run says and return its number.

        Raises:
            LeaseLost: the run was cancelled, or belongs to somebody else by now.
        """
        return await self._change(held, said)

    async def finish(self, held: Run, end: Finished, result: str | None = None) -> None:
        """Store how a run ended; `result` names the artefact of one that is done.

        Raises:
            LeaseLost: the run was cancelled, or belongs to somebody else by now.
        """
        await self._change(
            held, end, state=end.state, result=result, code=end.code, message=end.message
        )

    async def release(self, held: Run) -> None:
        """Put a run back, for anybody to go on with."""
        await self._change(held, state="waiting")

    async def cancel(self, run_id: str) -> Run:
        """Stop a run that waits or is running; its worker notices at its next word.

        Raises:
            UnknownRun: there is no such run.
        """
        end = Finished(state="cancelled", code="run_cancelled", message="cancelled on request")
        while not (found := await self.get(run_id)).ended:
            try:
                await self._change(found, end, state=end.state, code=end.code, message=end.message)
            except LeaseLost:
                continue  # it was claimed, or ended, meanwhile
        return found

    async def recover(self, gone: Callable[[str], bool], attempts: int | None = None) -> list[Run]:
        """Put back the running runs whose lease is over or whose owner is `gone`, and return them.

        A run that has been tried `attempts` times without an end fails instead: it may be what
        kills the workers.
        """
        running = [
            run_of(r)
            for r in await self._database.rows(select(run).where(run.c.state == "running"))
        ]
        stale = [r for r in running if r.lease_until < self._clock() or gone(r.owner)]
        for lost in stale:
            try:
                await self._put_back(lost, attempts)
            except LeaseLost:
                continue  # somebody else did
        return stale

    async def _put_back(self, lost: Run, attempts: int | None) -> None:
        if attempts is None or lost.attempt < attempts:
            await self.release(lost)
            return
        told = f"the run was started {lost.attempt} times and its process died each time"
        await self.finish(lost, Finished(state="failed", code="worker_died", message=told))

    async def _change(self, held: Run, said: Said | None = None, **values: Any) -> int:
        now = self._clock()
        if said is not None:
            values["seq"] = run.c.seq + 1
        change = _same_state(held).values(changed_at=now, **values).returning(run.c.seq)

        async def work(connection: AsyncConnection) -> int:
            seq: int | None = (await connection.execute(change)).scalar_one_or_none()
            if seq is None:
                raise LeaseLost(held.id)
            if said is not None:
                await connection.execute(insert(event).values(event_row(held.id, seq, now, said)))
            return seq

        return await self._database.write(work)


def _same_state(seen: Run) -> Update:
    """An update that happens only if nobody has changed hands since the run was `seen`."""
    return update(run).where(
        run.c.id == seen.id,
        run.c.state == seen.state,
        run.c.owner == seen.owner,
        run.c.attempt == seen.attempt,
    )
