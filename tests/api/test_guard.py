from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from tests.runs.toy_jobs import opening

from forefolio.api.app import create_app
from forefolio.core.errors import InputError

TOKEN = "t" * 32


def study(value: str) -> bytes:
    return f'{{"kind": "toy", "study": {{"steps": {value}}}}}'.encode()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """One service for all tests that change nothing."""
    app = create_app(opening(tmp_path_factory.mktemp("guarded")))
    with TestClient(app, "http://localhost", raise_server_exceptions=False) as client:
        yield client


HOSTILE = {
    "nan": study("NaN"),
    "nan in a float": b'{"kind": "toy", "study": {"pause_s": NaN}}',
    "infinity": b'{"kind": "toy", "study": {"pause_s": -Infinity}}',
    "overflow": study("1e999"),
    "lone surrogate": study('"\\ud800"'),
    "surrogate kind": b'{"kind": "\\ud800", "study": {}}',
    "surrogate key": b'{"kind": "toy", "study": {"\\ud800": 1}}',
    "surrogate field": b'{"\\ud800": 1}',
    "5000 digits": study("1" * 5000),
    "boolean": study("true"),
    "string": study('"4"'),
    "null": study("null"),
    "nested": study("[" * 100_000 + "]" * 100_000),
    "bad utf-8": b'{"kind": "\xff\xfe"}',
    "nul": b'{"kind": "a\\u0000b", "study": {}}',
    "unknown kind": b'{"kind": "toyy", "study": {}}',
    "unknown field": b'{"kind": "toy", "study": {"stepz": 1}}',
    "extra": b'{"kind": "toy", "study": {}, "more": 1}',
    "study a list": b'{"kind": "toy", "study": []}',
    "not an object": b"[]",
    "empty": b"",
    "not json": b"steps: 3",
    "truncated": b'{"kind": "toy", "stu',
    "utf-16": '{"kind": "toyy"}'.encode("utf-16"),
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_body_is_refused_clearly_and_never_echoed(
    shared: TestClient, body: bytes
) -> None:
    answer = shared.post("/api/runs", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["code"] and told["detail"] and len(answer.content) < 5000
    assert "input" not in told and shared.get("/api/runs").json() == []


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_a_megabyte_is_refused(shared: TestClient, chunked: bool) -> None:
    big = b"x" * 1_000_001
    body = iter([big[:600_000]] * 2) if chunked else big
    answer = shared.post("/api/runs", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("address", ["/api/verify", "/api/verify/page"])
def test_a_report_may_be_larger_than_other_documents(shared: TestClient, address: str) -> None:
    report = "<p>" + "0" * 2_000_000  # of no run: it is read, and then refused for what it is
    assert shared.post(address, json={"report": report}).status_code == 422
    assert shared.post("/api/optimize/portfolio", json={"report": report}).status_code == 413


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.org", "", "localhost.evil"])
def test_a_foreign_host_is_refused(shared: TestClient, host: str) -> None:
    answer = shared.get("/api/runs", headers={"host": host})
    assert (answer.status_code, answer.json()["code"]) == (400, "host")


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000"])
def test_loopback_by_any_name_is_served(shared: TestClient, host: str) -> None:
    assert shared.get("/api/runs", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:1", ""])
def test_pages_of_other_origins_change_and_follow_nothing(shared: TestClient, origin: str) -> None:
    headers = {"origin": origin}
    for answer in (
        shared.post("/api/runs", json={"kind": "toy"}, headers=headers),
        shared.delete(f"/api/runs/{'0' * 32}", headers=headers),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "origin")
    with (
        pytest.raises(WebSocketDisconnect),
        shared.websocket_connect(f"ws://localhost/api/runs/{'0' * 32}/events", headers=headers),
    ):
        pass


def test_our_own_page_is_served(client: TestClient) -> None:
    own = {"origin": "http://localhost"}
    assert client.post("/api/runs", json={"kind": "toy"}, headers=own).status_code == 202


def test_every_answer_carries_the_security_headers(shared: TestClient) -> None:
    for answer in (shared.get("/api/runs"), shared.get("/nowhere"), shared.post("/api/runs")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "access-control-allow-origin" not in answer.headers


def test_a_token_is_needed_where_one_is_set(tmp_path: Path) -> None:
    app = create_app(opening(tmp_path), token=TOKEN)
    with TestClient(app, "http://localhost") as client:
        for wrong in ({}, {"authorization": "Bearer x"}, {"authorization": TOKEN}):
            assert client.get("/api/runs", headers=wrong).status_code == 401
        right = {"authorization": f"Bearer {TOKEN}"}
        assert client.get("/api/runs", headers=right).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org"])
@pytest.mark.parametrize("token", [None, "", "short"])
def test_the_network_is_not_served_without_a_token(
    tmp_path: Path, host: str, token: str | None
) -> None:
    with pytest.raises(InputError, match="at least 32 random characters"):
        create_app(opening(tmp_path), host=host, token=token)


def test_the_network_is_served_with_one(tmp_path: Path) -> None:
    app = create_app(opening(tmp_path), host="0.0.0.0", token=TOKEN)
    with TestClient(app, "http://portfolio.example") as client:
        right = {"authorization": f"Bearer {TOKEN}"}
        assert client.get("/api/health", headers=right).status_code == 200
