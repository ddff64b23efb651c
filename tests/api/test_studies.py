"""Every study over HTTP: its question and its answer are in the OpenAPI document, and they work."""

import time
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.api.conftest import SMALL

from forefolio.studies.catalog import STUDIES


def answered(service: TestClient, path: str, document: dict[str, Any]) -> Any:
    asked = service.post(f"/api/{path}", json=document, headers={"prefer": "wait=20"})
    if asked.status_code == 200:
        return asked.json()
    assert asked.status_code == 202, asked.text
    for _ in range(300):
        answer = service.get(f"/api/{path}/{asked.json()['id']}")
        if answer.status_code == 200:
            return answer.json()
        time.sleep(0.1)
    raise AssertionError(answer.text)


def test_the_openapi_document_describes_every_question_and_answer(service: TestClient) -> None:
    document = service.get("/openapi.json").json()
    for study in STUDIES:
        if not study.stored:
            continue
        post = document["paths"][f"/api/{study.path}"]["post"]
        assert post["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        get = document["paths"][f"/api/{study.path}/{{run_id}}"]["get"]
        assert get["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
    for name, schema in document["components"]["schemas"].items():
        if name in {study.__name__ for study in STUDIES} | {s.result.__name__ for s in STUDIES}:
            for field, one in schema["properties"].items():
                assert one.get("description") or "$ref" in one or field == "kind", f"{name}.{field}"


def test_a_portfolio_is_asked_and_answered(service: TestClient) -> None:
    document = {**SMALL, "minimum_sessions": 100, "objective": "minimum variance"}
    answer = answered(service, "optimize/portfolio", {**document, "constraints": ["w <= 40%"]})
    assert answer["kind"] == "portfolio" and answer["run"]["id"]
    assert max(answer["weights"].values()) <= 0.4 + 1e-9


def test_a_wrong_question_says_where_and_what_was_meant(service: TestClient) -> None:
    refused = service.post("/api/optimize/portfolio", json={"objective": "minimum_varianc"})
    assert refused.status_code == 422
    assert "did you mean 'minimum_variance'?" in refused.json()["detail"]


def test_an_answer_that_is_not_there_yet_says_so(service: TestClient) -> None:
    assert service.get("/api/optimize/portfolio/nothing").status_code == 404


def test_a_portfolio_that_was_chosen_is_measured_by_its_run(new_service: TestClient) -> None:
    document = {**SMALL, "minimum_sessions": 100, "objective": "minimum variance"}
    chosen = answered(new_service, "optimize/portfolio", document)
    for path, more in (
        ("risk/measures", {}),
        ("risk/simulation", {"paths": 200, "horizon": 10, "goal": "5%"}),
        ("risk/stress", {"market": "-20%"}),
        ("orders", {"capital": "$10,000"}),
    ):
        answer = answered(new_service, path, {"run": "last", **more})
        assert answer["portfolio"]["run"] == chosen["run"]["id"], path
        held = {name: weight for name, weight in answer["portfolio"]["weights"].items() if weight}
        assert held == pytest.approx({n: w for n, w in chosen["weights"].items() if w})
        stored = new_service.get(f"/api/runs/{answer['run']['id']}").json()["study"]
        assert stored["holding"]["run"] == chosen["run"]["id"]  # not "last"
    report = new_service.get(f"/api/runs/{answer['run']['id']}/report")
    assert report.status_code == 200 and report.headers["content-type"].startswith("text/html")
    assert "forefolio orders --study study.yaml" in report.text
    assert f"run: {chosen['run']['id']}" in report.text


def test_limits_that_contradict_each_other_say_what_each_must_become(service: TestClient) -> None:
    document = {**SMALL, "minimum_sessions": 100, "constraints": ["w <= 10%"]}
    later = {"prefer": "respond-async"}
    run = service.post("/api/optimize/frontier", json=document, headers=later).json()
    with service.websocket_connect(f"ws://localhost{run['links']['events']}") as socket:
        while (event := socket.receive_json()["event"])["kind"] != "finished":
            pass
    refused = service.get(f"/api/optimize/frontier/{run['id']}")
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (422, "infeasible")
    assert refused.headers["content-type"] == "application/problem+json"
    (mend,) = problem["mends"]
    assert (mend["constraint"], mend["limit"], mend["unit"]) == ("w <= 10%", 0.1, "fraction")
    assert mend["needed"] == pytest.approx(0.25) and mend["sentence"] in problem["detail"]
    assert event["facts"]["mends"] == [mend]
    assert service.get(run["links"]["self"]).json()["error"]["mends"] == [mend]
    mended = {**document, "constraints": [f"w <= {mend['needed']}"]}
    assert answered(service, "optimize/frontier", mended)["weights"]


def test_what_a_run_says_is_typed_and_described(service: TestClient) -> None:
    document = {**SMALL, "minimum_sessions": 100, "points": 5}
    answer = answered(service, "optimize/frontier", document)
    events = [
        frame["event"] for frame in service.get(f"/api/runs/{answer['run']['id']}/events").json()
    ]
    bounds, *points = [event["part"] for event in events if event["kind"] == "part"]
    assert bounds["kind"] == "frontier_bounds" and len(bounds["assets"]) == 4
    assert [one["spot"]["risk"] for one in points] == [one["risk"] for one in answer["points"]]
    schemas = service.get("/openapi.json").json()["components"]["schemas"]
    for name in ("FrontierBounds", "FrontierSpot", "FanSlice", "LearningCurve", "Finished"):
        assert schemas[name]["description"]
