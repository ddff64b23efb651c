"""The exported lock files say what poetry.lock says, and none of them names a package index."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
EXPORTS = {
    "requirements.lock": {"main", "dev", "docs"},
    "requirements-runtime.lock": {"main"},
    "requirements-bench.lock": {"bench"},
}


def locked() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for package in tomllib.loads((ROOT / "poetry.lock").read_text())["package"]:
        found.setdefault(package["name"], []).append(package)
    return found


def exported(name: str) -> dict[tuple[str, str], set[str]]:
    pins: dict[tuple[str, str], set[str]] = {}
    text = (ROOT / name).read_text().replace("\\\n", " ")
    for line in text.splitlines():
        if match := re.match(r"([a-z0-9-]+)(?:\[[^]]*])?==([^ ;]+)", line):
            pins[match[1], match[2]] = set(re.findall(r"--hash=(sha256:[0-9a-f]+)", line))
    return pins


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_agrees_with_the_lock(name: str) -> None:
    packages, pins = locked(), exported(name)
    for (package, version), hashes in pins.items():
        (same,) = [p for p in packages[package] if p["version"] == version]
        assert hashes == {file["hash"] for file in same["files"]}
    wanted = {
        (package["name"], package["version"])
        for versions in packages.values()
        for package in versions
        if EXPORTS[name] & set(package["groups"])
    }
    assert wanted <= set(pins)


def test_the_lock_covers_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"].values()
    asked = [*project["project"]["dependencies"], *(each for group in groups for each in group)]
    names = {re.split(r"[\[<>=; ]", each)[0].lower() for each in asked}
    assert names <= set(locked())


@pytest.mark.parametrize("name", ["poetry.lock", *EXPORTS])
def test_no_lock_names_an_index(name: str) -> None:
    lines = (ROOT / name).read_text().splitlines()
    told = "\n".join(line for line in lines if not line.startswith("description = "))
    assert not re.search(r"https?://|index-url|\[package\.source]", told)


def test_the_image_has_nothing_that_only_development_needs() -> None:
    groups = {
        (package["name"], package["version"]): package["groups"]
        for versions in locked().values()
        for package in versions
    }
    assert all("main" in groups[pin] for pin in exported("requirements-runtime.lock"))
