"""Pages of which nothing was asked yet: what would stand there, and one button that gets it."""

import json

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.page.conftest import Serving, Watched
from tests.page.looks import is_accessible
from tests.page.test_states import WINDOWS, answer, entries, look, snapshot

pytestmark = pytest.mark.slow

RUNS = "**/api/runs?limit=100"
ABOUT = ("evidence", "criteria", "capacity", "attribution", "monitor", "signal-history")


def nothing_yet(page: Page, where: str) -> None:
    """A page about another answer, of which there is none."""
    answer(page, RUNS, "[]")
    page.goto(f"/{where}")
    expect(page.locator(".empty")).to_contain_text("and there is none yet")


@pytest.mark.parametrize("where", ABOUT)
def test_what_is_about_another_answer_leads_to_that_first(window: Watched, where: str) -> None:
    page = window.page
    nothing_yet(page, where)
    empty = page.locator(".empty")
    expect(empty.get_by_role("button")).to_have_count(0)  # it would be refused
    signals = where == "signal-history"
    empty.get_by_role("link").click()
    page.wait_for_url("**/signals" if signals else "**/backtest")
    expect(page.locator(".empty").get_by_role("button", name="Run the sample")).to_be_visible()
    page.unroute(RUNS)
    answer(page, RUNS, json.dumps([snapshot("signals" if signals else "strategy", "done")]))
    page.goto(f"/{where}")
    expect(page.locator(".empty").get_by_role("button", name="Run")).to_be_visible()


def test_every_page_shows_what_would_stand_there(window: Watched) -> None:
    page, shapes = window.page, {}
    for one in entries():
        page.goto(f"/{one.page}")
        picture = page.locator(".empty svg")
        expect(picture).to_be_visible()
        shapes[one.kind] = picture.get_attribute("data-example")
        assert page.locator(".empty :is(button, a.button)").count() == 1, one.page
    assert shapes["frontier"] == "curve" and shapes["simulation"] == "fan"
    assert shapes["strategy"] == "lines" and shapes["forecast"] == "intervals"
    assert shapes["stress"] == "bars"


@pytest.mark.parametrize("n", range(len(WINDOWS)))
def test_examples_are_accessible(browser: Browser, serving: Serving, n: int) -> None:
    def simulate(page: Page) -> None:
        page.goto("/simulate")
        expect(page.locator(".empty svg")).to_be_visible()

    looks = [
        ("nothing-of-evidence", lambda page: nothing_yet(page, "evidence")),
        ("nothing-of-simulation", simulate),
    ]
    look(browser, serving, looks, WINDOWS[n], is_accessible)
