"""The page is served to anybody, under a strict policy; what it asks needs the token."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.runs.toy_jobs import opening

from forefolio.api import page
from forefolio.api.app import create_app

TOKEN = "t" * 40


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "built"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Forefolio</title>" + " " * 2000)
    (folder / "assets" / "a-1.js").write_text("let a = 1")
    monkeypatch.setattr(page, "BUILT", folder)
    return folder


@pytest.mark.usefixtures("built")
def test_every_address_of_the_page_is_the_page(client: TestClient) -> None:
    for address in ("/", "/optimise", "/optimise/9f3c?tickers=AAPL", "/a-new-study"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "<title>Forefolio" in answer.text
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "default-src 'none'" in policy


@pytest.mark.usefixtures("built")
def test_other_addresses_are_not(client: TestClient) -> None:
    for address in ("/api/nothing", "/ws/nothing", "/assets/none.js", "/../pyproject.toml"):
        assert client.get(address).status_code == 404


@pytest.mark.usefixtures("built")
def test_named_content_is_kept_and_the_page_itself_is_asked_for_again(client: TestClient) -> None:
    named = client.get("/assets/a-1.js")
    assert named.headers["cache-control"].endswith("immutable")
    assert named.headers["content-type"].startswith("text/javascript")
    whole = client.get("/")
    assert whole.headers["content-encoding"] == "gzip"
    assert whole.headers["cache-control"] == "no-cache"
    again = client.get("/", headers={"If-None-Match": whole.headers["etag"]})
    assert again.status_code == 304


def test_a_package_without_the_page_says_so(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "BUILT", tmp_path / "nothing")
    answer = client.get("/optimise")
    assert answer.status_code == 200
    assert "without its page" in answer.text


@pytest.mark.usefixtures("built")
def test_the_page_needs_no_token_and_what_it_asks_does(tmp_path: Path) -> None:
    app = create_app(opening(tmp_path), token=TOKEN)
    with TestClient(app, "http://localhost") as client:
        assert client.get("/").status_code == 200
        assert client.get("/api/studies").status_code == 401
        assert client.post("/").status_code == 401


def test_no_address_of_the_service_is_taken_for_one_of_the_page(client: TestClient) -> None:
    paths = [*client.get("/openapi.json").json()["paths"], "/openapi.json", "/metrics", "/mcp"]
    assert not [one for one in paths if page.is_page(one)]
    assert not page.is_page("//api/runs")
    assert client.get("http://localhost//api/runs").status_code == 404
