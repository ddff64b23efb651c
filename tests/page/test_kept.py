"""What is kept: portfolios found, changed, compared; lists of tickers; how numbers are written."""

import re
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from playwright.sync_api import Browser, expect
from tests.page.conftest import Serving, Watched, opened, post, started

HOSTILE = "<img src=x onerror=alert(1)>"
FOUR: dict[str, Any] = {"tickers": ["AAPL", "JNJ", "KO", "XOM"], "start": "2010-01-04"}
THIN = "\u202f"

pytestmark = pytest.mark.slow


def saved(serving: Serving, **document: object) -> None:
    answer = httpx.post(f"{serving.url}/api/portfolios", json=document, timeout=60)
    assert answer.is_success, answer.text


def test_saved_portfolios_are_backtested_together(browser: Browser, tmp_path: Path) -> None:
    prices = {
        "source": {"kind": "synthetic", "sessions": 600, "assets": 3, "seed": 2},
        "minimum_sessions": 100,
    }
    with started(tmp_path) as service, opened(browser, service) as window:
        page = window.page
        for name, limit in (("core", "w <= 60%"), ("flat", "w <= 40%")):
            run = post(service, "optimize/portfolio", {**prices, "constraints": [limit]})
            saved(service, name=name, run=run)
        page.goto("/portfolios?with=core&with=flat")
        page.get_by_role("button", name="Backtest together").click()
        expect(page).to_have_url(re.compile("/backtest/[0-9a-f]{32}"))
        growth = page.get_by_role("region", name="Growth of 1").first
        expect(growth.locator(".legend")).to_contain_text("Core")
        expect(growth.locator(".legend")).to_contain_text("Flat")
        table = page.get_by_role("region", name="Records")
        expect(table.get_by_role("columnheader", name="Flat")).to_be_visible()
        expect(page.locator("main")).to_contain_text("than flat")  # the difference, with its error
        assert "fixed_weights" not in page.url  # a link holds what was asked, and no weights


def test_portfolios_are_found_changed_compared_and_had_back(
    browser: Browser, tmp_path: Path
) -> None:
    with started(tmp_path) as service, opened(browser, service) as window:
        page = window.page
        page.on("dialog", lambda _: window.wrong.append("a script ran"))
        run = post(service, "optimize/portfolio", FOUR)
        saved(service, name="core", run=run, note="for later #income")
        saved(service, name="plain", weights="AAPL=60%,KO=30%")
        saved(service, name=HOSTILE, weights="XOM=50%", note=f"#{HOSTILE}")
        page.goto("/portfolios")
        kept = page.get_by_role("region", name="Saved portfolios").first
        rows = page.get_by_role("table").first.locator("tbody tr")
        expect(rows).to_have_count(3)
        assert page.locator("img[src=x]").count() == 0

        # Found by a tag; the address holds it.
        kept.get_by_role("button", name="Show #income").click()
        expect(rows).to_have_count(1)
        assert page.url.endswith("?q=%23income")
        page.reload()
        expect(rows).to_have_count(1)
        page.get_by_label("Find").fill("")
        expect(rows).to_have_count(3)

        # Renamed with a tag, and copied.
        kept.get_by_role("button", name="Change plain").click()
        form = page.get_by_role("form", name="Change plain")
        form.get_by_label("Name").fill("core")
        form.get_by_role("button", name="Keep").click()
        expect(page.get_by_role("alert")).to_contain_text("'core' already")
        form.get_by_label("Name").fill("simple")
        form.get_by_label("Note and #tags").fill("#income as well")
        form.get_by_role("button", name="Keep").click()
        expect(kept.get_by_role("button", name="Show #income")).to_have_count(2)
        kept.get_by_role("button", name="Change simple").click()
        page.get_by_role("button", name="Duplicate").click()
        expect(rows.filter(has_text="simple 2")).to_have_count(1)
        names = {one["name"] for one in httpx.get(f"{service.url}/api/portfolios").json()}
        assert names == {"core", "simple", "simple 2", HOSTILE}

        # Three side by side; who has the address sees the same.
        for name in ("core", "simple", HOSTILE):
            kept.get_by_label(f"Compare {name}", exact=True).check()
        side = page.get_by_role("region", name="Weights side by side")
        expect(side.get_by_role("row", name=re.compile("^AAPL"))).to_contain_text(f"60.0{THIN}%")
        page.reload()
        expect(side.get_by_role("columnheader")).to_have_text(["Asset", "core", "simple", HOSTILE])
        kept.get_by_label(f"Compare {HOSTILE}", exact=True).uncheck()
        expect(side.get_by_role("columnheader", name="Difference")).to_be_visible()

        # Deleted, had back, deleted; what was exported is imported again.
        exported = httpx.get(f"{service.url}/api/exports/portfolios.csv?name=simple").content
        kept.get_by_role("button", name="Delete simple", exact=True).click()
        expect(rows).to_have_count(3)
        page.get_by_role("button", name="Undo").click()
        expect(rows).to_have_count(4)
        file = tmp_path / "mine.csv"
        file.write_bytes(exported.replace(b"simple", b"from a file"))
        page.set_input_files("input[type=file]", file)
        expect(page.get_by_text("from a file is imported")).to_be_visible()
        weights = httpx.get(f"{service.url}/api/portfolios/from%20a%20file").json()["weights"]
        assert weights == {"AAPL": 0.6, "KO": 0.3}
        kept.get_by_role("button", name="Delete from a file").click()
        expect(page.get_by_text("from a file is deleted")).to_be_visible()
        page.set_input_files("input[type=file]", file)  # before it is gone at the service
        expect(page.get_by_text("from a file is deleted")).to_have_count(0, timeout=4000)
        expect(page.get_by_text("from a file is imported")).to_be_visible()
        expect(rows.filter(has_text="from a file")).to_have_count(1)
        file.write_text("nothing,here\n1,2\n")
        page.set_input_files("input[type=file]", file)
        expect(page.get_by_role("alert")).to_contain_text("no columns named ticker and weight")

        # Asked again: on the same prices it is the same run.
        kept.get_by_role("button", name="Change core").click()
        page.get_by_role("button", name="Ask again on newer prices").click()
        page.wait_for_url(re.compile(f"/portfolio/{run}"))


def test_three_runs_are_compared(serving: Serving, window: Watched) -> None:
    page = window.page
    limits: tuple[list[str], ...] = ([], ["w <= 40%"], ["w <= 35%"])
    runs = [post(serving, "optimize/portfolio", {**FOUR, "constraints": one}) for one in limits]
    page.goto(f"/compare?runs={','.join(runs)}")
    asked = page.get_by_role("region", name="Settings that differ")
    row = asked.get_by_role("row", name="Constraints as usual w <= 40% w <= 35%")
    expect(row).to_be_visible()
    found = page.get_by_role("region", name="What was found")
    side = page.get_by_role("region", name="Weights side by side").last
    for run in runs:
        result = httpx.get(f"{serving.url}/api/runs/{run}/result").json()
        expect(found).to_contain_text(f"{100 * result['volatility']:.1f}{THIN}%")
        expect(side).to_contain_text(f"{100 * result['weights']['KO']:.1f}{THIN}%")
    page.goto(f"/compare?runs={','.join(runs * 2)}")
    expect(page.get_by_role("alert")).to_contain_text("two to 5 runs")


def test_lists_and_how_numbers_are_written_are_kept(serving: Serving, window: Watched) -> None:
    page = window.page
    run = post(serving, "optimize/portfolio", FOUR)
    page.goto("/optimise?tickers=AAPL,KO")
    page.get_by_role("button", name="Keep as a list").click()
    page.get_by_label("Name of the list").fill(HOSTILE)
    page.keyboard.press("Enter")
    page.goto("/simulate")
    page.get_by_label("Kept lists of tickers").select_option(HOSTILE)
    expect(page.get_by_role("button", name="Take KO out")).to_be_visible()
    assert "tickers=AAPL,KO" in page.url
    page.goto("/settings")
    page.get_by_label("Written as").select_option("de-DE")
    page.get_by_label("Sign before money").select_option("EUR")
    page.get_by_label("Cash rate that forms begin with").fill("3%")
    expect(page.get_by_text("\u20ac1.234.567,50")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Delete the list")).click()
    assert page.locator("img[src=x]").count() == 0
    page.goto(f"/portfolio/{run}")
    expect(page.locator(".kpi").first).to_contain_text(re.compile(rf"\d,\d{THIN}%"))
    page.goto("/portfolio")
    expect(page.get_by_label("Cash rate")).to_have_value("3%")
    page.goto("/portfolio?tickers=AAPL,KO")  # a link is what it says
    expect(page.get_by_label("Cash rate")).not_to_have_value("3%")
