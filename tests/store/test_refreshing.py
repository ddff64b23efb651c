"""A refresh of stored prices on both databases: the same facts, and nothing lost by a kill."""

import asyncio
import signal
from pathlib import Path

import pytest
import stamina
from tests.cli.conftest import ended, started
from tests.market.online.server import serving
from tests.market.online.stooq import answer
from tests.market.online.test_refreshing import DAYS, START, Fake, Local

from forefolio.core.settings import Settings

pytestmark = pytest.mark.anyio


async def test_what_is_missing_is_asked_for_once(tmp_path: Path, url: str) -> None:
    yahoo = Fake("yahoo")
    settings = Settings(home=tmp_path, executor="inline:", database_url=url)
    supply = Local(settings=settings, fakes=(yahoo,), day=[])

    def refresh_three_times() -> list[tuple[object, ...]]:
        seen: list[tuple[object, ...]] = []
        for day in (DAYS[100], DAYS[100], DAYS[105]):
            (one,) = supply.on(day, "AAA")
            seen.append((one.state, one.added, one.changed, one.rows))
        return seen

    assert await asyncio.to_thread(refresh_three_times) == [
        ("new", 101, 0, 101),
        ("current", 0, 0, 101),
        ("added", 5, 0, 106),
    ]
    assert yahoo.asked[0][1] == START and len(yahoo.asked) == 2


@pytest.mark.slow
async def test_killed_between_two_tickers_it_goes_on_with_the_next(
    tmp_path: Path, url: str
) -> None:
    with stamina.set_testing(True, attempts=1), serving(answer) as stooq:
        environment = {
            "FOREFOLIO_HOME": str(tmp_path),
            "FOREFOLIO_EXECUTOR": "inline:",
            "FOREFOLIO_DATABASE_URL": url,
            "FOREFOLIO_SOURCES": "stooq",
            "FOREFOLIO_SOURCE_URLS": f"stooq={stooq.url}",
            "FOREFOLIO_SOURCE_LIMITS": "stooq=1000/second",
        }
        call = ("data", "fetch", "AAA", "BBB", "CCC", "--source", "stooq")

        def asked() -> list[str]:
            return [one.query["s"].removesuffix(".us").upper() for one in stooq.asked]

        killed = started(*call, **environment, FOREFOLIO_FAIL="refresh.ticker:2:kill")
        assert (await asyncio.to_thread(ended, killed)).code == -signal.SIGKILL
        assert asked() == ["AAA", "BBB"]
        done = await asyncio.to_thread(ended, started(*call, "--json", **environment))
        assert done.code == 0, done.err
        assert asked() == ["AAA", "BBB", "CCC"]  # what was kept is not asked for again
        tickers = done.document["tickers"]
        assert [one["ticker"] for one in tickers] == ["AAA", "BBB", "CCC"]
        assert len({one["rows"] for one in tickers}) == 1 and tickers[0]["rows"] > 200
