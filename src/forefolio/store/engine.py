"""Opens SQLite or PostgreSQL so that what was acknowledged is not lost.

1. SQLite: foreign keys on, every commit synced, ten seconds of patience for a lock, and every
   writing transaction asks for the lock at its start: one that upgrades from reading fails at once.
2. WAL only where the linked SQLite is free of the WAL-reset bug (sqlite.org/wal.html), which can
   corrupt a file written by two processes; elsewhere the rollback journal.
3. PostgreSQL: connections are tried before they are used, and waits are bounded.
"""

from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from forefolio.core.databases import sqlite_file
from forefolio.core.errors import StoreError
from forefolio.store.journal import journal_mode

PATIENCE_S = 20.0
"""How long a database that is locked or restarts is waited for, unless somebody says otherwise."""

_LOCK_S = 10.0  # of waiting for a lock without looking up
_NO_FILE = (None, "", ":memory:")
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}


def engine(url: str, patience_s: float = PATIENCE_S) -> AsyncEngine:
    """An engine for the path of a SQLite file, `sqlite:///path` or `postgresql://user@host/name`.

    Raises:
        StoreError: `url` is none of them, or names a database in memory.
        OSError: the folder of the file cannot be made.
    """
    target = _parsed(url)
    if target.get_backend_name() == "postgresql":
        return create_async_engine(
            target, pool_pre_ping=True, connect_args={"timeout": 3, "command_timeout": 30}
        )
    if target.database:
        Path(target.database).parent.mkdir(parents=True, exist_ok=True)
    made = create_async_engine(target)
    event.listen(made.sync_engine, "connect", partial(_prepare, min(patience_s, _LOCK_S)))
    event.listen(made.sync_engine, "begin", _begin)
    return made


def _parsed(url: str) -> URL:
    if (file := sqlite_file(url)) is not None:
        return URL.create(_DRIVERS["sqlite"], database=str(file))
    try:
        target = make_url(url)
        driver = _DRIVERS[target.get_backend_name()]
    except (ArgumentError, KeyError, ValueError) as problem:
        raise StoreError(
            "the database URL is not one; say sqlite:///path/to/file.db "
            "or postgresql://user:password@host/name"
        ) from problem
    if target.get_backend_name() == "sqlite" and target.database in _NO_FILE:
        raise StoreError(
            f"the database URL {url} names no file, so that nothing would be kept; say "
            "sqlite:///path/to/file.db"
        )
    return target.set(drivername=driver)


def _prepare(patience_s: float, connection: Any, _: Any) -> None:
    connection.isolation_level = None  # transactions begin where `_begin` says
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {1000 * patience_s:.0f}",
        f"journal_mode = {journal_mode()}",
        "synchronous = FULL",
        "foreign_keys = ON",
        "trusted_schema = OFF",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
