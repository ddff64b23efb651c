"""Requests that mean harm, by hand: each is answered in the 4xx, and none echoes or wedges."""

import json
import time
from typing import Any

import pytest
from starlette.testclient import TestClient

ENDLESS = {
    "kind": "strategy",
    "source": {"kind": "synthetic", "assets": 90_000, "sessions": 90_000},
}
ID = "0" * 32
BIG = "9" * 400
DEEP = b'{"a":' * 60 + b"1" + b"}" * 60
JSON = {"content-type": "application/json"}


PORTFOLIO, RISK, ORDERS = "/api/optimize/portfolio", "/api/risk/measures", "/api/orders"

BODIES: dict[str, tuple[str, bytes, int]] = {
    "nan": (PORTFOLIO, b'{"horizon": NaN}', 400),
    "infinite": (PORTFOLIO, b'{"target": [1e999]}', 400),
    "minus infinity": (RISK, b'{"weights": {"AAPL": -Infinity}}', 400),
    "half a character": (PORTFOLIO, b'{"tickers": "\\ud800"}', 400),
    "half a character as a name": (PORTFOLIO, b'{"\\udfff": 1}', 400),
    "bad utf-8": (PORTFOLIO, b'{"tickers": "\xff"}', 400),
    "utf-16": (PORTFOLIO, '{"horizon": 5}'.encode("utf-16"), 400),
    "a byte order mark": (PORTFOLIO, b'\xef\xbb\xbf{"horizon": 5}', 400),
    "5000 digits": (PORTFOLIO, b'{"horizon": ' + b"7" * 5000 + b"}", 400),
    "nothing": (PORTFOLIO, b"", 400),
    "half a document": (PORTFOLIO, b'{"horizon": 5', 400),
    "two documents": (PORTFOLIO, b"{}{}", 400),
    "a form": (PORTFOLIO, b"horizon=5", 400),
    "xml": (PORTFOLIO, b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', 400),
    "yaml": (PORTFOLIO, b"!!python/object/apply:os.system [id]", 400),
    "60 levels": (PORTFOLIO, DEEP, 422),
    "100,000 levels": (PORTFOLIO, b"[" * 100_000 + b"]" * 100_000, 422),
    "twice": (PORTFOLIO, b'{"horizon": 5, "horizon": 6}', 422),
    "a list": (PORTFOLIO, b"[]", 422),
    "a number": (PORTFOLIO, b"5", 422),
    "null": (PORTFOLIO, b"null", 422),
    "true for a number": (PORTFOLIO, b'{"horizon": true}', 422),
    "half a session": (PORTFOLIO, b'{"horizon": 1.5}', 422),
    "a horizon that no loop ends over": ("/api/signals", b'{"horizon": 99999999}', 422),
    "one model compared": ("/api/models/compare", b'{"models": "xgboost"}', 422),
    "below zero": (PORTFOLIO, b'{"horizon": -1}', 422),
    "an injection": (PORTFOLIO, b'{"tickers": "A\'; DROP TABLE run--"}', 422),
    "a template": (PORTFOLIO, b'{"tickers": "{{7*7}}"}', 422),
    "a script": (PORTFOLIO, b'{"tickers": "<script>alert(1)</script>"}', 422),
    "colours": (PORTFOLIO, b'{"tickers": "\\u001b[31mAAPL"}', 422),
    "nul": (PORTFOLIO, b'{"tickers": ["AA\\u0000PL"]}', 422),
    "right to left": (PORTFOLIO, b'{"tickers": ["\\u202eLPAA"]}', 422),
    "a path as a ticker": (PORTFOLIO, b'{"tickers": ["../../etc/passwd"]}', 422),
    "a path as a source": (PORTFOLIO, b'{"source": "/etc/passwd"}', 422),
    "a file address": (PORTFOLIO, b'{"source": "file:///etc/passwd"}', 422),
    "a device": (PORTFOLIO, b'{"source": {"kind": "files", "path": "/dev/zero"}}', 422),
    "a class": (PORTFOLIO, b'{"objective": {"kind": "builtins:eval"}}', 422),
    "a constructor": (PORTFOLIO, b'{"__class__": "os.system", "__init__": {}}', 422),
    "a prototype": (PORTFOLIO, b'{"__proto__": {"a": 1}}', 422),
    "20 misspelt": (
        PORTFOLIO,
        str({f"horizn{n}": 1 for n in range(20)}).replace("'", '"').encode(),
        422,
    ),
    "20,000 misspelt": (
        PORTFOLIO,
        str({f"horizn{n}": 1 for n in range(20_000)}).replace("'", '"').encode(),
        422,
    ),
    "half a megabyte misspelt": (PORTFOLIO, b'{"' + b"horizon" * 70_000 + b'": 1}', 422),
    "a run that is a path": (RISK, b'{"run": "../../etc/passwd"}', 422),
    "a run that is an injection": (RISK, b'{"run": "\' OR 1=1 --"}', 422),
    "weights of nothing": (RISK, b'{"weights": {"": 1}}', 422),
    "money that is nothing": (ORDERS, b'{"capital": ""}', 422),
    "money without end": (ORDERS, b'{"capital": "1e999", "weights": {"AAPL": 1}}', 422),
    "a report of a question without end": (
        "/api/verify",
        json.dumps({"report": json.dumps({"study": ENDLESS})}).encode(),
        422,
    ),
    "an unknown kind": ("/api/runs", b'{"kind": "os.system"}', 422),
    "a kind that is a mapping": ("/api/runs", b'{"kind": {"$ne": null}}', 422),
}


@pytest.mark.parametrize(("path", "body", "status"), BODIES.values(), ids=BODIES.keys())
def test_a_hostile_document_is_refused_and_not_repeated(
    service: TestClient, path: str, body: bytes, status: int
) -> None:
    answer = service.post(path, content=body, headers=JSON)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert {"type", "title", "status", "code", "detail"} <= problem.keys()
    assert len(answer.content) < 8000 and "root:" not in answer.text
    assert "\x1b" not in problem["detail"] and answer.headers["x-content-type-options"] == "nosniff"


ASKED: dict[str, tuple[str, str, dict[str, str], int]] = {
    "no such page": ("GET", "/api/nothing", {}, 404),
    "the parent": ("GET", "/api/runs/..%2f..%2f..%2fetc%2fpasswd", {}, 404),
    "an id with nul": ("GET", "/api/runs/%00", {}, 404),
    "an id without end": ("GET", f"/api/runs/{'a' * 9000}", {}, 404),
    "an id of another script": ("GET", "/api/runs/" + "\u0660" * 32, {}, 404),
    "a report of nothing": ("GET", f"/api/runs/{ID}/report", {}, 404),
    "another method": ("PUT", "/api/runs", {}, 405),
    "a method that is none": ("BREW", "/api/runs", {}, 405),
    "trace": ("TRACE", "/api/runs", {}, 405),
    "delete everything": ("DELETE", "/api/runs", {}, 405),
    "a page without end": ("GET", f"/api/runs?limit={BIG}", {}, 422),
    "a page below zero": ("GET", "/api/runs?limit=-1", {}, 422),
    "a page that is a word": ("GET", "/api/runs?limit=all", {}, 422),
    "events before the first": ("GET", f"/api/runs/{ID}/events?after=-1", {}, 422),
    "events after 2**63": ("GET", f"/api/runs/{ID}/events?after={2**63}", {}, 422),
    "a decimal comma": ("GET", f"/api/runs/{ID}/events?after=1,5", {}, 422),
    "a body without a type": ("POST", "/api/runs", {"content-type": ""}, 415),
    "a form": ("POST", PORTFOLIO, {"content-type": "application/x-www-form-urlencoded"}, 415),
    "text from a foreign page": ("POST", PORTFOLIO, {"content-type": "text/plain"}, 415),
    "pickle": ("POST", PORTFOLIO, {"content-type": "application/python-pickle"}, 415),
    "a foreign host": ("GET", "/api/runs", {"host": "evil.example"}, 400),
    "a foreign page": ("POST", PORTFOLIO, {"origin": "http://evil.example", **JSON}, 403),
    "a length that is none": ("POST", PORTFOLIO, {"content-length": "-5", **JSON}, 413),
    "a length without end": ("POST", PORTFOLIO, {"content-length": BIG, **JSON}, 413),
}


@pytest.mark.parametrize(("method", "path", "headers", "status"), ASKED.values(), ids=ASKED.keys())
def test_a_hostile_request_is_refused(
    service: TestClient, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    answer = service.request(method, path, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert status != 405 or "allow" in answer.headers


def test_an_address_says_all_the_methods_that_it_takes(service: TestClient) -> None:
    assert service.put("/api/runs").headers["allow"] == "GET, POST"
    assert service.put("/api/runs/nothing").headers["allow"] == "DELETE, GET"


def test_after_all_of_it_nothing_was_asked_and_the_service_answers(service: TestClient) -> None:
    assert len(BODIES) + len(ASKED) >= 60
    before = service.get("/api/runs").json()
    for path, body, _ in BODIES.values():
        service.post(path, content=body, headers=JSON)
    assert service.get("/api/runs").json() == before
    assert service.get("/health/ready").status_code == 200


def test_many_misspelt_names_cost_little(service: TestClient) -> None:
    document: dict[str, Any] = {f"horizn_{n}": 1 for n in range(20)}
    times = []
    for _ in range(5):
        began = time.process_time()
        answer = service.post(PORTFOLIO, json=document)
        times.append(time.process_time() - began)
        assert answer.status_code == 422 and "did you mean 'horizon'?" in answer.text
    assert min(times) < 0.02, times


@pytest.mark.parametrize("document", [[], "text", {"tickers": "A0", "models": ["nope"]}])
def test_what_is_wrong_with_a_whole_document_has_no_path(
    service: TestClient, document: object
) -> None:
    refused = service.post("/api/forecasts", json=document).json()
    assert refused["problems"][0]["path"] == "" and ": :" not in refused["detail"]
