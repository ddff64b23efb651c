"""The examples in docstrings run, and print what they say."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"


def with_examples() -> list[str]:
    """The modules that have an example in a docstring."""
    paths = (SOURCE / "forefolio").rglob("*.py")
    return sorted(
        ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")
        for path in paths
        if ">>> " in path.read_text()
    )


@pytest.mark.parametrize("module", with_examples())
def test_the_examples_of_a_module_print_what_they_say(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FOREFOLIO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FOREFOLIO_EXECUTOR", "inline:")
    options = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    failed, tried = doctest.testmod(import_module(module), optionflags=options)
    assert tried and not failed


def test_there_are_examples() -> None:
    assert "forefolio.optimize.estimates" in with_examples()
