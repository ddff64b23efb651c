"""The server under the service: the same tools at `/mcp`, behind the service's own guard.

Who may ask (Host, Origin, token) is decided before a request comes here. No session is kept: each
request stands for itself, so that nothing is lost when the service restarts. The protocol's library
is imported by the first request, not by the start of the service.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from starlette.types import Receive, Scope, Send

from forefolio.agents.caller import Desk
from forefolio.runs.host import Host

BODY = 5_000_000  # bytes of a request: a table of prices and what is around it


class AgentDoor:
    """The endpoint of the protocol, while it is open."""

    def __init__(self) -> None:
        self._desk: Desk | None = None
        self._manager: asyncio.Future[Any] | None = None
        self._serving: asyncio.Task[None] | None = None
        self._end = asyncio.Event()

    @asynccontextmanager
    async def open(self, host: Host, files: Path | None = None) -> AsyncIterator[None]:
        """Answer agents by this host until it is left; `files` is the folder that may be named."""
        self._desk, self._manager, self._serving = Desk(host=host, files=files), None, None
        self._end = asyncio.Event()
        try:
            yield
        finally:
            self._end.set()
            if self._serving is not None:
                await self._serving
            self._desk = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._manager is None:
            self._manager = asyncio.get_running_loop().create_future()
            self._serving = asyncio.create_task(self._serve(self._manager))
        manager = await asyncio.shield(self._manager)
        await manager.handle_request(scope, receive, send)

    async def _serve(self, ready: asyncio.Future[Any]) -> None:
        desk = self._desk
        assert desk is not None  # the service is entered before it answers
        sdk = await asyncio.to_thread(import_module, "mcp.server.streamable_http_manager")
        own = await asyncio.to_thread(import_module, "forefolio.agents.server")
        manager = sdk.StreamableHTTPSessionManager(
            own.agent_server(lambda: desk), stateless=True, max_request_body_size=BODY
        )
        async with manager.run():
            ready.set_result(manager)
            await self._end.wait()
