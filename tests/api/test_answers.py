"""A question is answered at once if that is short, else as a run; asking twice is asking once."""

import json
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.api.conftest import SMALL

from forefolio.api.answers import LONGEST_S, Documents, manner_of
from forefolio.api.refusals import Refused
from forefolio.api.studies import ALIASES
from forefolio.core.kinds import kind_of
from forefolio.studies.catalog import STUDIES

PATIENT = {"prefer": "wait=30"}
PORTFOLIO = {**SMALL, "minimum_sessions": 100, "objective": "minimum variance"}


def test_what_is_short_or_stored_is_answered_at_once(service: TestClient) -> None:
    first = service.post("/api/optimize/portfolio", json=PORTFOLIO, headers=PATIENT)
    assert first.status_code == 200, first.text
    again = service.post("/api/optimize/portfolio", json=PORTFOLIO)
    assert (again.status_code, again.content) == (200, first.content)
    run = first.json()["run"]["id"]
    assert again.headers["content-location"] == f"/api/runs/{run}/result"
    for path in (f"/api/runs/{run}/result", f"/api/optimize/portfolio/{run}"):
        assert service.get(path).content == first.content


def test_what_is_to_be_a_run_is_one(service: TestClient) -> None:
    document = {**PORTFOLIO, "constraints": ["w <= 41%"]}
    asked = service.post(
        "/api/optimize/portfolio", json=document, headers={"prefer": "respond-async"}
    )
    assert asked.status_code == 202 and asked.headers["location"] == asked.json()["links"]["self"]
    done = service.post("/api/optimize/portfolio", json=document, headers=PATIENT)
    assert done.json()["run"]["id"] == asked.json()["id"]


@pytest.mark.parametrize("path", ALIASES)
def test_every_other_address_asks_the_same_question(service: TestClient, path: str) -> None:
    (study,) = (one for one in STUDIES if kind_of(one) == ALIASES[path])
    later = {"prefer": "respond-async"}
    document = {**SMALL, "minimum_sessions": 100}
    runs = [
        service.post(f"/api/{one}", json=document, headers=later).json().get("id")
        for one in (path, study.path)
    ]
    assert runs[0] == runs[1]
    for run in filter(None, runs):
        service.delete(f"/api/runs/{run}")


@pytest.mark.parametrize(
    ("constraint", "code"),
    [
        ("w <= 10%", "infeasible"),
        ("__import__('os').system('id') <= 1", "bad_constraint"),
        ("(" * 5000, "bad_constraint"),
    ],
)
def test_what_cannot_be_answered_is_a_problem(
    service: TestClient, constraint: str, code: str
) -> None:
    document = {**PORTFOLIO, "constraints": [constraint]}
    refused = service.post("/api/optimize/portfolio", json=document, headers=PATIENT)
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert len(refused.content) < 20_000


def test_a_study_that_is_not_stored_is_answered(service: TestClient) -> None:
    refused = service.post("/api/signals/history", json={})
    assert (refused.status_code, refused.json()["code"]) == (422, "no_signals")
    document = {**SMALL, "minimum_sessions": 100, "horizon": 5, "models": ["ewma mean"]}
    asked = service.post(
        "/api/signals", json={**document, "machine_learning": False}, headers=PATIENT
    )
    if asked.status_code == 200:
        assert service.post("/api/signals/history", json={}).json()["kind"] == "signal_history"


def test_the_same_key_is_the_same_ask(service: TestClient) -> None:
    key = {"idempotency-key": "order-7", **PATIENT}
    first = service.post("/api/optimize/portfolio", json=PORTFOLIO, headers=key)
    assert (
        service.post("/api/optimize/portfolio", json=PORTFOLIO, headers=key).json() == first.json()
    )
    other = {**PORTFOLIO, "constraints": ["w <= 60%"]}
    refused = service.post("/api/optimize/portfolio", json=other, headers=key)
    assert (refused.status_code, refused.json()["code"]) == (422, "key_reused")


@pytest.mark.parametrize(
    ("preferred", "seconds"),
    [
        ("", 1.0),
        ("respond-async", 0.0),
        ("wait=5", 5.0),
        ("respond-async, wait=5", 5.0),
        ("wait=9999", LONGEST_S),
        ("wait=99999999999", 1.0),
        ("wait=-1", 1.0),
        ("wait=nan", 1.0),
        ("handling=strict; a=b", 1.0),
    ],
)
def test_a_preference_is_understood_or_none(preferred: str, seconds: float) -> None:
    assert manner_of({"prefer": preferred}).wait == seconds


@pytest.mark.parametrize(
    "headers",
    [
        {"idempotency-key": ""},
        {"idempotency-key": "a b"},
        {"idempotency-key": "a" * 201},
        {"idempotency-key": "\xff"},
        {"session-id": "../x"},
        {"session-id": ""},
        {"session-id": "a" * 65},
        {"session-id": "\u0660"},
    ],
)
def test_a_key_or_a_session_that_is_none_is_refused(headers: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="must be 1 to"):
        manner_of(headers)


def test_documents_are_kept_up_to_a_number_of_bytes() -> None:
    documents = Documents(most=25)
    for name in "abc":
        documents.keep((name, ""), b"0123456789")
        documents.keep((name, ""), b"0123456789")
    assert documents.get(("a", "")) is None
    assert documents.get(("b", "")) == documents.get(("c", "")) == b"0123456789"
    documents.keep(("d", ""), b"0" * 100)  # alone too large for all
    assert documents.get(("d", "")) is None


def test_one_report_is_verified_at_a_time(service: TestClient) -> None:
    short = {**SMALL, "minimum_sessions": 5000}  # more than there are: the question says so
    report = {"kind": "strategy", "study": {"kind": "strategy", **short}, "as_of": "2020-01-01"}
    document = {"report": json.dumps(report)}
    verifying = service.app.state.host.verifying  # type: ignore[attr-defined]
    with verifying:
        for path in ("/api/verify", "/api/verify/page"):
            refused = service.post(path, json=document)
            assert (refused.status_code, refused.json()["code"]) == (429, "verifying_already")
            assert refused.headers["retry-after"] == "30"
    for _ in range(2):  # also after one that failed
        assert service.post("/api/verify", json=document).json()["code"] == "not_enough_history"
