"""Trained models: listed, looked at, promoted under an alias, and rolled back."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from forefolio.api.documents import Posted
from forefolio.api.hosts import Here, host_of
from forefolio.runs.host import Host
from forefolio.store.model_records import AliasChange, Promotion, RegisteredModel
from forefolio.store.models import Models

router = APIRouter(prefix="/api", tags=["models"])

_ID, _ID_IS = "^[0-9a-f]{8,64}$", "Its id, or eight digits of it or more."
Id = Annotated[str, Path(pattern=_ID, description=_ID_IS)]


class Promote(BaseModel):
    """Which alias a model is to have."""

    model_config = ConfigDict(extra="forbid", strict=True)

    alias: str = Field("production", max_length=40, description="Such as production.")
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
    alias: Annotated[str, Query(max_length=40, description="Only those that are called so.")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[RegisteredModel]:
    """The trained models."""
    return await _models(host).all(name=name, alias=alias, limit=limit)


@router.get("/models/{model}", summary="A trained model: data, settings, scores, run, aliases.")
async def one(model: Id, host: Here) -> RegisteredModel:
    """A trained model."""
    return await _models(host).get(model)


async def promote(asked: Promote, request: Request) -> Response:
    """Give a model an alias at its horizon, and say what came of it."""
    models, model = _models(host_of(request)), request.path_params["model"]
    if asked.if_as_good:
        return _json(await models.promote_if_as_good(model, asked.alias))
    return _json(await models.promote(model, asked.alias, asked.reason))


async def roll_back(asked: RollBack, request: Request) -> Response:
    """Give an alias back to the model that had it before."""
    models, alias = _models(host_of(request)), request.path_params["alias"]
    return _json(await models.roll_back(alias, asked.horizon, asked.reason))


def _in_path(name: str, pattern: str, description: str) -> dict[str, Any]:
    """What OpenAPI should know of a part of the path, which the registry checks itself."""
    schema = {"type": "string", "pattern": pattern}
    told = {"name": name, "in": "path", "required": True, "description": description}
    return {"parameters": [{**told, "schema": schema}]}


router.add_api_route(
    "/models/{model}/promotion",
    promote,
    methods=["POST"],
    response_model=Promotion,
    openapi_extra=_in_path("model", _ID, _ID_IS),
    summary="Give a model an alias, such as production, at its horizon.",
    route_class_override=Posted,
)
router.add_api_route(
    "/model-aliases/{alias}/rollback",
    roll_back,
    methods=["POST"],
    response_model=AliasChange,
    openapi_extra=_in_path("alias", "^[a-z][a-z0-9_.-]{0,39}$", "Such as production."),
    summary="Give an alias back to the model that had it before.",
    route_class_override=Posted,
)


@router.get("/model-aliases", summary="What was done to the aliases of models, newest first.")
async def history(
    host: Here,
    alias: Annotated[str, Query(max_length=40, description="Only to this one.")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[AliasChange]:
    """What was done to the aliases."""
    return await _models(host).history(alias, limit)


def _json(document: Promotion | AliasChange) -> Response:
    return Response(document.model_dump_json(), media_type="application/json")


def _models(host: Host) -> Models:
    return Models(host.store.database)
