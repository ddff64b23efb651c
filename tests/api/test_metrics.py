"""`/metrics`: what Prometheus reads, and that nobody else does."""

from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient
from tests.runs.toy_jobs import opening

from forefolio.api.app import create_app

TOKEN = "a" * 32


def samples(client: TestClient) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every sample, by its name and labels."""
    answer = client.get("/metrics")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_runs_requests_and_the_loop_are_measured(client: TestClient) -> None:
    assert client.get("/api/health").status_code == 200
    assert client.get("/api/runs/%0ano").status_code in (404, 422)
    assert client.get("/api/made/up/by-a-client").status_code == 404
    measured = samples(client)

    def count(route: str, status: str) -> float:
        labels = {"method": "GET", "route": route, "status": status}
        return measured["forefolio_http_request_seconds_count", frozenset(labels.items())]

    assert count("/api/health", "200") == 1
    assert count("other", "404") >= 1
    routes = {value for _, labels in measured for name, value in labels if name == "route"}
    assert not any("made" in route or "%0a" in route for route in routes)
    assert ("forefolio_queue_length", frozenset({("lane", "batch")})) in measured
    assert ("forefolio_store_retries_total", frozenset()) in measured
    assert ("forefolio_event_loop_lag_seconds_count", frozenset()) in measured


@pytest.mark.slow
def test_two_services_in_one_process_do_not_share_figures(
    client: TestClient, tmp_path: Path
) -> None:
    client.get("/api/health")
    with TestClient(create_app(opening(tmp_path / "other")), "http://localhost") as other:
        routes = {value for _, labels in samples(other) for name, value in labels}
    assert "/api/health" not in routes


def test_a_token_is_needed(tmp_path: Path) -> None:
    app = create_app(opening(tmp_path), token=TOKEN)
    with TestClient(app, "http://localhost") as client:
        assert client.get("/metrics").status_code == 401
        client.headers["Authorization"] = f"Bearer {TOKEN}"
        measured = samples(client)
    refused = {"method": "GET", "route": "other", "status": "401"}
    assert measured["forefolio_http_request_seconds_count", frozenset(refused.items())] == 1
