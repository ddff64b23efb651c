"""What a command does not spend its time on."""

import subprocess
import sys


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
