"""No document over HTTP makes the service open a file of the server, wherever a path may stand."""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import isabstract
from pathlib import Path, PurePath
from typing import Any, get_args

import pytest
from pydantic import ValidationError
from starlette.testclient import TestClient

from forefolio.api.documents import read_document
from forefolio.api.paths import refuse_paths
from forefolio.api.refusals import ServerPath
from forefolio.core.component import Component, OneOf
from forefolio.core.errors import ForefolioError
from forefolio.core.kinds import kind_of
from forefolio.market import Files
from forefolio.studies.catalog import STUDIES

CANARY = "canary-4f1d"
_OPENED: list[str] = []
_WATCHING: list[bool] = []


def _watch(event: str, given: tuple[Any, ...]) -> None:
    if _WATCHING and event in ("open", "os.listdir", "os.scandir", "glob.glob") and given:
        _OPENED.append(str(given[0]))


sys.addaudithook(_watch)  # a hook stays for good; it listens only where it is asked to


@contextmanager
def watched() -> Iterator[list[str]]:
    """The paths that are opened meanwhile."""
    _OPENED.clear()
    _WATCHING.append(True)
    try:
        yield _OPENED
    finally:
        _WATCHING.clear()


def types_in(annotation: Any) -> Iterator[Any]:
    yield annotation
    for part in (*get_args(annotation), *getattr(annotation, "__metadata__", ())):
        yield from types_in(part)
    if isinstance(annotation, OneOf):
        yield from annotation.choices


def components(roots: tuple[type[Component], ...]) -> set[type[Component]]:
    """Every component that a document of these may hold, at any depth."""
    reached: set[type[Component]] = set()
    waiting = list(roots)
    while waiting:
        one = waiting.pop()
        if one in reached:
            continue
        reached.add(one)
        for field in one.model_fields.values():
            for part in (t for a in (field.annotation, *field.metadata) for t in types_in(a)):
                if isinstance(part, type) and issubclass(part, Component) and not isabstract(part):
                    waiting.append(part)
    return reached


NEEDED: dict[str, dict[str, Any]] = {
    "OrdersStudy": {"capital": 1000, "run": "4f0c"},
    "TodayStudy": {"capital": 1000},
}
"""Without these some studies are refused before anything else is looked at."""

REACHED = sorted(components(STUDIES), key=lambda one: one.__name__)


def with_it(component: type[Component], value: str) -> Iterator[dict[str, Any]]:
    """Documents with a text in one setting, bare, in a list, in a mapping and as a path."""
    named = {"kind": kind_of(component)} if "kind" in component.model_fields else {}
    named |= NEEDED.get(component.__name__, {})
    for name in component.setting_names():
        for written in (value, [value], {"AAPL": value}, {"path": value, "kind": "files"}):
            yield {**named, name: written}


def test_no_setting_opens_the_path_that_it_is_given(tmp_path: Path) -> None:
    path = tmp_path / f"{CANARY}.csv"
    path.write_text("date,close\n2020-01-01,1\n")
    assert len(REACHED) > 100
    refused, valid = set(), 0
    with watched() as opened:
        for component in REACHED:
            for document in with_it(component, str(path)):
                try:
                    read_document(json.dumps(document).encode(), component)
                    valid += 1
                except ServerPath:
                    refused.add(component.__name__)
                except (ValidationError, ForefolioError):
                    pass
    assert not [one for one in opened if CANARY in one]
    assert valid > 10  # texts that are names, and stay names
    assert {study.__name__ for study in STUDIES if "data" in study.model_fields} <= refused
    holding_paths = {
        one.__name__
        for one in REACHED
        if any(
            isinstance(t, type) and issubclass(t, PurePath)
            for field in one.model_fields.values()
            for t in types_in(field.annotation)
        )
    }
    assert holding_paths <= refused and holding_paths


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that may be read, one that may not, and ways between them."""
    root = tmp_path_factory.mktemp("paths")
    table = "date,close\n" + "".join(
        f"2020-{m:02}-{d:02},{d}\n" for m in (1, 2) for d in range(1, 29)
    )
    for folder in ("open/inner", "shut", "leading", "pipes"):
        (root / folder).mkdir(parents=True)
    for file in ("open/AAA.csv", "open/inner/BBB.csv", "shut/CCC.csv"):
        (root / file).write_text(table.replace("close", CANARY if "shut" in file else "close"))
    (root / "open" / "link.csv").symlink_to(root / "shut" / "CCC.csv")
    (root / "open" / "away").symlink_to(root / "shut")
    (root / "open" / "many").mkdir()
    (root / "open" / "many" / "one.csv").symlink_to(root / "shut" / "CCC.csv")
    (root / "open" / "loop").symlink_to(root / "open" / "loop")
    os.mkfifo(root / "open" / "pipe")
    os.mkfifo(root / "pipes" / "pipe.csv")
    return root


@pytest.mark.parametrize(
    ("path", "may"),
    [
        ("open/AAA.csv", True),
        ("open/inner", True),
        ("open/inner/../AAA.csv", True),
        ("shut/CCC.csv", False),
        ("open/../shut/CCC.csv", False),
        ("open/link.csv", False),
        ("open/away", False),
        ("open/away/CCC.csv", False),
        ("open/many", False),
        ("open/loop", False),
        ("open/pipe", False),
        ("open/nothing.csv", False),
        ("open/\0", False),
        ("opened", False),
        ("", False),
    ],
)
def test_only_what_lies_in_the_folder_of_the_operator_may_be_named(
    folders: Path, path: str, may: bool
) -> None:
    document = STUDIES[0].model_validate({"source": {"kind": "files", "path": str(folders / path)}})
    if may:
        refuse_paths(document, folders / "open")
        with pytest.raises(ServerPath, match="cannot name a file of the server"):
            refuse_paths(document, None)
        return
    with pytest.raises(ServerPath) as refused:
        refuse_paths(document, folders / "open")
    assert refused.value.problems[0][0] == "data.source.path"


def test_pipes_and_secrets_are_refused_at_once_and_never_read(
    service: TestClient, folders: Path
) -> None:
    began = time.perf_counter()
    with watched() as opened:
        for study in (one for one in STUDIES if one.stored and "data" in one.model_fields):
            needed = NEEDED.get(study.__name__, {})
            for path in ("shut/CCC.csv", "shut", "pipes", "pipes/pipe.csv", "open/pipe"):
                source = str(folders / path)
                for written in (source, {"kind": "files", "path": source}):
                    answer = service.post(f"/api/{study.path}", json={**needed, "source": written})
                    assert (answer.status_code, answer.json()["code"]) == (422, "server_path")
                    assert answer.json()["problems"][0]["path"] == "data.source.path"
                    assert "POST /api/data" in answer.json()["detail"]
                    assert CANARY not in answer.text
    assert not [one for one in opened if str(folders) in one]
    assert service.get("/health/ready").json() == {"status": "ready"}
    assert time.perf_counter() - began < 20


def test_a_folder_with_a_pipe_in_it_does_not_block(folders: Path) -> None:
    assert Files(path=folders / "pipes").version()  # the pipe is no file of prices
