"""A database that is locked, restarts, is damaged or full: waited for, or said in a line."""

import asyncio
import os
import resource
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection

from forefolio.core.errors import DiskFull, StoreBusy, StoreDamaged, StoreError, StoreUnavailable
from forefolio.core.settings import Settings
from forefolio.store import Store, files, schema
from forefolio.store.database import Database
from forefolio.store.files import copy_file, integrity
from forefolio.store.prices import Prices

from .postgresql import restart
from .test_prices import flat

pytestmark = pytest.mark.anyio


def locked(file: Path) -> sqlite3.Connection:
    """Another process that holds the lock of a file."""
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    return other


async def add(connection: AsyncConnection) -> None:
    await connection.execute(
        text(
            "INSERT INTO price_version (source, version, known_at, inserted, changed, digest) "
            "SELECT 's', count(*) + 1, 0, 0, 0, '' FROM price_version"
        )
    )


async def count(database: Database) -> int:
    async def look(connection: AsyncConnection) -> Any:
        return await connection.scalar(text("SELECT count(*) FROM price_version"))

    return int(await database.read(look))


async def test_a_lock_is_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "p.db"
    async with Database.open(str(file), patience_s=10) as database:
        other = locked(file)
        asyncio.get_running_loop().call_later(0.3, other.execute, "COMMIT")
        await database.write(add)
        assert await count(database) == 1
        other.close()


async def test_a_lock_that_stays_is_one_line_in_time(tmp_path: Path) -> None:
    file = tmp_path / "p.db"
    async with Database.open(str(file), patience_s=0.3) as database:
        other = locked(file)
        for work in (database.write(add), count(database)):
            began = time.monotonic()
            with pytest.raises(StoreBusy, match="another process has locked"):
                await work
            assert time.monotonic() - began < 5
        other.execute("COMMIT")
        other.close()
        await database.write(add)
        assert await count(database) == 1


async def test_a_locked_file_is_waited_for_at_the_start(tmp_path: Path) -> None:
    file = tmp_path / "p.db"
    async with Database.open(str(file)):
        pass
    other = locked(file)
    files._looked_at.clear()  # as in another process
    began = time.monotonic()
    with pytest.raises(StoreBusy):
        async with Database.open(str(file), patience_s=0.2):
            pass
    assert time.monotonic() - began < 5
    other.close()


async def test_every_write_of_prices_asks_for_the_lock_at_its_start(tmp_path: Path) -> None:
    transactions: list[list[str]] = []

    def listen(*seen: Any) -> None:
        statement = str(seen[2])
        if statement.startswith("BEGIN"):
            transactions.append([])
        transactions[-1].append(statement)

    async with Prices.open(str(tmp_path / "p.db")) as prices:
        event.listen(prices._database.engine.sync_engine, "before_cursor_execute", listen)
        await prices.upsert("s", {"A": flat(3), "B": flat(2, -1.0)})
        await prices.panel("s", ["A"])
    writing = [t for t in transactions if any(s.startswith("INSERT") for s in t)]
    assert writing and {t[0] for t in writing} == {"BEGIN IMMEDIATE"}


async def test_a_transaction_cut_in_the_middle_is_done_again_whole(url: str) -> None:
    async with Database.open(url) as database:
        tries = 0

        async def work(connection: AsyncConnection) -> int:
            nonlocal tries
            tries += 1
            await add(connection)
            if tries < 3:
                raise ConnectionResetError(104, "connection reset by peer")
            return tries

        assert await database.write(work) == 3
        assert await count(database) == 1


@pytest.mark.slow
async def test_a_server_that_restarts_in_a_transaction_costs_nothing(postgresql: str) -> None:
    """Stopped at once, idle and in the middle: the whole transaction is done again."""
    async with Database.open(postgresql) as database:
        tries = 0

        async def work(connection: AsyncConnection) -> None:
            nonlocal tries
            tries += 1
            await add(connection)
            if tries == 1:
                await asyncio.to_thread(restart, postgresql)
                await add(connection)

        await database.write(work)
        assert tries == 2 and await count(database) == 1
        await asyncio.to_thread(restart, postgresql)
        assert await count(database) == 1
        await database.write(
            lambda connection: connection.execute(text("DROP SCHEMA public CASCADE"))
        )
        await database.write(lambda connection: connection.execute(text("CREATE SCHEMA public")))


@pytest.mark.parametrize(
    "name", ["a?b", "a#b", "a%20b", "with spaces", "é 世界", "a?mode=ro&x=y", "100%"]
)
async def test_a_home_may_have_any_name(tmp_path: Path, name: str) -> None:
    settings = Settings(home=tmp_path / name).prepare()
    async with Store.open(settings.database_url), Prices.open(settings.prices_url) as prices:
        await prices.upsert("s", {"A": flat(1)})
    kept = {"forefolio.db", "forefolio.prices.db"}
    assert {file.name for file in (tmp_path / name).iterdir() if file.stat().st_size} == kept
    assert [folder.name for folder in tmp_path.iterdir()] == [name]


async def filled(file: Path) -> None:
    async with Prices.open(str(file)) as prices:
        await prices.upsert("s", {f"T{i}": flat(200) for i in range(20)})


async def test_a_damaged_file_is_said_and_kept(tmp_path: Path) -> None:
    await filled(tmp_path / "whole.db")
    raw = (tmp_path / "whole.db").read_bytes()
    for case, damaged in {
        "zeros.db": raw[:8192] + b"\xff" * 60_000 + raw[68_192:],
        "cut.db": raw[: len(raw) // 2],
    }.items():
        file = tmp_path / case
        file.write_bytes(damaged)
        with pytest.raises(StoreDamaged, match="`forefolio db restore FILE`"):
            async with Prices.open(str(file)):
                pass
        assert file.read_bytes() == damaged


async def test_an_older_file_is_copied_before_it_is_migrated(tmp_path: Path) -> None:
    file = tmp_path / "f.db"
    async with Database.open(str(file)) as database:
        await database.write(lambda c: c.run_sync(lambda s: schema.downgrade(s, "0002")))
    async with Database.open(str(file)):
        pass
    copy = tmp_path / "f.db.schema-0002.bak"
    assert integrity(copy) == ""
    with sqlite3.connect(copy) as old:
        assert old.execute("SELECT version_num FROM alembic_version").fetchone() == ("0002",)
    old.close()


@pytest.mark.slow
async def test_two_processes_that_migrate_at_once_both_go_on(tmp_path: Path) -> None:
    file = tmp_path / "f.db"
    async with Database.open(str(file)) as database:
        await database.write(lambda c: c.run_sync(lambda s: schema.downgrade(s, "0001")))
    script = (
        "import asyncio, sys\nfrom forefolio.store import Store\n"
        "async def main():\n    async with Store.open(sys.argv[1]) as store:\n"
        "        print(len(await store.runs()))\nasyncio.run(main())"
    )
    command = [sys.executable, "-c", script, str(file)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [one.communicate()[0].strip() for one in both] == ["0"] * 3
    copy = sqlite3.connect(tmp_path / "f.db.schema-0001.bak")
    assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
    copy.close()


async def test_a_copy_replaces_nothing(tmp_path: Path) -> None:
    await filled(tmp_path / "f.db")
    (tmp_path / "there").write_text("mine")
    with pytest.raises(FileExistsError):
        copy_file(tmp_path / "f.db", tmp_path / "there")
    assert (tmp_path / "there").read_text() == "mine"
    assert {p.name for p in tmp_path.iterdir()} <= {"f.db", "f.db-journal", "there"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "read").mkdir(mode=stat.S_IRUSR | stat.S_IXUSR)
    for file in (tmp_path / "read" / "f.db", tmp_path / "read" / "new" / "f.db"):
        with pytest.raises(StoreUnavailable):
            async with Store.open(str(file), patience_s=0.2):
                pass


async def test_a_folder_that_is_a_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="FOREFOLIO_DATABASE_URL"):
        async with Store.open(str(tmp_path / "file" / "f.db")):
            pass


async def test_a_full_disk_is_one_line_and_loses_nothing(tmp_path: Path) -> None:
    """A limit on the size of files is a disk that is full, without being root."""
    file = tmp_path / "p.db"
    await filled(file)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    async with Prices.open(str(file)) as prices:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file.stat().st_size + 4096, hard))
        try:
            with pytest.raises(DiskFull, match="is the disk full"):
                await prices.upsert("s", {f"U{i}": flat(2000) for i in range(20)})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert sorted(await prices.coverage("s")) == sorted(f"T{i}" for i in range(20))
        await prices.upsert("s", {"U": flat(2)})
    assert integrity(file) == ""
