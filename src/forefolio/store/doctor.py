"""What state the databases are in, as facts and as advice."""

import shutil
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from pydantic import Field, SecretStr
from sqlalchemy import func, select

from forefolio.core.component import Component
from forefolio.core.databases import sqlite_file
from forefolio.core.errors import InputError, StoreError
from forefolio.core.settings import SECRETS, Settings
from forefolio.store import schema
from forefolio.store.database import Database
from forefolio.store.every_table import metadata
from forefolio.store.files import integrity
from forefolio.store.journal import journal_mode
from forefolio.store.run import HEAD

_LITTLE = 200 * 1024**2  # bytes free, below which it is said


class DatabaseFacts(Component):
    """One database: where it is, and whether it is well."""

    what: str = Field(description="What is kept in it.")
    where: str = Field(description="Its file, or its server without the password.")
    there: bool = Field(description="Whether it exists.")
    size_bytes: int | None = Field(None, description="Bytes of the file.")
    database_schema: str | None = Field(None, description="The migration it is at.")
    trouble: str = Field("", description="What is wrong with it; empty is nothing.")
    rows: dict[str, int] = Field(default_factory=dict, description="Rows by table.")


class StoreHealth(Component):
    """The databases, the disk and the settings around them."""

    sqlite: str = Field(description="The version of SQLite that is linked.")
    journal: str = Field(description="How SQLite keeps a transaction whole.")
    journal_reason: str = Field(description="Why so.")
    code_schema: str = Field(description="The migration that this version needs.")
    home: str = Field(description="Where everything is kept.")
    free_bytes: int = Field(description="Bytes free on its disk.")
    at_work: int = Field(description="Processes that work on runs here just now.")
    keys: dict[str, str] = Field(description="Secrets of the environment: set or unset.")
    clock: datetime = Field(description="This machine's time, UTC.")
    port: str = Field(description="Where `forefolio serve` listens, and whether it could.")
    databases: tuple[DatabaseFacts, ...] = Field(description="Runs, and prices.")
    advice: tuple[str, ...] = Field(description="What should be done; nothing if all is well.")


async def health(settings: Settings, at_work: int = 0) -> StoreHealth:
    """Look at everything, and change nothing: a database that is not there is not made."""
    places = {"runs and portfolios": settings.database_url, "prices": settings.prices_url}
    if sqlite_file(settings.database_url) is None:
        places = {"runs, portfolios and prices": settings.database_url}
    databases = [await _facts(what, url, settings) for what, url in places.items()]
    free = shutil.disk_usage(_existing(settings.home)).free
    return StoreHealth(
        sqlite=sqlite3.sqlite_version,
        journal=journal_mode(),
        journal_reason=_reason(),
        code_schema=HEAD,
        home=str(settings.home),
        free_bytes=free,
        at_work=at_work,
        keys={name: _is_set(settings, name) for name in SECRETS},
        clock=datetime.now(UTC),
        port=_port(settings.api_host, settings.api_port),
        databases=tuple(databases),
        advice=tuple(_advice(databases, free)),
    )


async def _facts(what: str, url: str, settings: Settings) -> DatabaseFacts:
    file = sqlite_file(url)
    where = url.rpartition("@")[2] if file is None else str(file)
    if file is not None and not file.exists():
        return DatabaseFacts(what=what, where=where, there=False)
    size = None if file is None else file.stat().st_size
    if file is not None and (wrong := integrity(file)):
        return DatabaseFacts(what=what, where=where, there=True, size_bytes=size, trouble=wrong)
    try:
        async with Database.looking(url, settings.database_patience_s) as database:
            revision = await database.read(lambda c: c.run_sync(schema.revision))
            rows = await _rows(database) if revision == HEAD else {}
    except StoreError as problem:
        return DatabaseFacts(
            what=what, where=where, there=True, size_bytes=size, trouble=str(problem)
        )
    return DatabaseFacts(
        what=what, where=where, there=True, size_bytes=size, database_schema=revision, rows=rows
    )


async def _rows(database: Database) -> dict[str, int]:
    counted: dict[str, int] = {}
    for table in metadata.sorted_tables:
        ((number,),) = await database.rows(select(func.count()).select_from(table))
        if number:
            counted[table.name] = int(number)
    return counted


def _reason() -> str:
    if journal_mode() == "WAL":
        return "this SQLite is free of the WAL-reset bug"
    return (
        "this SQLite may corrupt a file in WAL mode that two processes write "
        "(fixed in 3.51.3 and 3.50.7)"
    )


def _is_set(settings: Settings, name: str) -> str:
    value = getattr(settings, name)
    return "set" if isinstance(value, SecretStr) and value.get_secret_value() else "unset"


def _advice(databases: list[DatabaseFacts], free: int) -> Iterator[str]:
    for one in databases:
        if one.trouble:
            yield f"{one.where}: {one.trouble}; `forefolio db restore FILE` puts a backup there"
        elif one.there and one.database_schema is None:
            yield f"{one.where} is empty; the first command that needs it fills it"
        elif one.database_schema is not None and one.database_schema < HEAD:
            at = f"{one.where} is at schema {one.database_schema}"
            yield f"{at}; `forefolio db upgrade` migrates it"
        elif one.database_schema is not None and one.database_schema > HEAD:
            yield f"{one.where} was written by a newer version; upgrade forefolio"
    if free < _LITTLE:
        yield f"only {free // 1024**2:,} MB are free on the disk; make room"


def insist_on_room(home: Path) -> None:
    """Refuse to begin what writes for long, where there is hardly any room for it.

    Raises:
        InputError: less than 200 MB are free on the disk of `home`.
    """
    free = shutil.disk_usage(_existing(home)).free
    if free < _LITTLE:
        raise InputError(
            f"only {free // 1024**2:,} MB are free on the disk of {home}, and the service needs "
            f"{_LITTLE // 1024**2}; make room, or set FOREFOLIO_HOME to another folder"
        )


def _port(host: str, port: int) -> str:
    """An address, and whether somebody listens there."""
    with suppress(OSError), socket.create_connection((host, port), timeout=1):
        return f"{host}:{port}: in use, perhaps by a service of ours"
    return f"{host}:{port}: free"


def _existing(path: Path) -> Path:
    return next(one for one in (path, *path.parents) if one.exists())
