"""Schedules over HTTP: what is asked once in every period, as `forefolio schedule` has it."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from forefolio.api.documents import Posted
from forefolio.api.hosts import Here, host_of
from forefolio.api.runs import study_asked
from forefolio.runs.schedule_facts import ScheduleFacts
from forefolio.runs.schedules import resumed, scheduled

router = APIRouter(prefix="/api/schedules", tags=["schedules"])

Name = Annotated[str, Path(min_length=1, max_length=80, description="What it is called.")]


class NewSchedule(BaseModel):
    """What to ask, and when."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(min_length=1, max_length=80, description="What it is called.")
    rule: str = Field(
        max_length=80,
        description="When, UTC: `every session after close`, `daily 22:30`, `weekly friday 22:30` "
        "or `monthly 15 06:00`.",
    )
    kind: str = Field(max_length=40, description="The kind of run, such as `signals`.")
    study: dict[str, Any] = Field(default_factory=dict, description="The settings of its study.")


class ScheduleChange(BaseModel):
    """What is to change."""

    model_config = ConfigDict(extra="forbid", strict=True)

    paused: bool = Field(description="Whether nothing is asked from now on.")


async def add(asked: NewSchedule, request: Request) -> ScheduleFacts:
    """Keep a schedule whose study could be asked now."""
    host = host_of(request)
    files = request.app.state.files
    study = await asyncio.to_thread(study_asked, host, asked.kind, asked.study, files)
    await asyncio.to_thread(host.lane, study)  # what cannot fit is refused now, not every night
    schedules = host.store.schedules
    new = scheduled(asked.name, asked.rule, asked.kind, study, schedules.now())
    await schedules.add(new)
    return ScheduleFacts.of(new)


router.add_api_route(
    "",
    add,
    methods=["POST"],
    status_code=201,
    responses={409: {"description": "There is a schedule of that name."}},
    summary="Ask a study once in every period.",
    route_class_override=Posted,
)


@router.get("", summary="Every schedule, the one that is due first at the beginning.")
async def everything(host: Here) -> list[ScheduleFacts]:
    """Every schedule."""
    return [ScheduleFacts.of(one) for one in await host.store.schedules.all()]


@router.get("/{name}", summary="A schedule: when it is due, and what came of it last.")
async def look(name: Name, host: Here) -> ScheduleFacts:
    """One schedule."""
    return ScheduleFacts.of(await host.store.schedules.get(name))


async def change(asked: ScheduleChange, name: Name, request: Request) -> ScheduleFacts:
    """Pause a schedule, or go on with it from its next time on."""
    schedules = host_of(request).store.schedules
    one = await (schedules.pause(name) if asked.paused else resumed(schedules, name))
    return ScheduleFacts.of(one)


router.add_api_route(
    "/{name}",
    change,
    methods=["PATCH"],
    summary="Pause a schedule, or go on with it; what was missed is not made up for.",
    route_class_override=Posted,
)


@router.delete("/{name}", status_code=204, summary="Forget a schedule; what it asked for stays.")
async def remove(name: Name, host: Here) -> None:
    """Forget a schedule."""
    await host.store.schedules.remove(name)
