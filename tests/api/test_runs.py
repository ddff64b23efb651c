import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from tests.api.conftest import SMALL
from tests.runs.toy_jobs import opening

from forefolio.api.app import create_app
from forefolio.core.settings import Settings
from forefolio.runs.opening import opening as real_opening

SLOW = {"steps": 2000, "pause_s": 0.02}  # certainly not over before it is cancelled


def asked(client: TestClient, **study: Any) -> dict[str, Any]:
    answer = client.post("/api/runs", json={"kind": "toy", "study": study})
    assert answer.status_code == 202, answer.text
    run: dict[str, Any] = answer.json()
    return run


def followed(client: TestClient, run: dict[str, Any], after: int = 0) -> list[dict[str, Any]]:
    frames = []
    url = f"ws://localhost{run['links']['events']}?after={after}"
    with pytest.raises(WebSocketDisconnect) as end, client.websocket_connect(url) as socket:
        while True:
            frames.append(socket.receive_json())
    assert end.value.code == 1000
    return frames


def test_a_study_is_posted_followed_and_read_back(client: TestClient) -> None:
    run = asked(client, steps=4)
    frames = followed(client, run)
    assert [frame["seq"] for frame in frames] == list(range(1, len(frames) + 1))
    assert frames[-1]["event"] == {
        "kind": "finished",
        "state": "done",
        "code": "",
        "message": "",
        "facts": {},
    }
    snapshot = client.get(run["links"]["self"]).json()
    assert (snapshot["status"], snapshot["stage"]) == ("done", "fold")
    assert (snapshot["done"], snapshot["total"], snapshot["seq"]) == (4, 4, len(frames))
    assert [note["code"] for note in snapshot["notes"]] == ["hello", "from"]
    assert snapshot["study"]["steps"] == 4 and snapshot["error"] is None
    assert len(client.get(run["links"]["result"]).json()["path"]) == 4


def test_the_same_study_is_the_same_run(client: TestClient) -> None:
    first = asked(client, steps=3)
    assert asked(client, steps=3)["id"] == first["id"] != asked(client, steps=2)["id"]
    followed(client, first)
    again = asked(client, steps=3)
    assert (again["id"], again["status"]) == (first["id"], "done")
    listed = client.get("/api/runs?limit=1").json()
    assert len(listed) == 1


def test_leaving_and_coming_back_loses_and_repeats_nothing(client: TestClient) -> None:
    run = asked(client, steps=30, pause_s=0.05)
    with client.websocket_connect(f"ws://localhost{run['links']['events']}") as socket:
        first = [socket.receive_json() for _ in range(4)]
    rest = followed(client, run, first[-1]["seq"])
    assert [f["seq"] for f in first + rest] == list(range(1, len(first) + len(rest) + 1))
    assert followed(client, run) == first + rest
    assert followed(client, run, rest[-1]["seq"]) == []
    for after in (0, 4):  # the same without a WebSocket
        assert (
            client.get(run["links"]["events"], params={"after": after}).json()
            == (first + rest)[after:]
        )


def test_cancelling_stops_the_run_and_tells_who_follows(client: TestClient) -> None:
    run = asked(client, **SLOW)
    with client.websocket_connect(f"ws://localhost{run['links']['events']}") as socket:
        while socket.receive_json()["event"]["kind"] != "progress":
            pass
        assert client.delete(run["links"]["self"]).json()["status"] == "cancelled"
    assert followed(client, run)[-1]["event"]["state"] == "cancelled"
    snapshot = client.get(run["links"]["self"]).json()
    assert snapshot["error"]["code"] == "run_cancelled"
    for form in ("report", "page", "result"):
        refused = client.get(f"{run['links']['self']}/{form}")
        assert (refused.status_code, refused.json().get("code")) == (409, "run_cancelled")
    assert followed(client, asked(client, steps=2))[-1]["event"]["state"] == "done"  # host is free


def test_a_failed_run_says_why(client: TestClient) -> None:
    run = asked(client, needed=504)
    end = followed(client, run)[-1]["event"]
    assert (end["state"], end["code"]) == ("failed", "not_enough_history")
    snapshot = client.get(run["links"]["self"]).json()
    assert "needs 504 sessions" in snapshot["error"]["message"]
    refused = client.get(run["links"]["result"])
    assert refused.status_code == 422 and refused.json()["code"] == "not_enough_history"
    assert refused.json()["detail"] == snapshot["error"]["message"]
    bug = asked(client, broken=True)
    followed(client, bug)
    assert client.get(bug["links"]["result"]).status_code == 500


def test_a_number_that_is_not_finite_is_null_and_not_an_error(client: TestClient) -> None:
    run = asked(client, steps=1, nan=True)
    followed(client, run)
    assert client.get(run["links"]["result"]).json()["path"] == [None]


def test_a_run_goes_on_after_the_service_was_stopped(tmp_path: Path) -> None:
    app = partial(create_app, opening(tmp_path))
    with TestClient(app(), "http://localhost") as client:
        run = asked(client, steps=60, pause_s=0.05)
        time.sleep(1.5)
    with TestClient(app(), "http://localhost") as client:
        frames = followed(client, run)
    assert [f["seq"] for f in frames] == list(range(1, len(frames) + 1))
    begun = [int(f["event"]["message"]) for f in frames if f["event"].get("code") == "from"]
    assert len(begun) == 2 and 0 == begun[0] < begun[1]
    assert frames[-1]["event"]["state"] == "done"


def test_an_unknown_run_is_not_found(client: TestClient) -> None:
    for path in ("0" * 32, "nobody", "%00", "%ff%fe", "..%2f..%2fetc", "a" * 5000):
        for method, url in (("GET", ""), ("GET", "/result"), ("DELETE", "")):
            answer = client.request(method, f"/api/runs/{path}{url}")
            assert answer.status_code == 404, (method, path)
            assert answer.headers["content-type"] == "application/problem+json"
    with (
        pytest.raises(WebSocketDisconnect) as end,
        client.websocket_connect(f"ws://localhost/api/runs/{'0' * 32}/events") as socket,
    ):
        socket.receive_json()
    assert end.value.code == 4404


def test_health(client: TestClient) -> None:
    assert client.get("/api/health").json()["status"] == "ok"


@pytest.mark.parametrize(
    ("kind", "study", "path", "told"),
    [
        ("strategy", {"strateg": {}}, "strateg", "did you mean 'strategy'?"),
        ("forecast", {"horizon": [5]}, "horizon", "did you mean 'horizons'?"),
        ("strategy", {"source": {"kind": "sampel"}}, "data.source", "did you mean 'sample'?"),
        ("training", {"source": {}}, "data.source", "must say its kind"),
    ],
)
def test_a_misspelt_study_is_told_what_was_meant(
    tmp_path: Path, kind: str, study: dict[str, Any], path: str, told: str
) -> None:
    settings = Settings(home=tmp_path, executor="inline:").prepare()
    with TestClient(create_app(real_opening(settings)), "http://localhost") as client:
        answer = client.post("/api/runs", json={"kind": kind, "study": study})
    assert answer.status_code == 422
    (problem,) = answer.json()["problems"]
    assert problem["path"] == path and told in problem["reason"]


def test_a_list_says_what_each_run_was_about_and_came_to(service: TestClient) -> None:
    document = {
        **SMALL,
        "minimum_sessions": 100,
        "constraints": ["w <= 60%"],
        "objective": "minimum_variance",
    }
    answer = service.post(
        "/api/optimize/portfolio", json=document, headers={"Prefer": "wait=30"}
    ).json()
    glance = service.get("/api/runs/glances?limit=500").json()[answer["run"]["id"]]
    assert (glance["about"], glance["limits"], glance["assets"]) == ("minimum variance", 1, 4)
    assert (glance["sharpe"], glance["expected"]) == (answer["expected_sharpe"], True)
