"""What is read of a run that is done, without the libraries of the store."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.store.conftest import asked

from forefolio.store import Finished, Run, Store
from forefolio.store.done import done_run, done_runs

pytestmark = pytest.mark.anyio


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/a folder/50 %.db"


@pytest.fixture
async def run(url: str) -> AsyncIterator[Run]:
    async with Store.open(url) as store:
        await asked(store, "toy", "{}", "digest")
        held = await store.claim("me", 30.0)
        assert held is not None
        await store.finish(held, Finished(state="done"), "0" * 64)
        yield await store.get(held.id)


async def test_it_is_the_run_that_the_store_tells(url: str, run: Run) -> None:
    assert done_run(url, "digest") == run
    assert done_run(url.replace("+aiosqlite", ""), "digest") == run
    assert done_run(url, "another") is None


async def test_the_latest_of_some_kinds_come_first(url: str) -> None:
    async with Store.open(url) as store:
        for number, kind in enumerate(("toy", "other", "toy", "third")):
            await asked(store, kind, "{}", f"digest {number}")
            held = await store.claim("me", 30.0)
            assert held is not None
            await store.finish(held, Finished(state="done"), f"{number}" * 64)
        newest = [run for run in await store.runs(state="done") if run.kind != "third"]
    assert done_runs(url, ("toy", "other"), 9) == newest and len(newest) == 3
    assert done_runs(url, ("toy", "other"), 2) == newest[:2]
    assert done_runs(url, ("no such kind",), 9) == []
    assert done_runs("sqlite:///nowhere/at/all.db", ("toy",), 9) is None


async def test_a_run_that_waits_is_not_done(url: str) -> None:
    async with Store.open(url) as store:
        await asked(store, "toy", "{}", "digest")
    assert done_run(url, "digest") is None


async def test_another_schema_is_left_to_the_store(url: str, run: Run) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite+aiosqlite:///"))) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    assert run.ended and done_run(url, "digest") is None


async def test_so_is_a_database_that_is_locked(
    url: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forefolio.store.done._PATIENCE_S", 0.01)
    with closing(sqlite3.connect(url.removeprefix("sqlite+aiosqlite:///"))) as database:
        database.execute("PRAGMA journal_mode = DELETE")
        database.execute("BEGIN EXCLUSIVE")
        assert run.ended and done_run(url, "digest") is None
        database.rollback()
    assert done_run(url, "digest") == run


@pytest.mark.parametrize(
    "url", ["postgresql://me@host/name", "sqlite:///nowhere/at/all.db", "sqlite://", "nonsense"]
)
def test_no_other_database_is_touched(url: str) -> None:
    assert done_run(url, "digest") is None
