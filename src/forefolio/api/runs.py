"""Runs over HTTP: ask, look, follow, read the result, cancel."""

import asyncio
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query, Request, Response, WebSocket, WebSocketDisconnect
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from forefolio.api.documents import Posted, read_document
from forefolio.api.hosts import Here, host_of
from forefolio.api.refusals import Busy
from forefolio.api.tokens import subprotocol
from forefolio.core.component import Component
from forefolio.core.errors import InputError, StoreError, UnknownRun
from forefolio.core.events import Note, Progress, Started
from forefolio.runs.host import Host
from forefolio.runs.rendering import rendered_file
from forefolio.store import Run, Said, State, Stored
from forefolio.studies.base import Result
from forefolio.studies.follow_ups import Account

_ASK_S = 30.0  # that it may take to name what is asked
_SEND_S = 5.0  # a client that does not read for so long is left

_REPORT_HEADERS = {  # the page's own policy holds as well: what is inline must have its hash
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox allow-scripts"
}

router = APIRouter(prefix="/api/runs", tags=["runs"])


class Asked(BaseModel):
    """What to run: the kind, and its study."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: Annotated[str, Field(max_length=40)]
    study: dict[str, Any] = Field(default_factory=dict)


class Links(BaseModel):
    """Where to go on."""

    self: str
    result: str
    report: str
    events: str


class Summary(BaseModel):
    """A run in one line. Times are seconds since 1970."""

    id: str
    kind: str
    status: State
    digest: str
    seq: int
    created_at: float
    changed_at: float
    links: Links


class Failure(BaseModel):
    """Why a run failed or stopped."""

    code: str
    message: str
    mends: list[dict[str, Any]] = Field(
        default_factory=list,
        description="If the limits contradict each other: what each must become.",
    )


class Snapshot(Summary):
    """A run as it is now; the events after `seq` add what comes."""

    stage: str = ""
    done: int = 0
    total: int = 0
    notes: list[Note] = Field(default_factory=list)
    error: Failure | None = None
    study: dict[str, Any]


Capital = Annotated[
    float | None, Query(gt=0, lt=1e15, description="Money that losses and orders are counted in.")
]
After = Annotated[int, Query(ge=0, lt=2**31)]


async def ask(asked: Asked, request: Request) -> Response:
    """Ask for a run. The same study asked for again is the same run."""
    host = host_of(request)
    if asked.kind not in host.kinds:
        raise InputError(f"there is no such kind of run; there is {', '.join(host.kinds)}")
    study = await asyncio.to_thread(_study, host, asked, request.app.state.files)
    return accepted(await asked_within(host, asked.kind, study))


router.add_api_route(
    "",
    ask,
    methods=["POST"],
    status_code=202,
    response_model=Summary,
    route_class_override=Posted,
)


def _study(host: Host, asked: Asked, files: Path | None) -> Component:
    return read_document(json.dumps(asked.study).encode(), host.kinds[asked.kind].study, files)


async def asked_within(host: Host, kind: str, study: Component) -> Run:
    """The run of a study, named within a deadline.

    Raises:
        Busy: naming it takes too long: its data is large, or on a disk that does not answer.
    """
    try:
        async with asyncio.timeout(_ASK_S):
            return (await host.ask(kind, study)).run
    except TimeoutError:
        raise Busy("it takes too long to read what the study names; try again later") from None


def accepted(run: Run) -> Response:
    """Say that a run was asked for, and where it is."""
    line = summary(run)
    return Response(
        line.model_dump_json(), 202, {"Location": line.links.self}, media_type="application/json"
    )


@router.get("")
async def latest(host: Here, limit: Annotated[int, Query(ge=1, le=500)] = 50) -> list[Summary]:
    """The latest runs, newest first."""
    return [summary(run) for run in await host.store.runs(limit)]


@router.get("/{run_id}")
async def look(run_id: str, host: Here) -> Snapshot:
    """One run as it is now."""
    run = await host.store.get(run_id)
    heard = await host.store.events(run_id, kinds=("note",))
    notes = {row.event.model_dump_json(): row.event for row in heard}  # a restart repeats them
    return Snapshot(
        **_summary(run),
        **await _position(host, run),
        notes=[note for note in notes.values() if isinstance(note, Note)],
        error=await _failure(host, run),
        study=json.loads(run.study),
    )


async def _failure(host: Host, run: Run) -> Failure | None:
    if run.state not in ("failed", "cancelled"):
        return None
    facts = (await host.store.failure(run)).facts
    return Failure(code=run.code, message=run.message, mends=facts.get("mends", []))


async def _position(host: Host, run: Run) -> dict[str, Any]:
    latest = await host.store.latest(run.id, ("started", "progress"))
    last = latest[-1].event if latest else None
    if not isinstance(last, Started | Progress):
        return {}
    done = last.done if isinstance(last, Progress) else 0
    return {"stage": last.stage, "done": done, "total": last.total}


@router.get("/{run_id}/result")
async def result(run_id: str, host: Here) -> Any:
    """What a run that is done came to; a number that is not finite is null."""
    return await asyncio.to_thread(_plain, await _result(host, run_id))


@router.get("/{run_id}/report", response_class=HTMLResponse)
async def report(run_id: str, host: Here, capital: Capital = None) -> HTMLResponse:
    """The report of a run that is done, in money of a capital: one page that needs nothing else."""
    result = await _result(host, run_id)
    page = None
    if isinstance(result, Result):
        account = Account(capital=capital)
        page = await asyncio.to_thread(
            rendered_file, "report.html", result, host.artifacts, account
        )
    if page is None:
        raise NoReport(run_id)
    return HTMLResponse(page, headers=_REPORT_HEADERS)


async def finished(run_id: str, host: Here) -> Any:
    """What a run that is done came to."""
    return await _result(host, run_id)


async def _result(host: Host, run_id: str) -> Any:
    run = await host.store.get(run_id)
    if run.state == "failed":
        raise await host.store.failure(run)
    if run.state != "done":
        raise NotDone(run)
    return await host.result(run)


class NotDone(StoreError):
    """The result of a run that is not done was asked for."""

    code = "not_done"

    def __init__(self, run: Run) -> None:
        super().__init__(f"the run is {run.state}; its result is there once it is done")


class NoReport(StoreError):
    """The report of a run of a kind that makes none was asked for."""

    code = "no_report"

    def __init__(self, run_id: str) -> None:
        super().__init__(f"run {run_id} has no report; its result is all there is")


def _plain(value: Any) -> Any:
    """A result as JSON: its document if it has one; null for a number that is not finite."""
    match getattr(value, "document", value):
        case Result() as result:
            return result.model_dump(mode="json")
        case float(number) if not math.isfinite(number):
            return None
        case str() | bool() | int() | float() | None as leaf:
            return leaf
        case Mapping() as held:
            return {str(key): _plain(item) for key, item in held.items()}
        case np.ndarray() | np.generic() as array:
            return _plain(array.tolist())
        case list() | tuple() as items:
            return [_plain(item) for item in items]
        case other:
            return str(other)


class EventFrame(BaseModel):
    """One event of a run."""

    seq: int = Field(description="Its number, from 1 without a gap.")
    at: float = Field(description="When it was said, seconds since 1970.")
    event: Said = Field(description="What was said.", discriminator="kind")


@router.get("/{run_id}/events")
async def events(run_id: str, host: Here, after: After = 0) -> list[EventFrame]:
    """Up to a thousand events numbered above `after`; the WebSocket of this path sends the same."""
    run = await host.store.get(run_id)
    return [_frame(row) for row in await host.store.events(run.id, after)]


def _frame(row: Stored) -> EventFrame:
    return EventFrame(seq=row.seq, at=row.at, event=row.event)


@router.delete("/{run_id}")
async def cancel(run_id: str, host: Here) -> Summary:
    """Stop a run before its next step."""
    return summary(await host.store.cancel(run_id))


@router.websocket("/{run_id}/events")
async def follow(socket: WebSocket, run_id: str, host: Here, after: After = 0) -> None:
    """Every event numbered above `after`, stored ones first; closes after the last one."""
    await socket.accept(subprotocol(socket.scope.get("subprotocols", [])))
    leaving = asyncio.create_task(_left(socket))
    telling = asyncio.create_task(_tell(socket, host, run_id, after))
    await asyncio.wait({leaving, telling}, return_when=asyncio.FIRST_COMPLETED)
    for task in (leaving, telling):
        task.cancel()
    await asyncio.wait({leaving, telling})


async def _tell(socket: WebSocket, host: Host, run_id: str, after: int) -> None:
    try:
        async for row in host.follow(run_id, after):
            async with asyncio.timeout(_SEND_S):
                await socket.send_json(_frame(row).model_dump(mode="json"))
        await socket.close(1000)
    except UnknownRun as unknown:
        await socket.close(4404, str(unknown)[:120])
    except TimeoutError:
        await socket.close(4408, "too slow")
    except WebSocketDisconnect:
        return


async def _left(socket: WebSocket) -> None:
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass  # nothing that is said here is listened to


def summary(run: Run) -> Summary:
    """A run in one line."""
    return Summary(**_summary(run))


def _summary(run: Run) -> dict[str, Any]:
    here = f"/api/runs/{run.id}"
    return {
        "id": run.id,
        "kind": run.kind,
        "status": run.state,
        "digest": run.digest,
        "seq": run.seq,
        "created_at": run.created_at,
        "changed_at": run.changed_at,
        "links": {"self": here} | {n: f"{here}/{n}" for n in ("result", "report", "events")},
    }
