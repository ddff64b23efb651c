"""Connections that wait for nobody: uvicorn's protocol with deadlines of its own.

uvicorn waits for ever for the rest of a request's head, and for a client to read its answer. Here a
head has ten seconds, a client that reads nothing for thirty is left, and where there are too many
connections the one that has kept us waiting longest goes first, so that those who hold connections
without asking anything keep nobody out.
"""

import asyncio
from collections.abc import Iterator
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S = 10.0
READ_S = 30.0
AWAY_S = 1.0  # by which a deadline is noticed late where this process had no time to look
MOST = 400


class Patient(H11Protocol):
    """HTTP/1.1 with a deadline for heads, for readers, and a limit of connections."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._head: asyncio.TimerHandle | None = None
        self._reader: asyncio.TimerHandle | None = None
        self._socket = False  # a WebSocket by now, with rules of its own

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(transport)
        if len(self.connections) > MOST:
            min(self._waiting(), key=Patient._since, default=self).transport.abort()
        self._expect()

    def data_received(self, data: bytes) -> None:
        """Wait on, unless this was the rest of a head."""
        super().data_received(data)
        if self._asked:
            self._stop_waiting()
        else:
            self._expect()

    def on_response_complete(self) -> None:
        """Wait for the next head, if some of it is there already."""
        super().on_response_complete()
        if self.conn.trailing_data[0]:
            self._expect()

    def handle_websocket_upgrade(self, event: Any) -> None:
        """The head is whole."""
        self._stop_waiting()
        self._socket = True
        super().handle_websocket_upgrade(event)

    def pause_writing(self) -> None:
        """The client does not read as fast as it is told."""
        super().pause_writing()  # type: ignore[no-untyped-call,unused-ignore]
        self._reader = self._reader or self.loop.call_later(READ_S, self.transport.abort)

    def resume_writing(self) -> None:
        """It has read."""
        if self._reader is not None:
            self._reader.cancel()
            self._reader = None
        super().resume_writing()  # type: ignore[no-untyped-call,unused-ignore]

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop_waiting()
        if self._reader is not None:
            self._reader.cancel()
        super().connection_lost(exc)

    @property
    def _asked(self) -> bool:
        """Whether a request is being answered."""
        return self.cycle is not None and not self.cycle.response_complete

    def _since(self) -> float:
        return self._head.when() if self._head is not None else float("inf")

    def _waiting(self) -> Iterator["Patient"]:
        return (
            one for one in self.connections if isinstance(one, Patient) and one._head is not None
        )

    def _expect(self) -> None:
        if self._head is None and not self._socket and not self.transport.is_closing():
            self._head = self.loop.call_later(HEAD_S, self._too_slow)

    def _stop_waiting(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _too_slow(self) -> None:
        """Let go of who sends slowly; whoever waited while we were away has his time again."""
        away = self._head is not None and self.loop.time() - self._head.when() > AWAY_S
        self._head = None
        if away:
            self._expect()
        elif not self._asked:
            self.transport.abort()
