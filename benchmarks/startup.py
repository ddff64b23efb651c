"""How long until `import forefolio` is done, and commands that have answered before answer again.

`python benchmarks/startup.py`; fresh processes, Python's own start included. What is stored goes to
a folder of its own, which is removed.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from _report import Line, Times, command, report

REPEATS = 9
PEER = "skfolio"
BARS = {"--help": 0.15, "optimize": 1.0, "frontier": 1.0, "risk": 1.0}  # seconds of CPU time


def main() -> None:
    """Print the table."""
    ours = _times(sys.executable, "-c", "import forefolio")
    theirs = _times(sys.executable, "-c", f"import {PEER}")
    lines = [
        Line(work=f"import forefolio, {clock}", ours=a, bar=0.05, peer=f"import {PEER}", theirs=b)
        for clock, a, b in zip(("wall", "CPU"), ours, theirs, strict=True)
    ]
    with TemporaryDirectory() as home:
        os.environ["FOREFOLIO_HOME"] = home
        lines += [line for name, bar in BARS.items() for line in _asked_again(name, bar)]
    report(f"Start-up, {REPEATS} fresh processes each", lines, [PEER])


def _asked_again(name: str, bar: float) -> Sequence[Line]:
    program = str(Path(sys.executable).with_name("forefolio"))
    wall, processor = _times(program, name)
    return [
        Line(work=f"forefolio {name}, wall", ours=wall),
        Line(work=f"forefolio {name}, CPU", ours=processor, bar=bar),
    ]


def _times(*words: str) -> Sequence[Times]:
    """Wall and CPU times, after one run that fills the disk's cache and stores the answer."""
    runs = [command(words)[:2] for _ in range(1 + REPEATS)][1:]
    return [Times(seconds=seconds) for seconds in zip(*runs, strict=True)]


if __name__ == "__main__":
    main()
