import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from mcp import Client

from forefolio.agents.caller import Desk, working_desk
from forefolio.agents.server import agent_server
from forefolio.core.settings import Settings
from forefolio.runs.opening import opening

SOURCE: dict[str, Any] = {"kind": "synthetic", "sessions": 400, "assets": 4}
SMALL: dict[str, Any] = {"source": SOURCE, "minimum_sessions": 300}


class Agent:
    """A scripted client over the transport in memory, and what its calls were answered with."""

    def __init__(self, home: Path, files: Path | None = None) -> None:
        settings = Settings(
            home=home, database_url=f"sqlite:///{home}/forefolio.db", executor="inline:"
        )
        self.home, self.calls, self.progress = home, 0, list[tuple[float, str | None]]()
        self._opening, self._files = opening(settings.prepare()), files
        self._loop = asyncio.new_event_loop()
        self._ready, self._end = Future[Client](), asyncio.Event()
        self._thread = Thread(target=self._loop.run_until_complete, args=(self._serve(),))
        self._thread.start()
        self.client = self._ready.result(60)

    async def _serve(self) -> None:
        async with working_desk(self._opening, self._files) as desk:
            self.desk: Desk = desk
            async with Client(agent_server(lambda: desk)) as client:
                self._ready.set_result(client)
                await self._end.wait()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()
        self._loop.close()

    def does(self, work: Callable[[], Awaitable[Any]]) -> Any:
        """What a coroutine comes to in the event loop of the client."""

        async def whole() -> Any:
            return await work()

        return asyncio.run_coroutine_threadsafe(whole(), self._loop).result(120)

    def raw(self, tool: str, /, **arguments: Any) -> tuple[bool, str]:
        """Whether a call went wrong, and its answer as text."""
        self.calls += 1

        async def told(progress: float, total: float | None, message: str | None) -> None:
            assert total == 100
            self.progress.append((progress, message))

        answer = self.does(lambda: self.client.call_tool(tool, arguments, progress_callback=told))
        (content,) = answer.content
        return answer.is_error, content.text

    def call(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """The answer to a call that goes well."""
        wrong, text = self.raw(tool, **arguments)
        assert not wrong, text
        document: dict[str, Any] = json.loads(text)
        return document

    def error(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """What a call that goes wrong says."""
        wrong, text = self.raw(tool, **arguments)
        assert wrong, text
        error: dict[str, Any] = json.loads(text)["error"]
        return error

    def ask(self, kind: str, /, **study: Any) -> dict[str, Any]:
        """The answer to a study about a small market."""
        return self.call("ask", kind=kind, study={**SMALL, **study}, wait_s=50)


@pytest.fixture(scope="session")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    """One client for all tests that leave its server as they found it."""
    made = Agent(tmp_path_factory.mktemp("agent"))
    yield made
    made.close()
