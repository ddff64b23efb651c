"""How much the store, the cache, the pool and the service bear, beside what was wanted of them.

`python benchmarks/reliability.py [cache] [jobs] [pool] [service]`, all of them without a word; it
takes some four minutes. Times are by the clock: on a busy machine they say less.
"""

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, as_completed
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2 as httpx
import numpy as np
from _goals import Goal, print_goals
from _service import SMALL, service, train_two
from websockets.asyncio.client import connect

from forefolio.core.settings import Settings
from forefolio.runs import cached as caching
from forefolio.runs.cached import HOUR, cached
from forefolio.runs.executors import ProcessPool
from forefolio.store import Store, Wanted

# -- the cache -------------------------------------------------------------------------------------


SIZES = {1_000: ("8 kB", 0.2), 131_072: ("1 MB", 10.0)}


@cached(l1_ttl=HOUR, l2_ttl=HOUR)
def kept(number: int, settings: Settings) -> np.ndarray:  # noqa: ARG001 (where it is kept)
    """An array of so many numbers."""
    return np.arange(float(number))


AT_ONCE = """
import sys, time
from forefolio.runs.cached import cached
@cached(l1_ttl=60, l2_ttl=60)
def slow(number):
    open(sys.argv[1], "a").write("x")
    time.sleep(1)
    return number
print("ready", flush=True)
sys.stdin.readline()
slow(7)
"""


def of_the_cache() -> Iterator[Goal]:
    """Hits in memory and on disk, damage, and many who ask at once."""
    with TemporaryDirectory() as home:
        settings = Settings(home=Path(home))
        names = {}
        for number in SIZES:
            kept(number, settings=settings)
            names[number] = next(reversed(caching._memory._entries))
        held = usual(lambda: caching._memory.get(names[1_000]), 10_000)
        yield Goal(what="value in memory, us", measured=1e6 * held, highest=5, digits=1)
        call = usual(lambda: kept(1_000, settings=settings), 1_000)
        yield Goal(what="call answered from memory, us", measured=1e6 * call, highest=200, digits=0)
        disk = caching._disk_at(settings.home)
        for number, (what, wanted) in SIZES.items():
            took = usual(lambda name=names[number]: disk.get(name, caching.Counts()), 200)
            yield Goal(what=f"{what} on disk, ms", measured=1e3 * took, highest=wanted, digits=2)
        yield Goal(
            what="wrong values of 1,000 damaged", measured=damaged(settings), highest=0, digits=0
        )
        log = Path(home) / "log"
        words = [sys.executable, "-c", AT_ONCE, str(log)]
        env = {**os.environ, "FOREFOLIO_HOME": home}
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        asking = [subprocess.Popen(words, env=env, text=True, **pipes) for _ in range(8)]
        for one in asking:
            one.stdout.readline()
        for one in asking:
            one.communicate("\n")
        yield Goal(
            what="computations of 8 processes", measured=len(log.read_text()), highest=1, digits=0
        )


def damaged(settings: Settings) -> int:
    """How many of a thousand entries with a flipped bit, cut off or swapped give a wrong value."""
    dice, wrong, right = np.random.default_rng(0), 0, np.arange(1_000.0)
    with sqlite3.connect(settings.home / "cache.db") as file:
        ((key, other),) = file.execute("SELECT key, value FROM entry ORDER BY size LIMIT 1")
        for number in range(1_000):
            raw = bytearray(other)
            match number % 3:
                case 0:
                    raw[dice.integers(len(raw))] ^= 1 << dice.integers(8)
                case 1:
                    del raw[dice.integers(len(raw)) :]
                case _:
                    raw = bytearray(dice.bytes(len(raw)))
            file.execute("UPDATE entry SET value = ? WHERE key = ?", (bytes(raw), key))
            file.commit()
            caching._memory._entries.clear()
            wrong += not np.array_equal(kept(1_000, settings=settings), right)
    return wrong


# -- jobs ------------------------------------------------------------------------------------------

RUNS, CLAIMERS = 2_000, 4


def of_jobs() -> Iterator[Goal]:
    """How long it takes until an ask is durable, and whether one run is claimed twice."""
    with TemporaryDirectory() as home:
        url = f"{home}/forefolio.db"
        times = sorted(asyncio.run(asks(url)))
        yield Goal(what="ask, p50 ms", measured=1e3 * times[len(times) // 2], highest=50, digits=1)
        p99 = 1e3 * times[int(0.99 * len(times))]
        yield Goal(what="ask, p99 ms", measured=p99, highest=50, digits=1)
        began = time.perf_counter()
        with ProcessPool(CLAIMERS) as pool:
            claimed = [pool.submit(claims, url) for _ in range(CLAIMERS)]
            got = Counter(name for one in claimed for name in one.result())
        doubles = sum(number - 1 for number in got.values())
        yield Goal(what="runs claimed twice", measured=doubles, highest=0, digits=0)
        yield Goal(what="runs claimed", measured=len(got), lowest=RUNS, highest=RUNS, digits=0)
        print(f"{len(got) / (time.perf_counter() - began):.0f} claims a second, starts included")


async def asks(url: str) -> list[float]:
    """Seconds of each of the asks."""
    times = []
    async with Store.open(url) as store:
        for number in range(RUNS):
            began = time.perf_counter()
            await store.ask(Wanted(kind="toy", study="{}", digest=f"{number:032x}"))
            times.append(time.perf_counter() - began)
    return times


def claims(url: str) -> list[str]:
    """What one process claims until nothing waits."""

    async def all_of_them() -> list[str]:
        async with Store.open(url) as store:
            got = []
            while (run := await store.claim(f"process {os.getpid()}", 600)) is not None:
                got.append(run.id)
            return got

    return asyncio.run(all_of_them())


# -- the pool --------------------------------------------------------------------------------------

BAD = 20  # one in so many


def busy(seconds: float) -> float:
    """Compute for so many seconds of CPU."""
    ends = time.process_time() + seconds
    while time.process_time() < ends:
        pass
    return seconds


def mixed(number: int) -> int:
    """A task of a universe in which one in twenty goes wrong, each in its own way."""
    if number % BAD == 0:
        match number // BAD % 4:
            case 0:
                os.kill(os.getpid(), signal.SIGKILL)
            case 1:
                raise ValueError(f"bad data in {number}")
            case 2:
                time.sleep(600)
            case _:
                return len(bytearray(8 * 2**30))
    return number * number


def of_the_pool() -> Iterator[Goal]:
    """What two workers gain, what a task costs beside its work, and tasks that go wrong."""
    with ProcessPool(2) as pool:
        done([pool.submit(busy, 0.1) for _ in range(4)])  # the workers are there
        alone = timed(lambda: busy(10) + busy(10))
        two = timed(lambda: done([pool.submit(busy, 10) for _ in range(2)]))
        yield Goal(what="two workers, times as fast", measured=alone / two, lowest=1.8, digits=2)
        naps = timed(lambda: done([pool.submit(time.sleep, 0.5) for _ in range(20)]))
        beside = 20 * naps - 100  # of five seconds
        yield Goal(what="overhead of tasks of 0.5 s, %", measured=beside, highest=5, digits=1)
    with ProcessPool(2, timeout_s=20, memory=2 * 2**30) as pool:
        futures = {pool.submit(mixed, number): number for number in range(500)}
        ended = {futures[one]: one.exception() or one.result() for one in as_completed(futures)}
    bad = {number for number, outcome in ended.items() if isinstance(outcome, Exception)}
    yield Goal(what="of 500 tasks accounted for", measured=len(ended), lowest=500, digits=0)
    lost = bad ^ {number for number in range(500) if number % BAD == 0}
    yield Goal(what="good ones lost, bad ones missed", measured=len(lost), highest=0, digits=0)


# -- the service -----------------------------------------------------------------------------------


def of_the_service() -> Iterator[Goal]:
    """Starting, reading while models are trained, and many who follow."""
    with TemporaryDirectory() as home, service(home) as served:
        yield Goal(what="ready after, s", measured=served.ready_s, highest=3, digits=1)
        with httpx.Client(base_url=served.url, timeout=60) as client:
            patient = {"prefer": "wait=30"}
            first = client.post("/api/optimize/portfolio", json=SMALL, headers=patient).json()
            state = f"/api/runs/{first['run']['id']}"
            train_two(client)
            lag = Histogram.read(client)
            cached_s = times(lambda: client.post("/api/optimize/portfolio", json=SMALL), 300)
            read_s = times(lambda: client.get(state), 300)
            middle = 1e3 * cached_s[len(cached_s) // 2]
            what = "cached answer, two trained, p50 ms"
            yield Goal(what=what, measured=middle, highest=20, digits=1)
            p99 = 1e3 * read_s[int(0.99 * len(read_s))]
            yield Goal(what="read, two trained, p99 ms", measured=p99, highest=100, digits=1)
            p99 = 1e3 * Histogram.read(client).since(lag, 0.99)
            yield Goal(what="lag of the loop, p99 at most, ms", measured=p99, highest=50, digits=0)
            late = asyncio.run(followed(client, served.url))
        yield Goal(what="end told to 100 of 100 after, s", measured=max(late), highest=1, digits=2)


class Histogram:
    """The lags of the event loop so far, as `/metrics` has them."""

    def __init__(self, counts: dict[float, float]) -> None:
        self._counts = counts

    @classmethod
    def read(cls, client: httpx.Client) -> "Histogram":
        """Those of a service until now."""
        name = "forefolio_event_loop_lag_seconds_bucket"
        lines = [line for line in client.get("/metrics").text.splitlines() if name in line]
        return cls({float(line.split('"')[1]): float(line.split()[-1]) for line in lines})

    def since(self, earlier: "Histogram", share: float) -> float:
        """The upper end of the bucket that this share of the lags since then is below."""
        since = {end: count - earlier._counts[end] for end, count in self._counts.items()}
        return min(end for end, count in since.items() if count >= share * max(since.values()))


async def followed(client: httpx.Client, url: str) -> list[float]:
    """Seconds from the end of each session's run until each of its ten clients knows of it."""
    address = url.replace("http", "ws", 1) + "/ws/optimize/progress/"
    stuck = [await connect(f"{address}s{n}", max_queue=1) for n in range(10)]  # read nothing
    clients = [asyncio.create_task(last_of(f"{address}s{n}")) for n in range(10) for _ in range(10)]
    await asyncio.sleep(1)
    runs = {}
    for number in range(10):
        document = {**SMALL, "points": 20 + number}
        headers = {"session-id": f"s{number}", "prefer": "respond-async"}
        told = await asyncio.to_thread(
            client.post, "/api/optimize/frontier", json=document, headers=headers
        )
        runs[f"s{number}"] = told.json()["id"]
    ends = await asyncio.gather(*clients)
    late = []
    for name, at in ends:
        events = await asyncio.to_thread(client.get, f"/api/runs/{runs[name]}/events")
        late.append(at - events.json()[-1]["at"])
    for one in stuck:
        await one.close()
    return late


async def last_of(address: str) -> tuple[str, float]:
    """The session, and when its last message came."""
    async with connect(address, open_timeout=30) as socket:
        last = ""
        async for message in socket:
            last, at = json.loads(message)["message"], time.time()
    assert last == "Done", last
    return address.rpartition("/")[2], at


# -- measuring -------------------------------------------------------------------------------------


def done(futures: Sequence[Future[Any]]) -> list[Any]:
    """What they come to."""
    return [one.result() for one in futures]


def timed(work: Callable[[], object]) -> float:
    """Seconds by the clock."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def times(work: Callable[[], object], number: int) -> list[float]:
    """Seconds of each, the shortest first."""
    return sorted(timed(work) for _ in range(number))


def usual(work: Callable[[], object], number: int) -> float:
    """The median of the seconds of so many."""
    return times(work, number)[number // 2]


PARTS = {
    "cache": of_the_cache,
    "jobs": of_jobs,
    "pool": of_the_pool,
    "service": of_the_service,
}


def main(words: Sequence[str]) -> None:
    """Print the goals of the parts that are named, or of all."""
    goals = [goal for name in words or PARTS for goal in PARTS[name]()]
    print(f"load {os.getloadavg()[0]:.1f}")
    print_goals(goals)


if __name__ == "__main__":
    main(sys.argv[1:])
