"""Stores what a job says, and not more of it than anybody can read.

Progress and checkpoints are thinned; what a person must know (stages, notes) never is. A
checkpoint's state is an artefact before the event that names it is written: nothing that is stored
points to nothing.
"""

import asyncio

from forefolio.core.events import Checkpoint, Event, Part, Progress
from forefolio.core.failpoints import Clock
from forefolio.runs.lease import Lease
from forefolio.store import Artifacts
from forefolio.store.values import pack

_PROGRESS_S = 0.25  # at most one stored progress per stage in this time
_CHECKPOINT_S = 1.0
_PARTS = 500  # of a run, before they are thinned like progress: a frontier is told whole


class Telling:
    """What one run says, on its way to the store."""

    def __init__(self, lease: Lease, artifacts: Artifacts, clock: Clock) -> None:
        self._lease, self._artifacts, self._clock = lease, artifacts, clock
        self._last: dict[tuple[str, str], float] = {}
        self._parts = 0

    async def __call__(self, event: Event) -> None:
        """Store it, unless the same was stored just now."""
        match event:
            case Progress() if event.done < event.total and self._too_soon(event, _PROGRESS_S):
                return
            case Part() if self._many() and self._too_soon(event, _PROGRESS_S):
                return
            case Checkpoint() if self._too_soon(event, _CHECKPOINT_S):
                return
            case Checkpoint():
                raw = await asyncio.to_thread(pack, event.state)
                name = await asyncio.to_thread(self._artifacts.put, raw)
                event = event.model_copy(update={"state": {"artifact": name}})
        await self._lease.append(event)

    def _many(self) -> bool:
        """Whether more parts were said than a picture needs; the result has all of them."""
        self._parts += 1
        return self._parts > _PARTS

    def _too_soon(self, event: Progress | Checkpoint | Part, seconds: float) -> bool:
        now, key = self._clock(), (event.kind, event.stage)
        if now - self._last.get(key, float("-inf")) < seconds:
            return True
        self._last[key] = now
        return False
