"""Portfolios over HTTP: what is saved is what comes back, in every state and form."""

import csv
import io
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.api.conftest import SMALL


def saved(service: TestClient, **document: Any) -> dict[str, Any]:
    answer = service.post("/api/portfolios", json=document)
    assert answer.status_code == 201, answer.text
    portfolio: dict[str, Any] = answer.json()
    return portfolio


def test_a_portfolio_is_saved_followed_compared_exported_and_deleted(
    new_service: TestClient,
) -> None:
    service = new_service
    first = saved(service, name="core", weights="AAPL=60%,KO=0.3", note="mine")
    assert first["weights"] == {"AAPL": 0.6, "KO": 0.3} and first["number"] == 1
    assert first["cash"] == pytest.approx(0.1)
    assert saved(service, name="core", weights={"AAPL": 0.6, "KO": 0.3})["number"] == 1
    second = saved(service, name="core", weights={"AAPL": "100%"}, shares="AAPL=10")
    assert (second["number"], second["shares"]) == (2, {"AAPL": 10.0})
    assert service.get("/api/portfolios/core").json() == second
    assert service.get("/api/portfolios/core?number=1").json()["weights"] == first["weights"]
    states = service.get("/api/portfolios/core/history").json()
    assert [one["number"] for one in states] == [2, 1]
    url = "/api/portfolios/core/comparison?other=core&number=1&other_number=2"
    compared = service.get(url).json()
    assert compared["turnover"] == pytest.approx(0.4)
    document = {**SMALL, "minimum_sessions": 100, "objective": "minimum variance"}
    run = service.post(
        "/api/optimize/portfolio", json=document, headers={"prefer": "wait=30"}
    ).json()
    of_run = saved(service, name="=chosen", run=run["run"]["id"][:12])
    assert of_run["weights"] == run["weights"] and of_run["run"] == run["run"]["id"]
    assert {one["name"] for one in service.get("/api/portfolios").json()} == {"core", "=chosen"}
    table = service.get("/api/exports/portfolios.csv")
    assert table.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert {row["portfolio"] for row in rows} == {"core", "'=chosen"}
    exported = service.get("/api/exports/portfolios.json?name=core").json()
    assert exported == [second]
    assert service.delete("/api/portfolios/core").status_code == 204
    assert service.get("/api/portfolios/core").status_code == 404


def test_a_portfolio_is_renamed_described_and_copied(new_service: TestClient) -> None:
    service = new_service
    saved(service, name="core", weights="AAPL=60%,KO=0.3")
    saved(service, name="other", weights="KO=1")
    named = service.patch("/api/portfolios/core", json={"name": "kept", "note": "#income"})
    assert named.status_code == 200, named.text
    assert (named.json()["name"], named.json()["note"]) == ("kept", "#income")
    assert service.get("/api/portfolios/core").status_code == 404
    copied = service.post("/api/portfolios/kept/copy", json={"name": "again"})
    assert copied.status_code == 201 and copied.json()["weights"] == named.json()["weights"]
    for path, document in (("kept", {"name": "other"}), ("kept/copy", {"name": "again"})):
        call = service.post if "copy" in path else service.patch
        refused = call(f"/api/portfolios/{path}", json=document)
        assert refused.status_code == 422 and "already" in refused.json()["detail"]
    assert service.patch("/api/portfolios/core", json={"note": ""}).status_code == 404
    assert service.patch("/api/portfolios/kept", json={"tags": ["a"]}).status_code == 422


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"name": "a"}, "run"),
        ({"name": "a", "run": "last", "weights": "AAPL=1"}, "weights"),
        ({"name": "a", "weights": "AAPL"}, "weights"),
        ({"name": "a", "weights": {"../x": 1}}, "weights"),
        ({"name": "a", "weights": "AAPL=60%", "shares": "AAPL=many"}, "shares"),
        ({"name": "a", "weight": "AAPL=60%"}, "weight"),
        ({"weights": "AAPL=60%"}, "name"),
    ],
)
def test_what_cannot_be_saved_says_which_field(
    service: TestClient, document: dict[str, Any], path: str
) -> None:
    refused = service.post("/api/portfolios", json=document)
    assert refused.status_code == 422
    assert path in [one["path"] for one in refused.json()["problems"]]


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/api/portfolios/nothing", 404),
        ("/api/portfolios/nothing/history", 404),
        ("/api/portfolios/%00", 404),
        ("/api/portfolios/" + "a" * 81, 422),
        ("/api/portfolios/core?number=0", 422),
        ("/api/portfolios/core?number=99999999999999999999", 422),
        ("/api/portfolios/core/comparison", 422),
        ("/api/exports/portfolios.exe", 422),
        ("/api/exports/portfolios.csv?name=nothing", 404),
    ],
)
def test_a_portfolio_that_is_none_is_a_problem(service: TestClient, url: str, status: int) -> None:
    answer = service.get(url)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("name", ["", " ", "a" * 81, "a\nb", "a\u0000", "\u202eb"])
def test_a_name_that_is_none_is_refused(service: TestClient, name: str) -> None:
    refused = service.post("/api/portfolios", json={"name": name, "weights": "AAPL=1"})
    assert refused.status_code == 422


def test_saved_portfolios_are_one_question_that_can_be_asked(new_service: TestClient) -> None:
    service, prices = new_service, {**SMALL, "minimum_sessions": 100}
    for name, limit in (("core", "w <= 60%"), ("flat", "w <= 40%")):
        asked = {**prices, "constraints": [limit]}
        run = service.post("/api/optimize/portfolio", json=asked, headers={"prefer": "wait=30"})
        saved(service, name=name, run=run.json()["run"]["id"])
    question = service.get("/api/portfolio-backtest?name=core&name=flat").json()
    assert question["strategy"]["called"] == "core"
    assert question["strategy"]["weights"] == service.get("/api/portfolios/core").json()["weights"]
    assert [one["kind"] for one in question["baselines"]] == ["fixed_weights", "equal_weight"]
    answer = service.post("/api/strategy", json=question, headers={"prefer": "respond-async"})
    assert answer.status_code == 202, answer.text
    assert service.delete(f"/api/runs/{answer.json()['id']}").is_success
    assert service.get("/api/portfolio-backtest?name=nobody").status_code == 404
    assert service.get("/api/portfolio-backtest?name=core&name=core").status_code == 422
