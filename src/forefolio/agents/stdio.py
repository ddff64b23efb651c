"""The server over standard input and output, as programs start it."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from mcp.server.stdio import stdio_server

from forefolio.agents.caller import working_desk
from forefolio.agents.server import agent_server
from forefolio.runs.host import Host


def serve_stdio(
    opening: Callable[[], AbstractAsyncContextManager[Host]], files: Path | None = None
) -> None:
    """Answer whoever started this program, until he closes the input.

    Args:
        opening: opens what works on runs.
        files: the one folder whose files a study may name; none, if none.

    Raises:
        StoreError: the database cannot be used.
    """
    asyncio.run(_serve(opening, files))


async def _serve(
    opening: Callable[[], AbstractAsyncContextManager[Host]], files: Path | None
) -> None:
    async with working_desk(opening, files) as desk, stdio_server() as (read, write):
        server = agent_server(lambda: desk)
        await server.run(read, write, server.create_initialization_options())
