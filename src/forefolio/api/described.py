"""The OpenAPI document: as FastAPI makes it, with every problem that a route may answer with."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from forefolio import __version__
from forefolio.api.problems import MEDIA, Problem

_WHY: Mapping[int, str] = {
    400: "The body is no JSON, or the Host is not served.",
    401: "A token is set, and did not come along.",
    403: "A page of another origin asks for a change.",
    404: "There is nothing of that name.",
    405: "This address does not take that method.",
    408: "The body did not arrive in time.",
    409: "Not in this state: it is not done yet, or the key was used for another question.",
    413: "The body has more bytes than this route takes.",
    415: "The body is of a media type that this route does not read.",
    422: "The request, or the data that it is about, is no good; `problems` say what and where.",
    429: "As many questions wait as may; `Retry-After` says when to ask again.",
    500: "Something went wrong inside; the log says what.",
    503: "Busy, or the database does not answer; `Retry-After` says when to ask again.",
}


def openapi_document(app: FastAPI) -> dict[str, Any]:
    """Everything that can be asked over HTTP, and what it may be answered with."""
    document = get_openapi(
        title=app.title,
        version=__version__,
        summary="From market prices to tomorrow's portfolio weights, with the evidence for them.",
        routes=app.routes,
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem.pop("$defs") | {"Problem": problem}
    document["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "FOREFOLIO_API_TOKEN"}
    }
    document["security"] = [{"token": []}, {}]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if not operation["summary"].endswith("."):  # FastAPI's, made of the function's name
                operation["summary"] = operation.pop("description").partition("\n")[0]
            for status in _statuses(path, method, operation):
                operation["responses"][str(status)] = _problem(status, operation)
    return document


def openapi_bytes(app: FastAPI) -> bytes:
    """The document as it is sent."""
    return json.dumps(openapi_document(app), allow_nan=False).encode()


def _statuses(path: str, method: str, operation: Mapping[str, Any]) -> Iterator[int]:
    """The problems that an operation may be answered with."""
    yield from (400, 500, 503)
    if not path.startswith("/health"):
        yield 401
    if method not in ("get", "head"):
        yield 403
    if "{" in path or "requestBody" in operation:  # a document names runs, models, accounts too
        yield 404
    if "requestBody" in operation:
        yield from (408, 413, 415)
    if operation.get("parameters") or "requestBody" in operation or "{" in path:
        yield 422
    yield from (int(s) for s in operation["responses"] if int(s) in _WHY)


def _problem(status: int, operation: Mapping[str, Any]) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    own = operation["responses"].get(str(status), {}).get("description")
    why = own if own and own not in ("Validation Error", "Additional Response") else _WHY[status]
    answer: dict[str, Any] = {"description": why, "content": {MEDIA: {"schema": schema}}}
    if status in (429, 503):
        seconds = {"description": "Seconds.", "schema": {"type": "integer"}}
        answer["headers"] = {"Retry-After": seconds}
    return answer
