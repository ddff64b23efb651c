"""Working on runs: claims one, plays its job step by step, stores what it says and how it ends.

1. A step of the job runs in a thread, the store is written from the event loop, and between two
   steps the lease is checked: a cancelled run stops at its next word, or is left after a while.
2. Each lane has a worker of its own, so that a long run never keeps a short one waiting.
3. What the data were when the run was asked for is checked before the first step and after loading.
4. The result is an artefact before the run is done.
"""

import asyncio
import logging
from collections.abc import Awaitable
from contextlib import closing, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

from forefolio.core.component import Component
from forefolio.core.errors import (
    DataChanged,
    DiskFull,
    ForefolioError,
    LeaseLost,
    MissingPackage,
    OutOfMemory,
    StoreBusy,
    StoreError,
    StoreUnavailable,
)
from forefolio.core.events import Checkpoint, Event, Progress
from forefolio.core.failpoints import failpoint
from forefolio.core.logs import about
from forefolio.runs.current import supplied
from forefolio.runs.jobs import Kind
from forefolio.runs.lease import LEASE_S, PATIENCE_S, PULSE_S, Lease, patiently
from forefolio.runs.logged import Logged
from forefolio.runs.owner import gone
from forefolio.runs.results import result_bytes
from forefolio.runs.schedules import keep_asking
from forefolio.runs.stepping import Done, StepThread, advance
from forefolio.runs.telling import Telling
from forefolio.runs.tidying import keep_tidy
from forefolio.store import Finished, Lane, Run
from forefolio.store.trouble import is_full
from forefolio.store.values import unpacked

if TYPE_CHECKING:
    from forefolio.runs.host import Host

logger = logging.getLogger(__name__)

_LANES: tuple[Lane, ...] = get_args(Lane)
_POISONED_AFTER = 4  # deaths of the process that worked on it
_GRACE_S = 10.0  # for a step of a run that must stop; then it is left behind
_LOADING = "data"  # the stage that reads what the study points to


async def serve(host: "Host") -> None:
    """Work on whatever waits, in every lane one run after another, until cancelled.

    What schedules say is asked for as well, and once a day the home folder is tidied.
    """
    async with asyncio.TaskGroup() as group:
        group.create_task(keep_asking(host))
        group.create_task(keep_tidy(host))
        for lane in _LANES:
            group.create_task(_serve(host, lane))


async def _serve(host: "Host", lane: Lane) -> None:
    while True:
        bell = host.store.bell
        try:
            await host.store.recover(partial(gone, host.home), _POISONED_AFTER)
            run = await host.store.claim(host.owner, LEASE_S, lane=lane, codes=host.codes)
            if run is not None:
                await drive(host, run)
                continue
        except StoreError as problem:
            logger.warning("%s", problem)
        except Exception:
            logger.exception("a run could not be worked on")
        await host.store.wait(PULSE_S, bell)


async def see_through(host: "Host", run_id: str) -> None:
    """Bring one run to its end: here, or wherever it is being worked on."""

    async def claimed() -> Run | None:
        await host.store.recover(partial(gone, host.home))
        return await host.store.claim(host.owner, LEASE_S, run_id, codes=host.codes)

    while True:
        bell = host.store.bell
        if (await patiently(partial(host.store.get, run_id), PATIENCE_S, host.clock)).ended:
            return
        run = await patiently(claimed, PATIENCE_S, host.clock)
        if run is not None:
            await drive(host, run)
        else:
            await host.store.wait(PULSE_S, bell)


async def drive(host: "Host", run: Run) -> None:
    """Work on a claimed run until it ends or is lost; put it back if we are stopped."""
    try:
        with about(run=run.id):
            await _drive(host, run)
    except LeaseLost as lost:
        logger.info("%s", lost)
    except BaseException:  # we are stopped, or the database is: anybody may go on
        with suppress(StoreError):
            await host.store.release(run)
        raise


async def _drive(host: "Host", run: Run) -> None:
    lease = Lease(host.store, run, host.limits, host.clock)
    log = Logged(run.kind, host.tasks(run))
    try:
        with closing(StepThread()) as steps:
            raw = await _play(host, lease, log, steps)
        failpoint("host.before_result")
        name = await asyncio.to_thread(host.artifacts.put, raw)
    except (LeaseLost, StoreBusy, StoreUnavailable):
        raise  # it cannot be told: the lease runs out, and the run is taken up again
    except Exception as error:  # noqa: BLE001 (it is told to whoever follows the run)
        await lease.finish(failed := _failed(run, error))
        log.ended(failed)
        return
    failpoint("host.before_finish")
    await lease.finish(done := Finished(state="done"), name)
    log.ended(done)


async def _play(host: "Host", lease: Lease, log: Logged, steps: StepThread) -> bytes:
    run = lease.run
    kind = host.kind_of(run)
    study = kind.study.model_validate_json(run.study)
    unchanged = partial(_check_unchanged, kind, study, run)
    async with lease.kept() as kept:
        await steps(unchanged)
        place = host.place(run, await _checkpoints(host, run), asyncio.get_running_loop())
        job = supplied(kind.job(study, place), host.supply)
        tell = Telling(lease, host.artifacts, host.clock)
        try:
            while not isinstance(step := await _stepped(steps(partial(advance, job)), kept), Done):
                failpoint("host.step")
                if _has_loaded(step):
                    await steps(unchanged)
                log(step)
                await tell(step)
            return await steps(partial(result_bytes, step.value))
        finally:
            with suppress(ValueError):  # a step is still running, and ends with its executor
                job.close()


async def _stepped(coming: Awaitable[Any], kept: "asyncio.Task[None]") -> Any:
    """The next word of a job, which is `coming`, as long as its lease is `kept`.

    Raises:
        LeaseLost: the run was cancelled, or belongs to somebody else by now.
        RunTimeout, OutOfMemory: it has reached a limit.
    """
    step = asyncio.ensure_future(coming)
    try:
        await asyncio.wait({step, kept}, return_when=asyncio.FIRST_COMPLETED)
        if kept.done():
            await asyncio.wait({step}, timeout=_GRACE_S)
            kept.result()
        return await step
    finally:
        step.cancel()


def _has_loaded(event: Event) -> bool:
    return isinstance(event, Progress) and event.stage == _LOADING


def _check_unchanged(kind: Kind, study: Component, run: Run) -> None:
    """Make sure that the study still points to the data that it was asked about.

    Raises:
        DataChanged: it does not.
    """
    if kind.version(study) != run.data_version:
        raise DataChanged(_source(study))


def _source(study: Component) -> str:
    """What a study points to, in words."""
    source = getattr(getattr(study, "data", None), "source", None)
    named = getattr(source, "path", None) or getattr(source, "kind", None)
    return str(named or "what the study points to")


async def _checkpoints(host: "Host", run: Run) -> dict[str, Checkpoint]:
    """The last checkpoint of each stage whose state can still be read."""
    readable: dict[str, Checkpoint] = {}
    for stage, mark in (await host.store.checkpoints(run.id)).items():
        raw = await asyncio.to_thread(host.artifacts.get, str(mark.state.get("artifact")))
        for state in await asyncio.to_thread(unpacked, raw):
            readable[stage] = mark.model_copy(update={"state": state})
    return readable


def _failed(run: Run, error: Exception) -> Finished:
    if isinstance(error, MemoryError):
        error = OutOfMemory()
    if isinstance(error, OSError) and is_full(error):
        error = DiskFull(error.strerror or "no room")
    if isinstance(error, ImportError):
        error = MissingPackage.of(error)
    if isinstance(error, ForefolioError):
        message = _line(str(error))
        return Finished(state="failed", code=error.code, message=message, facts=error.facts)
    logger.error("run %s failed: %s", run.id, type(error).__name__)
    logger.debug("where it failed", exc_info=error)
    message = f"something went wrong inside forefolio: {type(error).__name__}: {error}"
    return Finished(state="failed", code="internal", message=_line(message))


def _line(text: str) -> str:
    return " ".join(text.encode("utf-8", "replace").decode().split())[:2000]
