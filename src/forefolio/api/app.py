"""The service: the same runs as on the command line, over HTTP and WebSocket."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any, TypeAlias

from fastapi import FastAPI

from forefolio.api import problems
from forefolio.api.guard import Guard, refuse_open_door, served_hosts
from forefolio.api.runs import router
from forefolio.api.studies import studies_router
from forefolio.runs.host import Host
from forefolio.store.engine import journal_mode

Opening: TypeAlias = Callable[[], AbstractAsyncContextManager[Host]]


def create_app(opening: Opening, *, host: str = "127.0.0.1", token: str | None = None) -> FastAPI:
    """The application; `opening` is entered when it starts and left when it stops.

    Raises:
        InputError: `host` can be reached from the network, and there is no token.
    """
    refuse_open_door(host, token)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with opening() as working:
            app.state.host = working
            serving = asyncio.create_task(working.serve())
            try:
                yield
            finally:
                serving.cancel()
                with suppress(asyncio.CancelledError):
                    await serving

    app = FastAPI(title="Forefolio", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.include_router(router)
    app.include_router(studies_router())
    app.add_api_route("/api/health", health, tags=["health"])
    problems.install(app)
    app.add_middleware(Guard, hosts=served_hosts(host), token=token)
    return app


async def health() -> dict[str, Any]:
    """Whether the service answers, and what it stores with."""
    return {"status": "ok", "sqlite": sqlite3.sqlite_version, "journal_mode": journal_mode()}
