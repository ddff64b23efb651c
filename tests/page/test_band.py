"""How far a frontier would move if the past had been another draw: asked, drawn, said, hidden."""

import re
from typing import Any

import httpx2 as httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.page.conftest import Serving, Watched, post
from tests.page.looks import is_accessible
from tests.page.test_states import FOUR, WINDOWS, look

pytestmark = pytest.mark.slow

ASKED = "tickers=AAPL,JNJ,KO,XOM&points=7"


def test_a_button_asks_for_the_band_and_hides_it_again(serving: Serving, window: Watched) -> None:
    page = window.page
    page.goto(f"/optimise?{ASKED}")
    page.locator(".actions button").click()
    expect(page.locator(".state.ok")).to_be_visible()
    button = page.get_by_role("button", name="Other pasts")
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".wobble")).to_have_count(0)
    button.click()
    assert "resamples=100" in page.url
    expect(page.get_by_text("calculated with the next run")).to_be_visible()
    page.get_by_role("button", name="Run again").first.click()
    expect(page.locator(".wobble")).to_contain_text("of 100 frontiers of other pasts")
    run = page.url.split("/optimise/")[1].split("?")[0]
    band = httpx.get(f"{serving.url}/api/runs/{run}/result").json()["band"]
    ends = re.findall(r"between (\S+?)\s?% and (\S+?)\s?%", page.locator(".wobble").inner_text())
    rows = {
        (f"{100 * low:.1f}".replace("-", "\N{MINUS SIGN}"), f"{100 * high:.1f}")
        for low, high in zip(band["low"], band["high"], strict=True)
        if low is not None
    }
    assert {ends[0]} <= rows
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".wobble")).to_have_count(0)


@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_the_band_is_accessible(browser: Browser, serving: Serving, window: Any) -> None:
    run = post(serving, "optimize/frontier", {**FOUR, "points": 9, "resamples": 100})

    def band(page: Page) -> None:
        page.goto(f"/optimise/{run}")
        expect(page.locator(".wobble")).to_be_visible()

    look(browser, serving, [("band", band)], window, is_accessible)
