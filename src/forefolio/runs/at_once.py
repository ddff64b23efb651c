"""The answer to a study that is not stored, computed beside a host's event loop."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar, cast

from forefolio.core.errors import ResultGone, VerifyingAlready
from forefolio.core.events import finish
from forefolio.runs.host import Host
from forefolio.runs.rendering import report_file
from forefolio.studies.base import Study, StudyDocument
from forefolio.studies.result import Result

T = TypeVar("T")

_MANY = 1000  # earlier runs that such an answer looks at


async def answered_at_once(host: Host, study: StudyDocument) -> Result:
    """The answer to a study that is not stored, such as what came of earlier signals.

    Raises:
        TooMuchWork: it asks a question within that cannot fit.
        VerifyingAlready: it asks one within, and so does another that is being answered.
    """
    questions = study.questions_within()
    for question in questions:
        host.limits.admit(question)
    loop = asyncio.get_running_loop()

    def awaited(work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    def compute() -> Result:
        place = replace(
            host.place_of(host.quick, lambda kinds, begun: awaited(host.earlier(kinds, begun))),
            earlier=lambda kind: awaited(_earlier(host, kind)),
            rendered=lambda result, account: report_file(result, host.artifacts, account),
        )
        return finish(cast("Study[Result]", study).settled(place.recall).job(place))

    if not questions:
        return await asyncio.to_thread(compute)
    return await asyncio.to_thread(_alone, host.verifying, compute)


def _alone(lock: threading.Lock, compute: Callable[[], T]) -> T:
    """In a thread, which goes on when whoever asked has gone away: so the lock is taken there."""
    if not lock.acquire(blocking=False):
        raise VerifyingAlready
    try:
        return compute()
    finally:
        lock.release()


async def _earlier(host: Host, kind: str) -> list[Result]:
    done = await host.store.runs(_MANY, kind=kind, state="done")
    results: list[Result] = []
    for run in done:
        with suppress(ResultGone):
            results.append(await host.result(run))
    return results
