"""Who computes what just now, over all processes that share a home.

A claim is a lock on one byte of one file: the kernel lets go of it when its process ends, however
that ends, and a thousand claims cost one open file. Between threads a set does the same.
"""

import fcntl
import hashlib
import os
from pathlib import Path
from threading import Lock

_files: dict[Path, "_File"] = {}  # a process loses its locks when it closes any handle of a file
_opening = Lock()


class Claims:
    """Claims on keys under `home`: `take` one, compute, `drop` it."""

    def __init__(self, home: Path) -> None:
        path = home.absolute() / "claims"
        with _opening:
            if path not in _files or not _files[path].there():
                _files[path] = _File(path)
            self._file = _files[path]

    def take(self, key: str) -> bool:
        """Whether the claim on `key` is ours now; False while somebody else has it."""
        return self._file.take(_offset(key))

    def drop(self, key: str) -> None:
        """Let others have `key`."""
        self._file.drop(_offset(key))


def _offset(key: str) -> int:
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:7], "big")


class _File:
    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._held: set[int] = set()
        self._lock = Lock()

    def there(self) -> bool:
        """Whether this is still the file under its name: others lock the one that is."""
        try:
            return os.path.samestat(os.fstat(self._handle), self._path.stat())
        except FileNotFoundError:
            return False

    def take(self, offset: int) -> bool:
        with self._lock:
            if offset in self._held:
                return False
            try:
                fcntl.lockf(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, offset)
            except BlockingIOError:
                return False
            self._held.add(offset)
            return True

    def drop(self, offset: int) -> None:
        with self._lock:
            if offset in self._held:
                self._held.remove(offset)
                fcntl.lockf(self._handle, fcntl.LOCK_UN, 1, offset)
