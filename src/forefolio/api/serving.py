"""The service as a process: its socket, its signals, and its end within ten seconds.

What can go wrong at the start (the address, the database) is an error in one line. A signal lets
requests under way end, releases the run that is worked on for whoever comes next, and ends; should
something block even that, the process ends all the same: the lease of a run does not outlive it.
"""

import asyncio
import atexit
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI

from forefolio.api.connections import MOST, Patient
from forefolio.core.errors import InputError

_GRACE_S = 3  # for requests under way
_END_S = 7.0


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 is any that is free.

    Raises:
        InputError: the address is not one of this machine, or the port is taken.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = _bound(socket.socket(family, kind, protocol), address)
    except (OSError, UnicodeError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise InputError(
            f"cannot listen on {host}, port {port}: {reason}; name another address (--host) or "
            "port (--port; 0 is any that is free)"
        ) from None
    return bound


def _bound(made: socket.socket, address: Any) -> socket.socket:
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(MOST)
        made.setblocking(False)
    except OSError:
        made.close()
        raise
    return made


def serve(app: FastAPI, bound: socket.socket, ready: Callable[[str], None]) -> None:
    """Serve until a signal comes; `ready` is told the address once requests are answered.

    Raises:
        StoreError: the database cannot be used.
        KeyboardInterrupt: the signal was that of Ctrl-C.
    """
    server = _Server(
        uvicorn.Config(
            app,
            http=Patient,
            lifespan="off",  # it is entered here, where its errors can be told
            log_config=None,  # its records go where ours go
            access_log=False,
            ws_ping_interval=15,
            ws_ping_timeout=20,
            ws_max_size=65_536,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=_GRACE_S,
            h11_max_incomplete_event_size=65_536,
            server_header=False,
        )
    )
    asyncio.run(_serve(server, app, bound, ready))
    stopped = server.stopped_by == signal.SIGINT
    atexit.register(_leave, 128 + signal.SIGINT if stopped else 0)
    if stopped:
        raise KeyboardInterrupt


def _leave(code: int) -> None:
    """End at once where threads still compute: torn out of C++ they would abort the process.

    Their run is released already, and worker processes leave with this one.
    """
    if threading.active_count() > 1:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


async def _serve(
    server: "_Server", app: FastAPI, bound: socket.socket, ready: Callable[[str], None]
) -> None:
    async with app.router.lifespan_context(app):
        telling = asyncio.create_task(_tell(server, _url(bound), ready))
        await server.serve(sockets=[bound])
        telling.cancel()


async def _tell(server: "_Server", url: str, ready: Callable[[str], None]) -> None:
    while not server.started:
        await asyncio.sleep(0.01)
    ready(url)


def _is_no_end(record: logging.LogRecord) -> bool:
    """Whether a record is more than that a request was cut off by the end that was asked for."""
    kind = record.exc_info[0] if record.exc_info else None
    return kind is None or not issubclass(kind, asyncio.CancelledError)


def _url(bound: socket.socket) -> str:
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """uvicorn, which hands the end back to us instead of raising the signal once more."""

    stopped_by: int = 0

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let the first signal end it in time, the second at once."""

        def stop(number: int, _: object) -> None:
            if not self.stopped_by:
                logging.getLogger("uvicorn.error").addFilter(_is_no_end)
                watch = threading.Timer(_END_S, os._exit, (0,))
                watch.daemon = True
                watch.start()
            self.stopped_by = number
            self.handle_exit(number, None)

        handled = (signal.SIGINT, signal.SIGTERM)
        earlier = {number: signal.signal(number, stop) for number in handled}
        try:
            yield
        finally:
            for number, handler in earlier.items():
                signal.signal(number, handler)
