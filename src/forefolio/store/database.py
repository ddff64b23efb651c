"""A database that others read and write through: whole transactions, one writer, clear errors.

Every table of the package is read with `rows` and changed with `write`, so that patience with a
busy database, one writer at a time and errors in one line are said once.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Self, TypeVar

from sqlalchemy import Executable, Row, Select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from forefolio.core.errors import StoreBusy, StoreUnavailable
from forefolio.core.failpoints import failpoint
from forefolio.store import schema
from forefolio.store.engine import engine
from forefolio.store.run import HEAD

T = TypeVar("T")


class Database:
    """SQLite or PostgreSQL. Made by `Database.open`."""

    def __init__(self, made: AsyncEngine) -> None:
        self.engine = made
        self._writer = made.execution_options(writing=True)
        self._one_writer = asyncio.Lock()
        self._bell = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str) -> AsyncIterator[Self]:
        """Connect, and migrate the database if it is not current.

        Raises:
            StoreError: the database cannot be opened, or a newer version wrote it.
        """
        database = cls(engine(url))
        try:
            await database._migrate()
            yield database
        finally:
            await database.engine.dispose()

    async def _migrate(self) -> None:
        async def look() -> str | None:
            async with self.engine.connect() as connection:
                return await connection.run_sync(schema.revision)

        with _clear_errors():
            current = await _whole(look())
        if current != HEAD:
            await self.write(lambda connection: connection.run_sync(schema.upgrade))

    async def read(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Do `work`, which only reads, in one transaction."""

        async def look() -> T:
            async with self.engine.connect() as connection:
                return await work(connection)

        with _clear_errors():
            return await _whole(look())

    async def rows(self, question: Select[Any]) -> Sequence[Row[Any]]:
        """The rows that answer a question, read in one transaction."""

        async def ask(connection: AsyncConnection) -> Sequence[Row[Any]]:
            rows: Sequence[Row[Any]] = (await connection.execute(question)).all()
            return rows

        return await self.read(ask)

    async def write(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Do `work` in one transaction, and wake whoever waits for changes."""

        async def write() -> T:
            async with self._one_writer, self._writer.begin() as connection:
                result = await work(connection)
                failpoint("store.before_commit")
            failpoint("store.after_commit")
            return result

        with _clear_errors():
            result = await _whole(write())
        self._ring()
        return result

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


@contextmanager
def _clear_errors() -> Iterator[None]:
    """Say in one line what is wrong with the database."""
    try:
        yield
    except IntegrityError:
        raise
    except (DBAPIError, OSError) as problem:
        told = str(getattr(problem, "orig", None) or problem).splitlines()[0:1]
        if told and "locked" in told[0]:
            raise StoreBusy from problem
        raise StoreUnavailable(told[0] if told else type(problem).__name__) from problem
