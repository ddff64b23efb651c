"""Errors as RFC 9457 problem documents: what is wrong, with a stable code, and what to do."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from forefolio.api.refusals import Busy, Refused
from forefolio.core.errors import ForefolioError
from forefolio.core.problems import problems

MEDIA = "application/problem+json"
_STATUS: Mapping[str, int] = {
    "unknown_run": 404,
    "unknown_ask": 404,
    "result_gone": 410,
    "key_reused": 422,
    "come_again": 429,
    "queue_full": 429,
    "session_full": 429,
    "verifying_already": 429,
    "unknown_schedule": 404,
    "schedule_exists": 409,
    "lease_lost": 409,
    "not_done": 409,
    "run_cancelled": 409,
    "no_report": 404,
    "store_busy": 503,
    "disk_full": 503,
    "store_damaged": 503,
    "unknown_portfolio": 404,
    "unknown_model": 404,
    "store_unavailable": 503,
    "store": 500,
}
_WAIT_S = 5
_INSTEAD: Mapping[int, str] = {
    404: "there is nothing at this address; /api/docs lists what there is",
    405: "this address does not take that method; /api/docs says which it takes",
}


class Wrong(BaseModel):
    """One thing that is wrong with a document."""

    path: str = Field(description="The setting, such as `data.tickers`.")
    reason: str = Field(description="What is wrong, and what it may be.")


class Problem(BaseModel):
    """What is wrong and what to do about it (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="A name of the problem, `urn:forefolio:` and its code.")
    title: str = Field(description="The status in words.")
    status: int = Field(description="The status, once more.")
    code: str = Field(description="A stable name for programs, such as `infeasible`.")
    detail: str = Field(description="One sentence: what is wrong, and what to do.")
    problems: list[Wrong] = Field([], description="What is wrong where, if a document is.")


def problem(
    status: int, code: str, detail: str, headers: Mapping[str, str] | None = None, **more: Any
) -> JSONResponse:
    """One problem document."""
    wait = {"Retry-After": str(_WAIT_S)} if status in (429, 503) else {}
    about = {"type": f"urn:forefolio:{code}", "title": HTTPStatus(status).phrase}
    return JSONResponse(
        {**about, "status": status, "code": code, "detail": detail, **more},
        status,
        headers={**wait, **(headers or {})},
        media_type=MEDIA,
    )


def refusal(refused: Refused) -> JSONResponse:
    """A refusal as a problem; one that passes says when to come again."""
    wait = {"Retry-After": str(refused.wait)} if isinstance(refused, Busy) else None
    return problem(refused.status, refused.code, _printable(str(refused)), wait, **refused.facts)


def install(app: FastAPI) -> None:
    """Answer every error with a problem document."""

    @app.exception_handler(ForefolioError)
    async def _ours(_: Request, error: ForefolioError) -> JSONResponse:
        if isinstance(error, Refused):
            return refusal(error)
        internal = error.code == "internal"  # a run failed by a bug of ours
        status = 500 if internal else _STATUS.get(error.code, 422)
        wait = error.facts.get("retry_after_s", _WAIT_S)
        headers = {"Retry-After": f"{wait:.0f}"} if status in (429, 503) else None
        return problem(status, error.code, str(error), headers, **error.facts)

    @app.exception_handler(RequestValidationError)
    async def _request(_: Request, error: RequestValidationError) -> JSONResponse:
        return invalid(error)

    @app.exception_handler(ValidationError)
    async def _document(_: Request, error: ValidationError) -> JSONResponse:
        return invalid(error)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        detail = _INSTEAD.get(error.status_code, str(error.detail))
        headers = {"Allow": _methods(request)} if error.status_code == 405 else error.headers
        return problem(error.status_code, "http", detail, headers)

    @app.exception_handler(Exception)
    async def _internal(_: Request, __: Exception) -> JSONResponse:
        return problem(500, "internal", "something went wrong inside forefolio; its log says what")


def _methods(request: Request) -> str:
    """The methods that an address takes: each has a route of its own."""
    routes = (r for r in request.app.routes if r.matches(request.scope)[0] is not Match.NONE)
    return ", ".join(sorted({method for one in routes for method in one.methods or ()}))


def invalid(error: RequestValidationError | ValidationError) -> JSONResponse:
    """Say where a document is wrong, without its values: they may be secret, or not be JSON."""
    wrong = [
        {"path": _printable(path), "reason": _printable(reason)}
        for path, reason in problems(error, values=False)[:20]
    ]
    first = "; ".join(filter(None, (": ".join(filter(None, p.values())) for p in wrong[:3])))
    return problem(422, "invalid", f"the request is not well formed: {first}", problems=wrong)


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()[:300]
