"""Workers for a Dask cluster, as our tasks need them: one thread each, and no more than so much
memory; each is started anew when it dies, and looks for the scheduler as long as it is away.
"""

import asyncio
import logging
import resource
from contextlib import suppress
from pathlib import Path
from typing import Any

from forefolio.core.lazy import lazy
from forefolio.core.numerics import load_compiler

distributed: Any = lazy("distributed")

logger = logging.getLogger(__name__)

_LOOK_AGAIN_S = 2.0
_GOODBYE_S = 6.0  # a worker has 4 s to end before its nanny kills it


async def work_for(scheduler: str, processes: int, memory: str, folder: Path) -> None:
    """Have worker processes at a scheduler until cancelled; each takes up to `memory`."""
    # a group of tasks would hand on the first cancellation only; `stop` may need a second
    await asyncio.gather(*(_one(scheduler, memory, folder) for _ in range(processes)))


async def stop(working: asyncio.Future[None]) -> None:
    """Cancel `working` until it has ended.

    A nanny that is closed while it starts its worker anew waits for that start without end.
    """
    while not working.done():
        working.cancel()
        await asyncio.wait([working], timeout=_GOODBYE_S)


async def _one(scheduler: str, memory: str, folder: Path) -> None:
    own = asyncio.current_task()
    while own is None or not own.cancelling():  # what is awaited below may swallow it
        with suppress(OSError, TimeoutError):
            async with distributed.Nanny(
                scheduler,
                nthreads=1,
                memory_limit=memory,
                local_directory=str(folder),
                preload=[__name__],
                death_timeout=60,
            ) as nanny:
                await nanny.finished()
        logger.warning("the scheduler %s is away; looking for it again", scheduler)
        await asyncio.sleep(_LOOK_AGAIN_S)


def dask_setup(worker: Any) -> None:
    """Prepare a worker process; Dask calls it there.

    A task that wants too much memory gets a `MemoryError` and nobody dies.
    """
    limit = worker.memory_manager.memory_limit
    if limit:
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        allowed = limit if most == resource.RLIM_INFINITY else min(limit, most)
        resource.setrlimit(resource.RLIMIT_DATA, (allowed, most))
    load_compiler()
