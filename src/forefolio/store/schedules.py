"""Schedules in the database: studies that are asked once in every period.

A schedule says when it is next due. It is moved on by whoever saw it due and nobody else: a change
names the moment that it was seen with.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from forefolio.core.errors import InputError, ScheduleExists, UnknownSchedule
from forefolio.core.failpoints import Clock
from forefolio.core.wording import meant
from forefolio.store.database import Database
from forefolio.store.schedule_tables import NAME, schedule

_NAME = re.compile(rf"[\w.-][\w .-]{{0,{NAME - 1}}}")

MOST = 1000  # schedules: each is looked at every few seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A study that is asked once in every period. Times are seconds since 1970."""

    name: str
    rule: str  # in words
    kind: str  # of run
    study: str  # JSON
    made_at: float
    next_at: float
    asked_at: float | None = None  # the latest time
    run: str | None = None  # what was asked for then
    problem: str = ""  # why it could not be, if so
    paused_at: float | None = None  # nothing is asked from then on


class Schedules:
    """The schedules of a database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self.now = database, clock

    async def add(self, new: Schedule) -> None:
        """Keep a new schedule.

        Raises:
            InputError: it is no name, or there are as many schedules as may be.
            ScheduleExists: there is one of that name.
        """
        if not _NAME.fullmatch(new.name):
            raise InputError(f"{new.name!r} is no name; use letters, digits, dots and dashes")
        if len(await self.all()) >= MOST:
            raise InputError(f"there are {MOST} schedules, as many as may be; remove one first")
        row = {name: getattr(new, name) for name in Schedule.__slots__}
        try:
            await self._database.write(lambda c: c.execute(insert(schedule).values(row)))
        except IntegrityError:
            raise ScheduleExists(new.name) from None

    async def remove(self, name: str) -> None:
        """Forget a schedule; what it asked for stays.

        Raises:
            UnknownSchedule: there is none of that name.
        """
        await self.get(name)
        await self._database.write(
            lambda c: c.execute(delete(schedule).where(schedule.c.name == name))
        )

    async def get(self, name: str) -> Schedule:
        """The schedule of that name.

        Raises:
            UnknownSchedule: there is none.
        """
        every = {one.name: one for one in await self.all()}
        if name not in every:
            raise UnknownSchedule(name, meant(name, list(every)))
        return every[name]

    async def pause(self, name: str) -> Schedule:
        """Ask nothing for a schedule until it is resumed.

        Raises:
            UnknownSchedule: there is none of that name.
        """
        return await self._changed(name, paused_at=self.now())

    async def resume(self, name: str, next_at: float) -> Schedule:
        """Ask for a schedule again, from `next_at` on; what was missed is not made up for.

        Raises:
            UnknownSchedule: there is none of that name.
        """
        return await self._changed(name, paused_at=None, next_at=next_at)

    async def all(self) -> Sequence[Schedule]:
        """Every schedule, the one that is due first at the beginning."""
        rows = await self._database.rows(
            select(schedule).order_by(schedule.c.next_at, schedule.c.name)
        )
        return [Schedule(**row._mapping) for row in rows]

    async def _changed(self, name: str, **values: float | None) -> Schedule:
        await self.get(name)
        change = update(schedule).where(schedule.c.name == name).values(values)
        await self._database.write(lambda c: c.execute(change))
        return await self.get(name)

    async def move(self, seen: Schedule, **changed: Any) -> bool:
        """Change a schedule as it was seen; whether nobody else had changed it since."""
        same = schedule.c.name == seen.name, schedule.c.next_at == seen.next_at
        moved = update(schedule).where(*same, schedule.c.made_at == seen.made_at)
        row = await self._database.returned(moved.values(changed).returning(schedule.c.name))
        return row is not None
