"""Values kept for a while: in memory, and in a file that all processes of a home share.

1. What is in memory cannot be changed by whoever gets it; what could be is unpacked afresh.
2. An entry on disk has its hash; what is damaged, expired or unknown is as good as absent.
3. Whatever is wrong with the file, the value is computed: a cache never makes a call fail.
"""

import hashlib
import logging
import random
import sqlite3
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from forefolio.core.component import Component
from forefolio.core.failpoints import Clock
from forefolio.store.journal import journal_mode
from forefolio.store.values import pack, unpacked

logger = logging.getLogger(__name__)

MEMORY_BYTES = 256_000_000
DISK_BYTES = 2_000_000_000
_JITTER = 0.1  # so that what was made together does not end together
_SWEEP_EVERY = 200  # entries written
_TABLE = """CREATE TABLE IF NOT EXISTS entry (
    key TEXT PRIMARY KEY, expires REAL NOT NULL, sha256 BLOB NOT NULL, size INTEGER NOT NULL,
    value BLOB NOT NULL) WITHOUT ROWID"""


@dataclass(slots=True, kw_only=True)
class Counts:
    """How often a value was where, and what it took."""

    hits_memory: int = 0
    hits_disk: int = 0
    misses: int = 0
    damaged: int = 0
    compute_s: float = 0.0
    wait_s: float = 0.0

    @property
    def hit_rate(self) -> float | None:
        """Share of calls that computed nothing; None before the first."""
        hits = self.hits_memory + self.hits_disk
        return hits / (hits + self.misses) if hits + self.misses else None


class Memory:
    """Values of this process, the least recently used of them dropped when they are too many."""

    def __init__(self, clock: Clock = time.time, limit: int = MEMORY_BYTES) -> None:
        self._clock, self._limit = clock, limit
        self._entries: OrderedDict[str, tuple[float, Any, int]] = OrderedDict()
        self._lock = threading.Lock()
        self.size = 0

    def get(self, key: str) -> tuple[Any, ...]:
        """The value of `key` alone in a tuple; empty if there is none, or none any more."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return ()
            expires, value, _ = entry
            if expires < self._clock():
                self._drop(key)
                return ()
            self._entries.move_to_end(key)
        return unpacked(value.raw) if isinstance(value, _Raw) else (value,)

    def put(self, key: str, value: Any, raw: bytes, ttl_s: float) -> None:
        """Keep a value for `ttl_s` seconds; `raw` are its bytes."""
        held = value if _unchangeable(value) else _Raw(raw)
        with self._lock:
            self._drop(key)
            self._entries[key] = (_until(self._clock, ttl_s), held, len(raw))
            self.size += len(raw)
            while self.size > self._limit:
                self._drop(next(iter(self._entries)))

    def _drop(self, key: str) -> None:
        if key in self._entries:
            self.size -= self._entries.pop(key)[2]


@dataclass(frozen=True, slots=True)
class _Raw:
    raw: bytes


class Disk:
    """Bytes in a SQLite file of their own, shared by processes."""

    def __init__(self, path: Path, clock: Clock = time.time, limit: int = DISK_BYTES) -> None:
        self._path, self._clock, self._limit = path, clock, limit
        self._written = 0

    def get(self, key: str, counts: Counts) -> bytes | None:
        """The bytes of `key`, or None if there are none that are whole and in time."""
        for database in self._opened():
            row = database.execute(
                "SELECT sha256, value FROM entry WHERE key = ? AND expires >= ?",
                (key, self._clock()),
            ).fetchone()
            if row is None:
                return None
            raw = bytes(row[1])
            if hashlib.sha256(raw).digest() == row[0]:
                return raw
            counts.damaged += 1
        return None

    def put(self, key: str, raw: bytes, ttl_s: float) -> None:
        """Keep the bytes of `key` for `ttl_s` seconds."""
        entry = key, _until(self._clock, ttl_s), hashlib.sha256(raw).digest(), len(raw), raw
        for database in self._opened():
            database.execute("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?, ?)", entry)
            self._written += 1
            if self._written % _SWEEP_EVERY == 1:
                self._sweep(database)

    def _sweep(self, database: sqlite3.Connection) -> None:
        """Delete what is over, and what ends first of what is too much."""
        database.execute("DELETE FROM entry WHERE expires < ?", (self._clock(),))
        beyond = (
            "SELECT key FROM (SELECT key, sum(size) OVER (ORDER BY expires DESC) AS so_far "
            "FROM entry) WHERE so_far > ?"
        )
        database.execute(f"DELETE FROM entry WHERE key IN ({beyond})", (self._limit,))

    def _opened(self) -> Iterator[sqlite3.Connection]:
        """The database, once, if it can be opened; a file that is none makes room for one."""
        for last in (False, True):
            try:
                with self._open() as database:
                    yield database
                return
            except sqlite3.OperationalError as problem:  # locked, full, no such folder
                logger.info("the cache %s is not used: %s", self._path, problem)
                return
            except sqlite3.DatabaseError as problem:
                logger.warning("the cache %s is damaged and begun anew: %s", self._path, problem)
                if last:
                    return
                self._path.unlink(missing_ok=True)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._path, timeout=1.0, isolation_level=None)) as database:
            database.execute(f"PRAGMA journal_mode = {journal_mode()}")
            database.execute("PRAGMA synchronous = OFF")  # what is lost is computed again
            database.execute(_TABLE)
            yield database


def _until(clock: Clock, ttl_s: float) -> float:
    return clock() + ttl_s * random.uniform(1 - _JITTER, 1.0)


def packed(value: Any) -> bytes | None:
    """The bytes of a value; None if it holds what has none, such as a function."""
    try:
        return pack(value)
    except TypeError as problem:
        logger.info("a value is not cached: %s", problem)
        return None


def _unchangeable(value: Any) -> bool:
    match value:
        case None | bool() | int() | float() | str() | bytes() | np.generic():
            return True
        case np.ndarray():
            return not value.flags.writeable
        case tuple() | frozenset():
            return all(map(_unchangeable, value))
        case Component():
            return all(_unchangeable(getattr(value, name)) for name in type(value).model_fields)
        case _:
            return False
