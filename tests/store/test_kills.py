"""A real study, killed at every failpoint and at random instants, and with a disk that is full."""

import asyncio
import os
import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from tests.store.dying import answer, begun, ended

from forefolio.store import Store
from forefolio.store.engine import engine

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

FAILPOINTS = [
    *("artifact.write", "artifact.before_rename", "artifact.after_rename"),
    *("arrays.write", "arrays.before_rename"),
    *("store.before_commit", "store.after_commit"),
    *("host.step", "host.before_result", "host.before_finish"),
]
WRITES = {"artifact.write": 4, "arrays.write": 4, "store.before_commit": 6}  # which are tried
TIMES = int(os.environ.get("FOREFOLIO_KILLS", "1"))  # 5: the two hundred of the goal
KILLS = {"sqlite": 30 * TIMES, "postgresql": 10 * TIMES}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> str:
    home = tmp_path_factory.mktemp("undisturbed")
    told = answer(home, f"sqlite:///{home}/forefolio.db")
    assert "BayesianRidge@5=" in told and "None" not in told
    return told


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
def places(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Iterator[tuple[Path, str]]]:
    """Fresh homes, each with a fresh database."""
    server = request.getfixturevalue("postgresql") if kind == "postgresql" else ""
    template = tmp_path / "empty.db"
    migrated(server or f"sqlite:///{template}")

    def fresh() -> Iterator[tuple[Path, str]]:
        number = 0
        while True:
            number += 1
            home = tmp_path / str(number)
            home.mkdir()
            if server:
                emptied(server, "DELETE FROM event", "DELETE FROM ask", "DELETE FROM run")
            else:
                shutil.copy(template, home / "forefolio.db")
            yield home, server or f"sqlite:///{home}/forefolio.db"

    yield fresh()
    if server:
        emptied(server, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")


def migrated(url: str) -> None:
    """Make the tables once: that takes longer than the study."""

    async def make() -> None:
        async with Store.open(url):
            pass

    asyncio.run(make())


def emptied(server: str, *statements: str) -> None:
    async def work() -> None:
        database = engine(server)
        async with database.begin() as connection:
            for statement in statements:
                await connection.execute(text(statement))
        await database.dispose()

    asyncio.run(work())


def gapless(home: Path) -> None:
    """For SQLite: whole, and every event there once."""
    file = home / "forefolio.db"
    if not file.exists():
        return
    database = create_engine(f"sqlite:///{file}")
    with database.connect() as connection:
        assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
        seqs = connection.scalars(text("SELECT seq FROM event ORDER BY seq")).all()
        assert list(seqs) == list(range(1, connection.scalar(text("SELECT seq FROM run")) + 1))
    database.dispose()


def test_killed_at_every_failpoint_it_ends_with_the_same_bits(
    places: Iterator[tuple[Path, str]], expected: str
) -> None:
    kills = 0
    for point, (home, url) in zip(FAILPOINTS, places, strict=False):
        fails = [f"{point}:{nth}:kill" for nth in (1, 2, 4)]
        told = [ended(begun(home, url, fail), home) for fail in fails]
        assert told[0] == "killed" and set(told) <= {"killed", expected}, point
        kills += told.count("killed")
        assert ended(begun(home, url), home) == expected, point
        gapless(home)
    assert kills >= 2 * len(FAILPOINTS)


def test_killed_at_random_instants_it_ends_with_the_same_bits(
    places: Iterator[tuple[Path, str]], expected: str, kind: str
) -> None:
    dice, kills = random.Random(11), 0
    home, url = next(places)
    began = time.monotonic()
    assert ended(begun(home, url), home) == expected
    usual = time.monotonic() - began
    while kills < KILLS[kind]:
        home, url = next(places)
        told = "killed"
        while told == "killed" and kills < KILLS[kind]:
            process = begun(home, url)
            process.join(dice.uniform(0, usual))
            process.kill()
            told = ended(process, home)
            kills += told == "killed"
        assert ended(begun(home, url), home) == expected
        gapless(home)


def test_a_disk_that_is_full_at_any_write_leaves_nothing_broken(
    places: Iterator[tuple[Path, str]], expected: str, kind: str
) -> None:
    if kind == "postgresql":
        pytest.skip("the files are the same; its own disk is its own matter")
    for point, writes in WRITES.items():
        told = []
        for nth in range(1, writes + 1):
            home, url = next(places)
            told.append(ended(begun(home, url, f"{point}:{nth}:enospc"), home))
            assert told[-1] == expected or told[-1].startswith("failed: "), (point, nth)
            assert ended(begun(home, url), home) == expected, (point, nth)
            gapless(home)
        # what is only remembered is done without, and a commit is tried again
        assert point != "arrays.write" or all("space" in one for one in told[:3]), told
