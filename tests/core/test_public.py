"""What `forefolio` offers by name, and what it costs to ask for it."""

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import forefolio

PACKAGE = Path(forefolio.__file__).parent


def test_every_public_name_exists_and_the_list_is_sorted() -> None:
    assert forefolio.__all__ == sorted(forefolio.__all__)
    for name in forefolio.__all__:
        assert getattr(forefolio, name) is not None
    assert dir(forefolio) == forefolio.__all__


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(forefolio, "make_me_rich")


def test_importing_it_loads_nothing_heavy() -> None:
    said = subprocess.run(
        [sys.executable, "-c", "import forefolio, sys; print(*sorted(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    heavy = {"numpy", "pandas", "numba", "scipy", "sklearn", "xgboost", "cvxpy", "sqlalchemy"}
    assert "forefolio" in said and not heavy & set(said)


def test_parsing_a_study_loads_no_learner_and_no_solver() -> None:
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "import forefolio.studies.strategy, sys; print(*sorted(sys.modules))",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not {"pandas", "sklearn", "xgboost", "cvxpy", "matplotlib", "skfolio"} & set(said)


def test_one_class_name_is_one_thing() -> None:
    places = defaultdict(list)
    for path in PACKAGE.rglob("*.py"):
        for name in re.findall(r"^ *class ([A-Z]\w*)[:(\[]", path.read_text(), re.MULTILINE):
            places[name].append(str(path.relative_to(PACKAGE)))
    assert len(places) > 400
    assert not {name: paths for name, paths in places.items() if len(paths) > 1}
