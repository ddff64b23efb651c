"""Views and caps of sectors as small tables of the form, which the address keeps."""

import json
import re

import httpx2 as httpx
import pytest
from playwright.sync_api import Locator, expect
from tests.page.conftest import Serving, Watched
from tests.page.looks import is_accessible


@pytest.mark.slow
def test_views_and_caps_are_written_in_tables_and_come_back(
    serving: Serving, window: Watched
) -> None:
    page = window.page
    page.goto("/portfolio?tickers=AAPL,JNJ,KO,XOM&start=2010-01-04&objective=black_litterman")

    def of_objective() -> Locator:
        fold = page.locator("[data-setting=objective] details").first
        if fold.get_attribute("open") is None:
            fold.locator("summary").first.click()
        return fold

    views = of_objective()
    views.get_by_role("button", name="Add a row to views").press("Enter")
    expect(views.get_by_label("Legs, row 1")).to_be_focused()
    page.keyboard.type("XOM - KO")
    page.keyboard.press("Tab")
    page.keyboard.type("300")
    expect(views.get_by_text("Annual return: at most 100")).to_be_visible()
    expect(page.locator(".actions button")).to_be_disabled()
    views.get_by_label("Annual return, % a year, row 1").fill("4")
    views.get_by_label("Confidence, %, row 1").fill("75")
    page.get_by_label("Sector", exact=True).fill("Consumer Staples")
    page.get_by_label("At most, %, of a sector").fill("25")
    page.keyboard.press("Enter")
    lines = page.locator("[data-setting=constraints] textarea")
    expect(lines).to_have_value('"Consumer Staples" <= 25%')
    page.get_by_label("At most, %, of Consumer Staples").fill("15")
    is_accessible(page, "rows")
    page.locator(".actions button").click()
    expect(page.locator(".state.ok")).to_be_visible()
    run = re.search("[0-9a-f]{32}", page.url)
    assert run
    study = httpx.get(f"{serving.url}/api/runs/{run[0]}").json()["study"]
    view = {"kind": "view", "legs": [["XOM", 1], ["KO", -1]], "annual_return": 0.04}
    assert study["objective"]["views"] == [{**view, "confidence": 0.75}], json.dumps(study)
    weights = httpx.get(f"{serving.url}/api/runs/{run[0]}/result").json()["weights"]
    assert weights["KO"] <= 0.15 + 1e-6

    page.reload()  # the address has them
    views = of_objective()
    expect(views.get_by_label("Legs, row 1")).to_have_value("XOM - KO")
    expect(views.get_by_label("Annual return, % a year, row 1")).to_have_value("4")
    expect(page.get_by_label("At most, %, of Consumer Staples")).to_have_value("15")
    views.get_by_role("button", name="Take row 1 out of views").click()
    page.get_by_role("button", name="Take the cap of Consumer Staples out").click()
    assert "annual_return" not in page.url and "Staples" not in page.url


def test_keys_that_come_faster_than_the_screen_is_drawn_stay(window: Watched) -> None:
    page = window.page
    page.add_init_script("window.requestAnimationFrame = (draw) => setTimeout(draw, 60)")
    page.goto("/portfolio?tickers=AAPL,JNJ,KO,XOM&start=2010-01-04&objective=black_litterman")
    page.locator("[data-setting=objective] details summary").first.click()
    page.get_by_role("button", name="Add a row to views").press("Enter")
    legs = page.get_by_label("Legs, row 1")
    expect(legs).to_be_focused()
    rate = page.get_by_label("Annual return, % a year, row 1")
    rate.fill("4")
    for text in ("XOM - KO", "AAPL - KO"):
        legs.fill("")
        legs.press_sequentially(text)
        expect(rate).to_have_value("4")
        expect(legs).to_have_value(text)
    page.get_by_label("Start", exact=True).focus()
    target = page.get_by_label("Target", exact=True)
    target.press_sequentially("12.25")
    expect(target).to_have_value("12.25")
    assert "AAPL" in page.url and "0.1225" in page.url
