"""What can be asked over HTTP, for programs and for people: no script, nothing from elsewhere."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from forefolio.api.described import openapi_bytes, openapi_document
from forefolio.views.report.markup import Markup, join, tag

router = APIRouter(include_in_schema=False)

_STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 20%, transparent); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
code, .address { font-family: ui-monospace, monospace; font-size: .9em; }
details { border: 1px solid var(--line); border-radius: .4rem; padding: .4rem .8rem;
  margin: .5rem 0; }
summary { cursor: pointer; overflow-wrap: anywhere; }
.method { display: inline-block; min-width: 4.5rem; font-weight: 700; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0;
  border-top: 1px solid var(--line); }
nav a { margin-right: 1rem; }
"""


@router.get("/openapi.json")
async def openapi(request: Request) -> Response:
    """The OpenAPI document, made once."""
    state = request.app.state
    if not hasattr(state, "openapi"):
        state.openapi = await asyncio.to_thread(openapi_bytes, request.app)
    return Response(state.openapi, media_type="application/json")


@router.get("/api/docs")
async def docs(request: Request) -> HTMLResponse:
    """The same as a page, made once."""
    state = request.app.state
    if not hasattr(state, "docs"):
        document = await asyncio.to_thread(openapi_document, request.app)
        state.docs = await asyncio.to_thread(page, document)
    return HTMLResponse(state.docs)


@router.get("/api/docs/style.css")
async def style() -> Response:
    """How the page looks."""
    return Response(_STYLE, media_type="text/css")


def page(document: Mapping[str, Any]) -> str:
    """An OpenAPI document as one HTML page: routes by subject, their settings and answers."""
    schemas = document["components"]["schemas"]
    subjects: dict[str, list[Markup]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            (subject,) = operation.get("tags", ["other"])[:1]
            part = _operation(f"{method.upper()}", path, operation, schemas)
            subjects.setdefault(subject, []).append(part)
    parts = [join([tag("h2", name, id=name), *parts]) for name, parts in subjects.items()]
    links = [tag("a", name, href=f"#{name}") for name in subjects]
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", f"{document['info']['title']}: what can be asked"),
        tag("link", rel="stylesheet", href="/api/docs/style.css"),
    )
    body = tag(
        "body",
        tag("h1", document["info"]["title"]),
        tag("p", document["info"]["summary"]),
        tag("p", "For programs: ", tag("a", "/openapi.json", href="/openapi.json")),
        tag("nav", *links),
        *parts,
    )
    return f"<!doctype html>{tag('html', head, body, lang='en')}"


def _operation(
    method: str, path: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]
) -> Markup:
    named = join([tag("span", method, class_="method"), tag("span", path, class_="address")])
    inputs = [
        (p["name"], p["in"], p.get("description", "")) for p in operation.get("parameters", [])
    ]
    body = operation.get("requestBody", {}).get("content", {})
    asked = [row for one in body.values() for row in _settings(one["schema"], schemas)]
    answers = [
        (status, _type(_schema(answer)), answer["description"])
        for status, answer in sorted(operation["responses"].items())
    ]
    return tag(
        "details",
        tag("summary", named, " ", operation.get("summary", "")),
        _table("Parameters", inputs),
        _table("Settings", asked),
        _table("Answers", answers),
        id=operation["operationId"],
    )


def _table(title: str, rows: list[tuple[str, str, str]]) -> Markup:
    if not rows:
        return Markup()
    lines = [tag("tr", tag("td", tag("code", a)), tag("td", b), tag("td", c)) for a, b, c in rows]
    return join([tag("h3", title), tag("div", tag("table", *lines), class_="scroll")])


def _settings(
    schema: Mapping[str, Any], schemas: Mapping[str, Any]
) -> Iterator[tuple[str, str, str]]:
    """The settings of a document, those of the shared nouns as `noun.setting`."""
    for name, one in _whole(schema, schemas).get("properties", {}).items():
        inner = _whole(one, schemas).get("properties", {})
        if "$ref" in one and "kind" not in inner:
            for part, setting in inner.items():
                yield f"{name}.{part}", _type(setting), setting.get("description", "")
        else:
            yield name, _type(one), one.get("description", "")


def _whole(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    named: Mapping[str, Any] = schemas.get(str(schema.get("$ref", "")).rpartition("/")[2], schema)
    return named


def _schema(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    for content in answer.get("content", {}).values():
        schema: Mapping[str, Any] = content.get("schema", {})
        return schema
    return {}


def _type(schema: Mapping[str, Any]) -> str:
    """What a value may be, in a word or a few."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema or "oneOf" in schema:
        parts = [_type(one) for one in schema.get("anyOf", schema.get("oneOf", []))]
        return " or ".join(dict.fromkeys(filter(None, parts)))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {})) or 'values'}"
    if "const" in schema:
        return repr(schema["const"])
    return str(schema.get("type", ""))
