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
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield name
        path.unlink(missing_ok=True)  # after an error it stays, unlocked: proof that we are gone


def gone(home: Path, name: str) -> bool:
    """Whether the owner called `name` certainly died; one on another machine is never known to."""
    if not _NAME.fullmatch(name):
        return False
    path = _path(home, name)
    try:
        with path.open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
            return True
    except (FileNotFoundError, BlockingIOError):
        return False


def _path(home: Path, name: str) -> Path:
    return home / "owners" / name


def at_work(home: Path) -> int:
    """How many processes on this machine work on runs just now."""
    folder = home / "owners"
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    return sum(1 for name in names if not gone(home, name) and _path(home, name).exists())
