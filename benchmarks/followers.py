"""What followers cost the run that they follow.

`python benchmarks/followers.py`; a run of 400 steps of 5 ms, stored like every other, alone
and with 100 followers in the same process.
"""

import asyncio
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from forefolio.core.component import Component
from forefolio.core.events import Job, Note, Progress, Started
from forefolio.runs.host import Host, hosting
from forefolio.runs.jobs import Kind
from forefolio.studies.place import Place

BAR = 1.2  # times the run alone
FOLLOWERS = 100


class Steps(Component):
    """A job of so many steps."""

    steps: int = 400
    number: int = 0


def work(study: Steps, _: Place) -> Job[int]:
    """Say something at every step."""
    yield Started(stage="steps", total=study.steps)
    for step in range(study.steps):
        time.sleep(0.005)
        yield Progress(stage="steps", done=step + 1, total=study.steps)
        if step % 4 == 0:
            yield Note(code="step", message=str(step))
    return study.steps


async def main() -> float:
    """Print the table; the times that a followed run takes of one alone."""
    with TemporaryDirectory() as folder:
        kind = Kind(study=Steps, job=work, version=lambda _: "", code=lambda: "one")
        opened = hosting(
            home=Path(folder),
            database_url=f"sqlite:///{folder}/forefolio.db",
            executor_url="inline:",
            kinds={"steps": kind},
        )
        async with opened as host:
            await _took(host, 0, 0)  # the first of all pays for imports
            alone = min([await _took(host, number, 0) for number in (1, 2)])
            followed = min([await _took(host, number, FOLLOWERS) for number in (3, 4)])
    sys.stdout.write(f"alone {alone:.2f} s, with {FOLLOWERS} followers {followed:.2f} s: ")
    sys.stdout.write(f"{followed / alone:.2f} times (bar {BAR})\n")
    return followed / alone


async def _took(host: Host, number: int, followers: int) -> float:
    run = (await host.ask("steps", Steps(number=number))).run
    listening = [asyncio.create_task(_heard(host, run.id)) for _ in range(followers)]
    await asyncio.sleep(0.3)
    began = time.perf_counter()
    await host.see_through(run.id)
    took = time.perf_counter() - began
    told = [await one for one in listening]
    ended = await host.store.get(run.id)
    assert set(told) <= {ended.seq}
    return took


async def _heard(host: Host, run_id: str) -> int:
    last = 0
    async for row in host.follow(run_id):
        last = row.seq
    return last


if __name__ == "__main__":
    sys.exit(asyncio.run(main()) > BAR)
