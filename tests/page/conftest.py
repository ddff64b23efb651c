"""A service with the built page, and a browser that lets nothing off this machine."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx2 as httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from forefolio.api.page import BUILT

ROOT = Path(__file__).parents[2]

expect.set_options(timeout=60_000)  # a loaded machine calculates slowly


@dataclass
class Serving:
    """A service as a process of its own; it can be stopped and started again."""

    home: Path
    port: int = 0
    process: subprocess.Popen[str] | None = None
    fail: str = ""  # where it stands still, until it is stopped: a failpoint
    url: str = field(default="", init=False)

    def start(self) -> None:
        """Start it, and wait until it says where it is."""
        command = [sys.executable, "-m", "forefolio", "serve", "--port", str(self.port)]
        env = {**os.environ, "FOREFOLIO_HOME": str(self.home), "OMP_NUM_THREADS": "1"}
        env.pop("FOREFOLIO_API_TOKEN", None)
        if self.fail:
            env["FOREFOLIO_FAIL"] = self.fail
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=env)
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        assert "running on" in line, line
        self.url = line.split("running on ")[1].split(" ")[0]
        self.port = urlsplit(self.url).port or 0

    def stop(self) -> None:
        """Stop it as a signal does; one that is stopped already stays so."""
        if self.process is not None:
            self.process.terminate()
            self.process.communicate(timeout=20)
            self.process = None


@contextmanager
def started(home: Path, fail: str = "") -> Iterator[Serving]:
    """A service of a home of its own, until the end."""
    if not (BUILT / "index.html").exists():
        pytest.skip("the page is not built: make page")
    service = Serving(home=home, fail=fail)
    service.start()
    try:
        yield service
    finally:
        service.stop()


@pytest.fixture(scope="session")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """One service for all tests; whoever stops it has one of his own."""
    with started(tmp_path_factory.mktemp("page")) as service:
        yield service


@pytest.fixture(scope="module")  # its loop runs as long as it is open, and others have theirs
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no chromium")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Watched:
    """A window, and what went wrong in it."""

    page: Page
    wrong: list[str] = field(default_factory=list)


@pytest.fixture
def window(browser: Browser, serving: Serving) -> Iterator[Watched]:
    """A window of the shared service, in which nothing may go wrong."""
    with opened(browser, serving) as watched:
        yield watched


@pytest.fixture
def own_serving(tmp_path: Path) -> Iterator[Serving]:
    """A service that nobody has asked anything, for one test."""
    with started(tmp_path / "own") as service:
        yield service


@pytest.fixture
def own_window(browser: Browser, own_serving: Serving) -> Iterator[Watched]:
    """A window of that service, in which nothing may go wrong."""
    with opened(browser, own_serving) as watched:
        yield watched


@contextmanager
def opened(browser: Browser, serving: Serving) -> Iterator[Watched]:
    """A window of a service, in which nothing may go wrong."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=serving.url)
    watched = watch(context, serving)
    yield watched
    context.close()
    assert watched.wrong == []


def watch(context: BrowserContext, serving: Serving) -> Watched:
    """A page of a context; a request off the machine, an error or a warning is wrong."""
    page = context.new_page()
    watched = Watched(page)
    page.set_default_timeout(60_000)

    def asked(url: str) -> None:
        if not url.startswith((serving.url, serving.url.replace("http", "ws"), "data:", "blob:")):
            watched.wrong.append(f"asked {url}")

    def said(kind: str, text: str) -> None:
        cut = "ERR_CONNECTION" in text or "WebSocket" in text
        if kind in ("error", "warning") and not cut and "status of 422" not in text:
            watched.wrong.append(text)

    page.on("request", lambda one: asked(one.url))
    page.on("console", lambda one: said(one.type, one.text))
    page.on("pageerror", lambda error: watched.wrong.append(str(error)))
    return watched


def post(serving: Serving, path: str, document: dict[str, object]) -> str:
    """The run of a study that is done, asked without the page."""
    url, wait = f"{serving.url}/api/{path}", {"Prefer": "wait=30"}
    answer = httpx.post(url, json=document, headers=wait, timeout=60)
    for _ in range(10):  # a loaded machine calculates slowly
        if answer.status_code != 202:
            break
        answer = httpx.post(url, json=document, headers=wait, timeout=60)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["run"]["id"])
