"""What is wrong with a database: whether it passes, and how it is said in one line."""

import errno
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from forefolio.core.errors import (
    DiskFull,
    InputError,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreUnavailable,
)

_BUSY = ("locked", "busy")
_DAMAGED = ("malformed",)
_FULL = ("disk is full", "disk i/o error")
_PASSES = (  # PostgreSQL's classes and codes of what is better tried again
    "08",  # no connection
    "40001",  # two transactions at once
    "40P01",  # two waited for each other
    "53300",  # too many connections
    "55P03",  # a lock was not to be had
    "57P",  # shut down, crashed, not yet started
)
_NO_TEXT = ("22021", "22P05")  # a NUL, which SQLite keeps and PostgreSQL does not
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FATAL = (errno.EACCES, errno.EPERM, errno.EROFS, *_NO_ROOM, errno.ENOENT, errno.ENOTDIR)


def is_busy(problem: Exception) -> bool:
    """Whether somebody else holds a lock of a SQLite file."""
    return _is_sqlite(problem) and any(word in _text(problem).lower() for word in _BUSY)


def passes(problem: Exception) -> bool:
    """Whether the same may succeed a little later: a lock, a restart, a lost connection."""
    if not isinstance(problem, DBAPIError):
        return isinstance(problem, OSError) and problem.errno not in _FATAL
    if is_busy(problem) or problem.connection_invalidated:
        return True
    code = str(getattr(problem.orig, "sqlstate", None) or "")
    if code.startswith(_PASSES):
        return True
    cause = getattr(problem.orig, "__cause__", None)
    text = _text(problem).lower()
    return not _is_sqlite(problem) and (isinstance(cause, OSError) or "connection" in text)


def is_full(problem: BaseException) -> bool:
    """Whether a file could not be written because there is no room for it."""
    return isinstance(problem, OSError) and problem.errno in _NO_ROOM


def in_one_line(
    problem: Exception, file: object = "", unknown: str = ""
) -> StoreError | InputError:
    """The error that says what is wrong, and what may be done; `unknown` is added to it."""
    if is_busy(problem):
        return StoreBusy()
    if getattr(getattr(problem, "orig", None), "sqlstate", None) in _NO_TEXT:
        return InputError("a text has a letter that this database cannot keep, such as a NUL")
    text = _text(problem)
    lower = text.lower()
    if _is_sqlite(problem) and any(word in lower for word in _DAMAGED):
        return StoreDamaged(file, text)
    if any(word in lower for word in _FULL) or is_full(problem):
        return DiskFull(text)
    if "readonly" in lower or "read-only" in lower:
        return StoreUnavailable(f"it cannot be written ({text}); whose folder is it?")
    return StoreUnavailable(f"{text}; {unknown}" if unknown else text)


def _is_sqlite(problem: Exception) -> bool:
    return type(getattr(problem, "orig", None)).__module__ == "sqlite3"


def _text(problem: Exception) -> str:
    if isinstance(problem, OSError) and problem.strerror:
        where = f": {Path(str(problem.filename))}" if problem.filename else ""
        return f"{problem.strerror}{where}"
    lines = str(getattr(problem, "orig", None) or problem).splitlines()
    return lines[0] if lines and lines[0] else type(problem).__name__
