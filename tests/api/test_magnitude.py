"""Numbers without measure, in every setting: refused at once, or an answer; never a hang."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError
from starlette.testclient import TestClient
from tests.api.conftest import SMALL
from tests.api.test_paths import NEEDED, REACHED

from forefolio.api.documents import read_document
from forefolio.core.component import Component
from forefolio.core.errors import ForefolioError
from forefolio.core.kinds import kind_of
from forefolio.optimize import OPTIMIZERS
from forefolio.risk import RISK_MODELS
from forefolio.studies.base import StudyDocument
from forefolio.studies.catalog import STUDIES
from forefolio.studies.magnitude import MOST_AMOUNT, MOST_COUNT, too_large

BEYOND = (10**300, -(10**300), 1e308, -1e308)
EDGES = (MOST_COUNT, -MOST_COUNT, 10**9, MOST_AMOUNT, -MOST_AMOUNT, 1e-300)
QUICK = ("portfolio", "frontier", "risk", "simulation", "stress", "orders")


def settings_of(component: type[Component], numbers: tuple[float, ...]) -> Iterator[dict[str, Any]]:
    """Documents with a number in one setting, bare, in a list and by asset."""
    named = {"kind": kind_of(component)} if "kind" in component.model_fields else {}
    named |= NEEDED.get(component.__name__, {})
    for name in component.setting_names():
        for number in numbers:
            for written in (number, [number], {"AAPL": number}):
                yield {**named, name: written}


def test_no_setting_of_any_component_takes_a_number_without_measure() -> None:
    tried = 0
    for component in REACHED:
        for document in settings_of(component, BEYOND):
            tried += 1
            try:
                made = read_document(json.dumps(document).encode(), component)
            except (ValidationError, ForefolioError):
                continue
            assert not issubclass(component, StudyDocument), document
            assert too_large(made), document  # refused in whatever study it is a part of
    assert tried > 5000


def test_over_http_it_is_a_problem_that_names_the_setting(service: TestClient) -> None:
    for document in ({"seed": 10**300}, {"goal": 1e308}, {"horizon": -(10**300)}):
        refused = service.post("/api/risk/simulation", json={**SMALL, **document})
        (setting,) = document
        assert refused.status_code == 422
        assert [one["path"] for one in refused.json()["problems"]] == [setting]


def test_how_many_processes_work_is_not_for_the_client_to_say(service: TestClient) -> None:
    model = {"kind": "scikit_learn", "settings": {"n_jobs": 64}}
    refused = service.post("/api/forecast", json={**SMALL, "recipe": {"models": [model]}})
    assert refused.status_code == 422 and "FOREFOLIO_EXECUTOR" in refused.json()["detail"]


def edges() -> Iterator[tuple[str, dict[str, Any]]]:
    """Questions whose numbers are the largest and the smallest that are read."""
    for study in (one for one in STUDIES if kind_of(one) in QUICK):
        for document in settings_of(study, EDGES):
            yield study.path, document
    for setting, kinds in (("risk", RISK_MODELS), ("objective", OPTIMIZERS)):
        for kind in kinds:
            for document in settings_of(kind, EDGES):
                yield "optimize/portfolio", {setting: document}


@pytest.mark.slow
def test_the_largest_numbers_that_are_read_have_an_answer(service: TestClient) -> None:
    answered = 0
    for path, document in edges():
        answer = service.post(
            f"/api/{path}",
            json={**SMALL, "minimum_sessions": 100, **document},
            headers={"prefer": "wait=30"},
        )
        assert answer.status_code in (200, 422), (path, document, answer.text[:500])
        answered += answer.status_code == 200
    assert answered > 30
