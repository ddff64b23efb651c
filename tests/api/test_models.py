"""Trained models over HTTP: what is trained is listed, promoted, asked and rolled back."""

from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.api.conftest import SMALL

STUDY: dict[str, Any] = {
    **SMALL,
    "minimum_sessions": 100,
    "horizons": [5],
    "unscored": True,
    "recipe": {
        "features": [{"kind": "momentum", "window": 21}],
        "models": [{"kind": "bayesian_ridge"}],
        "baselines": [{"kind": "zero"}],
        "volatility": [{"kind": "ewma"}],
    },
}


def test_a_model_is_trained_promoted_asked_and_rolled_back(new_service: TestClient) -> None:
    service, wait = new_service, {"prefer": "wait=60"}
    assert service.get("/api/models").json() == []
    trained = service.post("/api/models/train", json=STUDY, headers=wait).json()
    ids = {row["model"]: row["id"] for row in trained["models"]}
    listed = service.get("/api/models", params={"name": "bayesianridge"}).json()
    assert [one["id"] for one in listed] == [ids["BayesianRidge"]]
    assert listed[0]["run"] == trained["run"]["id"]
    for name, before in (("zero", None), ("BayesianRidge", ids["zero"])):
        url = f"/api/models/{ids[name][:12]}/promotion"
        done = service.post(url, json={"reason": "a try"}).json()
        assert (done["promoted"], done["before"]) == (True, before)
    guarded = service.post(url, json={"alias": "candidate", "if_as_good": True}).json()
    assert not guarded["promoted"] and "no walk-forward scores" in guarded["reason"]
    one = service.get(f"/api/models/{ids['BayesianRidge']}").json()
    assert one["aliases"] == ["production"] and one["parent"] is None
    question = {**SMALL, "minimum_sessions": 100, "trained": "production"}
    answer = service.post("/api/forecasts", json=question, headers=wait).json()
    assert answer["trained"][0]["model"]["id"] == ids["BayesianRidge"]
    assert [row["horizon"] for row in answer["forecasts"]] == [5] * 4
    back = service.post("/api/model-aliases/production/rollback", json={"horizon": 5}).json()
    assert (back["act"], back["model"]) == ("rollback", ids["zero"])
    history = service.get("/api/model-aliases", params={"alias": "production"}).json()
    assert sorted(one["number"] for one in history) == [1, 2, 3]
    again = service.post("/api/model-aliases/production/rollback", json={"horizon": 5})
    assert again.status_code == 422 and "nothing to roll back" in again.json()["detail"]


@pytest.mark.parametrize(
    ("method", "url", "body", "status"),
    [
        ("GET", "/api/models/00000000", None, 404),
        ("GET", "/api/models/..%2f..%2fsecret.key", None, 404),
        ("GET", "/api/models/ZZZZZZZZ", None, 422),
        ("POST", "/api/models/00000000/promotion", {}, 404),
        ("POST", "/api/models/ZZZZZZZZ/promotion", {}, 422),
        ("POST", "/api/models/00000000/promotion", {"alias": "No Alias"}, 422),
        ("POST", "/api/models/00000000/promotion", {"if_as_good": "yes"}, 422),
        ("POST", "/api/model-aliases/production/rollback", {}, 422),
        ("POST", "/api/model-aliases/production/rollback", {"horizon": 10**30}, 422),
        ("POST", "/api/model-aliases/deadbeef/rollback", {"horizon": 5}, 422),
        ("POST", "/api/model-aliases/No-Alias/rollback", {"horizon": 5}, 422),
        ("POST", "/api/forecasts", {"trained": "nobody"}, 404),
    ],
)
def test_what_is_no_good_is_said(
    service: TestClient, method: str, url: str, body: Any, status: int
) -> None:
    answer = service.request(method, url, json=body) if body is not None else service.get(url)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
