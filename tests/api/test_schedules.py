"""Schedules over HTTP: those of `forefolio schedule`, refused like any other question."""

from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.api.conftest import SMALL

NIGHTLY: dict[str, Any] = {
    "name": "nightly",
    "rule": "Daily 22:30",
    "kind": "portfolio",
    "study": {**SMALL, "objective": "minimum variance"},
}


def test_a_schedule_is_made_listed_paused_and_deleted(new_service: TestClient) -> None:
    service = new_service
    made = service.post("/api/schedules", json=NIGHTLY)
    assert made.status_code == 201, made.text
    one = made.json()
    assert (one["rule"], one["kind"], one["run"]) == ("daily 22:30", "portfolio", None)
    assert one["study"]["data"]["source"]["assets"] == 4 and one["next"].endswith("22:30:00Z")
    assert service.get("/api/schedules").json() == [one]
    assert service.get("/api/schedules/nightly").json() == one
    again = service.post("/api/schedules", json=NIGHTLY)
    assert (again.status_code, again.json()["code"]) == (409, "schedule_exists")
    paused = service.patch("/api/schedules/nightly", json={"paused": True}).json()
    assert paused["paused"] and paused["next"] is None
    assert service.patch("/api/schedules/nightly", json={"paused": False}).json() == one
    assert service.delete("/api/schedules/nightly").status_code == 204
    for gone in (
        service.get("/api/schedules/nightly"),
        service.delete("/api/schedules/nightly"),
        service.patch("/api/schedules/nightly", json={"paused": True}),
    ):
        assert (gone.status_code, gone.json()["code"]) == (404, "unknown_schedule")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"rule": "hourly"}, "input"),
        ({"name": "../x"}, "input"),
        ({"name": ""}, "invalid"),
        ({"kind": "nothing"}, "input"),
        ({"study": {"objective": "nothing"}}, "invalid"),
        ({"study": {"source": {"kind": "files", "path": "/etc/passwd"}}}, "server_path"),
        ({"study": {"source": {"kind": "synthetic", "assets": 10**6}}}, "too_much_work"),
        ({"next_at": 0}, "invalid"),
    ],
)
def test_what_cannot_be_asked_is_no_schedule(
    service: TestClient, wrong: dict[str, Any], code: str
) -> None:
    refused = service.post("/api/schedules", json=NIGHTLY | wrong)
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert service.get("/api/schedules").json() == []


@pytest.mark.parametrize("name", ["%00", "nothing", "..%2F..%2Fx"])
def test_a_name_that_is_none_is_not_there(service: TestClient, name: str) -> None:
    assert service.get(f"/api/schedules/{name}").status_code == 404


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_name_that_is_too_long_is_refused_by_every_method(
    service: TestClient, method: str
) -> None:
    body = {"paused": True} if method == "PATCH" else None
    refused = service.request(method, f"/api/schedules/{'x' * 81}", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
