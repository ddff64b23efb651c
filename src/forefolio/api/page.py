"""The page for people: the built files of `web/`, and its addresses, all of which are one page.

It is made of the public API alone, so it needs no token; what it asks does. A file whose name holds
a digest of its content is kept by the browser for good.
"""

import gzip
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import HTMLResponse
from starlette.convertors import PathConvertor, register_url_convertor

BUILT = Path(__file__).parent / "built"
"""Where the build puts its files; git has none of them."""

_OTHERS = ("api", "ws", "mcp", "health", "metrics", "openapi.json")  # first words of no page
_SMALL = 1_000  # bytes that are not worth packing
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_HEADERS = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"}
_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_NOT_BUILT = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Forefolio</title>'
    "<p>This Forefolio was installed without its page. In its repository <code>make page</code> "
    'builds it. The service itself works: <a href="/api/docs">all that it answers</a>.</p></html>'
)


class PageAddress(PathConvertor):
    """Any address but those of the service: what it does not know there is nobody's."""

    regex = rf"(?!/*(?:{'|'.join(map(re.escape, _OTHERS))})(?:/|$)).*"


register_url_convertor("page", PageAddress())

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltFile:
    """A file of the page, as it is sent."""

    content: bytes
    packed: bytes | None
    media: str
    tag: str


def is_page(path: str) -> bool:
    """Whether an address is one of the page, and none of the service."""
    return re.fullmatch(PageAddress.regex, path.removeprefix("/")) is not None


@router.get("/{address:page}")
async def page(address: str, request: Request) -> Response:
    """A file of the page; every other address is the page itself, which knows what it shows."""
    files = built_files(BUILT)
    file = files.get(address)
    if file is None and re.search(r"\.[a-z0-9]{2,5}$", address):
        raise HTTPException(404)
    if file is None and "index.html" not in files:
        return HTMLResponse(_NOT_BUILT)
    return _sent(file or files["index.html"], address, request)


@cache
def built_files(folder: Path) -> Mapping[str, BuiltFile]:
    """All files of the page, by their address; none, if it was not built."""
    return {
        path.relative_to(folder).as_posix(): _read(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _read(path: Path) -> BuiltFile:
    content = path.read_bytes()
    media = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    packed = gzip.compress(content, mtime=0) if len(content) > _SMALL else None
    tag = f'"{sha256(content).hexdigest()[:20]}"'
    return BuiltFile(content=content, packed=packed, media=media, tag=tag)


def _sent(file: BuiltFile, address: str, request: Request) -> Response:
    lasting = _FOREVER if address.startswith("assets/") else {}
    headers = {**_HEADERS, **lasting, "ETag": file.tag, "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == file.tag:
        return Response(status_code=304, headers=headers)
    if file.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(file.packed, headers=headers, media_type=file.media)
    return Response(file.content, headers=headers, media_type=file.media)
