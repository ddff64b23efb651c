"""What was asked for before, and what it came to."""

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from forefolio.core.lazy import lazy
from forefolio.core.settings import Settings
from forefolio.runs.catalog import KINDS
from forefolio.runs.opening import HostNeeded, opening
from forefolio.runs.results import MANY, readable
from forefolio.store import Artifacts, Run
from forefolio.store.waiting import waited

database: Any = lazy("forefolio.store.store")


def remembered(kind: str, settings: Settings, limit: int = MANY) -> list[tuple[Run, Any]]:
    """The latest runs of one kind that are done, newest first, each with its result.

    A run whose result was lost, or is of a version whose results cannot be read, is left out.
    """

    async def done() -> list[Run]:
        async with database.Store.open(settings.database_url) as store:
            runs: list[Run] = await store.runs(limit, kind=kind, state="done")
            return runs

    kept = Artifacts(settings.home)
    return [
        (run, result)
        for run in waited(done)
        for result in readable(kept.get(run.result or ""), run, KINDS)
    ]


def result_of(kinds: Sequence[str], begun: str, settings: Settings) -> Any:
    """The result of the run of these kinds whose id begins so; "last" is the latest.

    Raises:
        InputError: there is none, or several.
    """

    opened = opening(settings)
    with suppress(HostNeeded):
        return opened.earlier(kinds, begun)

    async def earlier() -> Any:
        async with opened() as host:
            return await host.earlier(kinds, begun)

    return waited(earlier)


def question_of(run_id: str, settings: Settings) -> dict[str, Any]:
    """What a stored run was asked, as a document that leaves nothing open."""

    async def asked() -> str:
        async with database.Store.open(settings.database_url) as store:
            run: Run = await store.get(run_id)
            return run.study

    question: dict[str, Any] = json.loads(waited(asked))
    return question
