"""The closes of one ticker, of the sample and of what a run read."""

import numpy as np
from starlette.testclient import TestClient

from forefolio.market import Sample, load_market

SMALL = {"source": {"kind": "synthetic", "sessions": 400, "assets": 4}}


def test_closes_of_the_sample_are_those_of_its_market(service: TestClient) -> None:
    answer = service.get("/api/data/closes/ko").json()
    market = load_market(Sample(), ["KO"]).market
    assert answer["ticker"] == "KO" and answer["name"] == "sample data"
    assert answer["sessions"] == [str(day) for day in market.sessions]
    assert np.array_equal(answer["closes"], market.close[:, 0])


def test_closes_of_a_run_are_those_it_read(service: TestClient) -> None:
    asked = {**SMALL, "minimum_sessions": 100, "start": "2000-06-01"}
    wait = {"prefer": "wait=30"}
    result = service.post("/api/optimize/portfolio", json=asked, headers=wait).json()
    run, first = result["run"]["id"], result["data"]["first"]
    answer = service.get(f"/api/data/closes/A1?run={run}").json()
    assert answer["sessions"][0] == first
    assert answer["sessions"][-1] == result["data"]["last"]
    assert answer["version"] == result["data"]["version"]
    assert len(answer["sessions"]) == len(answer["closes"]) == result["data"]["sessions"]


def test_what_has_no_prices_is_refused_in_words(service: TestClient) -> None:
    asked = {**SMALL, "minimum_sessions": 100}
    wait = {"prefer": "wait=30"}
    run = service.post("/api/optimize/portfolio", json=asked, headers=wait).json()["run"]["id"]
    other = service.get(f"/api/data/closes/KO?run={run}")
    assert other.status_code == 422 and "no prices of KO" in other.json()["detail"]
    for wrong in ("KO,XOM", "%20", "K%00"):
        assert service.get(f"/api/data/closes/{wrong}").status_code == 422, wrong
    unknown = service.get("/api/data/closes/NOSUCH")
    assert unknown.status_code == 422 and "NOSUCH" in unknown.json()["detail"]
    assert service.get(f"/api/data/closes/KO?run={'0' * 32}").status_code == 404
