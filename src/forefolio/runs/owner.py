"""Who works on a run: a name, and a lock that the kernel lets go of when its process ends."""

import fcntl
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

_NAME = re.compile(r"[0-9a-f]{32}", re.ASCII)


@contextmanager
def owner(home: Path) -> Iterator[str]:
    """A new name, held until the end of the block or of the process, whichever comes first."""
    name = uuid4().hex
    path = _path(home, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    with new.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        new.rename(path)  # whoever sees it by its name sees it locked
        yield name
        path.unlink(missing_ok=True)  # after an error it stays, unlocked: proof that we are gone


def gone(home: Path, name: str) -> bool:
    """Whether the owner called `name` certainly died; one on another machine is never known to."""
    if not _NAME.fullmatch(name):
        return False
    try:
        with _path(home, name).open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    except (FileNotFoundError, BlockingIOError):
        return False


def forget_gone(home: Path) -> None:
    """Clear away the files of owners that died, once nothing names them any more."""
    for name in _names(home):
        if gone(home, name):
            _path(home, name).unlink(missing_ok=True)


def _path(home: Path, name: str) -> Path:
    return home / "owners" / name


def at_work(home: Path) -> int:
    """How many processes on this machine work on runs just now."""
    return sum(1 for name in _names(home) if not gone(home, name))


def _names(home: Path) -> list[str]:
    folder = home / "owners"
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    return [name for name in names if _NAME.fullmatch(name)]
