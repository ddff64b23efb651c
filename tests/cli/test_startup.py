"""What a command does not spend its time on."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import Forefolio

HEAVY = {"asyncio", "numba", "pandas", "scipy", "sklearn", "sqlalchemy", "matplotlib", "cvxpy"}
AGAIN = (
    "import atexit, sys\n"
    "from forefolio.cli import main\n"
    "atexit.register(lambda: print(*sys.modules))\n"
    "sys.argv = ['forefolio', *{words!r}]\n"
    "main()"
)


def printed(code: str) -> list[str]:
    """The words that a fresh process prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_the_memory_of_a_command_that_ends_is_not_searched_for_cycles() -> None:
    code = (
        "import atexit, gc, sys; sys.argv = ['forefolio', 'version']\n"
        "from forefolio.cli import main\n"
        "atexit.register(lambda: print(gc.get_freeze_count() > 0))\n"  # runs after main's own
        "main()"
    )
    assert printed(code)[-1] == "True"


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs Linux")
def test_a_command_starts_no_threads_of_linear_algebra(
    forefolio: Forefolio, study: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    words = ("optimize", "--study", study)
    assert forefolio(*words).code == 0
    counting = "import os\n" + AGAIN.format(words=words).replace(
        "print(*sys.modules)", "print('threads', len(os.listdir('/proc/self/task')), *sys.modules)"
    )
    said = printed(counting)
    at = said.index("threads")
    assert said[at + 1] == "1" and "numpy" in said[at:]


def test_an_answer_about_the_last_run_is_read_without_the_libraries_that_compute_it(
    forefolio: Forefolio, study: str
) -> None:
    words = ("risk", "--run", "last", "--json")
    assert forefolio("optimize", "--study", study).code == 0
    first = forefolio(*words)
    again = printed(AGAIN.format(words=words))
    assert again[: len(first.out.split())] == first.out.split()
    assert "forefolio.studies.risk" in again and not HEAVY & {*again}
