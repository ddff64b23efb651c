"""When a provider may be asked: what was asked of it, how it fared, and when it wants us back.

It is kept in a small SQLite file of its own, so that it holds across processes and restarts: a
quota of 25 a day is not forgotten because a program ended. Every slot is taken in a transaction
that nobody else can be in.

1. A slot is the earliest moment at which no window of any limit holds more requests than it may.
2. Five failures in a row, and a provider is left alone for a minute; then one may try it.
3. A provider that says when to come back is not asked before.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from forefolio.core.errors import SourceLimited, SourceResting, SourceUnavailable, StoreBusy
from forefolio.core.failpoints import Clock
from forefolio.core.lazy import lazy
from forefolio.market.online.base import RateLimit

if TYPE_CHECKING:
    from sqlite3 import Cursor

sqlite3: Any = lazy("sqlite3")

FILE = "sources.db"  # under FOREFOLIO_HOME
FAILURES = 5  # in a row, after which a provider is left alone
REST_S = 60.0
_MARGIN_S = 0.25  # requests leave a little later than their slot, and not all equally late
_BUSY_S = 30.0

Sleep: TypeAlias = Callable[[float], None]

_TABLES = """
CREATE TABLE IF NOT EXISTS asked (provider TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS ix_asked ON asked (provider, at);
CREATE TABLE IF NOT EXISTS state (
  provider TEXT PRIMARY KEY,
  failures INTEGER NOT NULL DEFAULT 0,
  closed_until REAL NOT NULL DEFAULT 0,
  why TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS covered (
  provider TEXT NOT NULL,
  ticker TEXT NOT NULL,
  since TEXT NOT NULL,
  until TEXT NOT NULL,
  currency TEXT NOT NULL,
  zone TEXT NOT NULL,
  PRIMARY KEY (provider, ticker)
);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The record of all providers in one file; `clock` counts seconds since 1970."""

    path: Path
    clock: Clock = time.time
    sleep: Sleep = field(default=time.sleep, repr=False)

    def wait_for_slot(self, provider: str, limits: Sequence[RateLimit], patience_s: float) -> None:
        """Return when `provider` may be asked, and count the request.

        Raises:
            SourceLimited: that is more than `patience_s` away.
            SourceResting: it failed too often just now.
        """
        wait = self._take(provider, limits, patience_s)
        if wait > 0:
            self.sleep(wait)

    def answered(self, provider: str) -> None:
        """An answer came: what failed before counts no more."""
        with self.writing() as rows:
            rows.execute(
                "UPDATE state SET failures = 0, closed_until = "
                "CASE WHEN failures >= ? THEN 0 ELSE closed_until END WHERE provider = ?",
                (FAILURES, provider),
            )

    def failed(self, provider: str) -> None:
        """No answer came; after several in a row the provider is left alone for a while."""
        with self.writing() as rows:
            failures = self._failures(rows, provider) + 1
            until = self.clock() + REST_S if failures >= FAILURES else 0.0
            _keep(rows, provider, failures, until, "it failed several times")

    def come_back(self, provider: str, wait_s: float, why: str) -> None:
        """The provider says when it may be asked again."""
        with self.writing() as rows:
            failures = self._failures(rows, provider)
            _keep(rows, provider, failures, self.clock() + wait_s, why)

    def _take(self, provider: str, limits: Sequence[RateLimit], patience_s: float) -> float:
        """Take the next slot; how many seconds it is away."""
        with self.writing() as rows:
            now = self.clock()
            self._open(rows, provider, now)
            longest = max((limit.seconds for limit in limits), default=0.0)
            rows.execute(
                "DELETE FROM asked WHERE provider = ? AND (at < ? OR at > ?)",
                (provider, now - longest - _MARGIN_S, now + max(patience_s, longest)),
            )
            before = rows.execute(
                "SELECT at FROM asked WHERE provider = ? ORDER BY at", (provider,)
            ).fetchall()
            at = slot([one for (one,) in before], limits, now)
            if at - now > patience_s:
                raise SourceLimited(provider, at - now, "as much was asked of it as may be")
            rows.execute("INSERT INTO asked VALUES (?, ?)", (provider, at))
        return at - now

    def _open(self, rows: "Cursor", provider: str, now: float) -> None:
        """Refuse while the provider is left alone; the first after that is the one who tries it."""
        row = rows.execute(
            "SELECT failures, closed_until, why FROM state WHERE provider = ?", (provider,)
        ).fetchone()
        if row is None:
            return
        failures, until, why = row
        if now < until <= now + 40 * 86_400:  # a clock that was set back blocks nothing for ever
            if failures >= FAILURES:
                raise SourceResting(
                    f"{provider}: {why} and is left alone for {until - now:.0f} more seconds"
                )
            raise SourceLimited(provider, until - now, why)
        if failures >= FAILURES:
            _keep(rows, provider, failures, now + REST_S, why)

    @staticmethod
    def _failures(rows: "Cursor", provider: str) -> int:
        row = rows.execute("SELECT failures FROM state WHERE provider = ?", (provider,))
        return int((row.fetchone() or (0,))[0])

    @contextmanager
    def writing(self) -> "Iterator[Cursor]":
        """One transaction, which nobody else can be in."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with closing(
                sqlite3.connect(self.path, timeout=_BUSY_S, isolation_level=None)
            ) as connection:
                rows = connection.cursor()
                rows.execute("PRAGMA synchronous = OFF")  # a process that dies loses nothing
                rows.execute("BEGIN IMMEDIATE")
                if not rows.execute(
                    "SELECT 1 FROM sqlite_master WHERE name = 'covered'"
                ).fetchall():
                    for statement in filter(str.strip, _TABLES.split(";")):
                        rows.execute(statement)
                yield rows
                rows.execute("COMMIT")
        except sqlite3.OperationalError as problem:
            if "locked" in str(problem):
                raise StoreBusy from problem
            raise SourceUnavailable(f"{self.path} cannot be used: {problem}") from problem
        except sqlite3.DatabaseError as problem:
            raise SourceUnavailable(
                f"{self.path} is damaged ({problem}); delete it: it only counts requests"
            ) from problem


def slot(asked: Sequence[float], limits: Sequence[RateLimit], now: float) -> float:
    """The earliest moment from `now` on at which one more request exceeds no limit.

    `asked` are the moments of earlier requests, ascending; some may lie ahead.
    """
    at = max(now, asked[-1] if asked else now)
    for limit in limits:
        if len(asked) >= limit.times:
            at = max(at, asked[-limit.times] + limit.seconds + _MARGIN_S)
    return at


def _keep(rows: "Cursor", provider: str, failures: int, until: float, why: str) -> None:
    rows.execute(
        "INSERT INTO state VALUES (?, ?, ?, ?) ON CONFLICT (provider) DO UPDATE SET "
        "failures = excluded.failures, closed_until = excluded.closed_until, why = excluded.why",
        (provider, failures, until, why),
    )
