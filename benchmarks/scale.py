"""How a classical study grows with its tickers: CPU time, memory of the process, what is stored.

`python benchmarks/scale.py` takes 50, 200 and 500 tickers, 20 years; `... scale.py 1000` others.
Each size runs in a process of its own, in a home of its own, everything inline.
"""

import json
import os
import resource
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from _report import circumstances, command, shown, table

SIZES = (50, 200, 500)
SESSIONS = 5040
CPU_S, MEMORY = 60.0, 1.5e9  # at 500 tickers


def main(*sizes: str) -> None:
    """Print the table."""
    print(f"Classical study, 20 years, CPU time\n{circumstances(('numpy', 'numba'))}\n")
    rows = [measured(size) for size in map(int, sizes or map(str, SIZES))]
    table(("tickers", "CPU", "bar", "peak memory", "bar", "stored"), rows)


def measured(size: int) -> tuple[str, ...]:
    """One row of the table."""
    with TemporaryDirectory() as home:
        _, _, output = command(
            [sys.executable, __file__, "--one", str(size)],
            FOREFOLIO_HOME=home,
            FOREFOLIO_EXECUTOR="inline:",
        )
        cpu, peak = json.loads(output.splitlines()[-1])
        stored = sum(file.stat().st_size for file in Path(home).rglob("*") if file.is_file())
    bars = (_bar(cpu <= CPU_S, "60 s"), _bar(peak <= MEMORY, "1.5 GB")) if size == 500 else ("", "")
    return (
        f"{size:,}",
        shown(cpu),
        bars[0],
        f"{peak / 1e9:.2f} GB",
        bars[1],
        f"{stored / 1e6:.0f} MB",
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
