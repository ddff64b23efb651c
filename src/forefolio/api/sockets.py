"""Following over WebSockets: the events of a run, and the progress of a session.

A client that reads nothing for five seconds is left, and harms nobody: each has a task of its own,
and the runs are read once for all of them.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, WebSocket, WebSocketDisconnect

from forefolio.api.hosts import Here
from forefolio.api.runs import After, frame_of
from forefolio.api.summaries import Tick
from forefolio.api.tokens import subprotocol
from forefolio.core.errors import OlderCode, StoreError, UnknownRun
from forefolio.core.events import Progress, Started
from forefolio.runs.host import Host
from forefolio.store import Finished, Run

SEND_S = 5.0  # a client that does not read for so long is left
EVERY_S = 0.1  # progress is told no more often
PATIENCE_S = 60.0  # that a session may take to ask for its first run
MOST = 200  # clients at once
_LOOK_S = 0.25
WAITING = Tick(current=0, total=0, message="Waiting")

router = APIRouter()
Session = Annotated[str, Path(pattern="^[A-Za-z0-9._-]{1,64}$")]


@router.websocket("/api/runs/{run_id}/events")
async def follow(socket: WebSocket, run_id: str, host: Here, after: After = 0) -> None:
    """Every event numbered above `after`, stored ones first; closes after the last one."""
    await _attended(socket, _events(socket, host, run_id, after))


@router.websocket("/ws/optimize/progress/{session_id}")
async def progress(
    socket: WebSocket, session_id: Session, host: Here, run: Annotated[str | None, Query()] = None
) -> None:
    """How far the latest run of a session is (or one `run` of it), until it has ended."""
    await _attended(socket, _ticks(socket, host, session_id, run))


async def _events(socket: WebSocket, host: Host, run_id: str, after: int) -> None:
    async for row in host.follow(run_id, after):
        await _send(socket, frame_of(row).model_dump(mode="json"))


async def _ticks(socket: WebSocket, host: Host, session: str, run_id: str | None) -> None:
    run = await _run_of(host, session, run_id)
    newest = _Newest()
    reading = asyncio.create_task(newest.read(host, run))
    try:
        async for tick in newest.ticks():
            await _send(socket, tick.model_dump())
        await reading
    finally:
        reading.cancel()


async def _run_of(host: Host, session: str, run_id: str | None) -> Run:
    """The run that a session follows; it may be asked for only now.

    Raises:
        UnknownRun: the session asked for no such run, even after a while.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE_S
    while True:
        asked = await host.store.runs(100 if run_id else 1, session=session)
        for run in asked:
            if run_id in (None, run.id):
                return run
        if run_id is not None or loop.time() > deadline:
            raise UnknownRun(run_id or session)
        await host.store.wait(_LOOK_S)


class _Newest:
    """The newest tick of a run: whoever reads slowly misses those between, never the last."""

    def __init__(self) -> None:
        self._tick, self._over = WAITING, False
        self._news = asyncio.Event()
        self._known = asyncio.Event()  # what was said before whoever comes late

    async def read(self, host: Host, run: Run) -> None:
        """Follow the run to its end."""
        try:
            for row in await host.store.latest(run.id, ("started", "progress", "finished")):
                self._say(row.event)
            self._known.set()
            async for row in host.follow(run.id, run.seq):
                self._say(row.event)
        finally:
            self._over = True
            self._known.set()
            self._news.set()

    async def ticks(self) -> AsyncIterator[Tick]:
        """The newest tick whenever there is one, at most ten a second, and the last."""
        sent: Tick | None = None
        await self._known.wait()
        while True:
            self._news.clear()
            over, tick = self._over, self._tick
            if tick != sent:
                yield tick
                sent = tick
            if over:
                return
            await self._news.wait()
            await asyncio.sleep(EVERY_S)

    def _say(self, event: object) -> None:
        match event:
            case Started():
                self._tick = Tick.of(event.stage, 0, event.total)
            case Progress():
                self._tick = Tick.of(event.stage, event.done, event.total)
            case Finished():
                self._tick = self._tick.ended(event.state, event.message)
            case _:
                return
        self._news.set()


async def _attended(socket: WebSocket, telling: Coroutine[Any, Any, None]) -> None:
    """Tell a client until all is told, or it leaves; then close."""
    open_now: set[WebSocket] = socket.app.state.sockets
    if len(open_now) >= MOST:
        telling.close()
        await socket.close(1013, "too many follow; try again later")
        return
    open_now.add(socket)
    try:
        await socket.accept(subprotocol(socket.scope.get("subprotocols", [])))
        teller, left = asyncio.create_task(telling), asyncio.create_task(_left(socket))
        try:
            await asyncio.wait({teller, left}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (teller, left):
                task.cancel()
            await asyncio.wait({teller, left})
        if not left.done() or left.cancelled():
            await _closed(socket, *_why(teller))
    finally:
        open_now.discard(socket)


def _why(teller: "asyncio.Task[None]") -> tuple[int, str]:
    """The code and the reason that a socket is closed with."""
    if teller.cancelled():
        return 1001, "the service ends"
    match teller.exception():
        case None:
            return 1000, ""
        case UnknownRun() as unknown:
            return 4404, str(unknown)[:120]
        case OlderCode() as older:
            return 4409, older.what
        case TimeoutError():
            return 4408, "too slow"
        case StoreError() as problem:
            return 1013, str(problem)[:120]
        case WebSocketDisconnect():
            return 1000, ""
        case other:
            assert other is not None
            raise other


async def _send(socket: WebSocket, message: Any) -> None:
    async with asyncio.timeout(SEND_S):
        await socket.send_json(message)


async def _closed(socket: WebSocket, code: int, reason: str) -> None:
    with suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
        async with asyncio.timeout(SEND_S):
            await socket.close(code, reason)


async def _left(socket: WebSocket) -> None:
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass  # nothing that is said here is listened to
