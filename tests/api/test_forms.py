"""What a form needs to know of a study, and a result as people read it."""

import pytest
from starlette.testclient import TestClient
from tests.api.conftest import SMALL

from forefolio.core.kinds import kind_of
from forefolio.studies.base import StudyDocument
from forefolio.studies.catalog import STUDIES
from forefolio.studies.settings import settings_of

REFERENCE = "#/$defs/"


def test_every_study_has_a_form_with_all_its_settings(client: TestClient) -> None:
    listed = client.get("/api/studies").json()
    assert [one["kind"] for one in listed] == [kind_of(study) for study in STUDIES]
    for study in STUDIES:
        form = client.get(f"/api/studies/{kind_of(study)}").json()
        assert [one["name"] for one in form["settings"]] == [s.name for s in settings_of(study)]
        assert all(one["about"] for one in form["settings"])
        assert _missing(form["settings"], form["defs"]) == set()


def _missing(schema: object, defs: dict[str, object]) -> set[str]:
    """References that lead nowhere, here or in what they lead to."""
    seen: set[str] = set()
    waiting: list[object] = [schema, defs]
    while waiting:
        match waiting.pop():
            case {"$ref": str(name), **rest}:
                seen.add(name.removeprefix(REFERENCE))
                waiting += list(rest.values())
            case dict(held):
                waiting += list(held.values())
            case list(items):
                waiting += items
    return seen - set(defs)


def test_limits_units_and_kinds_are_those_of_the_setting(client: TestClient) -> None:
    settings = {one["name"]: one for one in client.get("/api/studies/frontier").json()["settings"]}
    assert settings["points"]["spec"]["maximum"] == 500
    assert settings["constraints"]["flag"] == "--constraint"
    assert settings["horizon"]["unit"] == "trading days"
    assert settings["tickers"]["within"] == "data"
    assert settings["recipe"]["rare"]
    assert not settings["risk_measure"]["rare"]


def test_an_unknown_kind_is_refused_with_the_one_that_was_meant(client: TestClient) -> None:
    answer = client.get("/api/studies/fronteir")
    assert answer.status_code == 422
    assert "frontier" in answer.json()["detail"]


def test_a_result_is_shown_in_sentences_and_tables(service: TestClient) -> None:
    asked = service.post(
        "/api/optimize/portfolio",
        json={**SMALL, "minimum_sessions": 100},
        headers={"Prefer": "wait=30"},
    )
    run = asked.json()["run"]["id"]
    shown = service.get(f"/api/runs/{run}/page").json()
    assert shown["headline"]
    assert 1 <= len(shown["summary"]) <= 5
    tables = [one for one in shown["main"] if one["kind"] == "table"]
    assert tables
    for table in tables:
        assert all(len(row["cells"]) == len(table["columns"]) for row in table["rows"])


@pytest.mark.parametrize("study", [one for one in STUDIES if not one.stored])
def test_what_is_answered_at_once_comes_with_its_page(
    service: TestClient, study: type[StudyDocument]
) -> None:
    answer = service.post(f"/api/{study.path}", json={})
    shown = service.post(f"/api/{study.path}/page", json={})
    if answer.status_code != 200:  # nothing to speak of yet: both say the same
        assert shown.json()["detail"] == answer.json()["detail"]
        return
    assert shown.json()["result"]["kind"] == answer.json()["kind"]
    assert shown.json()["page"]["headline"]
    assert shown.json()["page"]["main"]


def test_the_page_of_no_run_is_not_there(client: TestClient) -> None:
    assert client.get("/api/runs/nothing/page").status_code == 404


def test_the_sample_says_its_tickers(client: TestClient) -> None:
    tickers = client.get("/api/data/sample").json()["tickers"]
    assert len(tickers) == 20
    assert "AAPL" in tickers
