"""What was asked for before, and what it came to."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from forefolio.core.errors import InputError, StoreError
from forefolio.core.lazy import lazy
from forefolio.core.settings import Settings
from forefolio.runs.catalog import KINDS
from forefolio.runs.opening import opening
from forefolio.runs.results import read_result
from forefolio.store import Artifacts, Run

asyncio: Any = lazy("asyncio")
database: Any = lazy("forefolio.store.store")

MANY = 10_000  # runs; a signal a day for forty years


def remembered(kind: str, settings: Settings, limit: int = MANY) -> list[tuple[Run, Any]]:
    """The latest runs of one kind that are done, newest first, each with its result.

    A run whose result was lost, or is of a version whose results cannot be read, is left out.
    """
    kept = Artifacts(settings.home)
    return [(run, result) for run in _ask(kind, settings, limit) for result in _read(run, kept)]


def one_remembered(kind: str, begun: str, settings: Settings) -> tuple[Run, Any]:
    """The latest run of that kind whose id begins so, "" being any, with its result.

    Raises:
        InputError: there is none, or several.
    """
    kept = Artifacts(settings.home)
    found = [run for run in _ask(kind, settings, MANY) if run.id.startswith(begun)]
    if begun and len(found) > 1:
        raise InputError(f"{len(found)} runs begin with {begun!r}; say more of it")
    for run in found:
        for result in _read(run, kept):
            return run, result
    which = f" whose id begins with {begun!r}" if begun else ""
    raise InputError(f"no {kind} run{which} is done; `forefolio runs` lists all there are")


def _read(run: Run, kept: Artifacts) -> tuple[Any, ...]:
    """The result of a run, alone in a tuple; empty where it was lost or is of another version."""
    raw = kept.get(run.result or "")
    kind = KINDS.get(run.kind)
    try:
        return (
            ()
            if raw is None
            else (read_result(raw, run, getattr(kind and kind.study, "result", None)),)
        )
    except StoreError:
        return ()


def _ask(kind: str, settings: Settings, limit: int) -> list[Run]:
    async def ask() -> list[Run]:
        async with database.Store.open(settings.database_url) as store:
            runs: list[Run] = await store.runs(limit, kind=kind, state="done")
            return runs

    with ThreadPoolExecutor(1) as thread:  # a notebook has an event loop of its own
        runs: list[Run] = thread.submit(asyncio.run, ask()).result()
        return runs


def result_of(kinds: Sequence[str], begun: str, settings: Settings) -> Any:
    """The result of the run of these kinds whose id begins so; "last" is the latest.

    Raises:
        InputError: there is none, or several.
    """

    async def ask() -> Any:
        async with opening(settings)() as host:
            return await host.earlier(kinds, begun)

    with ThreadPoolExecutor(1) as thread:  # a notebook has an event loop of its own
        runs: list[Run] = thread.submit(asyncio.run, ask()).result()
        return runs
