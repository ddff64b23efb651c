"""Whatever there is, is documented; whatever is documented, is there."""

import ast
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import pytest
from tests.docs.reference import BOOK, CHAPTERS, FAMILIES, GUIDE, ROOT, described, layers, rewritten

import forefolio.api.app
from forefolio.api.problems import _STATUS
from forefolio.backtest import Metrics
from forefolio.cli import group
from forefolio.core.component import Component
from forefolio.core.errors import ForefolioError
from forefolio.core.settings import Settings
from forefolio.forecast import Score
from forefolio.studies.strategy import StrategyStudy
from forefolio.views.figures import FIGURES
from forefolio.views.guide import guide

SOURCE = ROOT / "src" / "forefolio"
ARCHITECTURE = (BOOK / "architecture.md").read_text()
EACH = pytest.mark.parametrize(
    ("page", "component"),
    [
        pytest.param(page, one, id=f"{page}-{one.__name__}")
        for (catalogue, _), page in FAMILIES.items()
        for one in catalogue
    ],
)


@pytest.mark.parametrize("page", CHAPTERS, ids=lambda p: p.name)
def test_what_the_code_says_of_itself_is_current(page: Path) -> None:
    text = page.read_text()
    assert text == rewritten(text), "run .venv/bin/python tests/docs/reference.py"


@EACH
def test_a_component_has_a_heading_on_its_familys_page(
    page: str, component: type[Component]
) -> None:
    text = (BOOK / page).read_text()
    heading = re.compile(
        rf"^### {component.__name__}\n\n<!-- component: forefolio\.\w+\.{component.__name__} -->$",
        re.MULTILINE,
    )
    assert heading.search(text) and component in described(text)


def test_every_setting_of_a_study_is_documented() -> None:
    named = {name.split("__")[-1] for name in StrategyStudy.model_json_schema()["$defs"]} | {
        "StrategyStudy"
    }
    written = {one.__name__ for page in CHAPTERS for one in described(page.read_text())}
    assert named <= written


def test_every_setting_of_a_study_is_explained() -> None:
    text = (BOOK / "study.md").read_text()
    explained = " ".join(row for row in text.split("\n") if row.startswith("| `"))
    for one in described(text):
        for name in set(one.model_fields) - {"kind"}:
            assert f"`{name}`" in explained


def test_every_module_is_in_the_architecture_and_no_other() -> None:
    assert named_in(tree()) == {str(path.relative_to(SOURCE)) for path in modules()}


def modules() -> list[Path]:
    """Every module; a package's own file only where it is the package's whole."""
    found = SOURCE.rglob("*.py")
    return [path for path in found if path.name != "__init__.py" or path.parent == SOURCE]


def tree() -> list[str]:
    return block("tree").split("\n")[1:]


def block(mark: str) -> str:
    found = re.search(rf"<!-- {mark} -->\n```text\n(.*?)\n```", ARCHITECTURE, re.DOTALL)
    assert found
    return found[1]


def named_in(lines: list[str]) -> set[str]:
    """Paths of the modules that an indented tree names."""
    folders: list[str] = []
    paths = set()
    for line in lines:
        name, depth = line.split()[0], (len(line) - len(line.lstrip())) // 2 - 1
        folders = folders[:depth]
        if name.endswith("/"):
            folders.append(name)
        else:
            paths.add("".join(folders) + name)
    return paths


def test_every_line_of_the_tree_says_something() -> None:
    assert all(len(line.split()) > 1 for line in tree() if not line.endswith("versions/"))


def test_the_layers_are_those_that_are_checked() -> None:
    assert block("layers") == layers()
    assert block("layers of optimize") == layers("optimize")


def test_the_files_that_the_documentation_names_are_there() -> None:
    for page in CHAPTERS:
        for name in re.findall(r"`((?:tests|benchmarks|src|docs)/[\w/.]+\.\w+)`", page.read_text()):
            assert (ROOT / name).exists(), f"{page.name} names {name}"


def test_every_variable_of_the_environment_is_documented_with_its_default() -> None:
    rows = re.findall(
        r"^\| `FOREFOLIO_(\w+)` \| (.*?) \|", (BOOK / "runs.md").read_text(), re.MULTILINE
    )
    table = {name.lower(): default.strip("`") for name, default in rows}
    assert table.keys() == Settings.model_fields.keys() and len(rows) == len(table)
    for name, field in Settings.model_fields.items():
        match field.default:
            case None if name not in WITH_A_REASON:
                assert table[name] == "none"
            case int() | float() | str() as default:
                assert table[name] == f"{default}"
            case tuple() as default:
                assert table[name] == ",".join(default)


WITH_A_REASON = {"memory_mb"}  # none is set, and the table says what is taken instead


def test_the_guide_for_agents_is_that_of_the_catalogue() -> None:
    assert GUIDE.read_text() == guide(), "run .venv/bin/python tests/docs/reference.py"


def test_every_command_and_option_is_documented() -> None:
    text = (BOOK / "runs.md").read_text()
    for path, command in commands(group):
        assert f"$ {path}" in text
        shown = [p for p in command.params if not getattr(p, "hidden", False)]
        for option in (one for p in shown for one in p.opts if one.startswith("--")):
            assert option == "--help" or option in text, f"{path} {option}"


def commands(command: click.Command, path: str = "forefolio") -> list[tuple[str, click.Command]]:
    """Every command that can be called, with the words that call it."""
    if not isinstance(command, click.Group):
        return [(path, command)]
    context = click.Context(command)
    names = command.list_commands(context)
    below = {name: command.get_command(context, name) for name in names}
    found = [p for name, one in below.items() if one for p in commands(one, f"{path} {name}")]
    return [(path, command), *found] if command.invoke_without_command else found


def test_every_public_name_is_documented() -> None:
    rows = "".join(r for r in section("library.md", "The names").split("\n") if r.startswith("| `"))
    assert set(re.findall(r"`(\w+)`", rows)) == set(forefolio.__all__)


def test_every_error_is_documented_with_its_code_and_status() -> None:
    told = set(re.findall(r"^\| `(\w+)` \| `(\w+)` \|", section("library.md", "Errors"), re.M))
    assert told == {(error.code, error.__name__) for error in errors(ForefolioError)}
    for code, status in _STATUS.items():
        assert re.search(rf"\| `{code}` .*\({status}", section("library.md", "Errors"))


def errors(base: type[ForefolioError]) -> set[type[ForefolioError]]:
    below = (errors(one) for one in base.__subclasses__() if one.__module__.startswith("forefolio"))
    return {base}.union(*below)


def test_every_figure_is_documented() -> None:
    text = (BOOK / "start.md").read_text()
    assert set(re.findall(r"^\| `(\w+)\.png` \|", text, re.MULTILINE)) == set(FIGURES)


def test_every_quality_code_is_documented() -> None:
    told = set(re.findall(r"^\| `(\w+)` \|", section("data.md", "Quality"), re.MULTILINE))
    rooms = [SOURCE / "market" / room for room in ("cleaning", "sources")]
    assert told == {code for room in rooms for path in room.rglob("*.py") for code in codes(path)}


def section(page: str, title: str) -> str:
    text = (BOOK / page).read_text()
    return re.split(r"^## ", text.split(f"\n## {title}")[1], maxsplit=1, flags=re.MULTILINE)[0]


def codes(path: Path) -> set[str]:
    """Codes that a module gives to findings, by name or by place."""
    text = path.read_text()
    found = set(re.findall(r"""\bcode="(\w+)\"""", text))
    found |= set(re.findall(r"""\bcode, message = "(\w+)\"""", text))
    for call in (n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Call)):
        name = ast.unparse(call.func)
        place = {"Finding.on": 1, "_drop": 2}.get(name)
        if place is not None and isinstance(word := call.args[place], ast.Constant):
            found.add(str(word.value))
    return found


@pytest.mark.parametrize(
    ("page", "title", "value"),
    [("backtest.md", "Metrics", Metrics), ("forecasting.md", "Scores", Score)],
    ids=["metrics", "scores"],
)
def test_every_number_is_defined(page: str, title: str, value: Any) -> None:
    text = section(page, title)
    for one in fields(value):
        assert f"`{one.name}`" in text
