"""Errors as RFC 9457 problem documents: what is wrong, with a stable code, and what to do."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from forefolio.core.errors import ForefolioError
from forefolio.core.problems import problems

_STATUS: Mapping[str, int] = {
    "unknown_run": 404,
    "unknown_ask": 404,
    "key_reused": 422,
    "queue_full": 429,
    "lease_lost": 409,
    "not_done": 409,
    "no_report": 404,
    "store_busy": 503,
    "store_unavailable": 503,
    "store": 500,
}


def problem(status: int, code: str, detail: str, **more: Any) -> JSONResponse:
    """One problem document."""
    return JSONResponse(
        {"type": f"urn:forefolio:{code}", "status": status, "code": code, "detail": detail, **more},
        status,
        headers={"Retry-After": "5"} if status == 503 else None,
        media_type="application/problem+json",
    )


def install(app: FastAPI) -> None:
    """Answer every error with a problem document."""

    @app.exception_handler(ForefolioError)
    async def _ours(_: Request, error: ForefolioError) -> JSONResponse:
        internal = error.code == "internal"  # a run failed by a bug of ours
        status = 500 if internal else _STATUS.get(error.code, 422)
        return problem(status, error.code, str(error), **error.facts)

    @app.exception_handler(RequestValidationError)
    async def _request(_: Request, error: RequestValidationError) -> JSONResponse:
        return invalid(error)

    @app.exception_handler(ValidationError)
    async def _document(_: Request, error: ValidationError) -> JSONResponse:
        return invalid(error)

    @app.exception_handler(HTTPException)
    async def _http(_: Request, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, "http", str(error.detail))

    @app.exception_handler(Exception)
    async def _internal(_: Request, __: Exception) -> JSONResponse:
        return problem(500, "internal", "something went wrong inside forefolio; its log says what")


def invalid(error: RequestValidationError | ValidationError) -> JSONResponse:
    """Say where a document is wrong, without its values: they may be secret, or not be JSON."""
    wrong = [
        {"path": _printable(path), "reason": _printable(reason)}
        for path, reason in problems(error, values=False)[:20]
    ]
    told = "; ".join(f"{p['path']}: {p['reason']}" for p in wrong[:3])
    return problem(422, "invalid", f"the request is not well formed: {told}", problems=wrong)


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()[:300]
