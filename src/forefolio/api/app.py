"""The service: the same runs as on the command line, over HTTP and WebSocket."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import TypeAlias

from fastapi import FastAPI
from starlette.routing import Route

from forefolio.agents.http import AgentDoor
from forefolio.api import (
    book,
    data,
    forms,
    health,
    metrics,
    models,
    page,
    portfolios,
    prices,
    problems,
    runs,
    schedules,
    shown,
    sockets,
    tokens,
)
from forefolio.api.answers import Documents
from forefolio.api.guard import Guard, refuse_open_door, served_hosts
from forefolio.api.limits import Bounded
from forefolio.api.studies import studies_router
from forefolio.market.sources.uploaded import uploads_lie_in
from forefolio.runs.glance import Glances
from forefolio.runs.host import Host

Opening: TypeAlias = Callable[[], AbstractAsyncContextManager[Host]]

_PARTS = (
    forms,
    runs,
    shown,
    sockets,
    data,
    prices,
    portfolios,
    models,
    schedules,
    tokens,
    health,
    book,
)
_THREADS = 32  # beside the event loop: to read documents, to name what is asked, to render


def create_app(
    opening: Opening,
    *,
    host: str = "127.0.0.1",
    token: str | None = None,
    files: Path | None = None,
) -> FastAPI:
    """The application; `opening` is entered when it starts and left when it stops.

    Args:
        opening: opens what works on runs.
        host: the address that will be listened on.
        token: what clients must send.
        files: the one folder whose files a request may name; none, if none.

    Raises:
        InputError: `host` can be reached from the network, and there is no token.
    """
    refuse_open_door(host, token)
    agents = AgentDoor()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        asyncio.get_running_loop().set_default_executor(
            ThreadPoolExecutor(_THREADS, thread_name_prefix="forefolio-api")
        )
        async with opening() as working, metrics.watching(app):
            app.state.host = working
            app.state.glances = Glances(working.artifacts)
            uploads_lie_in(working.home)
            serving = asyncio.create_task(working.serve())
            try:
                async with agents.open(working, files):
                    yield
            finally:
                serving.cancel()
                with suppress(asyncio.CancelledError):
                    await serving

    app = FastAPI(
        title="Forefolio", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None
    )
    app.state.token, app.state.files = token, files
    app.state.documents, app.state.sockets = Documents(), set()
    for part in (studies_router(), *(one.router for one in _PARTS)):
        app.router.routes.extend(part.routes)  # to include them would build each a second time
    app.router.routes.append(Route("/mcp", agents, include_in_schema=False))
    app.include_router(page.router)  # the last: it has all addresses that are left
    problems.install(app)
    app.add_middleware(Bounded)
    app.add_middleware(Guard, hosts=served_hosts(host), token=token)
    metrics.install(app)
    return app
