"""Everything that is needed to run things here: asking, reading, working, following.

How a run is worked on is in `working`, how it is followed in `following`.
"""

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

from forefolio.core.component import Component, content_digest
from forefolio.core.errors import InputError, StoreError
from forefolio.core.events import Checkpoint
from forefolio.core.failpoints import Clock
from forefolio.core.logs import about, facts
from forefolio.market.online.supply import Supply
from forefolio.runs.current import on_its_account, pinned_study, refresh_of, refreshed_study
from forefolio.runs.executors import executor
from forefolio.runs.following import Feeds
from forefolio.runs.jobs import Kind, Kinds
from forefolio.runs.lease import LEASE_S, PATIENCE_S, patiently
from forefolio.runs.limits import RunLimits, for_each_worker
from forefolio.runs.listing import refuse_forsaken
from forefolio.runs.memo import Remembering
from forefolio.runs.owner import owner
from forefolio.runs.results import MANY, result_among, result_in
from forefolio.runs.working import see_through, serve
from forefolio.store import Artifacts, Ask, Asker, Lane, Run, Store, Stored, Wanted
from forefolio.store.model_shelf import ModelShelf
from forefolio.store.paper_shelf import PaperShelf
from forefolio.store.run import LOCAL, UNLIMITED
from forefolio.studies.base import StudyDocument
from forefolio.studies.place import ArrayFolder, Place, Recall
from forefolio.studies.result import Result

logger = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Host:
    """Everything that is needed to run things here. Made by `hosting`."""

    store: Store
    artifacts: Artifacts
    kinds: Kinds
    executor: Executor
    quick: Executor  # of the interactive lane: it waits for no other's tasks
    home: Path
    owner: str
    limits: RunLimits
    feeds: Feeds
    supply: Supply | None = None
    models: ModelShelf | None = None
    papers: PaperShelf | None = None
    clock: Clock = time.monotonic
    verifying: threading.Lock = field(default_factory=threading.Lock)  # one report at a time

    # -- asking ----------------------------------------------------------------------------------

    async def ask(
        self,
        kind: str,
        study: Component,
        *,
        session: str = "",
        principal: str = "",
        idempotency_key: str | None = None,
        priority: int = 0,
    ) -> Ask:
        """Ask for the answer to `study`: `Ask.run` is a new run, or the one that there is.

        Args:
            kind: which kind of run.
            study: the question.
            session: such as a window of a browser; its runs can be listed.
            principal: whose question it is, such as a token's; that of this process ends with it.
            idempotency_key: asking again with it is the same ask.
            priority: of runs that wait, those of a greater one are first.

        Raises:
            InputError: there is no such kind of run.
            KeyReused: the key came with another question before.
            QueueFull: as many runs wait as may, in all or of the session.
            TooMuchWork: it would take more time or memory than there is.
        """
        if kind not in self.kinds:
            raise InputError(f"there is no kind of run {kind!r}; there is {', '.join(self.kinds)}")
        asker = Asker(
            session=session,
            principal=principal,
            idempotency_key=idempotency_key,
            body=content_digest(kind, study.model_dump_json()),
            priority=priority,
            owner=self.owner if principal == LOCAL else "",
        )
        with about(**({"session": session} if session else {})):
            return await self._ask(kind, study, asker)

    def unlimited(self) -> Self:
        """The same for whoever sees through what it asks: that need not queue."""
        return replace(self, limits=replace(self.limits, room=UNLIMITED))

    async def _ask(self, kind: str, study: Component, asker: Asker) -> Ask:
        study = await self._current(study)
        settle = getattr(study, "settled", None)
        if settle is not None:
            study = await asyncio.to_thread(settle, self._recall(asyncio.get_running_loop()))
        lane = await asyncio.to_thread(self.lane, study)
        wanted = await asyncio.to_thread(self.kinds[kind].wanted, kind, study, lane)
        lost = await self._lost(wanted)
        asked = await self.store.ask(wanted, asker, room=self.limits.room, lost=lost)
        logger.info("asked", extra=facts(kind=kind, run=asked.run.id, state=asked.run.state))
        return asked

    async def _current(self, study: Component) -> Component:
        """The question about prices of a version, refreshed by a run where it says so."""
        study = await asyncio.to_thread(on_its_account, study, self.papers)
        refresh = refresh_of(study)
        if refresh is None or refresh.kind not in self.kinds:
            return await asyncio.to_thread(pinned_study, study, self.supply, self.models)
        run = (await self.unlimited().ask(refresh.kind, refresh, principal=LOCAL)).run
        await self.see_through(run.id)
        run = await self.store.get(run.id)
        if run.state != "done":
            raise await self.store.failure(run)
        refreshed = refreshed_study(study, await self.result(run))
        return await asyncio.to_thread(pinned_study, refreshed, self.supply, self.models)

    def lane(self, study: Component) -> Lane:
        """In which queue a study waits; what does not say what it costs is taken as long.

        Raises:
            TooMuchWork: it would take more time or memory than there is.
        """
        if not isinstance(study, StudyDocument):
            return "batch"
        return self.limits.lane(self.limits.admit(study))

    async def _lost(self, wanted: Wanted) -> str | None:
        """The result that is there by name, and cannot be read."""
        stored = await self.store.find(wanted.digest)
        if stored is None or stored.state != "done" or await self._result(stored):
            return None
        return stored.result

    async def result(self, run: Run) -> Any:
        """What a run that is done came to.

        Raises:
            StoreError: it is not done.
            ResultGone: its result was lost, or is of another version.
        """
        if run.state != "done":
            raise StoreError(f"run {run.id} is {run.state} and has no result; ask for it again")
        raw = await asyncio.to_thread(self.artifacts.get, run.result or "")
        return await asyncio.to_thread(result_in, raw, run, self.kinds)

    async def _result(self, run: Run) -> tuple[Any, ...]:
        """What it came to, alone in a tuple; empty where there is nothing that can be read."""
        try:
            return (await self.result(run),)
        except StoreError:
            return ()

    def place(
        self, run: Run, checkpoints: Mapping[str, Checkpoint], loop: asyncio.AbstractEventLoop
    ) -> Place:
        """Where the job of a run works; `loop` is the one that the store lives in."""
        place = self.place_of(self.tasks(run), self._recall(loop))
        return replace(place, checkpoints=checkpoints, run=run.id, code=run.code_digest)

    def place_of(self, executor: Executor, recall: Recall) -> Place:
        """Where a job works that is no run's: it may use all that is kept here."""
        return Place(
            executor=executor,
            arrays=ArrayFolder(home=self.home),
            keep=self.artifacts.put,
            recall=recall,
            supply=self.supply,
            models=self.models,
            papers=self.papers,
        )

    def tasks(self, run: Run) -> Executor:
        """What takes the tasks of a run: those of short ones are done at once, right here."""
        return self.quick if run.lane == "interactive" else self.executor

    def kind_of(self, run: Run) -> Kind:
        """The kind of a run.

        Raises:
            StoreError: this version has none of that name.
        """
        if run.kind not in self.kinds:
            raise StoreError(f"run {run.id} is of kind {run.kind!r}, which this version cannot run")
        return self.kinds[run.kind]

    @property
    def codes(self) -> frozenset[str]:
        """Names of the code that computes here: no other's runs are worked on."""
        return frozenset(kind.code() for kind in self.kinds.values())

    def _recall(self, loop: asyncio.AbstractEventLoop) -> Recall:
        """Read the result of an earlier run, from any thread but the loop's."""

        def recall(kinds: Sequence[str], begun: str) -> Result:
            earlier = self.earlier(kinds, begun)
            result: Result = asyncio.run_coroutine_threadsafe(earlier, loop).result()
            return result

        return recall

    async def earlier(self, kinds: Sequence[str], begun: str) -> Any:
        """The result of the one run that is done and begins so; "last" is the latest.

        Raises:
            InputError: there is none, or several.
        """
        done = await self.store.runs(MANY, state="done")
        return await asyncio.to_thread(result_among, done, begun, kinds, self.artifacts, self.kinds)

    # -- working and following -------------------------------------------------------------------

    async def serve(self) -> None:
        """Work on whatever waits, in every lane one run after another, until cancelled."""
        await serve(self)

    async def see_through(self, run_id: str) -> None:
        """Bring one run to its end: here, or wherever it is being worked on."""
        await see_through(self, run_id)

    async def patiently(self, work: Callable[[], Awaitable[T]]) -> T:
        """What `work` comes to, tried again while the database is busy or away.

        Raises:
            StoreError: it still is, after a minute.
        """
        return await patiently(work, PATIENCE_S, self.clock)

    def follow(self, run_id: str, after: int = 0) -> AsyncIterator[Stored]:
        """The events of a run numbered above `after`, as they come, until it has ended.

        However many follow it here, the database is asked by one reader; who lags behind gets, of
        progress, the newest of each stage.

        Raises:
            UnknownRun: there is no such run.
            OlderCode: it waits for another version of this package.
        """
        return self.feeds.follow(run_id, after)


def _refuse_forsaken(kinds: Kinds, run: Run) -> None:
    kind = kinds.get(run.kind)
    refuse_forsaken(run, kind.code() if kind else None)


@asynccontextmanager
async def hosting(
    *,
    home: Path,
    database_url: str,
    executor_url: str,
    kinds: Kinds,
    task_timeout_s: float | None = None,
    limits: RunLimits | None = None,
    supply: Supply | None = None,
) -> AsyncIterator[Host]:
    """Open the database, the artefacts and the executors, and close them at the end."""
    artifacts, limits = Artifacts(home), limits or RunLimits()
    workers = executor(executor_url, task_timeout_s, for_each_worker(limits))
    with (
        owner(home) as name,
        Remembering(workers, artifacts) as tasks,
        Remembering(executor("inline:"), artifacts) as quick,
    ):
        async with Store.open(database_url, patience_s=LEASE_S) as store:
            yield Host(
                store=store,
                artifacts=artifacts,
                kinds=kinds,
                executor=tasks,
                quick=quick,
                home=home,
                owner=name,
                limits=limits,
                feeds=Feeds(store, check=partial(_refuse_forsaken, kinds)),
                supply=supply,
                models=ModelShelf(home=home, url=database_url),
                papers=PaperShelf(url=database_url),
            )
