"""The database from code that does not await: a job's thread, a script, a notebook."""

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from forefolio.core.lazy import lazy

asyncio: Any = lazy("asyncio")

T = TypeVar("T")


def waited(work: Callable[[], Awaitable[T]]) -> T:
    """What `work` comes to, in an event loop of its own; in a thread, where one runs here already.

    What it raises is raised here.
    """

    async def whole() -> T:
        return await work()

    def run() -> T:
        answer: T = asyncio.run(whole())
        return answer

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return run()
    with ThreadPoolExecutor(1, thread_name_prefix="forefolio-store") as thread:
        return thread.submit(run).result()
