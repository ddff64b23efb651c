"""Whatever the documentation shows a reader to type works, and answers as it says."""

import io
import re
import shlex
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from tests.docs.reference import PAGES

from forefolio.cli import group
from forefolio.studies.reading import read_study

CODE = re.compile(
    r"(?P<slow><!-- slow -->\n)?```python\n(?P<code>.*?)```\n(?:\n```text\n(?P<said>.*?)```)?",
    re.DOTALL,
)
STUDY = re.compile(r"(?s)```yaml\n(.*?)```")
COMMAND = re.compile(r"(?m)^\$ (forefolio .*)$")


def having(text: str) -> list[Path]:
    return [page for page in PAGES if re.search(text, page.read_text())]


def pages(found: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("page", found, ids=lambda page: page.name)


LONG = {"library.md", "forecasting.md"}  # of many examples
PYTHON = [
    pytest.param(page, marks=pytest.mark.slow if page.name in LONG else (), id=page.name)
    for page in having("```python\n")
]


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("page", PYTHON)
def test_python_runs_and_prints_what_the_page_says(page: Path) -> None:
    play(page, slow=False)


@pytest.mark.slow
@pytest.mark.usefixtures("reader")
@pages(having("<!-- slow -->\n```python\n"))
def test_slow_python_too(page: Path) -> None:
    play(page, slow=True)


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody with an empty folder, who keeps everything in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FOREFOLIO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FOREFOLIO_EXECUTOR", "inline:")


def play(page: Path, *, slow: bool) -> None:
    """Run a page's examples one after the other, as one session."""
    session: dict[str, Any] = {"__name__": page.stem}
    for block in CODE.finditer(page.read_text()):
        if block["slow"] and not slow:
            continue
        printed = io.StringIO()
        with redirect_stdout(printed):
            exec(compile(block["code"], str(page), "exec"), session)
        if block["said"] is not None:
            assert printed.getvalue() == block["said"]


@pages(having(STUDY.pattern))
def test_a_study_on_a_page_is_one(page: Path) -> None:
    for document in STUDY.findall(page.read_text()):
        read_study(yaml.safe_load(document), str(page))


@pages(having(COMMAND.pattern))
def test_a_command_on_a_page_exists_with_its_options(page: Path) -> None:
    for line in COMMAND.findall(page.read_text()):
        parse(shlex.split(line, comments=True)[1:])


def parse(words: list[str]) -> None:
    """Let the command line read `words` without doing anything."""
    command: click.Command = group
    while words and isinstance(command, click.Group):
        below = command.get_command(click.Context(command), words[0])
        if below is None:
            break
        command, words = below, words[1:]
    if words != ["--help"]:
        command.make_context(command.name, words)
