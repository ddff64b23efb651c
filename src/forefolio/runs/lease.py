"""Holding a claimed run: the lease is kept, limits are watched, and a busy database is waited for.

Fencing makes patience safe: a write that comes after somebody else took the run over is refused.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from forefolio.core.errors import (
    LeaseLost,
    OutOfMemory,
    RunTimeout,
    StoreBusy,
    StoreUnavailable,
)
from forefolio.core.failpoints import Clock
from forefolio.runs.limits import RunLimits, resident_memory
from forefolio.store import Finished, Run, Said, Store

logger = logging.getLogger(__name__)

T = TypeVar("T")

LEASE_S = 30.0
PULSE_S = 1.0
PATIENCE_S = 60.0  # for a database that is locked or restarts
_LOOK_AGAIN_S = 0.5


async def patiently(work: Callable[[], Awaitable[T]], seconds: float, clock: Clock) -> T:
    """What `work` comes to, tried again while the database is busy or away, for so long.

    Raises:
        StoreError: it still is.
    """
    until = clock() + seconds
    while True:
        try:
            return await work()
        except (StoreBusy, StoreUnavailable) as problem:
            if clock() >= until:
                raise
            logger.info("%s; trying again", problem)
        await asyncio.sleep(_LOOK_AGAIN_S)


class Lease:
    """A run that is held here, and what may be written for it."""

    def __init__(self, store: Store, run: Run, limits: RunLimits, clock: Clock) -> None:
        self.run = run
        self._store, self._limits, self._clock = store, limits, clock
        self._seq = run.seq
        self._held_before = resident_memory()

    async def append(self, new_event: Said) -> None:
        """Store what the run says, once, even if the database went away in the middle of it.

        Raises:
            LeaseLost: the run was cancelled, or belongs to somebody else by now.
        """
        tried = False

        async def write() -> None:
            nonlocal tried
            if tried and (await self._store.get(self.run.id)).seq > self._seq:
                self._seq += 1  # the transaction was whole, and its answer was lost
                return
            tried = True
            self._seq = await self._store.append(self.run, new_event)

        await patiently(write, PATIENCE_S, self._clock)

    async def finish(self, end: Finished, result: str | None = None) -> None:
        """Store how the run ended, likewise.

        Raises:
            LeaseLost: the run was cancelled, or belongs to somebody else by now.
        """
        try:
            await patiently(
                lambda: self._store.finish(self.run, end, result), PATIENCE_S, self._clock
            )
        except LeaseLost:
            now = await self._store.get(self.run.id)
            if (now.state, now.attempt, now.result) != (end.state, self.run.attempt, result):
                raise

    @asynccontextmanager
    async def kept(self) -> AsyncIterator["asyncio.Task[None]"]:
        """Keep the lease in the background; the task ends when it is lost or a limit is reached."""
        pulse = asyncio.create_task(self._pulse())
        try:
            yield pulse
        finally:
            pulse.cancel()
            await asyncio.wait([pulse])

    async def _pulse(self) -> None:
        began = renewed = self._clock()
        while True:
            await asyncio.sleep(PULSE_S)
            self._check(self._clock() - began)
            renewed = await patiently(lambda: self._renewed(renewed), PATIENCE_S, self._clock)  # noqa: B023

    async def _renewed(self, renewed: float) -> float:
        now = await self._store.get(self.run.id)
        if (now.state, now.attempt) != ("running", self.run.attempt):
            raise LeaseLost(self.run.id)
        if self._clock() - renewed <= LEASE_S / 3:
            return renewed
        await self._store.heartbeat(self.run, LEASE_S)
        return self._clock()

    def _check(self, took_s: float) -> None:
        limits = self._limits
        if limits.run_s is not None and took_s > limits.run_s:
            raise RunTimeout(limits.run_s)
        if limits.memory is not None and resident_memory() - self._held_before > limits.memory:
            raise OutOfMemory(limits.memory)
