"""What cannot fit is refused, what takes too long is stopped, and the short do not wait."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from forefolio.core.component import Component
from forefolio.core.errors import QueueFull, StoreBusy, TooMuchWork
from forefolio.core.events import Job, Note
from forefolio.core.logs import subject
from forefolio.core.settings import Settings
from forefolio.runs.executors import ProcessPool
from forefolio.runs.host import Host
from forefolio.runs.jobs import Kind
from forefolio.runs.lease import patiently
from forefolio.runs.limits import RunLimits, for_each_worker, limits_of, usable_memory
from forefolio.runs.opening import Opening
from forefolio.store import Run
from forefolio.store.run import Room
from forefolio.studies.catalog import STUDIES
from forefolio.studies.forecast import ForecastStudy
from forefolio.studies.place import Place
from forefolio.studies.portfolio import PortfolioStudy
from forefolio.studies.signals import SignalStudy
from forefolio.studies.simulation import SimulationStudy
from forefolio.studies.strategy import StrategyStudy
from forefolio.studies.training import TrainingStudy

pytestmark = pytest.mark.anyio

MACHINE = RunLimits(run_s=7200, memory=16 * 2**30, workers=2)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Task(Component):
    """Something that takes its time."""

    seconds: float = 0.0
    number: int = 0
    raises: str = ""


RAISED = {
    "memory": MemoryError(),
    "package": ModuleNotFoundError("No module named 'rare'", name="rare"),
}


def work(study: Task, _: Place) -> Job[int]:
    yield Note(code="begun", message=str(study.number))
    if study.raises:
        raise RAISED[study.raises]
    time.sleep(study.seconds)
    yield Note(code="slept", message=str(study.number))
    return study.number


def opening(home: Path, limits: RunLimits | None = None) -> Opening:
    kind = Kind(study=Task, job=work, version=lambda _: "", code=lambda: "one")
    url = f"sqlite:///{home}/forefolio.db"
    return Opening(
        home=home,
        database_url=url,
        executor_url="inline:",
        kinds={"task": kind},
        limits=limits or RunLimits(),
    )


async def test_the_log_is_about_the_session_that_asks(tmp_path: Path) -> None:
    seen: list[dict[str, str]] = []

    def version(_: Any) -> str:
        seen.append(subject())
        return ""

    where = opening(tmp_path)
    kind = replace(where.kinds["task"], version=version)
    async with replace(where, kinds={"task": kind})() as host:
        for session in ("window 1", ""):
            await host.ask("task", Task(), session=session)
    assert seen == [{"session": "window 1"}, {}]


async def ended(host: Host, run: Run) -> Run:
    async with asyncio.timeout(20):
        while not (run := await host.store.get(run.id)).ended:
            await asyncio.sleep(0.02)
    return run


@pytest.mark.parametrize(
    ("study", "setting"),
    [
        (
            PortfolioStudy.model_validate(
                {"source": {"kind": "synthetic", "assets": 10**9, "sessions": 10**9}}
            ),
            "source.assets",
        ),
        (ForecastStudy(horizons=tuple(range(1, 2001))), "horizons"),
        (
            PortfolioStudy.model_validate({"tickers": [f"T{n}" for n in range(90_000)]}),
            "tickers",
        ),
        (SimulationStudy(horizon=10**9, paths=10**6), "horizon"),
    ],
    ids=["synthetic", "horizons", "tickers", "simulation"],
)
def test_what_cannot_fit_names_the_setting_and_what_would(study: Any, setting: str) -> None:
    with pytest.raises(TooMuchWork, match="too large") as refused:
        MACHINE.admit(study)
    facts = refused.value.facts
    assert facts["setting"] == setting and 0 < facts["most"] < facts["value"]
    sizes = {**study.sizes(), **facts["beside"], setting: facts["most"]}
    assert MACHINE.fits(study.cost(sizes))
    assert not MACHINE.fits(study.cost({**sizes, setting: facts["most"] + 1}))


def test_every_study_of_the_sample_fits_and_the_short_ones_are_interactive() -> None:
    report = json.dumps({"study": StrategyStudy().model_dump(mode="json")})
    required: Mapping[str, Any] = {"capital": 25_000, "report": report}
    lanes = {}
    for study in STUDIES:
        wanted = {k: v for k, v in required.items() if study.model_fields.get(k)}
        lanes[study.command] = MACHINE.lane(MACHINE.admit(study(**wanted)))
    long = {"run", "forecast", "train", "compare", "importance", "signals"}
    assert {lanes[name] for name in long} == {"batch"}
    assert {lanes[name] for name in ("optimize", "frontier", "risk", "stress")} == {"interactive"}
    for one in (TrainingStudy, SignalStudy):  # of few prices too
        few = one.model_validate({"tickers": "AAPL,JNJ", "start": "2018-01-01"})
        assert MACHINE.lane(MACHINE.admit(few)) == "batch"
    wide = {"source": {"kind": "synthetic", "assets": 500, "sessions": 5_000}}
    MACHINE.admit(StrategyStudy.model_validate({**wide, "machine_learning": False}))


def test_limits_are_settings_with_the_machine_as_default(tmp_path: Path) -> None:
    usual = limits_of(Settings(home=tmp_path, executor="processes:3"))
    assert (usual.room, usual.run_s, usual.workers) == (Room(queue=100, session=20), 7200, 3)
    assert usual.memory == usable_memory() != 0
    small = limits_of(Settings(home=tmp_path, memory_mb=1000, executor="processes:4"))
    assert small.memory == 1000 * 2**20 == for_each_worker(small)
    assert for_each_worker(RunLimits(memory=64 * 2**30, workers=8)) == 8 * 2**30


async def test_a_long_run_does_not_keep_a_short_one_waiting(tmp_path: Path) -> None:
    async with opening(tmp_path)() as host:
        long = (await host.ask("task", Task(seconds=1.5))).run
        wanted = host.kinds["task"].wanted("task", Task(number=7), "interactive")
        serving = asyncio.create_task(host.serve())
        while (await host.store.get(long.id)).state != "running":
            await asyncio.sleep(0.02)
        short = (await host.store.ask(wanted)).run
        assert (await ended(host, short)).state == "done"
        assert (await host.store.get(long.id)).state == "running"
        assert (await ended(host, long)).state == "done"
        serving.cancel()
        await asyncio.wait([serving])


async def test_a_run_that_takes_too_long_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forefolio.runs.lease.PULSE_S", 0.05)
    monkeypatch.setattr("forefolio.runs.working._GRACE_S", 0.05)
    async with opening(tmp_path, RunLimits(run_s=0.2))() as host:
        run = (await host.ask("task", Task(seconds=2))).run
        await host.see_through(run.id)
        run = await host.store.get(run.id)
        assert (run.state, run.code) == ("failed", "timeout")
        assert "FOREFOLIO_RUN_TIMEOUT_S" in run.message


async def test_a_run_that_lacks_a_package_says_which(tmp_path: Path) -> None:
    async with opening(tmp_path)() as host:
        run = (await host.ask("task", Task(raises="package"))).run
        await host.see_through(run.id)
        failure = await host.store.failure(await host.store.get(run.id))
        assert (failure.code, failure.facts) == ("missing_package", {"package": "rare"})
        assert str(failure).startswith("rare cannot be imported where this is computed")


async def test_a_run_that_takes_too_much_memory_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opening(tmp_path)() as host:
        run = (await host.ask("task", Task(raises="memory"))).run
        await host.see_through(run.id)
        assert (await host.store.get(run.id)).code == "memory"
    held = iter([0, 2**40, 2**40])
    monkeypatch.setattr("forefolio.runs.lease.PULSE_S", 0.05)
    monkeypatch.setattr("forefolio.runs.lease.resident_memory", lambda: next(held))
    async with opening(tmp_path, RunLimits(memory=2**30))() as host:
        run = (await host.ask("task", Task(seconds=0.3))).run
        await host.see_through(run.id)
        run = await host.store.get(run.id)
        assert (run.code, "1,024 MB" in run.message) == ("memory", True)


def test_a_worker_may_take_so_much_memory_and_lives_on() -> None:
    with ProcessPool(1, memory=2**30) as pool:
        assert isinstance(pool.submit(bytearray, 2**31).exception(60), MemoryError)
        assert pool.submit(len, b"abc").result(60) == 3


async def test_a_full_queue_refuses_but_not_whoever_works_himself(tmp_path: Path) -> None:
    async with opening(tmp_path, RunLimits(room=Room(queue=1)))() as host:
        await host.ask("task", Task(number=1))
        with pytest.raises(QueueFull):
            await host.ask("task", Task(number=2))


async def test_patience_ends() -> None:
    now, tries = 0.0, 0

    async def busy() -> None:
        nonlocal now, tries
        now, tries = now + 20, tries + 1
        raise StoreBusy

    with pytest.raises(StoreBusy):
        await patiently(busy, 60, lambda: now)
    assert tries == 3
