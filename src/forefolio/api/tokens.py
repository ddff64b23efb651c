"""The token, as programs, browsers and sockets send it; never in an address.

* A program: `Authorization: Bearer TOKEN`.
* A browser: it signs in once at `/api/session` and gets a cookie that scripts cannot read and other
  sites cannot send. The cookie proves the token and is not the token.
* A socket of a program that can set no header: the subprotocols `forefolio` and `bearer.TOKEN`,
  of which the first is chosen.
"""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import Scope

from forefolio.api.documents import Posted
from forefolio.api.refusals import Refused

SIGN_IN = "/api/session"
COOKIE = "forefolio"
SUBPROTOCOL = "forefolio"
_BEARER = "bearer."
_DAYS = 30

router = APIRouter(tags=["session"])


class SignIn(BaseModel):
    """The token of the service."""

    model_config = ConfigDict(extra="forbid", strict=True)

    token: Annotated[str, Field(min_length=1, max_length=1000)]


class NotTheToken(Refused):
    """Another token than that of the service."""

    code, status = "token", 401


def carries(scope: Scope, token: str) -> bool:
    """Whether a connection carries the token in one of the ways; compared in constant time."""
    headers = Headers(scope=scope)
    scheme, _, sent = headers.get("authorization", "").partition(" ")
    given = [sent.strip()] if scheme.lower() == "bearer" else []
    if scope["type"] == "websocket":
        given += [
            one.removeprefix(_BEARER)
            for one in scope.get("subprotocols", [])
            if one.startswith(_BEARER)
        ]
    proof = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
    return any([*(_same(one, token) for one in given), _same(proof, proof_of(token))])


def proof_of(token: str) -> str:
    """What the cookie holds: whoever has the token can make it, and nobody can turn it back."""
    return hmac.new(token.encode(), b"forefolio session 1", hashlib.sha256).hexdigest()


def subprotocol(offered: Sequence[str]) -> str | None:
    """The subprotocol to accept, if the client offers ours."""
    return SUBPROTOCOL if SUBPROTOCOL in offered else None


async def sign_in(asked: SignIn, request: Request) -> Response:
    """Set the cookie of a browser that knows the token."""
    token: str | None = request.app.state.token
    if token is not None and not _same(asked.token, token):
        raise NotTheToken("this is not the token of the service (FOREFOLIO_API_TOKEN)")
    answer = Response(status_code=204)
    if token is not None:
        answer.set_cookie(
            COOKIE,
            proof_of(token),
            max_age=_DAYS * 86_400,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
    return answer


router.add_api_route(
    SIGN_IN,
    sign_in,
    methods=["POST"],
    status_code=204,
    summary="Sign in: exchange the token for a cookie.",
    route_class_override=Posted,
)


@router.delete(SIGN_IN, status_code=204, summary="Sign out: forget the cookie.")
async def sign_out() -> Response:
    """Let the browser forget its cookie."""
    answer = Response(status_code=204)
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), right.encode())
