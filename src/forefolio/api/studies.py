"""A route for every study: post the question, get the typed answer."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response

from forefolio.api.documents import Posted
from forefolio.api.hosts import host_of
from forefolio.api.runs import Summary, accepted, asked_within, finished
from forefolio.core.kinds import kind_of
from forefolio.studies.base import StudyDocument, summary_of
from forefolio.studies.catalog import STUDIES


def studies_router() -> APIRouter:
    """Two routes for every study that is stored."""
    router = APIRouter(prefix="/api")
    for study in STUDIES:
        if study.stored:
            _add(router, study)
    return router


def _add(router: APIRouter, study: type[StudyDocument]) -> None:
    for model in (study, study.result):  # their schemas are built now, not at the first request
        model.model_config["defer_build"] = False
        model.model_rebuild(force=True)
    kind = kind_of(study)
    router.add_api_route(
        f"/{study.path}",
        _asking(kind, study),
        methods=["POST"],
        status_code=202,
        response_model=Summary,
        summary=summary_of(study),
        tags=[kind],
        operation_id=f"ask_{kind}",
        route_class_override=Posted,
    )
    router.add_api_route(
        f"/{study.path}/{{run_id}}",
        finished,
        methods=["GET"],
        response_model=study.result,
        summary=f"The answer: {summary_of(study.result)}",
        tags=[kind],
        operation_id=f"answer_{kind}",
    )


def _asking(kind: str, study: type[StudyDocument]) -> Callable[..., Coroutine[Any, Any, Response]]:
    async def ask(asked: Any, request: Request) -> Response:
        return accepted(await asked_within(host_of(request), kind, asked))

    ask.__annotations__ = {"asked": study, "request": Request, "return": Response}
    return ask
