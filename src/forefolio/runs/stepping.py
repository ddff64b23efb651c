"""Takes one step of a job without blocking the event loop."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from forefolio.core.events import Job
from forefolio.core.failpoints import failpoint
from forefolio.core.numerics import one_thread_of_loaded

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Done:
    """The end of a job; `StopIteration` cannot cross a thread or a coroutine."""

    value: Any


def advance(job: Job[Any]) -> Any:
    """The next event of `job`, or `Done`.

    Linear algebra keeps to one thread: the others wait for a processor that workers are using, and
    what takes a second alone took four beside them.
    """
    failpoint("job.step")
    try:
        with one_thread_of_loaded():
            return next(job)
    except StopIteration as stop:
        return Done(stop.value)


class StepThread:
    """A thread in which a run's steps follow one another; it does not keep the program from ending.

    Each step finds the memory that the last one freed: threads of their own would each keep some.
    """

    def __init__(self) -> None:
        self._steps: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        Thread(target=self._work, daemon=True).start()

    async def __call__(self, step: Callable[[], T]) -> T:
        """Await `step`; what is logged there is about the same run as here."""
        context = copy_context()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def settle(result: T | None, error: BaseException | None) -> None:
            if answer.cancelled():
                return
            if error is None:
                answer.set_result(result)  # type: ignore[arg-type]
            else:
                answer.set_exception(error)

        def work() -> None:
            outcome: tuple[T | None, BaseException | None]
            try:
                outcome = context.run(step), None
            except BaseException as error:  # noqa: BLE001 (it is raised where it is awaited)
                outcome = None, error
            with suppress(RuntimeError):  # the loop has ended, and nobody waits
                loop.call_soon_threadsafe(settle, *outcome)

        self._steps.put(work)
        return await answer

    def close(self) -> None:
        """End the thread after what it was asked so far."""
        self._steps.put(None)

    def _work(self) -> None:
        while (work := self._steps.get()) is not None:
            work()
            del work  # nothing of a step is held until the next one
