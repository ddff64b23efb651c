"""The examples in docstrings run, and print what they say."""

import doctest
import inspect
from importlib import import_module
from pathlib import Path

import pytest

import forefolio
from forefolio.core.callable_package import CallablePackage

SOURCE = Path(__file__).parents[2] / "src"


def with_examples() -> list[str]:
    """The modules that have an example in a docstring."""
    paths = (SOURCE / "forefolio").rglob("*.py")
    return sorted(
        ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")
        for path in paths
        if ">>> " in path.read_text()
    )


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all examples keep what they compute: several ask the same."""
    return tmp_path_factory.mktemp("kept")


@pytest.mark.parametrize("module", with_examples())
def test_the_examples_of_a_module_print_what_they_say(
    module: str, tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FOREFOLIO_HOME", str(kept))
    monkeypatch.setenv("FOREFOLIO_EXECUTOR", "inline:")
    options = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    failed, tried = doctest.testmod(import_module(module), optionflags=options)
    assert tried and not failed


def documented(name: str) -> str:
    """Where a public name says what it is: at itself, or in the module of what has no docstring."""
    named = getattr(forefolio, name)
    if isinstance(named, CallablePackage):
        return inspect.getdoc(named._function) or ""
    if isinstance(named, type) or callable(named):
        return inspect.getdoc(named) or ""
    return inspect.getdoc(import_module(f"forefolio.{forefolio._HOME[name]}")) or ""


@pytest.mark.parametrize("name", sorted({*forefolio.__all__} - {"__version__"}))
def test_every_public_name_has_an_example_that_is_run(name: str) -> None:
    text = documented(name)
    examples = doctest.DocTestParser().get_examples(text)
    assert any(one.want for one in examples), f"{name} has no example that prints something"
    assert "+SKIP" not in text
