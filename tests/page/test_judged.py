"""What forecasts were worth: each beside what happened, and how much intervals held over time."""

import re
from typing import Any

import httpx2 as httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.page.conftest import Serving, Watched, post
from tests.page.looks import is_accessible
from tests.page.test_states import FOLLOWED, FOUR, WINDOWS, look

pytestmark = pytest.mark.slow

ASKED: dict[str, object] = {**FOUR, "models": ["bayesian_ridge"], "horizons": [1, 21]}
LONG = {**FOLLOWED, "start": "2012-01-03"}  # over years
PAST = "Past forecasts and what happened"


def test_past_forecasts_stand_beside_what_happened(serving: Serving, window: Watched) -> None:
    run = post(serving, "forecast", ASKED)
    past = httpx.get(f"{serving.url}/api/runs/{run}/result").json()["past"]
    month = next(one for one in past if one["horizon"] == 21)
    row = next(one for one in month["assets"] if one["ticker"] == "KO")
    said = f"{row['inside']} of {row['known']} outcomes were inside"
    page = window.page
    page.goto(f"/forecasts/{run}")
    panel = page.get_by_role("region", name=PAST).first
    panel.locator("select").first.select_option("KO")
    expect(panel).to_contain_text(f"KO: {said}")
    chart = panel.get_by_role("group", name=re.compile(f"^KO: {said}"))
    chart.focus()
    page.keyboard.press("End")
    came = row["outcome"][-1]
    where = "inside" if row["low"][-1] <= came <= row["high"][-1] else "(below|above)"
    words = chart.get_by_role("status")
    expect(words).to_have_text(re.compile(f"^{month['sessions'][-1]}: forecast .*, {where}$"))
    page.keyboard.press("t")
    expect(panel.get_by_role("table").locator("tbody tr")).to_have_count(len(row["outcome"]))
    panel.locator("select").last.select_option("1")
    day = next(one for one in past if one["horizon"] == 1)["assets"]
    known = next(one for one in day if one["ticker"] == "KO")["known"]
    expect(panel).to_contain_text(f"The latest 60 are drawn, all {known:,} are counted")
    page.goto(f"/ticker/KO?run={run}")
    expect(page.get_by_role("region", name=PAST)).to_contain_text(f"KO: {said}")


@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_what_is_judged_is_accessible(browser: Browser, serving: Serving, window: Any) -> None:
    run, followed = post(serving, "forecast", ASKED), post(serving, "strategy", LONG)

    def past(page: Page) -> None:
        page.goto(f"/forecasts/{run}")
        expect(page.get_by_role("region", name=PAST).locator("svg")).to_be_visible()

    def held(page: Page) -> None:
        page.goto(f"/evidence?run={followed}")
        page.locator(".actions button").click()
        panel = page.get_by_role("region", name="How much the intervals held")
        expect(panel).to_contain_text("of all outcomes were inside intervals that were to hold")
        expect(panel.locator("svg")).to_be_visible()

    looks = [("past-forecasts", past), ("coverage", held)]
    look(browser, serving, looks, window, is_accessible)
