"""Prices of one's own: a file is uploaded once, and named by its content from then on.

Whatever it is, it is kept as a CSV file. What is packed is opened once, in a process of its own
that may take so much memory and time, and never again.
"""

import asyncio
import re
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.datastructures import UploadFile

from forefolio.api.hosts import Here, host_of
from forefolio.api.limits import too_large
from forefolio.api.refusals import LargeBody, Refused, WrongType
from forefolio.core.errors import DataError, TaskFailed
from forefolio.market import Loaded, load_market
from forefolio.market.sources.plain import as_csv, is_archive, is_packed
from forefolio.market.sources.sample import FUNDS
from forefolio.market.sources.symbols import symbol_of_name
from forefolio.market.sources.uploaded import Uploaded, forget_upload, keep_upload, uploads
from forefolio.market.universe import SAMPLE_SECTORS
from forefolio.runs.executors import ProcessPool

MAX_PART = 50_000_000
CELLS = 5_000_000
FEWEST = 2  # sessions that a ticker needs here; a study says how many it needs
OPENING_BYTES, OPENING_S = 2_000_000_000, 60.0  # for what is packed
READING = asyncio.Semaphore(2)  # files at once: each may take a few hundred megabytes
_TEXT = ("text/csv", "text/plain")
_PACKED = (
    "application/gzip",
    "application/octet-stream",
    "application/vnd.apache.parquet",
    "application/vnd.ms-excel",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_ENDING = re.compile(r"\.(csv|txt|parquet|xlsx|xls|ods)(\.gz)?$", re.IGNORECASE)

router = APIRouter(prefix="/api/data", tags=["data"])
Id = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="The name of its content.")]


class Oddity(BaseModel):
    """Something that is wrong with the prices of a ticker, and what was done about it."""

    ticker: str = Field(description="Whose prices; empty: those of the whole file.")
    code: str = Field(description="A stable name for programs.")
    message: str = Field(description="What is the matter.")
    action: str = Field(description="What is done about it when they are read.")
    severity: str = Field(description="info, warning, or error: the ticker is left out.")
    rows: int = Field(description="How many rows it is about.")


class Upload(BaseModel):
    """An uploaded file: the source to name in a study, and what is in it."""

    id: str = Field(description="The name of its content.")
    source: Uploaded = Field(description="What a study names as its `source`.")
    tickers: list[str] = Field(description="The assets that can be used.")
    sessions: int = Field(description="How many trading sessions there are.")
    first: date = Field(description="The first session.")
    last: date = Field(description="The last session.")
    rows: int = Field(description="Rows that were read.")
    rows_kept: int = Field(description="Rows whose prices can be used.")
    refused: dict[str, str] = Field(description="Tickers that cannot be used, with the reason.")
    findings: list[Oddity] = Field(description="What is wrong with the prices.")


class Uploads(BaseModel):
    """The uploads that there are."""

    uploads: list[str] = Field(description="The names of their contents, the latest first.")


class SampleTickers(BaseModel):
    """What the bundled sample has."""

    tickers: list[str] = Field(description="The assets that are used where none are named.")
    others: list[str] = Field(description="Funds that are used if they are named.")
    sectors: dict[str, str] = Field(description="Sector by ticker.")


@router.post(
    "",
    status_code=201,
    response_model=Upload,
    summary="Upload a CSV, Excel or Parquet file of prices, laid out as one of the command line.",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "text/csv": {"schema": {"type": "string"}},
                **dict.fromkeys(_PACKED, _BINARY),
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["file"],
                        "properties": {"file": {"type": "string", "format": "binary"}},
                    }
                },
            },
        }
    },
)
async def upload(
    request: Request, ticker: Annotated[str, Query(pattern="^[A-Za-z0-9.^=&-]{0,32}$")] = ""
) -> Response:
    """Keep a file, and say what is in it; `ticker` is what a file of one asset is about."""
    raw, name = await _content(request)
    home = host_of(request).home
    source = {"ticker": ticker.upper() or name}
    async with READING:
        kept = await asyncio.to_thread(_kept, raw, home, source)
    headers = {"Location": f"/api/data/{kept.id}"}
    return Response(kept.model_dump_json(), 201, headers, media_type="application/json")


@router.get("", summary="The uploads that there are.")
async def listed(host: Here) -> Uploads:
    """The uploads that there are, the latest first."""
    return Uploads(uploads=await asyncio.to_thread(uploads, host.home))


@router.get("/sample", summary="The tickers of the bundled sample.")
async def sample() -> SampleTickers:
    """The tickers of the bundled sample."""
    return SampleTickers(
        tickers=list(SAMPLE_SECTORS), others=list(FUNDS), sectors=dict(SAMPLE_SECTORS)
    )


@router.get("/{upload_id}", summary="What is in an upload, and what is wrong with it.")
async def quality(upload_id: Id, ticker: Annotated[str, Query(max_length=32)] = "") -> Upload:
    """What is in an upload, and what is wrong with it."""
    async with READING:
        return await asyncio.to_thread(_described, Uploaded(id=upload_id, ticker=ticker))


@router.delete("/{upload_id}", status_code=204, summary="Forget an upload.")
async def forget(upload_id: Id, host: Here) -> None:
    """Remove a file; runs that read it keep their results."""
    await asyncio.to_thread(forget_upload, upload_id, host.home)


async def _content(request: Request) -> tuple[bytes, str]:
    """The bytes of the file, and the ticker that its name stands for, if it has a name."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.headers.get("content-encoding", "identity") != "identity":
        raise WrongType("send the file as it is, without Content-Encoding")
    if media in (*_TEXT, *_PACKED):
        return await request.body(), ""
    if media != "multipart/form-data":
        raise WrongType(
            "send a CSV, Excel or Parquet file in a form with the field `file`, or as it is with "
            f"one of the Content-Types {', '.join((*_TEXT, *_PACKED))}"
        )
    form = await request.form(max_files=1, max_fields=4, max_part_size=MAX_PART)
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise Refused("file: the form has no file of this name", [("file", "must be given")])
        stem = _ENDING.sub("", file.filename or "")
        return await file.read(), symbol_of_name(stem) if stem else ""
    finally:
        await form.close()


def _kept(raw: bytes, home: Any, settings: dict[str, str]) -> Upload:
    if len(raw) > MAX_PART:
        raise too_large(MAX_PART)
    if is_archive(raw):
        raise WrongType("this is an archive; unpack it and send the file of prices that is in it")
    if is_packed(raw):
        raw = _opened(raw)
    if sum(raw.count(mark) for mark in (b",", b";", b"\t", b"\n")) > CELLS:
        raise LargeBody(f"a file has at most {CELLS:,} cells; upload fewer years or tickers")
    before = set(uploads(home))
    name = keep_upload(raw, home)
    try:
        return _described(Uploaded(id=name, **settings))
    except DataError:
        if name not in before:
            forget_upload(name, home)
        raise


def _opened(raw: bytes) -> bytes:
    """What is packed as a CSV file.

    Raises:
        BadFile: there is none in it.
        LargeBody: opening it takes too much.
    """
    with ProcessPool(1, timeout_s=OPENING_S, memory=OPENING_BYTES) as process:
        try:
            return process.submit(as_csv, raw, MAX_PART).result()
        except (MemoryError, TaskFailed):
            raise LargeBody(
                "opening the file takes more memory or time than a file of prices may; "
                "save it as CSV"
            ) from None


def _described(source: Uploaded) -> Upload:
    loaded: Loaded = load_market(source, minimum_sessions=FEWEST)
    market, report = loaded.market, loaded.report
    return Upload(
        id=source.id,
        source=source,
        tickers=list(market.assets),
        sessions=len(market),
        first=market.sessions[0].astype(object),
        last=market.sessions[-1].astype(object),
        rows=report.rows_in,
        rows_kept=report.rows_kept,
        refused=dict(report.refused),
        findings=[
            Oddity(
                ticker=one.ticker,
                code=one.code,
                message=one.message,
                action=one.action,
                severity=one.severity,
                rows=one.count,
            )
            for one in report.findings
        ],
    )
