"""The database from code that does not await: a job's thread, a script, a notebook."""

import asyncio
from collections.abc import Awaitable, Callable
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def waited(work: Callable[[], Awaitable[T]]) -> T:
    """What `work` comes to, in an event loop of its own; in a thread, where one runs here already.

    What it raises is raised here.
    """

    async def whole() -> T:
        return await work()

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(whole())
    return _in_thread(lambda: asyncio.run(whole()))


def _in_thread(work: Callable[[], T]) -> T:
    answers: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            answers.append(work())
        except BaseException as error:  # noqa: BLE001 (it is raised where somebody waits)
            errors.append(error)

    thread = Thread(target=run, name="forefolio-store")
    thread.start()
    thread.join()
    for error in errors:
        raise error
    return answers[0]
