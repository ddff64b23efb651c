"""A ticker on its page: price, forecast, weights with reasons; empty, running, refused."""

import json
import re

import httpx2 as httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.page.conftest import Serving, Watched, post
from tests.page.looks import is_accessible
from tests.page.test_states import FOUR, WINDOWS, answer, look, snapshot

RUNS = "**/api/runs?limit=100"


@pytest.mark.slow
def test_a_weight_leads_to_its_ticker_with_price_and_reasons(
    serving: Serving, window: Watched
) -> None:
    asked = {**FOUR, "constraints": ["w <= 40%"], "explained": True}
    run = post(serving, "optimize/portfolio", asked)
    result = httpx.get(f"{serving.url}/api/runs/{run}/result").json()
    path = f"/api/data/closes/JNJ?run={run}"
    closes = httpx.get(f"{serving.url}{path}").json()
    page = window.page
    page.goto(f"/portfolio/{run}")
    page.get_by_role("link", name="JNJ", exact=True).first.click()
    assert page.url.endswith(f"/ticker/JNJ?run={run}")
    page.reload()  # the address is all it needs
    expect(page.get_by_role("heading", level=1)).to_have_text("JNJ")
    held = page.get_by_role("region", name="What is held of it, and why")
    row = held.get_by_role("row").filter(has=page.locator(f"a[href='/portfolio/{run}']"))
    expect(row).to_contain_text(f"{100 * result['weights']['JNJ']:.1f}\u202f%")
    expect(row).to_contain_text(
        next(one for one in result["reasons"]["sentences"] if one.startswith("JNJ ("))
    )
    expect(page.locator(".kpi").first).to_contain_text(f"{closes['closes'][-1]:,.2f}")
    chart = page.get_by_role("group", name=re.compile("^JNJ from 2010-01-04"))
    chart.focus()
    page.keyboard.press("End")
    last = f"{closes['sessions'][-1]}: JNJ {closes['closes'][-1]:,.2f}"
    expect(chart.get_by_role("status")).to_have_text(last)
    page.keyboard.press("t")
    price = page.get_by_role("region", name="Price").first
    expect(price.get_by_role("columnheader", name="Adjusted close")).to_be_visible()
    is_accessible(page, "ticker")
    row.get_by_role("link").click()
    expect(page.locator(".kpis")).to_be_visible()
    assert f"/portfolio/{run}" in page.url


def empty(page: Page) -> None:
    """Nothing was asked of it: its price of the sample, and one button."""
    answer(page, RUNS, "[]")
    answer(page, "**/api/portfolios", "[]")
    page.goto("/ticker/WMT")
    expect(page.get_by_role("heading", name="No run says anything of WMT yet")).to_be_visible()
    expect(page.get_by_role("link", name="Forecast WMT")).to_have_attribute(
        "href", "/forecasts?tickers=WMT"
    )
    expect(page.get_by_role("region", name="Price").first).to_be_visible()


def running(page: Page) -> None:
    """A forecast goes on: how far, and what is known meanwhile."""
    now = snapshot("forecast", "running", done=3, total=25)
    answer(page, RUNS, json.dumps([now]))
    answer(page, f"**/api/runs/{now['id']}", json.dumps(now))
    page.route_web_socket("**/events*", lambda _: None)
    page.goto("/ticker/KO")
    expect(page.locator(".state.info").first).to_contain_text("3 of 25")
    expect(page.get_by_text("A forecast is under way")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    expect(page.get_by_role("region", name="Price").first).to_be_visible()


def refused(page: Page) -> None:
    """There are no prices of it: why, and what to do."""
    answer(page, RUNS, "[]")
    page.goto("/ticker/NOSUCH")
    expect(page.get_by_role("alert")).to_contain_text("NOSUCH")
    expect(page.get_by_role("alert").get_by_role("link")).to_have_attribute("href", "/data")


def which(page: Page) -> None:
    """The address names none: it is asked for."""
    page.goto("/ticker")
    page.get_by_label("Ticker").fill("ko")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("KO")
    page.go_back()
    expect(page.get_by_role("heading", name="Which ticker?")).to_be_visible()


@pytest.mark.slow
def test_every_state_of_a_ticker_is_said(browser: Browser, serving: Serving) -> None:
    states = (empty, running, refused, which)
    look(
        browser,
        serving,
        [(f"ticker-{one.__name__}", one) for one in states],
        WINDOWS[0],
        is_accessible,
    )


@pytest.mark.slow
def test_the_newest_forecast_of_a_ticker_is_said(own_serving: Serving, own_window: Watched) -> None:
    asked: dict[str, object] = {**FOUR, "models": ["bayesian_ridge"], "horizons": [1, 21]}
    run = post(own_serving, "forecast", asked)
    rows = httpx.get(f"{own_serving.url}/api/runs/{run}/result").json()["forecasts"]
    month = next(one for one in rows if one["ticker"] == "KO" and one["horizon"] == 21)
    page = own_window.page
    page.goto(f"/forecasts/{run}")
    page.get_by_role("link", name="KO", exact=True).click()
    panel = page.get_by_role("region", name="Forecast", exact=True)
    row = panel.get_by_role("row", name=re.compile("^1 month"))
    for name in ("low", "high"):
        shown = f"{100 * month[name]:.1f}".replace("-", "\u2212")
        expect(row).to_contain_text(f"{shown}\u202f%")
    expect(panel.get_by_role("link")).to_have_attribute("href", f"/forecasts/{run}")
    expect(page.get_by_role("group", name=re.compile("^KO: After 1 month"))).to_be_visible()
    is_accessible(page, "ticker with a forecast")
