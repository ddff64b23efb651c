"""What is under way, at the head of every page: each run with its place, a bar, and its end."""

import re
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect
from tests.page.conftest import Serving, Watched, opened, started
from tests.page.looks import is_accessible
from tests.page.test_states import WINDOWS, look, snapshot

Run = dict[str, Any]


def run_of(n: int, kind: str, status: str, **more: Any) -> Run:
    """A run with an id of its own."""
    return {**snapshot(kind, status, **more), "id": f"{n:032x}"}


def under_way() -> list[Run]:
    """Two that go on, one that waits, and one that has ended."""
    return [
        run_of(1, "frontier", "running", done=10, total=25),
        run_of(2, "strategy", "running", stage="forecast", done=3, total=60),
        run_of(3, "signal_history", "waiting"),
        run_of(4, "portfolio", "done"),
    ]


def told(page: Page, runs: list[Run]) -> None:
    """Have the service say that these are its runs; what is cancelled has ended."""

    def each(route: Route) -> None:
        name = route.request.url.rsplit("/", 1)[1]
        one = next(one for one in runs if one["id"] == name)
        if route.request.method == "DELETE":
            one["status"] = "cancelled"
        route.fulfill(json=one)

    page.route(re.compile("/api/runs/[0-9a-f]{32}$"), each)
    page.route("**/api/runs?limit=20", lambda route: route.fulfill(json=runs))


def badge(page: Page) -> Locator:
    """The button that says how many there are."""
    return page.locator("header.top button[aria-controls]")


def tray(page: Page) -> Locator:
    """What it opens."""
    return page.locator("header.top").get_by_role("group", name="Under way")


def listed(page: Page) -> None:
    """Open on a page that asks nothing itself."""
    told(page, under_way())
    page.goto("/settings")
    badge(page).click()
    expect(tray(page).locator(".under-way")).to_have_count(3)


def test_what_is_under_way_is_listed_and_stopped_on_any_page(window: Watched) -> None:
    page = window.page
    listed(page)
    expect(badge(page)).to_contain_text("3 running")  # what has ended is not counted
    frontier, strategy, waiting = tray(page).locator(".under-way").all()
    expect(frontier).to_contain_text("Calculating portfolios 10 of 25")
    bar = strategy.get_by_role("progressbar")
    expect(bar).to_have_attribute("max", "60")
    expect(bar).to_have_attribute("value", "3")
    expect(waiting).to_contain_text("Waiting for its turn")
    assert waiting.get_by_role("progressbar").get_attribute("value") is None  # no place yet
    expect(waiting.get_by_role("link")).to_have_attribute("href", f"/signal-history/{3:032x}")
    page.keyboard.press("Escape")
    expect(tray(page)).to_be_hidden()
    badge(page).press("Enter")
    page.get_by_role("button", name="Cancel Strategy").press("Enter")
    expect(tray(page).locator(".under-way")).to_have_count(2)
    expect(badge(page)).to_contain_text("2 running")
    tray(page).get_by_role("link", name="Frontier").click()
    page.wait_for_url(f"**/optimise/{1:032x}")
    expect(tray(page)).to_be_hidden()


@pytest.mark.slow
@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_the_tray_is_accessible(browser: Browser, serving: Serving, window: Any) -> None:
    look(browser, serving, [("tray", listed)], window, is_accessible)


@pytest.mark.slow
def test_the_tray_survives_a_refresh_a_cut_and_a_restart(browser: Browser, tmp_path: Path) -> None:
    with (
        started(tmp_path, fail="job.step:15:hang") as service,  # it cannot end before the cut
        opened(browser, service) as window,
    ):
        page = window.page
        asked = {"tickers": ["AAPL", "JNJ", "KO", "XOM"], "start": "2010-01-04", "points": 30}
        answer = httpx.post(
            f"{service.url}/api/optimize/frontier",
            json={**asked, "risk_measure": "cvar"},
            headers={"Prefer": "respond-async"},
            timeout=60,
        )
        run = answer.json()["id"]
        page.goto("/settings")
        badge(page).click()
        one = tray(page).locator(".under-way")
        expect(one).to_contain_text(re.compile("[1-9] of 30"))
        page.reload()
        expect(badge(page)).to_contain_text("1 running")
        badge(page).click()
        expect(one).to_contain_text(re.compile("[1-9] of 30"))
        service.stop()
        page.wait_for_timeout(4500)  # it looks again, and nobody answers
        expect(one).to_contain_text(re.compile("[1-9] of 30"))
        service.fail = ""
        service.start()
        expect(badge(page)).to_have_count(0, timeout=120_000)  # it has ended, and all is said
        assert httpx.get(f"{service.url}/api/runs/{run}").json()["status"] == "done"
