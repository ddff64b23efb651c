"""The files of a home that cannot be computed again from its databases, as one archive.

1. They are uploads, trained models, results of runs with what these name, and the key that signs.
2. What lies in the archive is named by its content and compared with it before anything is put
   back, so a changed file is found; nothing but such names is ever written.
3. The archive holds the key: only its owner may read it.
"""

import hashlib
import os
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from forefolio.core.errors import InputError
from forefolio.core.writing import write_whole
from forefolio.store.artifacts import Artifacts, named_in
from forefolio.store.sealed import KEY_BYTES, KEY_FILE

_CONTENT = re.compile(
    r"artifacts/(?P<two>[0-9a-f]{2})/(?P<artifact>(?P=two)[0-9a-f]{62})"
    r"|uploads/(?P<upload>[0-9a-f]{64})\.csv"
)
# What the library raises of a file that is cut off, altered, packed otherwise or under a password.
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
)
_NAMES = {"run": "SELECT result FROM run WHERE result IS NOT NULL", "model": "SELECT id FROM model"}


def archive_of(copy: Path) -> Path:
    """Where the files of a backup lie, beside the copy of its database."""
    return copy.with_name(f"{copy.stem}.files.zip")


def pack_files(home: Path, database: Path, archive: Path) -> bool:
    """Write the files that a copied database names; False where there is none.

    Raises:
        OSError: the archive cannot be written.
    """
    files = [path for path in _files(home, _named_by(home, database)) if path.is_file()]
    if not files:
        return False
    with (
        os.fdopen(os.open(archive, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as raw,
        zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out,
    ):
        for path in files:
            out.writestr(path.relative_to(home).as_posix(), path.read_bytes())
        out.close()
        os.fsync(raw.fileno())
    return True


def check_files(archive: Path) -> None:
    """Look whether an archive holds what its names say.

    Raises:
        InputError: it does not, or it holds something else.
    """
    for _ in _read(archive):
        pass


def unpack_files(archive: Path, home: Path) -> None:
    """Put the files of an archive where they belong; a key that is another one is kept beside.

    Raises:
        InputError: a file does not hold what its name says, or cannot be written.
    """
    for name, content in _read(archive):
        place = home / name
        if place.exists() and place.read_bytes() == content:
            continue
        if place.exists() and name == KEY_FILE:
            place.rename(place.with_name(f"{name}.replaced-{_digest(place.read_bytes())[:8]}"))
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(place, content)
        place.chmod(0o600)


def _files(home: Path, named: set[str]) -> Iterator[Path]:
    yield from (home / "artifacts" / name[:2] / name for name in sorted(named))
    yield from sorted((home / "uploads").glob("*.csv"))
    yield home / KEY_FILE


def _named_by(home: Path, database: Path) -> set[str]:
    """The artefacts that runs and models of a database name, and those that they name in turn."""
    if not database.exists():
        return set()
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as copied:
        tables = [name for (name,) in copied.execute("SELECT name FROM sqlite_master")]
        asked = [names for table, names in _NAMES.items() if table in tables]  # older ones have few
        results = {str(name) for names in asked for (name,) in copied.execute(names)}
        return named_in(Artifacts(home), results)


def _read(archive: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(archive) as packed:
            for name in packed.namelist():
                content = packed.read(name)
                _check(archive, name, content)
                yield name, content
    except _UNREADABLE as problem:
        raise InputError(f"{archive} is damaged: {problem}") from None


def _check(archive: Path, name: str, content: bytes) -> None:
    """Raises InputError where a name is none of ours, or its content another one."""
    if name == KEY_FILE:
        whole = len(content) == KEY_BYTES
    else:
        place = _CONTENT.fullmatch(name)
        if place is None:
            raise InputError(f"{archive} is no backup of forefolio: it holds {name[:80]!r}")
        whole = _digest(content) == (place["artifact"] or place["upload"])
    if not whole:
        raise InputError(f"{archive} is damaged: {name} does not hold what its name says")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
