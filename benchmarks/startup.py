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
BARS = {  # seconds of CPU time
    "--help": 0.15,
    "optimize": 1.0,
    "frontier": 1.0,
    "risk": 1.0,
    "run --no-ml": 1.0,
    "today --no-ml --capital 25,000": 1.0,
}


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
        lines += [line for words, bar in BARS.items() for line in _asked_again(words, bar)]
    report(f"Start-up, {REPEATS} fresh processes each", lines, [PEER])


def _asked_again(words: str, bar: float) -> Sequence[Line]:
    program = str(Path(sys.executable).with_name("forefolio"))
    wall, processor = _times(program, *words.split())
    return [
        Line(work=f"forefolio {words}, wall", ours=wall),
        Line(work=f"forefolio {words}, CPU", ours=processor, bar=bar),
    ]


def _times(*words: str) -> Sequence[Times]:
    """Wall and CPU times, after one run that fills the disk's cache and stores the answer."""
    runs = [command(words)[:2] for _ in range(1 + REPEATS)][1:]
    return [Times(seconds=seconds) for seconds in zip(*runs, strict=True)]


if __name__ == "__main__":
    main()
