"""Runs a study in this process, stored like every other run, as a job of its own.

The store is asynchronous and a job is not: an event loop in a thread of its own does the work and
hands over what is said, so that nothing waits, and no lock is held, while the caller draws.
"""

from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeAlias

from forefolio.core.component import Component
from forefolio.core.errors import DataChanged, RunCancelled
from forefolio.core.events import Checkpoint, Event, Job
from forefolio.core.lazy import lazy
from forefolio.runs.opening import Opening
from forefolio.store import Ask, Finished, Run
from forefolio.store.run import LOCAL

if TYPE_CHECKING:
    from forefolio.runs.host import Host

asyncio: Any = lazy("asyncio")

Say: TypeAlias = Callable[[Event], None]


def run_here(opening: Opening, kind: str, study: Component) -> Job[Any]:
    """Ask for `study` and see it through: the job says what the run says, and returns its result.

    A run that is done is only read; one that was left is gone on with; one that another process
    is working on is followed. Closing the job, or Ctrl-C, cancels the run.

    Raises:
        RunFailed: the run failed; code, message and facts are those of the error.
        RunCancelled: somebody asked for the run to stop.
    """
    if stored := opening.stored(kind, study):
        return stored[0]
    events: SimpleQueue[Event | None] = SimpleQueue()
    background = _Background(_see(opening, kind, study, events.put), lambda: events.put(None))
    try:
        while (event := events.get()) is not None:
            yield event
        return background.result()
    finally:
        background.stop()


class _Background:
    """A coroutine in an event loop in a thread; `at_end` is called when it has ended."""

    def __init__(self, work: Coroutine[Any, Any, Any], at_end: Callable[[], None]) -> None:
        self._loop = asyncio.new_event_loop()
        self._task = self._loop.create_task(work)
        self._at_end = at_end
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(asyncio.wait([self._task]))
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
        finally:
            self._loop.close()
            self._at_end()

    def result(self) -> Any:
        """What the coroutine returned or raised, once it has ended."""
        return self._task.result()

    def stop(self) -> None:
        """Cancel the coroutine if it still runs, and wait for its end."""
        with suppress(RuntimeError):  # the loop is closed: it has ended
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join()


async def _see(opening: Opening, kind: str, study: Component, say: Say) -> Any:
    async with opening() as host:
        mine = host.unlimited()
        run = await _ended(mine, kind, study, say)
        if run.code == DataChanged.code:  # asked anew, once, for what is there now
            run = await _ended(mine, kind, study, say)
        return await _came_to(host, run)


async def _ended(host: "Host", kind: str, study: Component, say: Say) -> Run:
    """The run of a study, once it has ended."""

    def ask() -> Awaitable[Ask]:
        return host.ask(kind, study, principal=LOCAL)

    asked = await host.patiently(ask)
    if asked.run.ended:
        return asked.run
    await _tell(host, asked, say)
    return await host.store.get(asked.run.id)


async def _tell(host: "Host", asked: Ask, say: Say) -> None:
    """See the run through and say what it says; being stopped takes the ask back.

    The run stops with it, unless somebody else has asked for it too.
    """
    run = asked.run
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(host.see_through(run.id))
            after = 0 if run.state == "running" else run.seq
            async for row in host.store.follow(run.id, after):
                if not isinstance(row.event, Finished | Checkpoint):
                    say(row.event)
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from None
    except asyncio.CancelledError:
        await host.store.cancel_ask(asked.id)
        raise


async def _came_to(host: "Host", run: Run) -> Any:
    match run.state:
        case "done":
            return await host.result(run)
        case "cancelled":
            raise RunCancelled(f"run {run.id} was cancelled; run it again to go on")
        case _:
            raise await host.store.failure(run)
