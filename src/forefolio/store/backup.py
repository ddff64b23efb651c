"""Backups of the databases: copied while others work, verified before they are put back."""

import os
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from forefolio.core.databases import beside, sqlite_file
from forefolio.core.errors import InputError, StoreError
from forefolio.core.settings import Settings
from forefolio.store.backup_files import archive_of, check_files, pack_files, unpack_files
from forefolio.store.files import copy_file, integrity
from forefolio.store.run import HEAD


def back_up(settings: Settings, to: Path) -> list[Path]:
    """Copy the database of runs to `to`, and beside it that of prices and the files they name.

    Others may work meanwhile: each copy is one moment of its database, and its files are copied
    after it. Returns what was written.

    Raises:
        InputError: it is PostgreSQL, there is no database, or there is something at `to`.
        StoreError: a copy cannot be written, or is not whole.
    """
    written: list[Path] = []
    pairs = _pairs(settings, to)
    for target in (*(target for _, target in pairs), archive_of(to)):
        if target.exists():
            raise InputError(f"{target} is there already; name another file")
    for source, target in pairs:
        if not source.exists():
            continue
        try:
            copy_file(source, target)
        except OSError as problem:
            raise StoreError(f"no backup was made: {problem}") from problem
        if wrong := integrity(target):
            target.unlink(missing_ok=True)
            raise StoreError(f"no backup was made: {source} is damaged ({wrong})")
        written.append(target)
    if not written:
        raise InputError(f"there is no database in {settings.home} to copy")
    return [*written, *_packed(settings.home, to)]


def _packed(home: Path, to: Path) -> list[Path]:
    archive = archive_of(to)
    try:
        return [archive] if pack_files(home, to, archive) else []
    except OSError as problem:
        raise StoreError(f"the files were not copied: {problem}") from problem


def put_back(settings: Settings, backup: Path, at_work: int) -> list[Path]:
    """Put a backup in the place of the databases, which are kept beside; these.

    The files that it names are put back as well.

    Raises:
        InputError: processes work on runs here, or the backup is not one.
    """
    if at_work:
        raise InputError(
            f"{at_work} processes work on runs in {settings.home}, such as `forefolio serve`; "
            "stop them first"
        )
    pairs = [(copy, file) for file, copy in _pairs(settings, backup) if copy.exists()]
    if not backup.exists() or not pairs:
        raise InputError(f"there is no backup {backup}")
    for copy, _ in pairs:
        _verified(copy)
    archive = archive_of(backup)
    if archive.exists():
        check_files(archive)
        unpack_files(archive, settings.home)  # first: the databases name them
    for copy, file in pairs:
        _put(copy, file)
    return [file for _, file in pairs]


def _pairs(settings: Settings, copy: Path) -> list[tuple[Path, Path]]:
    """Each database and its backup."""
    files = [sqlite_file(settings.database_url), sqlite_file(settings.prices_url)]
    copies = [copy, sqlite_file(beside(str(copy.absolute()), "prices"))]
    pairs = [(file, to) for file, to in zip(files, copies, strict=True) if file and to]
    if not pairs:
        raise InputError(
            "FOREFOLIO_DATABASE_URL names a PostgreSQL server: pg_dump copies it, pg_restore puts "
            "it back"
        )
    return pairs


def _verified(copy: Path) -> None:
    """Raises InputError where a file is no database of ours, damaged, or of a newer version."""
    if wrong := integrity(copy):
        raise InputError(f"{copy} is damaged: {wrong}")
    try:
        with closing(sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro", uri=True)) as database:
            (revision,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
    except (sqlite3.Error, TypeError) as problem:
        raise InputError(f"{copy} is no backup of forefolio: {problem}") from problem
    if revision > HEAD:
        raise InputError(f"{copy} is of a newer version (schema {revision}); upgrade forefolio")


def _put(copy: Path, file: Path) -> None:
    """Copy first, then rename: the place is never empty but for a moment."""
    draft = file.with_name(f".{file.name}.restored")
    draft.unlink(missing_ok=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        copy_file(copy, draft)
        if file.exists():
            now = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
            os.link(file, file.with_name(f"{file.name}.replaced-{now}"))
        for end in ("-journal", "-wal", "-shm"):  # of what is replaced: they would spoil the new
            with suppress(FileNotFoundError):
                file.with_name(file.name + end).unlink()
        draft.replace(file)
    except OSError as problem:
        raise StoreError(f"{file} could not be replaced: {problem}") from problem
    finally:
        draft.unlink(missing_ok=True)
