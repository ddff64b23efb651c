"""How long `forefolio run` takes on the sample, from nothing and when nothing has changed.

`python benchmarks/main_job.py`; on one process and on two, each with a store of its own.
"""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from _report import Line, Times, command, report

COLD, AGAIN = 90.0, 3.0
REPEATS = 3
PROGRAM = str(Path(sys.executable).with_name("forefolio"))
PATHS = ("report", "figures")  # where a run wrote to: all that may differ


def main() -> None:
    """Print the table."""
    one, numbers = measured("processes:1", None)
    two, _ = measured("processes:2", numbers)
    report("forefolio run on the sample, wall time unless it says CPU", [*one, *two])


def measured(executor: str, expected: Any) -> tuple[list[Line], Any]:
    """Lines of one cold run and some more, and what it found beside what was `expected`."""
    with TemporaryDirectory() as home:
        settings = {"FOREFOLIO_HOME": home, "FOREFOLIO_EXECUTOR": executor}
        words = [PROGRAM, "run", "--json", "--out", f"{home}/out"]
        wall, cpu, said = command(words, **settings)
        again = [command(words, **settings) for _ in range(REPEATS)]
    found = _numbers(said)
    same = all(_numbers(run[2]) == found for run in again) and expected in (None, found)
    told = "identical numbers" if same else "NUMBERS DIFFER"
    return [
        Line(work=f"from nothing, {executor}", ours=Times(seconds=[wall]), bar=COLD, accuracy=told),
        Line(work=f"from nothing, {executor}, CPU", ours=Times(seconds=[cpu])),
        Line(
            work=f"nothing changed, {executor}",
            ours=Times(seconds=[run[0] for run in again]),
            bar=AGAIN,
            accuracy=told,
        ),
    ], found


def _numbers(said: bytes) -> Any:
    return {name: value for name, value in json.loads(said).items() if name not in PATHS}


if __name__ == "__main__":
    main()
