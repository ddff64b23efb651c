"""Parts of a result in the making are stored whole where they are few, and thinned where many."""

import json
import sqlite3
from pathlib import Path

import pytest

from forefolio.core.component import Component
from forefolio.core.events import FanSlice, Job, Part, finish
from forefolio.runs.jobs import Kind
from forefolio.runs.local import run_here
from forefolio.runs.opening import Opening
from forefolio.studies.place import Place


class Training(Component):
    """A job that says a part of its result at every step."""

    steps: int


def train(study: Training, _: Place) -> Job[int]:
    for step in range(study.steps):
        yield Part(stage="fan", part=FanSlice(session=step + 1, levels=(0.5,), values=(1 / 3,)))
    return study.steps


def steps_stored(home: Path, steps: int) -> list[int]:
    kind = Kind(study=Training, job=train, version=lambda _: "", code=lambda: "fixed")
    url = f"sqlite:///{home}/forefolio.db"
    opening = Opening(home=home, database_url=url, executor_url="inline:", kinds={"toy": kind})
    assert finish(run_here(opening, "toy", Training(steps=steps))) == steps
    with sqlite3.connect(home / "forefolio.db") as database:
        rows = database.execute("SELECT body FROM event WHERE kind = 'part' ORDER BY seq")
        stored = [json.loads(body)["part"]["session"] for (body,) in rows]
    database.close()
    return stored


@pytest.mark.parametrize(
    ("steps", "least", "most"), [(40, 40, 40), pytest.param(900, 500, 800, marks=pytest.mark.slow)]
)
def test_few_parts_are_stored_whole_and_many_are_thinned(
    tmp_path: Path, steps: int, least: int, most: int
) -> None:
    stored = steps_stored(tmp_path, steps)
    assert least <= len(stored) <= most
    assert stored[:least] == list(range(1, least + 1))
