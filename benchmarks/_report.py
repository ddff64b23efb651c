"""How every benchmark measures and reports: CPU time on one thread, one table."""

import os
import platform
import resource
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median

from forefolio.core.numerics import one_thread

HEAD = ("work", "best", "median", "bar", "peer", "its time", "ratio", "accuracy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Seconds of each repetition."""

    seconds: Sequence[float]

    @property
    def best(self) -> float:
        """What it takes when nothing disturbs."""
        return min(self.seconds)

    @property
    def median(self) -> float:
        """What it usually takes."""
        return median(self.seconds)

    def __mul__(self, times: float) -> "Times":
        """Extrapolate from a part of the work."""
        return Times(seconds=[times * one for one in self.seconds])


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of the table: our time, and where there are any, a bar and a peer's time."""

    work: str
    ours: Times
    bar: float | None = None  # seconds, for the best
    peer: str = ""
    theirs: Times | None = None
    accuracy: str = ""

    def cells(self) -> tuple[str, ...]:
        """One text per column of `HEAD`."""
        best, typical = shown(self.ours.best), shown(self.ours.median)
        met = "met" if self.bar is None or self.ours.best <= self.bar else "MISSED"
        bar = "" if self.bar is None else f"{shown(self.bar)}, {met}"
        theirs = "" if self.theirs is None else shown(self.theirs.best)
        ratio = "" if self.theirs is None else f"{self.theirs.best / self.ours.best:.3g}"
        return (self.work, best, typical, bar, self.peer, theirs, ratio, self.accuracy)


def timed(work: Callable[[], object], repeats: int = 5, *, warm: bool = True) -> Times:
    """CPU time of `repeats` calls on one thread, after one that is not counted if `warm`."""
    with one_thread():
        if warm:
            work()
        return Times(seconds=[_cpu(work) for _ in range(repeats)])


def timed_often(work: Callable[[], object], seconds: float = 0.3) -> Times:
    """The same as often as fits into `seconds`: what is quick is disturbed most."""
    least, most = 3, 300
    first = timed(work, 1).best
    return timed(work, min(max(int(seconds / max(first, 1e-6)), least), most))


def _cpu(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def command(words: Sequence[str], **environment: str) -> tuple[float, float, bytes]:
    """Run a program to its end: wall seconds, CPU seconds with its children, and what it says."""
    before, begun = _children(), time.perf_counter()
    done = subprocess.run(words, check=True, capture_output=True, env={**os.environ, **environment})
    return time.perf_counter() - begun, _children() - before, done.stdout


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def report(title: str, lines: Sequence[Line], packages: Sequence[str] = ()) -> None:
    """Print the machine, the versions and the table, in Markdown, without empty columns."""
    print(f"{title}\n{circumstances(('numpy', 'numba', *packages))}\n")
    table(HEAD, [line.cells() for line in lines])


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows in Markdown, without empty columns."""
    cells = zip(*rows, strict=True)
    columns = [
        _column(name, column) for name, column in zip(head, cells, strict=True) if any(column)
    ]
    for row in zip(*columns, strict=True):
        print(f"| {' | '.join(row)} |")
    print()


def _column(head: str, cells: Sequence[str]) -> list[str]:
    width = max(map(len, (head, *cells)))
    return [head.ljust(width), "-" * width, *(cell.ljust(width) for cell in cells)]


def circumstances(packages: Sequence[str]) -> str:
    """The date, the machine and how busy it is, and the versions of what was measured."""
    versions: Mapping[str, str] = {name: version(name) for name in packages}
    load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    python = f"Python {platform.python_version()}"
    told = ", ".join(f"{name} {number}" for name, number in versions.items())
    return f"{date.today()}, {_processor()}, {load}; {python}, {told}"


def _processor() -> str:
    try:
        told = Path("/proc/cpuinfo").read_text().split("\n")
        return next(line.split(":")[1].strip() for line in told if "model name" in line)
    except (OSError, StopIteration):  # not Linux, or a processor that does not say
        return platform.machine()


def shown(seconds: float) -> str:
    """Seconds, or milliseconds where there are few."""
    return f"{seconds:.3g} s" if seconds >= 0.1 else f"{1e3 * seconds:.3g} ms"
