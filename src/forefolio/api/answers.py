"""How a question is answered: at once if that is short, else as a run that goes on.

1. What is stored, or done within about a second, is answered with the result (200).
2. Anything longer is a run (202) at `Location`; `Prefer: wait=10` waits longer, and
   `Prefer: respond-async` not at all (RFC 7240).
3. The same `Idempotency-Key` is the same ask; `Session-Id` names whose progress it is.
"""

import asyncio
import json
import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response

from forefolio.api.hosts import host_of
from forefolio.api.refusals import Busy, Refused
from forefolio.api.summaries import NoReport, NotDone, plain, summary
from forefolio.core.component import Component
from forefolio.core.errors import RunCancelled
from forefolio.runs.at_once import answered_at_once
from forefolio.runs.host import Host
from forefolio.store import Ask, Run
from forefolio.studies.base import StudyDocument
from forefolio.studies.result import Result

ASK_S = 30.0  # that it may take to name what is asked
WAIT_S, LONGEST_S = 1.0, 30.0
_LOOK_S = 0.1

HEADERS: list[Mapping[str, Any]] = [
    {
        "name": "Prefer",
        "in": "header",
        "description": "`respond-async`: a run at once; `wait=10`: wait so many seconds, up to 30.",
        "schema": {"type": "string"},
    },
    {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Asking again with the same key and question is the same ask.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
    },
    {
        "name": "Session-Id",
        "in": "header",
        "description": "Whose progress `/ws/optimize/progress/{session_id}` tells.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
    },
]
"""What says how an answer is wanted, for the OpenAPI document."""

_KEY, _SESSION = re.compile(r"[!-~]{1,200}"), re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How an answer is wanted: how long to wait for it, for whom, and under which key."""

    wait: float = WAIT_S
    session: str = ""
    key: str | None = None


def manner_of(headers: Mapping[str, str]) -> Manner:
    """What a request says of it.

    Raises:
        Refused: a key or a session is none.
    """
    key, session = headers.get("idempotency-key"), headers.get("session-id")
    if key is not None and not _KEY.fullmatch(key):
        raise Refused("Idempotency-Key: must be 1 to 200 printable characters without blanks")
    if session is not None and not _SESSION.fullmatch(session):
        raise Refused("Session-Id: must be 1 to 64 letters, digits, '.', '_' or '-'")
    return Manner(wait=_wait(headers.get("prefer", "")), session=session or "", key=key)


def _wait(preferred: str) -> float:
    """Seconds to wait; what cannot be understood is no preference."""
    words = [word.strip().lower() for word in preferred.split(",")]
    for word in words:
        if wanted := re.fullmatch(r"wait=(\d{1,4})", word):
            return min(float(wanted[1]), LONGEST_S)
    return 0.0 if "respond-async" in words else WAIT_S


async def answered(request: Request, kind: str, study: Component) -> Response:
    """The answer to a study, or the run that will have it.

    Raises:
        ForefolioError: what is wrong with the question, or what its run failed with.
    """
    host, manner = host_of(request), manner_of(request.headers)
    if isinstance(study, StudyDocument) and not study.stored:
        return _document(await asyncio.to_thread(_json, await answered_at_once(host, study)))
    if manner == Manner(wait=manner.wait) and (kept := await _kept(request, kind, study)):
        return kept
    asked = await asked_within(host, kind, study, manner)
    run = await _ended_within(host, asked.run, manner.wait)
    if not run.ended:
        return accepted(run)
    return await result_of(request, run)


async def _kept(request: Request, kind: str, study: Component) -> Response | None:
    """The answer, if it was sent a short while ago and nobody's name has to be noted for it."""
    host, documents = host_of(request), request.app.state.documents
    if kind not in host.kinds or not documents:
        return None
    loop = asyncio.get_running_loop()

    def digest() -> str:
        def recall(kinds: Sequence[str], begun: str) -> Result:
            earlier = asyncio.run_coroutine_threadsafe(host.earlier(kinds, begun), loop)
            result: Result = earlier.result()
            return result

        settle = getattr(study, "settled", None)
        return host.kinds[kind].digest(kind, study if settle is None else settle(recall))

    async with asyncio.timeout(ASK_S):
        run = await host.store.find(await asyncio.to_thread(digest))
    if run is None or run.state != "done" or (run.id, run.result or "") not in documents:
        return None
    return await result_of(request, run)


async def asked_within(
    host: Host,
    kind: str,
    study: Component,
    manner: Manner = Manner(wait=0.0),
) -> Ask:
    """Ask for a study, which is named within a deadline.

    Raises:
        Busy: naming it takes too long: its data is large, or on a disk that does not answer.
    """
    try:
        async with asyncio.timeout(ASK_S):
            return await host.ask(kind, study, session=manner.session, idempotency_key=manner.key)
    except TimeoutError:
        raise Busy("it takes too long to read what the study names; try again later") from None


async def _ended_within(host: Host, run: Run, seconds: float) -> Run:
    """The run when it has ended, or as it is after so long."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while not run.ended and (left := deadline - loop.time()) > 0:
        await host.store.wait(min(left, _LOOK_S))
        run = await host.store.get(run.id)
    return run


def accepted(run: Run) -> Response:
    """Say that a run was asked for, and where it is."""
    line = summary(run)
    headers = {"Location": line.links.self, "Preference-Applied": "respond-async"}
    return Response(line.model_dump_json(), 202, headers, media_type="application/json")


async def result_of(request: Request, run: Run) -> Response:
    """What a run came to, as a document; a number that is not finite is null.

    Raises:
        NotDone: it has not ended.
        RunCancelled: it was stopped.
        RunFailed: it failed.
    """
    await _refuse_unfinished(host_of(request), run)
    documents: Documents = request.app.state.documents
    name = (run.id, run.result or "")
    if (document := documents.get(name)) is None:
        document = await asyncio.to_thread(_json, await host_of(request).result(run))
        documents.keep(name, document)
    return _document(document, {"Content-Location": f"/api/runs/{run.id}/result"})


async def result_for_people(run_id: str, host: Host) -> Result:
    """What a run came to, if it is what a page or a report can be made of.

    Raises:
        NotDone: it has not ended.
        RunCancelled: it was stopped.
        RunFailed: it failed.
        NoReport: it is of a kind that makes none.
    """
    run = await host.store.get(run_id)
    await _refuse_unfinished(host, run)
    result = await host.result(run)
    if not isinstance(result, Result):
        raise NoReport(run_id)
    return result


async def _refuse_unfinished(host: Host, run: Run) -> None:
    if run.state == "failed":
        raise await host.store.failure(run)
    if run.state == "cancelled":
        raise RunCancelled(f"the run was cancelled; ask again: POST the study {run.kind} anew")
    if run.state != "done":
        raise NotDone(run)


class Documents:
    """The results that were read last, as they are sent, up to a number of bytes."""

    def __init__(self, most: int = 32_000_000) -> None:
        self._most, self._bytes = most, 0
        self._documents: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    def get(self, name: tuple[str, str]) -> bytes | None:
        """A document, if it is among them."""
        if name in self._documents:
            self._documents.move_to_end(name)
        return self._documents.get(name)

    def __len__(self) -> int:
        return len(self._documents)

    def __contains__(self, name: object) -> bool:
        return name in self._documents

    def keep(self, name: tuple[str, str], document: bytes) -> None:
        """Keep a document, and let those go that were read longest ago."""
        self._bytes += len(document) - len(self._documents.pop(name, b""))
        self._documents[name] = document
        while self._bytes > self._most:
            self._bytes -= len(self._documents.popitem(last=False)[1])


def _json(value: Any) -> bytes:
    if isinstance(value, Result):
        return value.model_dump_json().encode()
    return json.dumps(plain(value), allow_nan=False).encode()


def _document(content: bytes, headers: Mapping[str, str] | None = None) -> Response:
    return Response(content, 200, dict(headers or {}), media_type="application/json")
