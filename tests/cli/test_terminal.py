"""Every command at a terminal, in any width, and with streams that close, fill or are plain."""

import os
import pty
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from rich.table import Table
from tests.cli.conftest import TINY, Forefolio, Said, prices, written

import forefolio as ff
from forefolio.cli import main
from forefolio.core.writing import write_whole
from forefolio.views.terminal.console import Terminal

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
SOURCE: Mapping[str, Any] = {"kind": "synthetic", "sessions": 400, "assets": 6, "seed": 6}
ORDERS = ("orders", "--capital", "10,000", "--weights", "KO=60%", "--prices", "KO=10")
COMMANDS: dict[str, tuple[str, ...]] = {
    "run": ("run", "--study", "STUDY", "--no-ml"),
    "forecast": ("forecast", "--study", "STUDY"),
    "leaderboard": ("leaderboard", "--study", "STUDY"),
    "train": ("train", "--study", "STUDY"),
    "compare": ("compare", "--study", "STUDY"),
    "importance": ("importance", "--study", "STUDY"),
    "optimize": ("optimize", "--study", "STUDY", "--explain"),
    "frontier": ("frontier", "--study", "STUDY", "--points", "3"),
    "signals": ("signals", "--study", "STUDY"),
    "history": ("signals", "--history"),
    "orders": ORDERS,
    "risk": ("risk", "--study", "STUDY"),
    "simulate": ("simulate", "--study", "STUDY", "--paths", "200"),
    "stress": ("stress", "--study", "STUDY"),
    "runs": ("runs",),
    "version": ("version",),
    "help": ("--help",),
}


@pytest.fixture
def study(tmp_path: Path) -> str:
    return written(tmp_path / "study.yaml", {**TINY, "source": SOURCE})


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    """The command on a pseudo-terminal of so many columns, in this process."""

    def call(*arguments: str, columns: int = 80) -> Said:
        monkeypatch.setattr(sys, "argv", ["forefolio", *arguments])
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", "xterm-256color")
        master, slave = pty.openpty()
        heard: list[bytes] = []
        reader = threading.Thread(target=_read, args=(master, heard))
        reader.start()
        code: Any = 0
        with os.fdopen(slave, "w", encoding="utf-8") as screen:
            monkeypatch.setattr(sys, "stdout", screen)
            monkeypatch.setattr(sys, "stderr", screen)
            try:
                main()
            except SystemExit as stop:
                code = stop.code
            finally:
                monkeypatch.undo()
        reader.join(timeout=10)
        os.close(master)
        shown = ESCAPE.sub("", b"".join(heard).decode()).replace("\r\n", "\n")
        return Said(int(code or 0), shown, "")

    return call


def _read(master: int, heard: list[bytes]) -> None:
    while True:
        try:
            some = os.read(master, 65536)
        except OSError:  # the other end is closed
            return
        if not some:
            return
        heard.append(some)


LONG = {"train", "compare", "leaderboard", "importance", "frontier", "simulate", "stress"}
MARKED = [pytest.param(c, marks=pytest.mark.slow) if c in LONG else c for c in COMMANDS]


@pytest.mark.parametrize("command", MARKED)
@pytest.mark.parametrize("columns", [pytest.param(80, marks=pytest.mark.slow), 30])
def test_every_command_at_a_terminal_of_any_width(
    command: str,
    columns: int,
    terminal: Callable[..., Said],
    study: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    environment = {"FOREFOLIO_HOME": str(tmp_path / "home"), "FOREFOLIO_EXECUTOR": "inline:"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    if command == "history":
        ff.daily_signals(ff.load_study(Path(study)))
    said = terminal(*(study if a == "STUDY" else a for a in COMMANDS[command]), columns=columns)
    assert said.code == 0, said.out[-600:]
    assert "went wrong inside" not in said.out and "Traceback" not in said.out
    assert not re.search(r"\d…", said.out), said.out  # no number is cut


def test_narrow_terminals_and_files_show_the_same_numbers(
    forefolio: Forefolio, study: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In 30 columns a table is a list; what every cell says is there, with its unit."""
    call = ("optimize", "--study", study)
    wide = forefolio(*call).out
    weights = forefolio(*call, "--json").document["weights"]
    monkeypatch.setenv("COLUMNS", "30")
    narrow = forefolio(*call).out
    assert max(map(len, narrow.splitlines())) <= 30
    numbers = re.compile(r"\d+\.\d+ %")
    found = set(numbers.findall(" ".join(narrow.split())))
    assert {f"{100 * w:.1f} %" for w in weights.values()} <= found
    assert set(numbers.findall(wide)) <= found


def _shell(line: str, tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        line.replace("forefolio", f"{sys.executable} -m forefolio"),
        shell=True,
        executable="/bin/bash",
        env={**os.environ, "FOREFOLIO_HOME": str(tmp_path / "home"), **environment},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("buffered", ["", pytest.param("1", marks=pytest.mark.slow)])
def test_a_reader_that_has_seen_enough_is_no_error(buffered: str, tmp_path: Path) -> None:
    prices(tmp_path / "AAA.csv", sessions=540)
    line = "set -o pipefail; forefolio optimize --source AAA.csv | head -1"
    said = _shell(line, tmp_path, PYTHONUNBUFFERED=buffered)
    assert said.stdout.startswith("The prices end on") and said.stdout.count("\n") == 1
    assert said.stderr == "" and said.returncode in (0, 141)
    helped = _shell("set -o pipefail; forefolio --help | true", tmp_path, PYTHONUNBUFFERED=buffered)
    assert helped.stderr == "" and helped.returncode in (0, 141)


@pytest.mark.slow
def test_closed_full_and_plain_streams(tmp_path: Path) -> None:
    closed = _shell("forefolio runs >&-", tmp_path)
    assert (closed.returncode, closed.stderr) == (0, "")
    assert (tmp_path / "home" / "forefolio.db").read_bytes().startswith(b"SQLite format 3")
    assert _shell("forefolio runs >&- 2>&- <&-", tmp_path).returncode == 0
    full = _shell("forefolio orders " + " ".join(ORDERS[1:]) + " > /dev/full", tmp_path)
    assert full.returncode == 2 and "inside" not in full.stderr
    assert full.stderr.strip().endswith("cannot be written to: No space left on device")
    plain = _shell(
        "forefolio orders --capital 100 --holdings KO=20 --weights XOM=1 --prices KO=10,XOM=20",
        tmp_path,
        PYTHONIOENCODING="ascii",
    )
    assert (plain.returncode, plain.stderr) == (0, "") and "sell 20 KO" in plain.stdout
    assert plain.stdout.isascii() and "?" not in plain.stdout


def test_a_file_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.html"
    assert write_whole(path, b"first") == path
    real = Path.write_bytes

    def full(self: Path, content: Any) -> int:
        real(self, content[:3])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    for place in (path, tmp_path / "new.csv"):
        with pytest.raises(Exception, match=f"{place.name} cannot be written: No space left"):
            write_whole(place, b"second")
    assert path.read_bytes() == b"first" and [p.name for p in tmp_path.iterdir()] == ["report.html"]
    monkeypatch.undo()
    assert write_whole(Path("/dev/null"), b"gone") and not Path("/dev/null").is_file()


def test_orders_that_cannot_be_written_leave_no_half(forefolio: Forefolio, tmp_path: Path) -> None:
    said = forefolio(*ORDERS, "--out", str(tmp_path / "none" / "orders.csv"))
    assert said.code == 2 and "orders.csv cannot be written: No such file" in said.err


def test_a_table_in_a_pipe_has_the_width_that_it_needs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    wide = Table("a", "b", box=None)
    wide.columns[0].no_wrap = wide.columns[1].no_wrap = True
    wide.add_row("x" * 90, "y" * 90)
    console = Terminal()
    console.print(wide)
    console.print("z" * 10)
    out = capsys.readouterr().out
    assert "x" * 90 in out and "y" * 90 in out and console.width == 80
