"""Following runs: however many follow one, the database is asked by one reader.

1. The reader keeps the latest events of a run in memory; each follower has a place in them, and
   reads the past, if it wants it, from the database.
2. A follower that keeps up gets every event. One that lags behind gets, of progress, the newest of
   each stage; whatever else was said it gets in full and in order.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import islice

from forefolio.core.errors import ForefolioError, StoreError
from forefolio.core.events import Progress
from forefolio.store import Run, Store, Stored

logger = logging.getLogger(__name__)

_EVERY_S = 0.1  # the reader looks no more often
_LOOK_AGAIN_S = 1.0  # the run may be in another process, whose bell is not heard here
_KEPT = 2_000  # events in memory
_MANY = 20  # events at once: whoever gets more of them lags behind


class Feeds:
    """One reader for each run that is followed here.

    `check` is shown the run at every look, and may raise what ends the following.
    """

    def __init__(self, store: Store, check: Callable[[Run], None] = lambda _: None) -> None:
        self._store, self._check = store, check
        self._feeds: dict[str, _Feed] = {}

    async def follow(self, run_id: str, after: int = 0) -> AsyncIterator[Stored]:
        """The events numbered above `after`, as they come, until the run has ended.

        Raises:
            UnknownRun: there is no such run.
            ForefolioError: what `check` raises.
        """
        run = await self._store.get(run_id)
        feed = self._feeds.get(run_id)
        if feed is None or feed.over:
            feed = self._feeds[run_id] = _Feed(self._store, run, self._check)
        feed.followers += 1
        try:
            async for row in feed.after(after):
                yield row
        finally:
            feed.followers -= 1
            if not feed.followers:
                feed.stop()
                if self._feeds.get(run_id) is feed:
                    del self._feeds[run_id]


class _Feed:
    """The reader of one run, and what it has read."""

    def __init__(self, store: Store, run: Run, check: Callable[[Run], None]) -> None:
        self._store, self._id, self._check = store, run.id, check
        self._ring: deque[Stored] = deque(maxlen=_KEPT)
        self._read_to = run.seq
        self._news = asyncio.Event()
        self._error: ForefolioError | None = None
        self.over = False
        self.followers = 0
        self._reading = asyncio.create_task(self._read())

    def stop(self) -> None:
        """End the reader: nobody follows."""
        self._reading.cancel()

    async def after(self, seq: int) -> AsyncIterator[Stored]:
        """The events above a number, as they come."""
        while True:
            news, over = self._news, self.over
            rows = self._since(seq)
            if rows is None:
                rows = await self._store.events(self._id, seq)
            elif len(rows) > _MANY:
                rows = _newest(rows)
            for row in rows:
                yield row
                seq = row.seq
            if rows:
                continue
            if self._error is not None:
                raise self._error
            if over:
                return
            await news.wait()

    def _since(self, seq: int) -> Sequence[Stored] | None:
        """What is in memory above a number; None where memory begins later."""
        behind = self._read_to - seq
        if behind <= 0:
            return ()
        if behind > len(self._ring):
            return None
        return list(islice(self._ring, len(self._ring) - behind, None))

    async def _read(self) -> None:
        try:
            while not self.over:
                bell = self._store.bell
                await self._look()
                await asyncio.sleep(_EVERY_S)
                if not self.over:
                    await self._store.wait(_LOOK_AGAIN_S, bell)
        except ForefolioError as problem:
            self._error = problem
        finally:
            self.over = True  # whatever happened, nobody waits for more
            self._tell()

    async def _look(self) -> None:
        try:
            run = await self._store.get(self._id)  # first: no event comes after the end
            rows = await self._store.events(self._id, self._read_to)
        except StoreError as problem:
            logger.info("run %s cannot be followed for now: %s", self._id, problem)
            return
        if rows:
            self._ring.extend(rows)
            self._read_to = rows[-1].seq
        self.over = run.ended and not rows
        if rows:
            self._tell()
        self._check(run)

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()


def _newest(rows: Sequence[Stored]) -> list[Stored]:
    """The events without the progress that was overtaken."""
    last = {row.event.stage: row.seq for row in rows if isinstance(row.event, Progress)}
    return [
        row
        for row in rows
        if not isinstance(row.event, Progress) or last[row.event.stage] == row.seq
    ]
