"""How much a request may send, and how long it may take to.

1. A body has a limit by route, counted as it arrives: one megabyte, ten for a report that is to be
   verified, fifty for an upload.
2. It arrives whole within a deadline, so that nobody holds a place by sending slowly.
3. So many requests are answered at once; one more is told to come again.
"""

import asyncio
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from forefolio.api.problems import refusal
from forefolio.api.refusals import Busy, LargeBody, Refused, TooSlow

UPLOAD, REPORTS = "/api/data", ("/api/verify", "/api/verify/page")
MAX_BODY, MAX_REPORT, MAX_UPLOAD = 1_000_000, 10_000_000, 50_000_000
BODY_S, UPLOAD_S = 30.0, 120.0
AT_ONCE = 100


@dataclass(slots=True)
class Bounded:
    """The middleware that holds requests to these limits."""

    app: ASGIApp
    body_s: float = BODY_S
    at_once: int = AT_ONCE
    _answering: int = field(default=0, init=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, its body counted and timed."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        upload = (scope["method"], scope["path"]) == ("POST", UPLOAD)
        report = MAX_REPORT if scope["path"] in REPORTS else MAX_BODY
        most = MAX_UPLOAD if upload else report
        try:
            self._room(Headers(scope=scope), most)
        except Refused as refused:
            await refusal(refused)(scope, receive, send)
            return
        self._answering += 1
        try:
            counted = _Counted(receive, most, UPLOAD_S if upload else self.body_s)
            await self.app(scope, counted, send)
        finally:
            self._answering -= 1

    def _room(self, headers: Headers, most: int) -> None:
        if self._answering >= self.at_once:
            raise Busy(f"{self._answering} requests are being answered; try again in a moment", 1)
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length[:20]) > most:
            raise too_large(most)


class _Counted:
    """Receives the parts of a body within the limits."""

    def __init__(self, receive: Receive, most: int, seconds: float) -> None:
        self._receive, self._left, self._most = receive, most, most
        self._deadline = asyncio.get_running_loop().time() + seconds
        self._seconds, self._whole = seconds, False

    async def __call__(self) -> Message:
        if self._whole:  # nothing more than that the client has left
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            raise TooSlow(f"the body did not arrive within {self._seconds:g} seconds") from None
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise too_large(self._most)
        self._whole = not message.get("more_body", False)
        return message


def too_large(most: int) -> LargeBody:
    """Say how much a body may have."""
    return LargeBody(f"a body has at most {most:,} bytes here; send less")
