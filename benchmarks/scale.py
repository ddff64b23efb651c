"""How a classical study grows with its tickers: CPU time, memory of the process, what is stored.

`python benchmarks/scale.py` takes 50 to 1,000 tickers, 20 years; `... scale.py 2000 5000` others.
Each size runs in a process of its own, in a home of its own, everything inline.
"""

import json
import math
import os
import resource
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from _report import circumstances, command, shown, table

SIZES = (50, 100, 200, 500, 1000)
SESSIONS = 5040
BARRED = 500  # tickers, at which there are bars
CPU_S, MEMORY = 60.0, 1.5e9
LARGEST = 5000  # what the last step is taken to go on to


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """What a study of so many tickers took."""

    size: int
    cpu: float  # seconds
    memory: float  # bytes, the peak of the process
    stored: float  # bytes

    def power(self, before: "Rung", of: str) -> float:
        """The power of the size that it grew with, from the size before."""
        grown = getattr(self, of) / getattr(before, of)
        return math.log(grown) / math.log(self.size / before.size)


def main(*sizes: str) -> None:
    """Print the table, and how it goes on."""
    print(f"Classical study, 20 years, CPU time\n{circumstances(('numpy', 'numba'))}\n")
    rungs = [measured(size) for size in map(int, sizes or map(str, SIZES))]
    befores = [None, *rungs]
    rows = [_cells(rung, before) for rung, before in zip(rungs, befores, strict=False)]
    head = ("tickers", "CPU", "grows", "bar", "peak memory", "grows", "bar", "stored", "grows")
    table(head, rows)
    if len(rungs) > 1 and rungs[-1].size < LARGEST:
        print(f"\n{_further(*rungs[-2:])}")


def measured(size: int) -> Rung:
    """Do one study in a fresh process."""
    with TemporaryDirectory() as home:
        _, _, output = command(
            [sys.executable, __file__, "--one", str(size)],
            FOREFOLIO_HOME=home,
            FOREFOLIO_EXECUTOR="inline:",
        )
        cpu, peak = json.loads(output.splitlines()[-1])
        stored = sum(file.stat().st_size for file in Path(home).rglob("*") if file.is_file())
    return Rung(size=size, cpu=cpu, memory=peak, stored=stored)


def _cells(rung: Rung, before: Rung | None) -> tuple[str, ...]:
    """One row of the table."""

    def grows(of: str) -> str:
        return "" if before is None else f"power {rung.power(before, of):.1f}"

    barred = rung.size == BARRED
    return (
        f"{rung.size:,}",
        shown(rung.cpu),
        grows("cpu"),
        _bar(rung.cpu <= CPU_S, "60 s") if barred else "",
        f"{rung.memory / 1e9:.2f} GB",
        grows("memory"),
        _bar(rung.memory <= MEMORY, "1.5 GB") if barred else "",
        f"{rung.stored / 1e6:,.0f} MB",
        grows("stored"),
    )


def _further(before: Rung, last: Rung) -> str:
    """What the largest size would take if the last step went on."""

    def then(of: str) -> float:
        grown: float = getattr(last, of)
        return grown * (LARGEST / last.size) ** last.power(before, of)

    return (
        f"At {LARGEST:,} tickers, if the last step goes on: {then('cpu') / 60:.0f} minutes, "
        f"{then('memory') / 1e9:.0f} GB, {then('stored') / 1e9:.1f} GB stored (not measured)."
    )


def _bar(met: bool, bar: str) -> str:
    return f"{bar}, {'met' if met else 'MISSED'}"


def one(size: int) -> None:
    """Do the study in this process, and print its CPU seconds and its peak memory, bytes."""
    import forefolio as ff  # noqa: PLC0415
    from forefolio.core.events import finish  # noqa: PLC0415
    from forefolio.core.settings import Settings  # noqa: PLC0415
    from forefolio.runs.local import run_here  # noqa: PLC0415
    from forefolio.runs.opening import opening  # noqa: PLC0415

    data = ff.Data(source=ff.Synthetic(sessions=SESSIONS, assets=size))
    study = ff.StrategyStudy(data=data, machine_learning=False)
    finish(run_here(opening(Settings.read().prepare()), "strategy", study))
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps([used.ru_utime + used.ru_stime, 1024.0 * used.ru_maxrss]))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        one(int(sys.argv[2]))
    else:
        main(*sys.argv[1:])
