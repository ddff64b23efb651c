"""A run is of the code and the data that it was asked about, or it says that it is not."""

import asyncio
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from forefolio.core.component import Component
from forefolio.core.errors import OlderCode, RunFailed
from forefolio.core.events import Checkpoint, Job, Progress, Started, finish
from forefolio.runs.executors import executor
from forefolio.runs.host import Host
from forefolio.runs.jobs import Kind
from forefolio.runs.listing import message_of, refuse_forsaken
from forefolio.runs.local import run_here
from forefolio.runs.memo import digest_of
from forefolio.runs.opening import Opening
from forefolio.store import Run
from forefolio.studies.place import ArrayFolder, Place

pytestmark = pytest.mark.anyio

Meanwhile = Callable[[], None]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Sum(Component):
    """The sum of the numbers in a file."""

    path: Path


def version(study: Sum) -> str:
    return study.path.read_text()


def summing(before: Meanwhile, after: Meanwhile) -> Callable[[Sum, Place], Job[Any]]:
    """The job, with what happens to the file before and after it is read."""

    def job(study: Sum, _: Place) -> Job[float]:
        yield Started(stage="data", total=1)
        before()
        numbers = [float(word) for word in study.path.read_text().split()]
        after()
        yield Progress(stage="data", done=1, total=1)
        yield Started(stage="sum", total=1)
        return sum(numbers)

    return job


def nothing() -> None:
    return


def opening(
    home: Path, code: str = "one", before: Meanwhile = nothing, after: Meanwhile = nothing
) -> Opening:
    kind = Kind(study=Sum, job=summing(before, after), version=version, code=lambda: code)
    url = f"sqlite:///{home}/forefolio.db"
    return Opening(home=home, database_url=url, executor_url="inline:", kinds={"sum": kind})


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Sum]:
    path = tmp_path / "numbers"
    path.write_text("1 2")
    yield Sum(path=path)


async def settled(host: Host, run: Run) -> Run:
    """The run once it has ended, worked on by a host that serves."""
    serving = asyncio.create_task(host.serve())
    try:
        async with asyncio.timeout(10):
            while not (run := await host.store.get(run.id)).ended:
                await asyncio.sleep(0.02)
    finally:
        serving.cancel()
        await asyncio.wait([serving])
    return run


async def test_another_version_leaves_a_run_to_its_own(tmp_path: Path, study: Sum) -> None:
    async with opening(tmp_path, "one")() as asking, opening(tmp_path, "two")() as other:
        asked = (await asking.ask("sum", study)).run
        assert (asked.code_digest, asked.data_version) == ("one", "1 2")
        serving = asyncio.create_task(other.serve())
        newer = (await other.ask("sum", study)).run
        assert newer.id != asked.id
        async with asyncio.timeout(10):
            while not (await other.store.get(newer.id)).ended:
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.2)
        serving.cancel()
        await asyncio.wait([serving])
        left = await other.store.get(asked.id)
        assert (left.state, left.attempt) == ("waiting", 0)
        assert message_of(left) == OlderCode.what
        with pytest.raises(OlderCode, match="ask again"):
            async for _ in other.store.follow(asked.id, check=refuse_forsaken):
                pass
        held = replace(left, state="running", lease_until=time.time() + 30)
        refuse_forsaken(held)  # a process of that version works on it
        with pytest.raises(OlderCode):
            refuse_forsaken(replace(held, lease_until=time.time() - 1))
        assert (await settled(asking, asked)).state == "done"


async def test_a_file_replaced_between_question_and_work_is_no_answer(
    tmp_path: Path, study: Sum
) -> None:
    async with opening(tmp_path)() as host:
        asked = (await host.ask("sum", study)).run
        study.path.write_text("5 6")
        ended = await settled(host, asked)
        assert (ended.state, ended.code, ended.result) == ("failed", "data_changed", None)
        assert "ask again" in ended.message
        again = (await host.ask("sum", study)).run
        assert again.id != asked.id
        assert await host.result(await settled(host, again)) == 11.0


@pytest.mark.parametrize("when", ["before", "after"])
def test_asking_here_asks_anew_once(tmp_path: Path, study: Sum, when: str) -> None:
    contents = iter(["3 4", "3 4", "3 4"])

    def replaced() -> None:
        study.path.write_text(next(contents))

    where = opening(tmp_path, **{when: replaced})  # type: ignore[arg-type]
    assert finish(run_here(where, "sum", study)) == 7.0


def test_data_that_never_stay_are_said(tmp_path: Path, study: Sum) -> None:
    numbers = iter(range(100))
    where = opening(tmp_path, before=lambda: void(study.path.write_text(str(next(numbers)))))
    with pytest.raises(RunFailed, match="changed after the run was asked for") as failure:
        finish(run_here(where, "sum", study))
    assert failure.value.code == "data_changed"


def void(_: object) -> None:
    return


def test_a_checkpoint_of_another_input_is_not_gone_on_with(tmp_path: Path) -> None:
    mark = Checkpoint(stage="fold", state={"row": 7}, made_from="market 1")
    place: Any = replace(_place(tmp_path), checkpoints={"fold": mark})
    assert place.resumed("fold", "market 1") == {"row": 7}
    assert place.resumed("fold", "market 2") is None
    assert place.resumed("fold") is None and place.resumed("other", "market 1") is None


def _place(home: Path) -> Place:
    def recall(*_: Any) -> Any:
        raise AssertionError

    return Place(
        executor=executor("inline:"),
        arrays=ArrayFolder(home=home),
        keep=lambda _: "",
        recall=recall,
    )


def test_the_code_is_named_by_every_library_that_computes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, package = tmp_path / "site", tmp_path / "package"
    package.mkdir()
    metadata = "Metadata-Version: 2.1\nName: {}\nVersion: 1\n{}\n"
    wants = {
        "forefolio": ["clarabel>=0.11", 'distributed ; extra == "dask"', "jax"],
        "jax": ["jaxlib"],
        "xgboost": [],
        "clarabel": [],
        "jaxlib": [],
        "distributed": ["tornado"],
        "tornado": [],
        "pytest": [],
    }
    for name, beneath in wants.items():
        folder = site / f"{name}-1.dist-info"
        folder.mkdir(parents=True)
        rows = "".join(f"Requires-Dist: {one}\n" for one in beneath)
        (folder / "METADATA").write_text(metadata.format(name, rows))
    monkeypatch.setattr("sys.path", [str(site)])
    before = digest_of(package)
    for name in wants:
        folder = site / f"{name}-1.dist-info"
        newer = folder.rename(site / f"{name}-2.dist-info")
        if name == "pytest":
            assert digest_of(package) == before
        elif name != "forefolio":
            assert digest_of(package) != before, name
        newer.rename(folder)
    assert digest_of(package) == before
    shutil.rmtree(site / "forefolio-1.dist-info")  # sources alone: whatever is installed counts
    assert digest_of(package) != before
