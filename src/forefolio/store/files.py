"""SQLite files, looked at and copied with the standard library alone."""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from uuid import uuid4

from forefolio.core.errors import StoreDamaged

_MAGIC = b"SQLite format 3\x00"
_SMALL = 8 * 1024**2  # bytes: what is read whole in a few hundredths of a second
_PATIENCE_S = 10.0

_looked_at: set[tuple[Path, int]] = set()  # a file and its inode: one put in its place is new


def check_file(file: Path) -> None:
    """Look whether a SQLite file is whole, once in a process.

    A small file is read; of a larger one, whether it is as long as it says. `integrity` reads
    everything.

    Raises:
        StoreDamaged: it is not.
        OSError: it cannot be read.
    """
    if not file.is_file():
        return
    facts = file.stat()
    if not facts.st_size or (file, facts.st_ino) in _looked_at:
        return
    with file.open("rb") as raw:
        head = raw.read(100)
    if not head.startswith(_MAGIC):
        return  # SQLite says it best
    page = int.from_bytes(head[16:18]) or 0
    page = 65536 if page == 1 else page
    pages = int.from_bytes(head[28:32])
    trusted = head[24:28] == head[92:96]  # the length in the header is of this version of the file
    if _unfinished(file):
        return  # a process died or is at work: who opens it for writing puts it right
    if trusted and facts.st_size < page * pages:
        raise StoreDamaged(file, f"{facts.st_size:,} bytes of {page * pages:,} are there")
    if facts.st_size <= _SMALL and (wrong := integrity(file, "quick_check", 0)):
        raise StoreDamaged(file, wrong)
    _looked_at.add((file, facts.st_ino))


def _unfinished(file: Path) -> bool:
    beside = (file.with_name(file.name + end) for end in ("-wal", "-journal"))
    return any(journal.exists() and journal.stat().st_size for journal in beside)


def integrity(file: Path, how: str = "integrity_check", patience_s: float = _PATIENCE_S) -> str:
    """What is wrong with a SQLite file, in a line; "" is nothing, or a lock of somebody else."""
    try:
        with closing(_opened(file, patience_s)) as database:
            lines = [str(row[0]) for row in database.execute(f"PRAGMA {how}(1)")]
    except sqlite3.OperationalError:  # locked, or not to be opened: that is said elsewhere
        return ""
    except sqlite3.DatabaseError as problem:
        return str(problem)
    return "" if lines == ["ok"] else " ".join(" ".join(lines).split())


def copy_file(file: Path, to: Path) -> None:
    """Copy a SQLite database, also while others write it; nothing is replaced.

    Nobody but its owner can read the copy.

    Raises:
        FileExistsError: there is something at `to`.
        OSError: it cannot be written.
    """
    draft = to.with_name(f".{to.name}.{uuid4().hex}")
    try:
        with closing(_opened(file)) as source, closing(sqlite3.connect(draft)) as copy:
            draft.chmod(0o600)  # what is in it may be nobody else's business
            source.backup(copy)
        with draft.open("rb") as raw:
            os.fsync(raw.fileno())
        os.link(draft, to)
    except sqlite3.Error as problem:
        raise OSError(f"{file} cannot be copied to {to}: {problem}") from problem
    finally:
        draft.unlink(missing_ok=True)


def keep_copy(file: Path, revision: str) -> Path:
    """Copy a file of an older schema beside itself before it is migrated, once.

    Raises:
        OSError: it cannot be written.
    """
    to = file.with_name(f"{file.name}.schema-{revision}.bak")
    if not to.exists():
        with suppress(FileExistsError):  # another process was faster
            copy_file(file, to)
    return to


def _opened(file: Path, patience_s: float = _PATIENCE_S) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", timeout=patience_s, uri=True)
