"""Whether the service lives, and whether it can be asked."""

import sqlite3
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from forefolio.api.hosts import Here
from forefolio.store.journal import journal_mode

router = APIRouter(tags=["health"])


class Live(BaseModel):
    """The process answers."""

    status: Literal["ok"] = Field("ok", description="Always.")


class Ready(BaseModel):
    """The database answers too."""

    status: Literal["ready"] = Field("ready", description="Always; 503 where it is not.")


class Health(Live):
    """What the service stores with."""

    database: Literal["sqlite", "postgresql"] = Field(description="Where runs are kept.")
    sqlite: str | None = Field(None, description="Version of the SQLite, if it is that.")
    journal_mode: str | None = Field(None, description="How SQLite keeps what is acknowledged.")


@router.get("/health/live", summary="Whether the process answers; no token is needed.")
async def live() -> Live:
    """Whether the process answers."""
    return Live()


@router.get("/health/ready", summary="Whether the database answers too; no token is needed.")
async def ready(host: Here) -> Ready:
    """Whether the database answers; a problem with 503 if it does not."""
    await host.store.runs(1)
    return Ready()


@router.get("/api/health", summary="Whether the service answers, and what it stores with.")
async def health(host: Here) -> Health:
    """Whether the service answers, and what it stores with."""
    if host.store.system == "postgresql":
        return Health(database="postgresql")
    return Health(database="sqlite", sqlite=sqlite3.sqlite_version, journal_mode=journal_mode())
