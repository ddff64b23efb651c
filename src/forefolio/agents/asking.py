"""Asking a study for an agent: read, refused where it names files, waited for as long as it may."""

import asyncio
import json
import time
from typing import Any

from pydantic import BaseModel

from forefolio.agents.answers import result_answer
from forefolio.agents.caller import Caller, NotAllowed
from forefolio.agents.texts import clean_text
from forefolio.core.errors import InputError, RunCancelled
from forefolio.core.kinds import kind_of, no_such
from forefolio.runs.at_once import answered_at_once
from forefolio.runs.host import Host
from forefolio.store import Run
from forefolio.studies.base import StudyDocument
from forefolio.studies.catalog import STUDIES
from forefolio.studies.paths import closed_paths
from forefolio.views.progress import Whole

PRINCIPAL = "agent"
_NAMED_S = 30.0  # that it may take to name what is asked
_INSTEAD = "give the text of the file to the tool `data`, and name the source that it answers with"

KINDS = {kind_of(study): study for study in STUDIES}


def study_named(kind: str) -> type[StudyDocument]:
    """The study of a kind.

    Raises:
        InputError: there is none.
    """
    if kind not in KINDS:
        raise InputError(no_such(clean_text(kind, 40), list(KINDS)))
    return KINDS[kind]


def read_document(caller: Caller, kind: str, document: dict[str, Any]) -> StudyDocument:
    """The study that a document is.

    Raises:
        InputError: there is no such kind, or the document names a file of this machine.
        ValidationError: its settings are wrong.
    """
    study = study_named(kind).model_validate_json(json.dumps(document))
    refuse_files(caller, study)
    return study


def refuse_files(caller: Caller, document: BaseModel) -> None:
    """Refuse a document that names a file of this machine outside the folder that is allowed.

    Raises:
        NotAllowed: naming the setting, and what to do instead.
    """
    for where, reason in closed_paths(document, caller.desk.files, _INSTEAD):
        raise NotAllowed(where, reason)


async def answer_to(
    caller: Caller, kind: str, document: dict[str, Any], fields: list[str], wait_s: float
) -> dict[str, Any]:
    """The answer to a study, or the run that will have it.

    Raises:
        ForefolioError: what is wrong with the question, or what its run failed with.
        ValidationError: its settings are wrong.
    """
    study = await asyncio.to_thread(read_document, caller, kind, document)
    if not study.stored:
        return result_answer(await answered_at_once(caller.host, study), fields)
    try:
        async with asyncio.timeout(_NAMED_S):
            asked = await caller.host.ask(kind, study, principal=PRINCIPAL)
    except TimeoutError:
        raise InputError(
            "it takes too long to get the prices that the study names; ask the study `refresh` of "
            "its tickers first, and this one once that is done"
        ) from None
    run = await ended(caller, asked.run, wait_s)
    return await state_of(caller.host, run, fields)


async def ended(caller: Caller, run: Run, wait_s: float) -> Run:
    """The run when it has ended, or as it is after so many seconds; how far it is, is reported."""
    if run.ended or wait_s <= 0:
        return run
    whole, best = Whole(KINDS[run.kind].stages if run.kind in KINDS else {}), -1.0
    try:
        async with asyncio.timeout(wait_s):
            async for row in caller.host.follow(run.id):
                if whole.read(row.event) and whole.percent > best:  # type: ignore[arg-type]
                    best = whole.percent
                    await caller.report(best, 100.0, clean_text(whole.stage, 80))
    except TimeoutError:
        pass
    return await caller.host.store.get(run.id)


async def state_of(
    host: Host, run: Run, fields: list[str], *, tables: bool = False
) -> dict[str, Any]:
    """What a run came to, or how far it is.

    Raises:
        RunFailed: it failed.
        RunCancelled: somebody stopped it.
    """
    match run.state:
        case "done":
            result = await host.result(run)
            return await asyncio.to_thread(result_answer, result, fields, tables=tables)
        case "failed":
            raise await host.store.failure(run)
        case "cancelled":
            raise RunCancelled(f"run {run.id} was cancelled; ask the same again to go on")
        case _:
            return {**line_of(run), "next": "call `result` with this run and `wait_s`"}


def line_of(run: Run) -> dict[str, Any]:
    """A run in one line."""
    age = max(time.time() - run.created_at, 0.0)
    return {"run": run.id, "kind": run.kind, "state": run.state, "asked_s_ago": round(age)}
