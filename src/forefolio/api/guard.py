"""Who may ask. Loopback is no boundary: any web page can reach it.

1. The Host must be one of ours (else a foreign name could be bound to this address).
2. The Origin, where a browser sends one, must be ours for WebSockets and for what changes things.
3. Where a token is set it must come along (`forefolio.api.tokens`); whether the service lives is
   said to anybody, and the page, which holds nothing of anybody, is shown to anybody.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from forefolio.api.page import is_page
from forefolio.api.problems import problem
from forefolio.api.tokens import SIGN_IN, carries
from forefolio.core.errors import InputError

LOOPBACK = ("localhost", "127.0.0.1", "::1")
OPEN = frozenset({"/health/live", "/health/ready", SIGN_IN})  # without a token
_SEND_IT = f"send the token as 'Authorization: Bearer ...'; in a browser sign in at {SIGN_IN}"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


def refuse_open_door(host: str, token: str | None) -> None:
    """Refuse to listen to the network without a token.

    Raises:
        InputError: `host` is not loopback, and there is no token of at least 32 characters.
    """
    if _is_loopback(host) or (token is not None and len(token) >= 32):
        return
    raise InputError(
        f"{host} can be reached from the network; set FOREFOLIO_API_TOKEN to at least "
        "32 random characters, or serve on 127.0.0.1"
    )


def served_hosts(host: str) -> Sequence[str]:
    """The names a Host header may have; any (empty) where the token already keeps strangers out."""
    return (*LOOPBACK, host) if _is_loopback(host) else ()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True, slots=True)
class Guard:
    """The middleware, outermost of all."""

    app: ASGIApp
    hosts: Sequence[str] = LOOPBACK
    token: str | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a connection through, or answer it here."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope, Headers(scope=scope))
        if refusal is None:
            await self.app(scope, receive, _hardened(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 4403, "reason": refusal[2]})
        else:
            await problem(*refusal)(scope, receive, _hardened(send))

    def _refusal(self, scope: Scope, headers: Headers) -> tuple[int, str, str] | None:
        if self.hosts and _host(f"//{headers.get('host', '')}") not in self.hosts:
            return 400, "host", "this Host is not served; use localhost or 127.0.0.1"
        changes = scope["type"] == "websocket" or scope["method"] not in _SAFE
        origin = headers.get("origin")
        if changes and origin is not None and not _same(origin, headers.get("host", "")):
            return 403, "origin", "pages of other origins may not do this"
        free = self.token is None or _is_open(scope) or carries(scope, self.token)
        if not free:
            return 401, "token", _SEND_IT
        return None


def _is_open(scope: Scope) -> bool:
    """Whether a request needs no token: whether the service lives, the sign-in, the page."""
    looks = scope["type"] == "http" and scope["method"] in _SAFE
    return scope["path"] in OPEN or (looks and is_page(scope["path"]))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _same(origin: str, host: str) -> bool:
    return origin.partition("://")[2].lower() == host.lower()


def _hardened(send: Send) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return with_headers
