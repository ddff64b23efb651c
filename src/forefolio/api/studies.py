"""Routes for every study: post the question, get the typed answer."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from functools import lru_cache
from typing import Any

from fastapi import APIRouter, Request, Response

from forefolio.api.answers import HEADERS, answered, result_of
from forefolio.api.documents import Posted
from forefolio.api.hosts import host_of
from forefolio.api.shown import ShownAnswer, shown
from forefolio.api.summaries import Summary
from forefolio.core.kinds import kind_of
from forefolio.runs.at_once import answered_at_once
from forefolio.studies.base import StudyDocument, summary_of
from forefolio.studies.catalog import STUDIES

ALIASES: Mapping[str, str] = {
    "portfolio/optimize": "portfolio",
    "optimize/efficient-frontier": "frontier",
    "risk/assess": "risk",
    "models/train": "training",
    "models/compare": "comparison",
    "forecasts": "forecast",
    "backtests": "strategy",
    "simulations": "simulation",
    "stresses": "stress",
}
"""Other addresses of the same questions, by the kind of study."""

_LATER: dict[int | str, dict[str, Any]] = {
    202: {
        "model": Summary,
        "description": "It takes longer: the run that will have the answer.",
        "headers": {"Location": {"description": "The run.", "schema": {"type": "string"}}},
    },
    429: {},
}


def studies_router() -> APIRouter:
    """Two routes for every study, and others by which it is known."""
    return _router_of(tuple(STUDIES))


@lru_cache(maxsize=2)  # schemas take their time, and are the same for every application
def _router_of(studies: tuple[type[StudyDocument], ...]) -> APIRouter:
    router = APIRouter(prefix="/api")
    for study in studies:
        for model in (study, study.result):  # their schemas are built now, not when first asked
            model.model_config["defer_build"] = False
            model.model_rebuild(force=True)
        kind = kind_of(study)
        for path in (study.path, *(path for path, of in ALIASES.items() if of == kind)):
            _add_question(router, path, study)
        if study.stored:
            _add_answer(router, study)
        else:
            _add_page(router, study)
    return router


def _add_question(router: APIRouter, path: str, study: type[StudyDocument]) -> None:
    named = kind_of(study) if path == study.path else path.replace("/", "_").replace("-", "_")
    router.add_api_route(
        f"/{path}",
        _asking(study),
        methods=["POST"],
        response_model=study.result,
        responses=_LATER if study.stored else None,
        openapi_extra={"parameters": HEADERS},
        summary=summary_of(study),
        tags=[kind_of(study)],
        operation_id=f"ask_{named}",
        route_class_override=Posted,
    )


def _add_answer(router: APIRouter, study: type[StudyDocument]) -> None:
    router.add_api_route(
        f"/{study.path}/{{run_id}}",
        answer,
        methods=["GET"],
        response_model=study.result,
        responses={409: {"description": "It has not ended."}},
        summary=f"The answer: {summary_of(study.result)}",
        tags=[kind_of(study)],
        operation_id=f"answer_{kind_of(study)}",
    )


def _add_page(router: APIRouter, study: type[StudyDocument]) -> None:
    """What is no run has no address of its own: its answer and its page come together."""
    router.add_api_route(
        f"/{study.path}/page",
        _showing(study),
        methods=["POST"],
        response_model=ShownAnswer[study.result],  # type: ignore[name-defined]
        summary=f"In sentences and tables: {summary_of(study)}",
        tags=[kind_of(study)],
        operation_id=f"show_{kind_of(study)}",
        route_class_override=Posted,
    )


async def answer(run_id: str, request: Request) -> Response:
    """What a run that is done came to."""
    return await result_of(request, await host_of(request).store.get(run_id))


def _asking(study: type[StudyDocument]) -> Callable[..., Coroutine[Any, Any, Response]]:
    async def ask(asked: Any, request: Request) -> Response:
        return await answered(request, kind_of(study), asked)

    ask.__annotations__ = {"asked": study, "request": Request, "return": Response}
    return ask


def _showing(study: type[StudyDocument]) -> Callable[..., Coroutine[Any, Any, Response]]:
    model = ShownAnswer[study.result]  # type: ignore[name-defined]

    async def show(asked: Any, request: Request) -> Response:
        result = await answered_at_once(host_of(request), asked)
        page = await asyncio.to_thread(shown, result)
        content = model.model_construct(result=result, page=page).model_dump_json()
        return Response(content, media_type="application/json")

    show.__annotations__ = {"asked": study, "request": Request, "return": Response}
    return show
