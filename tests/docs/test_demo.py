"""What the first pages say that the demo prints, with its evidence, it prints; numbers aside."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.docs.reference import BOOK, ROOT

from forefolio.core.wording import MINUS


def shape(text: str) -> str:
    """A line without its numbers, and with single blanks."""
    return " ".join(re.sub(rf"[+{MINUS}]?\d[\d,.]*", "0", text).split())


def excerpts() -> list[str]:
    readme = (ROOT / "README.md").read_text()
    start = (BOOK / "start.md").read_text()
    read = start.split("## Read what it prints")[1].split("\n## ")[0]
    shown = [
        readme.split("```text\n")[1].split("```")[0],
        *re.findall(r"(?s)```text\n(.*?)```", read),
    ]
    lines = [line for text in shown for line in text.split("\n")]
    return [line for line in lines if line not in ("", "...") and "/forefolio-out/" not in line]


@pytest.mark.slow
@pytest.mark.timeout(900)  # it has both cores at best
def test_the_demo_prints_what_the_first_pages_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOREFOLIO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "80")
    command = [sys.executable, "-m", "forefolio", "run", "--verbose"]
    command += ["--out", str(tmp_path / "out")]
    ran = subprocess.run(command, check=True, capture_output=True, text=True, timeout=840)
    printed = {shape(line) for line in ran.stdout.split("\n")}
    assert [line for line in excerpts() if shape(line) not in printed] == []
