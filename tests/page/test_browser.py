"""The page in a real browser, as a newcomer meets it."""

import csv
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2 as httpx
import pytest
from playwright.sync_api import Browser, expect
from tests.page.conftest import Serving, Watched, opened, post, started

SMALL: dict[str, Any] = {"tickers": ["AAPL", "JNJ", "KO", "XOM"], "start": "2010-01-04"}
ASKED = "tickers=AAPL,JNJ,KO,XOM&points=5"  # all years: over few, past means cannot be told apart
HOSTILE = "<img src=x onerror=alert(1)>"


def test_the_frontier_grows_and_its_run_is_found_again(window: Watched) -> None:
    page = window.page
    page.goto(f"/optimise?{ASKED}")
    page.locator(".actions button").click()
    expect(page.locator(".state.ok")).to_be_visible()
    expect(page.get_by_role("region", name="Efficient frontier")).to_be_visible()
    assert re.search(r"/optimise/[0-9a-f]{32}\?", page.url)
    assert "points=5" in page.url
    page.reload()
    expect(page.locator(".state.ok")).to_be_visible()
    expect(page.locator(".kpi").first).to_contain_text("%")


@pytest.mark.slow
def test_a_newcomer_sees_a_finished_answer_and_no_empty_screen(window: Watched) -> None:
    page = window.page
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Hold JNJ"))
    expect(page.locator(".ticket tbody tr").first).to_be_visible()
    expect(page.get_by_text("Financial crisis")).to_be_visible()
    expect(page.locator(".loss-line b")).to_contain_text("or more")
    assert "NaN" not in page.inner_text("body")
    assert "undefined" not in page.inner_text("body")


@pytest.mark.slow
def test_a_run_survives_a_refresh_a_cut_and_a_restart(browser: Browser, tmp_path: Path) -> None:
    with (
        started(tmp_path, fail="job.step:15:hang") as service,  # it cannot end before the cut
        opened(browser, service) as window,
    ):
        page = window.page
        page.goto(f"/optimise?{ASKED.replace('points=5', 'points=30')}&risk_measure=cvar")
        page.locator(".actions button").click()
        page.wait_for_url(re.compile("/optimise/[0-9a-f]{32}"))
        expect(page.locator(".state.info").first).to_contain_text(re.compile("[1-9] of 30"))
        page.reload()
        expect(page.locator(".state.info").first).to_contain_text(re.compile("[1-9] of 30"))
        service.stop()
        expect(page.get_by_text("Connection lost, trying again")).to_be_visible()
        assert page.get_by_label("Points").input_value() == "30"
        service.fail = ""
        service.start()
        expect(page.locator(".state.ok")).to_be_visible(timeout=120_000)
        page.get_by_role("region", name="Efficient frontier").get_by_text("Table").click()
        run = page.url.split("/optimise/")[1].split("?")[0]
        points = httpx.get(f"{service.url}/api/runs/{run}/result").json()["points"]
        assert len(points) == 30


@pytest.mark.slow
def test_the_whole_way_by_keyboard(window: Watched) -> None:
    page = window.page
    page.goto(f"/optimise?{ASKED}")
    page.get_by_label("Constraints").focus()
    page.keyboard.type("w <= 60%")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".state.ok")).to_be_visible()
    assert "constraints=w" in page.url
    page.get_by_role("group", name=re.compile("^Efficient frontier")).focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("Portfolio 2 of 5").first).to_be_visible()
    assert page.url.endswith("#p=2")
    page.keyboard.press("t")
    expect(page.get_by_role("columnheader", name="Expected return")).to_be_visible()
    page.get_by_role("group", name=re.compile("^Weights: ")).focus()
    page.keyboard.press("ArrowRight")
    part = page.locator("circle[data-at]")  # the largest holding, as under the pointer
    expect(page.locator(".tip")).to_have_text(re.compile(f"^{part.get_attribute('data-tip')}"))
    expect(page.get_by_role("status").filter(has_text="%").first).to_be_attached()
    page.get_by_role("group", name=re.compile("^Weights along")).focus()
    page.keyboard.press("End")
    expect(page.get_by_text(re.compile("^Portfolio 5 of 5: "))).to_be_visible()
    assert page.url.endswith("#p=5")
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("g")
    page.keyboard.press("p")
    expect(page.get_by_role("heading", name="Portfolios and history")).to_be_visible()


@pytest.mark.slow
def test_limits_that_contradict_each_other_are_mended_by_a_click(window: Watched) -> None:
    page = window.page
    page.goto(f"/optimise?{ASKED}&constraints=w+<=+10%25")
    page.locator(".actions button").click()
    expect(page.get_by_role("heading", name="This could not be done")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Change w <= 10% to w <= 25%")).click()
    page.locator(".actions button").click()
    expect(page.locator(".state.ok")).to_be_visible()


@pytest.mark.slow
def test_names_in_an_upload_never_become_markup(window: Watched, tmp_path: Path) -> None:
    days = [f"2020-{1 + n // 28:02d}-{1 + n % 28:02d}" for n in range(300)]
    rows = [f"{day},{100 + n % 7},{50 + n % 5}" for n, day in enumerate(days)]
    file = tmp_path / "prices.csv"
    file.write_text("\n".join([f'date,"{HOSTILE}",KO', *rows]))
    page = window.page
    page.on("dialog", lambda _: window.wrong.append("a script ran"))
    page.goto("/data")
    page.set_input_files("input[type=file]", file)
    looked = page.get_by_role("region", name="What is in the file")
    expect(page.get_by_role("alert").or_(looked).first).to_be_visible()
    assert page.locator("img[src=x]").count() == 0


@pytest.mark.slow
def test_exported_numbers_are_those_of_the_service(serving: Serving, window: Watched) -> None:
    page = window.page
    run = post(serving, "optimize/portfolio", SMALL)
    page.goto(f"/portfolio/{run}")
    with page.expect_download() as download:
        page.get_by_role("region", name="Weights", exact=True).get_by_role(
            "button", name="CSV"
        ).click()
    rows = list(csv.DictReader(Path(download.value.path()).read_text().splitlines()))
    result = httpx.get(f"{serving.url}/api/runs/{run}/result").json()
    assert {row["Asset"]: float(row["Weight"]) for row in rows} == result["weights"]
    shares = {row["Asset"]: float(row["Share of the risk"]) for row in rows}
    assert shares == result["risk_shares"]


@pytest.mark.slow
def test_two_runs_are_compared_in_what_was_asked_and_found(
    serving: Serving, window: Watched
) -> None:
    page = window.page
    page.goto(f"/optimise?{ASKED}")
    page.locator(".actions button").click()
    expect(page.locator(".state.ok")).to_be_visible()
    page.get_by_label("Constraints").fill("w <= 40%")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("the run before")).to_be_visible()  # its ghost is in the picture
    page.get_by_role("link", name="Compare the two in full").click()
    asked = page.get_by_role("region", name="Settings that differ")
    expect(asked.get_by_role("row", name="Constraints as usual w <= 40%")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("best ratio of the first run"))).to_be_visible()
    runs = re.findall("[0-9a-f]{32}", page.url)
    first, second = (httpx.get(f"{serving.url}/api/runs/{run}/result").json() for run in runs)
    found = page.get_by_role("region", name="What was found")
    for one in (first, second):
        expect(found).to_contain_text(f"{100 * one['best']['expected_return']:.1f}\u202f%")
    both = page.get_by_role("region", name="Both frontiers")
    with page.expect_download() as download:
        both.get_by_role("button", name="PNG").click()
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")
    page.goto(f"/compare?runs={runs[0]},{runs[0]}")
    expect(page.get_by_text("the same was asked of the same prices")).to_be_visible()


def simulated(serving: Serving, **settings: int) -> str:
    """A simulation of a portfolio that was chosen."""
    kept = post(serving, "optimize/portfolio", SMALL)
    return post(serving, "risk/simulation", {**SMALL, "run": kept, **settings})


@pytest.mark.slow
def test_a_chart_is_walked_by_keys_and_shows_what_the_pointer_would(
    serving: Serving, window: Watched
) -> None:
    page = window.page
    run = simulated(serving, paths=200)
    page.goto(f"/simulate/{run}")
    chart = page.get_by_role("group", name=re.compile("^After 1 year"))
    chart.focus()
    page.keyboard.press("End")
    expect(chart.get_by_role("status")).to_have_text(re.compile("^After 1 year: between "))
    shown = chart.locator("svg text").filter(has_text=re.compile("^After 1 year"))
    expect(shown).to_be_visible()
    page.keyboard.press("Escape")
    expect(shown).to_be_hidden()


@pytest.mark.slow
def test_a_simulation_says_what_its_result_has_by_method_and_how_it_may_end(
    serving: Serving, window: Watched
) -> None:
    page = window.page
    run = simulated(serving, paths=300, horizon=21)
    result = httpx.get(f"{serving.url}/api/runs/{run}/result").json()
    page.goto(f"/simulate/{run}")
    table = page.get_by_role("region", name="Losses by horizon and method")
    expect(table.get_by_role("row")).to_have_count(1 + 3 * 4)  # horizons, methods
    with page.expect_download() as download:
        page.get_by_role("region", name="What may be lost, by method").get_by_role(
            "button", name="CSV"
        ).click()
    rows = list(csv.DictReader(Path(download.value.path()).read_text().splitlines()))
    told = {(int(row["Sessions"]), row["Method"]): row for row in rows}
    thin = "\N{NARROW NO-BREAK SPACE}"
    for one in result["losses"]:
        cell = told[one["horizon"], one["method"]][f"CVaR {round(100 * one['level'])}{thin}%"]
        assert float(cell) == one["expected_shortfall"]
    ends = page.get_by_role("region", name="How it may end")
    expect(ends).to_contain_text(f"{100 * result['probability_of_loss']['value']:.1f}{thin}%")
    falls = page.get_by_role("region", name="How deep it may fall")
    expect(falls).to_contain_text(f"{-100 * result['drawdown_values'][2]:.1f}{thin}%")
    log = page.get_by_role("button", name="Log scale")
    log.click()
    expect(log).to_have_attribute("aria-pressed", "true")


@pytest.mark.slow
def test_a_table_of_thousands_of_rows_has_those_that_are_seen(
    serving: Serving, window: Watched
) -> None:
    page = window.page
    kept = post(serving, "optimize/portfolio", SMALL)
    run = post(serving, "orders", {**SMALL, "run": kept, "capital": 25_000})
    result = httpx.get(f"{serving.url}/api/runs/{run}/result").json()
    one = result["orders"][0]
    result["orders"] = [{**one, "ticker": f"T{n:04d}"} for n in range(5000)]
    page.route(f"**/api/runs/{run}/result", lambda route: route.fulfill(json=result))
    page.goto(f"/orders/{run}")
    table = page.get_by_role("table").filter(has_text="T0000")
    expect(table).to_have_attribute("aria-rowcount", "5001")
    assert table.locator("tbody tr").count() < 80
    table.locator("..").evaluate("box => { box.scrollTop = box.scrollHeight; }")
    last = page.get_by_role("row", name=re.compile("^T4999"))
    expect(last).to_be_visible()
    expect(last).to_have_attribute("aria-rowindex", "5001")
    table.get_by_role("button", name="Asset").click()
    page.keyboard.press("Enter")
    expect(page.get_by_role("row", name=re.compile("^T4999"))).to_have_attribute(
        "aria-rowindex", "2"
    )
    page.get_by_label("Find").fill("t4321")
    expect(page.get_by_text("1 of 5,000")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^T4321"))).to_be_visible()


@pytest.mark.slow
def test_a_table_is_sorted_by_a_column_with_mouse_and_keys(
    serving: Serving, window: Watched
) -> None:
    page = window.page
    run = post(
        serving,
        "optimize/portfolio",
        {**SMALL, "constraints": ["w <= 40%", "w >= 5%"], "explained": True},
    )
    weights = httpx.get(f"{serving.url}/api/runs/{run}/result").json()["weights"]
    page.goto(f"/portfolio/{run}")
    table = page.get_by_role("region", name="Weights of assets").get_by_role("table")
    first = table.locator("tbody tr").first
    expect(first).to_contain_text(max(weights, key=weights.get))
    expect(first).to_contain_text("at most 40\u202f%")  # what binds it, and its price
    heading = table.get_by_role("columnheader", name="Weight")
    assert heading.get_attribute("aria-sort") is None
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "descending")
    page.keyboard.press("Enter")
    expect(heading).to_have_attribute("aria-sort", "ascending")
    expect(first).to_contain_text(min(weights, key=weights.get))
    table.get_by_role("button", name="Asset").focus()
    page.keyboard.press("Space")
    expect(first).to_contain_text(min(weights))
    assert table.locator("[aria-sort]").count() == 1
    page.keyboard.press("Space")
    page.keyboard.press("Space")  # as they came
    expect(first).to_contain_text(max(weights, key=weights.get))
    assert table.locator("[aria-sort]").count() == 0


@pytest.mark.slow
def test_a_frontier_of_one_point_becomes_a_line_by_past_means(window: Watched) -> None:
    page = window.page
    flat = json.dumps({"kind": "synthetic", "sessions": 700, "assets": 6, "seed": 3})
    page.goto(f"/optimise?points=5&source={quote(flat)}")
    page.locator(".actions button").click()
    expect(page.get_by_text("the frontier is a single point")).to_be_visible()
    page.get_by_role("button", name="Take past means as they are").click()
    assert "forecast=past_means" in page.url
    page.get_by_role("button", name="Run again").first.click()
    told = page.get_by_role("region", name="What to know")
    expect(told).to_contain_text("Expected returns are past means as they are")
    expect(page.get_by_text("Weights along the frontier")).to_be_visible()
