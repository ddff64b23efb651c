"""Drives runs: claims one, plays its job step by step, stores what it says and how it ends.

1. A step of the job runs in a thread, the store is written from the event loop, and between two
   steps the lease is checked: a cancelled run stops at its next word.
2. A checkpoint's state is an artefact before the event that names it is written; likewise the
   result, before the run is done. So nothing that is stored points to nothing.
3. Progress and checkpoints are thinned; what a person must know (stages, notes) never is.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from forefolio.core.component import Component, content_digest
from forefolio.core.errors import (
    ForefolioError,
    InputError,
    LeaseLost,
    StoreBusy,
    StoreError,
    StoreUnavailable,
)
from forefolio.core.events import Checkpoint, Event, Part, Progress
from forefolio.core.failpoints import Clock, failpoint
from forefolio.core.wording import listed
from forefolio.runs.executors import executor
from forefolio.runs.jobs import Kind, Kinds
from forefolio.runs.memo import Remembering
from forefolio.runs.owner import gone, owner
from forefolio.runs.results import readable, result_bytes
from forefolio.runs.stepping import Done, advance, in_thread
from forefolio.store import Artifacts, Ask, Asker, Finished, Run, Store, Wanted
from forefolio.store.values import pack, unpacked
from forefolio.studies.base import Place, Recall, Result

logger = logging.getLogger(__name__)

_LEASE_S = 30.0
_PULSE_S = 1.0
_PROGRESS_S = 0.25  # at most one stored progress per stage in this time
_CHECKPOINT_S = 1.0
_PARTS = 500  # of a run, before they are thinned like progress: a frontier is told whole
_MANY = 10_000  # runs; one a day for forty years
_POISONED_AFTER = 4  # deaths of the process that worked on it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Host:
    """Everything that is needed to run things here. Made by `hosting`."""

    store: Store
    artifacts: Artifacts
    kinds: Kinds
    executor: Executor
    home: Path
    owner: str
    queue_limit: int | None = None  # of runs that wait; none: as many as there are
    clock: Clock = time.monotonic

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
            principal: whose question it is, such as a token's.
            idempotency_key: asking again with it is the same ask.
            priority: of runs that wait, those of a greater one are first.

        Raises:
            InputError: there is no such kind of run.
            KeyReused: the key came with another question before.
            QueueFull: as many runs wait as may.
        """
        if kind not in self.kinds:
            raise InputError(f"there is no kind of run {kind!r}; there is {', '.join(self.kinds)}")
        asker = Asker(
            session=session,
            principal=principal,
            idempotency_key=idempotency_key,
            body=content_digest(kind, study.model_dump_json()),
            priority=priority,
        )
        settle = getattr(study, "settled", None)
        if settle is not None:
            study = await asyncio.to_thread(settle, self._recall(asyncio.get_running_loop()))
        wanted = await asyncio.to_thread(self.kinds[kind].wanted, kind, study)
        lost = await self._lost(wanted)
        return await self.store.ask(wanted, asker, room=self.queue_limit, lost=lost)

    async def _lost(self, wanted: Wanted) -> str | None:
        """The result that is there by name, and cannot be read."""
        found = await self.store.find(wanted.digest)
        if found is None or found.state != "done" or await self._result(found):
            return None
        return found.result

    async def result(self, run: Run) -> Any:
        """What a run that is done came to.

        Raises:
            StoreError: it is not done, or its result was lost or is of a version that is gone.
        """
        for result in await self._result(run):
            return result
        raise StoreError(
            f"run {run.id} is {run.state} and has no result that can be read; ask for it again"
        )

    async def _result(self, run: Run) -> tuple[Any, ...]:
        """What it came to, alone in a tuple; empty where there is nothing that can be read."""
        if run.result is None:
            return ()
        raw = await asyncio.to_thread(self.artifacts.get, run.result)
        return await asyncio.to_thread(readable, raw, run, self.kinds)

    def place(self, resume: Mapping[str, Any], loop: asyncio.AbstractEventLoop) -> Place:
        """Where a job runs; `loop` is the one that the store lives in."""
        return Place(
            executor=self.executor,
            home=self.home,
            keep=self.artifacts.put,
            recall=self._recall(loop),
            resume=resume,
        )

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
        done = [run for run in await self.store.runs(_MANY, state="done") if run.kind in kinds]
        matching = [run for run in done if begun == "last" or run.id.startswith(begun)]
        if begun != "last" and len(matching) > 1:
            raise InputError(f"{len(matching)} runs begin with {begun!r}; say more of it")
        for run in matching:
            for result in await self._result(run):
                return result
        which = "" if begun == "last" else f" whose id begins with {begun!r}"
        raise InputError(
            f"no run of kind {listed(list(kinds), 'or')}{which} is done; `forefolio runs` lists "
            "all there are"
        )

    # -- working ---------------------------------------------------------------------------------

    async def serve(self) -> None:
        """Work on whatever waits, one run after another, until cancelled."""
        while True:
            try:
                await self.store.recover(partial(gone, self.home), _POISONED_AFTER)
                run = await self.store.claim(self.owner, _LEASE_S)
                if run is not None:
                    await self.drive(run)
                    continue
            except StoreError as problem:
                logger.warning("%s", problem)
            except Exception:
                logger.exception("a run could not be worked on")
            await self.store.wait(_PULSE_S)

    async def see_through(self, run_id: str) -> None:
        """Bring one run to its end: here, or wherever it is being worked on."""
        while not (await self.store.get(run_id)).ended:
            await self.store.recover(partial(gone, self.home))
            run = await self.store.claim(self.owner, _LEASE_S, run_id)
            if run is not None:
                await self.drive(run)
            else:
                await self.store.wait(_PULSE_S)

    async def drive(self, run: Run) -> None:
        """Work on a claimed run until it ends or is lost; put it back if we are stopped."""
        try:
            await self._drive(run)
        except LeaseLost as lost:
            logger.info("%s", lost)
        except BaseException:  # we are stopped, or the database is: anybody may go on
            with suppress(StoreError):
                await self.store.release(run)
            raise

    async def _drive(self, run: Run) -> None:
        try:
            raw = await self._play(run)
            failpoint("host.before_result")
            name = await asyncio.to_thread(self.artifacts.put, raw)
        except (LeaseLost, StoreBusy, StoreUnavailable):
            raise  # it cannot be told: the lease runs out, and the run is taken up again
        except Exception as error:  # noqa: BLE001 (it is told to whoever follows the run)
            await self.store.finish(run, _failed(run, error))
            return
        failpoint("host.before_finish")
        await self.store.finish(run, Finished(state="done"), name)

    async def _play(self, run: Run) -> bytes:
        kind = self._kind(run)
        resume = await self._resume(run)
        study = kind.study.model_validate_json(run.study)
        job = kind.job(study, self.place(resume, asyncio.get_running_loop()))
        async with self._holding(run) as still_held:
            try:
                tell = _Thinned(self, run)
                while not isinstance(step := await in_thread(partial(advance, job)), Done):
                    still_held()
                    failpoint("host.step")
                    await tell(step)
                return await in_thread(partial(result_bytes, step.value))
            finally:
                with suppress(ValueError):  # a step is still running, and ends with its executor
                    job.close()

    def _kind(self, run: Run) -> Kind:
        if run.kind not in self.kinds:
            raise StoreError(f"run {run.id} is of kind {run.kind!r}, which this version cannot run")
        return self.kinds[run.kind]

    async def _resume(self, run: Run) -> dict[str, Any]:
        """The state of each stage whose last checkpoint can still be read."""
        marks = await self.store.checkpoint(run.id)
        states: dict[str, Any] = {}
        for stage, mark in marks.items():
            raw = await asyncio.to_thread(self.artifacts.get, str(mark.get("artifact")))
            for state in await asyncio.to_thread(unpacked, raw):
                states[stage] = state
        return states

    @asynccontextmanager
    async def _holding(self, run: Run) -> AsyncIterator[Callable[[], None]]:
        """Keep the lease in the background; call what is yielded to learn whether it is lost."""
        pulse = asyncio.create_task(self._pulse(run))
        try:
            yield lambda: pulse.result() if pulse.done() else None
        finally:
            pulse.cancel()
            await asyncio.wait([pulse])

    async def _pulse(self, run: Run) -> None:
        renewed = self.clock()
        while True:
            await asyncio.sleep(_PULSE_S)
            now = await self.store.get(run.id)
            if (now.state, now.attempt) != ("running", run.attempt):
                raise LeaseLost(run.id)
            if self.clock() - renewed > _LEASE_S / 3:
                await self.store.heartbeat(run, _LEASE_S)
                renewed = self.clock()


class _Thinned:
    """Stores what a job says, and not more of it than anybody can read."""

    def __init__(self, host: Host, run: Run) -> None:
        self._host, self._run = host, run
        self._last: dict[tuple[str, str], float] = {}
        self._parts = 0

    async def __call__(self, said: Event) -> None:
        match said:
            case Progress() if said.done < said.total and self._too_soon(said, _PROGRESS_S):
                return
            case Part() if self._many() and self._too_soon(said, _PROGRESS_S):
                return
            case Checkpoint() if self._too_soon(said, _CHECKPOINT_S):
                return
            case Checkpoint():
                raw = await asyncio.to_thread(pack, said.state)
                name = await asyncio.to_thread(self._host.artifacts.put, raw)
                said = Checkpoint(stage=said.stage, state={"artifact": name})
        await self._host.store.append(self._run, said)

    def _many(self) -> bool:
        """Whether more parts were said than a picture needs; the result has all of them."""
        self._parts += 1
        return self._parts > _PARTS

    def _too_soon(self, said: Progress | Checkpoint | Part, seconds: float) -> bool:
        now, key = self._host.clock(), (said.kind, said.stage)
        if now - self._last.get(key, float("-inf")) < seconds:
            return True
        self._last[key] = now
        return False


@asynccontextmanager
async def hosting(
    *,
    home: Path,
    database_url: str,
    executor_url: str,
    kinds: Kinds,
    task_timeout_s: float | None = None,
    queue_limit: int | None = None,
) -> AsyncIterator[Host]:
    """Open the database, the artefacts and the executor, and close them at the end."""
    artifacts = Artifacts(home)
    workers = executor(executor_url, task_timeout_s)
    with owner(home) as name, Remembering(workers, artifacts) as tasks:
        async with Store.open(database_url, patience_s=_LEASE_S) as store:
            yield Host(
                store=store,
                artifacts=artifacts,
                kinds=kinds,
                executor=tasks,
                home=home,
                owner=name,
                queue_limit=queue_limit,
            )


def _failed(run: Run, error: Exception) -> Finished:
    if isinstance(error, ForefolioError):
        told = _line(str(error))
        return Finished(state="failed", code=error.code, message=told, facts=error.facts)
    logger.error("run %s failed: %s", run.id, type(error).__name__)
    logger.debug("where it failed", exc_info=error)
    told = f"something went wrong inside forefolio: {type(error).__name__}: {error}"
    return Finished(state="failed", code="internal", message=_line(told))


def _line(text: str) -> str:
    return " ".join(text.encode("utf-8", "replace").decode().split())[:2000]
