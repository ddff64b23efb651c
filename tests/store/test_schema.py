import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, inspect, text
from tests.store.conftest import asked

from forefolio.core.errors import StoreError, StoreUnavailable
from forefolio.core.events import Note
from forefolio.store import Store, schema
from forefolio.store.engine import engine
from forefolio.store.every_table import metadata
from forefolio.store.journal import journal_mode
from forefolio.store.run import HEAD

pytestmark = pytest.mark.anyio


async def inside(url: str, look: Any) -> Any:
    database = engine(url)
    try:
        async with database.begin() as connection:
            return await connection.run_sync(look)
    finally:
        await database.dispose()


async def test_the_migrations_make_exactly_the_tables_of_the_code(url: str) -> None:
    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))

    async with Store.open(url):
        assert await inside(url, differences) == []


async def test_the_checks_and_indexes_are_those_of_the_code(url: str) -> None:
    def names(connection: Connection) -> set[str]:
        seen = inspect(connection)
        found = [*seen.get_check_constraints("run"), *seen.get_indexes("run")]
        return {str(item["name"]) for item in found}

    async with Store.open(url):
        assert {
            "ck_run_known_state",
            "ck_run_done_has_result",
            "ix_run_created_at",
            "ix_run_state",
        } <= await inside(url, names)


async def test_up_down_and_up_again(url: str) -> None:
    async with Store.open(url) as store:
        await asked(store, "study", "{}", "d1")
    await inside(url, schema.downgrade)
    left = await inside(url, lambda c: set(inspect(c).get_table_names()))
    assert left <= {"alembic_version"}
    async with Store.open(url) as store:
        assert await store.runs() == []


async def test_the_code_expects_the_newest_migration(url: str) -> None:
    def newest(connection: Connection) -> Any:
        return ScriptDirectory.from_config(schema.alembic(connection)).get_current_head()

    assert await inside(url, newest) == HEAD


async def test_two_who_open_an_empty_database_at_once_both_find_it_ready(url: str) -> None:
    async def opened() -> int:
        async with Store.open(url) as store:
            return len(await store.runs())

    assert list(await asyncio.gather(opened(), opened(), opened())) == [0, 0, 0]


async def test_a_database_from_the_future_is_left_alone(url: str) -> None:
    async with Store.open(url):
        pass
    await inside(url, lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(StoreError, match="schema 9999, this version of forefolio knows"):
        async with Store.open(url):
            pass


async def test_a_file_that_is_no_database_is_said_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_text("these are my notes, not a database; please keep them. " * 100)
    before = path.read_bytes()
    with pytest.raises(StoreUnavailable, match="not a database"):
        async with Store.open(f"sqlite:///{path}"):
            pass
    assert path.read_bytes() == before


@pytest.mark.parametrize("url", ["", "mysql://x/y", "forefolio.db", "sqlite//x"])
async def test_a_bad_url_is_one_clear_line(url: str) -> None:
    with pytest.raises(StoreError, match="say sqlite:///"):
        async with Store.open(url):
            pass


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite://?x=1"])
async def test_a_database_that_would_forget_everything_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match="nothing would be kept"):
        async with Store.open(url):
            pass


async def test_a_server_that_does_not_answer_is_one_clear_line() -> None:
    with pytest.raises(StoreUnavailable, match="FOREFOLIO_DATABASE_URL"):
        async with Store.open("postgresql://nobody@127.0.0.1:9/none", patience_s=0.1):
            pass


async def test_sqlite_syncs_every_commit_and_checks_references(tmp_path: Path) -> None:
    def pragmas(connection: Connection) -> list[Any]:
        names = ("synchronous", "foreign_keys", "busy_timeout", "journal_mode")
        return [connection.scalar(text(f"PRAGMA {name}")) for name in names]

    url = f"sqlite:///{tmp_path}/new/folder/forefolio.db"
    assert await inside(url, pragmas) == [2, 1, 10_000, journal_mode().lower()]


async def test_every_write_asks_for_the_lock_at_its_start(tmp_path: Path) -> None:
    transactions: list[list[str]] = []

    def listen(*seen: Any) -> None:
        statement = str(seen[2])
        if statement.startswith("BEGIN"):
            transactions.append([])
        transactions[-1].append(statement)

    async with Store.open(f"sqlite:///{tmp_path}/forefolio.db") as store:
        event.listen(store._database.engine.sync_engine, "before_cursor_execute", listen)
        await asked(store, "study", "{}", "d1")
        run = await store.claim("me", 30)
        assert run is not None
        await store.append(run, Note(code="n", message="m"))
        await store.cancel(run.id)
    writing = [t for t in transactions if any(s[:6] in ("INSERT", "UPDATE") for s in t)]
    assert len(writing) == 4 and {t[0] for t in writing} == {"BEGIN IMMEDIATE"}


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        ((3, 40, 1), "TRUNCATE"),
        ((3, 50, 6), "TRUNCATE"),
        ((3, 50, 7), "WAL"),
        ((3, 51, 2), "TRUNCATE"),
        ((3, 51, 3), "WAL"),
        ((3, 52, 0), "WAL"),
    ],
)
async def test_wal_only_where_sqlite_is_free_of_its_bug(
    version: tuple[int, ...], mode: str
) -> None:
    assert journal_mode(version) == mode


async def test_opening_a_current_database_is_quick_and_needs_no_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/forefolio.db"
    async with Store.open(url):
        pass
    script = (
        "import asyncio, sys, time\n"
        "from forefolio.store import Store\n"
        "async def main():\n"
        "    began = time.process_time()\n"
        f"    async with Store.open({url!r}) as store:\n"
        "        await store.runs()\n"
        "    return time.process_time() - began\n"
        "print(asyncio.run(main()), 'alembic' in sys.modules)\n"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    seconds, alembic = out.stdout.split()
    assert float(seconds) < 0.15 and alembic == "False"


async def test_a_database_of_the_first_schema_keeps_its_runs(url: str) -> None:
    """What was stored before there were asks is read, and asked for by whoever was here."""
    await inside(url, lambda c: schema.upgrade(c, "0001"))

    def fill(connection: Connection) -> None:
        for number, state, result in ((1, "done", "'a'"), (2, "running", "NULL")):
            connection.execute(
                text(
                    f"INSERT INTO run VALUES ('{number:032}', 'toy', '{{}}', 'd{number}', "
                    f"'{state}', 0, 1, 'me', 5, 1, 2, {result}, '', '')"
                )
            )

    await inside(url, fill)
    async with Store.open(url) as store:
        runs = {run.digest: run for run in await store.runs()}
        assert (runs["d1"].state, runs["d1"].result, runs["d1"].code_digest) == ("done", "a", "")
        asks = {ask.run.digest: ask for ask in await store.asks(principal="local")}
        assert [asks["d1"].open, asks["d2"].open] == [False, True]
        assert (await store.cancel_ask(asks["d2"].id)).run.state == "cancelled"
