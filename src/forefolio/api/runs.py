"""Runs over HTTP: ask, look, read events and the result, cancel."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from forefolio.api.answers import (
    HEADERS,
    accepted,
    asked_within,
    manner_of,
    result_for_people,
    result_of,
)
from forefolio.api.documents import Posted, read_document
from forefolio.api.hosts import Here, host_of
from forefolio.api.summaries import Summary, summary, summary_fields
from forefolio.core.component import Component
from forefolio.core.errors import InputError
from forefolio.core.events import Note, Progress, Started
from forefolio.runs.glance import RunGlance
from forefolio.runs.host import Host
from forefolio.runs.rendering import report_file
from forefolio.store import Run, Said, Stored
from forefolio.studies.follow_ups import Account

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
Session = Annotated[str | None, Query(pattern="^[A-Za-z0-9._-]{1,64}$")]


async def ask(asked: Asked, request: Request) -> Response:
    """Ask for a run. The same study asked for again is the same run."""
    host = host_of(request)
    files = request.app.state.files
    study = await asyncio.to_thread(study_asked, host, asked.kind, asked.study, files)
    return accepted((await asked_within(host, asked.kind, study, manner_of(request.headers))).run)


router.add_api_route(
    "",
    ask,
    methods=["POST"],
    status_code=202,
    response_model=Summary,
    responses={429: {}},
    openapi_extra={"parameters": HEADERS},
    route_class_override=Posted,
)


def study_asked(
    host: Host, kind: str, settings: Mapping[str, Any], files: Path | None
) -> Component:
    """The study of a kind with these settings.

    Raises:
        InputError: there is no such kind, or a setting names a file of the server.
        ValidationError: a setting is wrong.
    """
    if kind not in host.kinds:
        raise InputError(f"there is no such kind of run; there is {', '.join(host.kinds)}")
    return read_document(json.dumps(settings).encode(), host.kinds[kind].study, files)


@router.get("")
async def latest(
    host: Here, limit: Annotated[int, Query(ge=1, le=500)] = 50, session: Session = None
) -> list[Summary]:
    """The latest runs, newest first; with a session, those that it asked for."""
    return [summary(run) for run in await host.store.runs(limit, session=session)]


@router.get("/glances")
async def glances(
    request: Request, host: Here, limit: Annotated[int, Query(ge=1, le=500)] = 50
) -> dict[str, RunGlance]:
    """What each of the latest runs was about and came to, by its id: for lists of runs."""
    runs = await host.store.runs(limit)
    return await asyncio.to_thread(request.app.state.glances.of, runs)


@router.get("/{run_id}")
async def look(run_id: str, host: Here) -> Snapshot:
    """One run as it is now."""
    run = await host.store.get(run_id)
    heard = await host.store.events(run_id, kinds=("note",))
    notes = {row.event.model_dump_json(): row.event for row in heard}  # a restart repeats them
    return Snapshot(
        **summary_fields(run),
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


@router.get("/{run_id}/result", responses={409: {"description": "It has not ended."}})
async def result(run_id: str, request: Request) -> Response:
    """What a run that is done came to; a number that is not finite is null."""
    return await result_of(request, await host_of(request).store.get(run_id))


@router.get(
    "/{run_id}/report",
    response_class=HTMLResponse,
    responses={409: {"description": "It has not ended."}},
)
async def report(run_id: str, host: Here, capital: Capital = None) -> HTMLResponse:
    """The report of a run that is done, in money of a capital: one page that needs nothing else."""
    result, account = await result_for_people(run_id, host), Account(capital=capital)
    question = json.loads((await host.store.get(run_id)).study)
    page = await asyncio.to_thread(report_file, result, host.artifacts, account, question)
    return HTMLResponse(page, headers=_REPORT_HEADERS)


class EventFrame(BaseModel):
    """One event of a run."""

    seq: int = Field(description="Its number, from 1 without a gap.")
    at: float = Field(description="When it was said, seconds since 1970.")
    event: Said = Field(description="What was said.", discriminator="kind")


@router.get("/{run_id}/events")
async def events(run_id: str, host: Here, after: After = 0) -> list[EventFrame]:
    """Up to a thousand events numbered above `after`; the WebSocket of this path sends the same."""
    run = await host.store.get(run_id)
    return [frame_of(row) for row in await host.store.events(run.id, after)]


def frame_of(row: Stored) -> EventFrame:
    """A stored event as it is sent."""
    return EventFrame(seq=row.seq, at=row.at, event=row.event)


@router.delete("/{run_id}")
async def cancel(run_id: str, host: Here, session: Session = None) -> Summary:
    """Stop a run before its next step; with a session, unless another one wants it as well."""
    return summary(await host.store.cancel(run_id, session=session))
