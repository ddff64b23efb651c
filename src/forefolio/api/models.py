"""Trained models: listed, looked at, promoted under an alias, and rolled back."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from forefolio.api.documents import Posted
from forefolio.api.hosts import Here, host_of
from forefolio.runs.host import Host
from forefolio.store.model_records import (
    ALIAS,
    ID,
    LONGEST,
    AliasChange,
    Promotion,
    RegisteredModel,
)
from forefolio.store.models import Models

router = APIRouter(prefix="/api", tags=["models"])

Id = Annotated[
    str, Path(pattern=f"^{ID.pattern}$", description="Its id, or eight digits of it or more.")
]
Alias = Annotated[str, Path(pattern=f"^{ALIAS.pattern}$", description="Such as production.")]


class Promote(BaseModel):
    """Which alias a model is to have."""

    model_config = ConfigDict(extra="forbid", strict=True)

    alias: str = Field("production", max_length=LONGEST, description="Such as production.")
    if_as_good: bool = Field(
        False,
        description="Only if its walk-forward skill is no worse than that of who has the alias.",
    )
    reason: str = Field("over HTTP", max_length=2000, description="Why, for the history.")


class RollBack(BaseModel):
    """At which horizon an alias goes back to the model that had it before."""

    model_config = ConfigDict(extra="forbid", strict=True)

    horizon: int = Field(ge=1, lt=2**31, description="Sessions ahead.")
    reason: str = Field("over HTTP", max_length=2000, description="Why, for the history.")


@router.get("/models", summary="The trained models, the newest first, with their scores.")
async def everything(
    host: Here,
    name: Annotated[str, Query(max_length=200, description="Only those of this name.")] = "",
    alias: Annotated[
        str, Query(max_length=LONGEST, description="Only those that are called so.")
    ] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[RegisteredModel]:
    """The trained models."""
    return await _models(host).all(name=name, alias=alias, limit=limit)


@router.get("/models/{model}", summary="A trained model: data, settings, scores, run, aliases.")
async def one(model: Id, host: Here) -> RegisteredModel:
    """A trained model."""
    return await _models(host).get(model)


async def promote(asked: Promote, model: Id, request: Request) -> Promotion:
    """Give a model an alias at its horizon, and say what came of it."""
    models = _models(host_of(request))
    if asked.if_as_good:
        return await models.promote_if_as_good(model, asked.alias)
    return await models.promote(model, asked.alias, asked.reason)


async def roll_back(asked: RollBack, alias: Alias, request: Request) -> AliasChange:
    """Give an alias back to the model that had it before."""
    return await _models(host_of(request)).roll_back(alias, asked.horizon, asked.reason)


router.add_api_route(
    "/models/{model}/promotion",
    promote,
    methods=["POST"],
    summary="Give a model an alias, such as production, at its horizon.",
    route_class_override=Posted,
)
router.add_api_route(
    "/model-aliases/{alias}/rollback",
    roll_back,
    methods=["POST"],
    summary="Give an alias back to the model that had it before.",
    route_class_override=Posted,
)


@router.get("/model-aliases", summary="What was done to the aliases of models, newest first.")
async def history(
    host: Here,
    alias: Annotated[str, Query(max_length=LONGEST, description="Only to this one.")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[AliasChange]:
    """What was done to the aliases."""
    return await _models(host).history(alias, limit)


def _models(host: Host) -> Models:
    return Models(host.store.database)
