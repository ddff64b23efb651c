"""A database that others read and write through: whole transactions, one writer, clear errors.

1. Every table of the package is read with `rows` and `read`, and changed with `write`.
2. A database that is locked or restarts is tried again, whole transaction by whole transaction,
   until the patience ends; then that is said in one line.
3. A change whose confirmation got lost is not tried again: it may have been made.
"""

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Self, TypeVar

from sqlalchemy import Executable, Row, Select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from forefolio.core.counting import count
from forefolio.core.databases import sqlite_file
from forefolio.core.failpoints import failpoint
from forefolio.store import schema
from forefolio.store.engine import PATIENCE_S, engine
from forefolio.store.files import check_file, keep_copy
from forefolio.store.run import HEAD
from forefolio.store.trouble import in_one_line, is_busy, passes

T = TypeVar("T")

logger = logging.getLogger(__name__)

RETRIES = "store_retries"
_FIRST_ANSWER_S = 3.0
_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 1.0


class Database:
    """SQLite or PostgreSQL. Made by `Database.open`."""

    def __init__(self, made: AsyncEngine, patience_s: float = PATIENCE_S) -> None:
        self.engine = made
        self._file = made.url.database if made.dialect.name == "sqlite" else ""
        self._patience_s = patience_s
        self._writer = made.execution_options(writing=True)
        self._one_writer = asyncio.Lock()
        self._bell = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, patience_s: float = PATIENCE_S) -> AsyncIterator[Self]:
        """Connect, and migrate the database if it is not current.

        A SQLite file is looked at first, and copied before it is migrated. A database that is
        locked or restarts is waited for `patience_s` seconds, here and at every later call.

        Raises:
            StoreError: the database cannot be opened, or a newer version wrote it.
        """
        file = sqlite_file(url)
        try:
            if file is not None:
                await asyncio.to_thread(check_file, file)
            database = cls(engine(url, patience_s), patience_s)
        except OSError as problem:
            raise in_one_line(problem) from problem
        try:
            await database._migrate(file)
            yield database
        finally:
            await database.engine.dispose()

    @classmethod
    @asynccontextmanager
    async def looking(cls, url: str, patience_s: float = PATIENCE_S) -> AsyncIterator[Self]:
        """Connect to a database as it is, whatever its schema.

        Raises:
            StoreError: it cannot be opened.
        """
        database = cls(engine(url, patience_s), patience_s)
        try:
            yield database
        finally:
            await database.engine.dispose()

    async def _migrate(self, file: Any) -> None:
        current = await self._patiently(self._revision, first=True)
        if current == HEAD:
            return
        if file is not None and current is not None and current < HEAD:
            try:
                await asyncio.to_thread(keep_copy, file, current)
            except OSError as problem:
                raise in_one_line(problem) from problem
        await self.write(lambda connection: connection.run_sync(schema.upgrade))

    async def _revision(self) -> str | None:
        async with self.engine.connect() as connection:
            return await connection.run_sync(schema.revision)

    async def read(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Do `work`, which only reads, in one transaction."""

        async def look() -> T:
            async with self.engine.connect() as connection:
                return await work(connection)

        return await self._patiently(look)

    async def rows(self, question: Select[Any]) -> Sequence[Row[Any]]:
        """The rows that answer a question, read in one transaction."""

        async def ask(connection: AsyncConnection) -> Sequence[Row[Any]]:
            rows: Sequence[Row[Any]] = (await connection.execute(question)).all()
            return rows

        return await self.read(ask)

    async def write(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Do `work` in one transaction, and wake whoever waits for changes.

        `work` is done again from its beginning where the database went away in the middle.
        """

        async def write() -> T:
            committing = False
            try:
                async with self._one_writer, self._writer.begin() as connection:
                    result = await work(connection)
                    failpoint("store.before_commit")
                    committing = True
                failpoint("store.after_commit")
            except (DBAPIError, OSError) as problem:
                if committing and passes(problem) and not is_busy(problem):
                    raise _Unconfirmed(problem) from problem
                raise
            return result

        result = await self._patiently(write)
        self._ring()
        return result

    async def _patiently(
        self, transaction: Callable[[], Coroutine[Any, Any, T]], *, first: bool = False
    ) -> T:
        """A transaction, and again while the database is locked or restarts.

        A server that does not answer the `first` of all is not waited for as long.
        """
        patience = self._patience_s
        if first and not self._file:
            patience = min(patience, _FIRST_ANSWER_S)
        ends = time.monotonic() + patience
        pause = _FIRST_PAUSE_S
        while True:
            try:
                return await _whole(transaction())
            except IntegrityError:
                raise
            except _Unconfirmed as problem:
                doubt = "a change may have been made"
                raise in_one_line(problem.problem, unknown=doubt) from problem
            except (DBAPIError, OSError) as problem:
                wait = pause * random.uniform(0.5, 1.5)
                if not passes(problem) or time.monotonic() + wait > ends:
                    raise in_one_line(problem, self._file) from problem
            count(RETRIES)
            logger.info("the database is busy or away; trying again in %.2f s", wait)
            await asyncio.sleep(wait)
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    async def returned(self, change: Executable) -> Row[Any] | None:
        """Make a change, and return the one row that it returns, if any."""

        async def work(connection: AsyncConnection) -> Row[Any] | None:
            return (await connection.execute(change)).one_or_none()

        return await self.write(work)

    @property
    def bell(self) -> asyncio.Event:
        """Set at the next write here; taken before a look, it misses none."""
        return self._bell

    def _ring(self) -> None:
        bell, self._bell = self._bell, asyncio.Event()
        bell.set()


class _Unconfirmed(Exception):
    """The connection ended while a change was being confirmed."""

    def __init__(self, problem: Exception) -> None:
        self.problem = problem


async def either(bell: asyncio.Event, seconds: float) -> None:
    """Wait for the bell, or for that long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):  # wait_for may swallow a cancellation
            await bell.wait()


async def _whole(work: Coroutine[Any, Any, T]) -> T:
    """Await a transaction to its end even if cancelled: cut in two it would keep its lock."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
