"""A posted document: its type, its size, its depth, and its settings, read beside the event loop.

A body of a megabyte takes its time, so it is parsed and validated in a thread; the checks that cost
least come first. Nothing of what was sent is repeated but names of settings.
"""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any, NoReturn, TypeVar, get_type_hints

from fastapi import Request, Response
from fastapi.dependencies.utils import request_params_to_args
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel

from forefolio.api.paths import refuse_paths
from forefolio.api.refusals import NotJson, Refused, WrongType

M = TypeVar("M", bound=BaseModel)

DEPTH = 40  # levels of lists and mappings in each other; a study has about ten


async def posted(request: Request, model: type[M], files: Path | None = None) -> M:
    """The document of a request.

    Raises:
        Refused: it is of another type, is no JSON, is too deep, or names a file of the server.
        ValidationError: its settings are wrong.
    """
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise WrongType("send the document as JSON, with Content-Type: application/json")
    raw = await request.body()
    return await asyncio.to_thread(read_document, raw, model, files)


def read_document(raw: bytes, model: type[M], files: Path | None = None) -> M:
    """The document of a body; see `posted`."""
    document = model.model_validate_json(strict_json(raw))
    refuse_paths(document, files)
    return document


def strict_json(raw: bytes) -> bytes:
    """A body that is strict JSON: UTF-8, finite numbers, every name once, not too deep.

    Raises:
        NotJson: it is not; where, but not what stands there.
        Refused: it is, and is too deep or says something twice.
    """
    try:
        parsed = json.loads(raw.decode(), parse_constant=_not_finite, object_pairs_hook=_once)
        strict = json.dumps(parsed, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeError:
        raise NotJson("the body is not UTF-8, or has half a character in a text") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise NotJson(f"the body is not JSON: {error.msg} at {where}") from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        raise NotJson("the body has a number that is not finite, or too long") from None
    if _depth(parsed) > DEPTH:
        raise _too_deep()
    return strict


def _depth(parsed: Any) -> int:
    """How many lists and mappings stand in each other."""
    level, depth = [parsed], 0
    while level := [one for held in level for one in _held(held)]:
        depth += 1
    return depth


def _held(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _too_deep() -> Refused:
    return Refused(f"the body has more than {DEPTH} lists and mappings in each other")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        raise Refused("a name stands twice in one mapping of the body; say each setting once")
    return document


def _not_finite(_: str) -> NoReturn:
    raise ValueError


class Posted(APIRoute):
    """A route whose endpoint takes the document that was `asked`, read as above, and answers.

    It takes the `request` as well, and what it names of the path, and answers with a document or
    with a whole response. The OpenAPI document has all of it as for any other route.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Read the document, and hand it to the endpoint with the request."""
        model: type[BaseModel] = get_type_hints(self.endpoint)["asked"]

        async def handle(request: Request) -> Response:
            fields = self.dependant.path_params
            in_path, wrong = request_params_to_args(fields, request.path_params)
            if wrong:
                raise RequestValidationError(wrong)
            asked = await posted(request, model, request.app.state.files)
            answer = await self.endpoint(asked=asked, request=request, **in_path)
            return answer if isinstance(answer, Response) else _sent(answer, self.status_code)

        return handle


def _sent(document: BaseModel, status: int | None) -> Response:
    return Response(document.model_dump_json(), status or 200, media_type="application/json")
