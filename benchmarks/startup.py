"""How long until `import forefolio` is done and `forefolio --help` has answered.

`python benchmarks/startup.py`; fresh processes, Python's own start included.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from _report import Line, Times, command, report

REPEATS = 9
PEER = "skfolio"


def main() -> None:
    """Print the table."""
    program = str(Path(sys.executable).with_name("forefolio"))
    ours = _times(sys.executable, "-c", "import forefolio")
    theirs = _times(sys.executable, "-c", f"import {PEER}")
    asked = _times(program, "--help")
    lines = [
        Line(work=f"import forefolio, {clock}", ours=a, bar=0.5, peer=f"import {PEER}", theirs=b)
        for clock, a, b in zip(("wall", "CPU"), ours, theirs, strict=True)
    ]
    lines += [
        Line(work=f"forefolio --help, {clock}", ours=times, bar=0.7)
        for clock, times in zip(("wall", "CPU"), asked, strict=True)
    ]
    report(f"Start-up, {REPEATS} fresh processes each", lines, [PEER])


def _times(*words: str) -> Sequence[Times]:
    """Wall and CPU times, after one run that fills the disk's cache."""
    runs = [command(words)[:2] for _ in range(1 + REPEATS)][1:]
    return [Times(seconds=seconds) for seconds in zip(*runs, strict=True)]


if __name__ == "__main__":
    main()
