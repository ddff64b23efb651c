"""The report in a real browser, as a reader opens it: from disk, without a network."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from tests.cli.conftest import TINY

from forefolio.core.settings import Settings
from forefolio.runs.asking import ask
from forefolio.runs.follow_ups import follow_ups
from forefolio.store import Artifacts
from forefolio.studies.follow_ups import Account
from forefolio.studies.strategy import StrategyStudy
from forefolio.studies.strategy_result import StrategyResult
from forefolio.views.report import render_summary, write_report
from forefolio.views.report.moving import moving_script

CHROMIUM = shutil.which("chromium")
A4_WITHOUT_MARGINS = 703
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip

CUT = """() => [...document.querySelectorAll(".scroll, td, th, dd, p, nav, h1")].filter(e =>
    e.offsetParent && getComputedStyle(e).position !== "absolute" &&
    !e.closest("thead") && e.scrollWidth > e.clientWidth + 1).map(e => e.outerHTML.slice(0, 90))"""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def report(result: StrategyResult, tmp_path: Path) -> str:
    return write_report(result, tmp_path).as_uri()


def opened(
    browser: Browser, report: str, width: int = 1200, scheme: Literal["light", "dark"] = "light"
) -> tuple[Page, list[str]]:
    """The page, and everything that went wrong on it or left the machine."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    expected, trouble = {report, "data:,"}, list[str]()
    page.on("console", lambda message: trouble.append(message.text))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("request", lambda r: trouble.extend({r.url} - expected))
    page.goto(report)
    page.wait_for_timeout(50)
    return page, trouble


@pytest.mark.parametrize("width", [390, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_opens_offline_without_complaint_and_fits_the_screen(
    browser: Browser, report: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    page, trouble = opened(browser, report, width, scheme)
    assert trouble == []
    assert len(page.screenshot(full_page=True)) > 100_000
    assert page.evaluate("document.documentElement.scrollWidth") == width
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(246, 247, 249)", "dark": "rgb(16, 21, 27)"}[scheme]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A report of a real run with everything that is asked about it."""
    home = tmp_path_factory.mktemp("home")
    result = ask(StrategyStudy.model_validate(TINY), Settings(home=home, executor="inline:"))
    answers = follow_ups(result, Artifacts(home), Account())
    return write_report(result, home, answers).as_uri()


@pytest.mark.parametrize("width", [390, 1280])
def test_no_table_and_no_number_is_cut(browser: Browser, whole: str, width: int) -> None:
    page, trouble = opened(browser, whole, width)
    assert trouble == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    cut = page.evaluate(CUT)
    assert cut == []


DRAWN = """() => [...document.querySelectorAll(".chart:has(> script)")].map(e =>
    [JSON.parse(e.querySelector(":scope > script").textContent).picture,
     e.matches(".live") && e.querySelector(":scope > .moving").innerHTML !== ""])"""


@pytest.mark.skipif(not moving_script(), reason="the page is not built: make page")
def test_the_page_draws_every_picture_of_a_run_and_paper_has_what_stands_still(
    browser: Browser, whole: str
) -> None:
    page, trouble = opened(browser, whole)
    page.locator(".moving").first.wait_for()
    drawn = dict(page.evaluate(DRAWN))
    assert set(drawn) >= {
        "growth", "weights", "years", "months", "falls", "returns", "layers", "frontier",
        "stresses", "risk", "correlations", "fan", "ends", "past",
    }  # fmt: skip
    assert all(drawn.values()) and trouble == []
    assert not page.locator(".live > .still .scroll").first.is_visible()
    losses = page.locator("#losses .moving")
    before = losses.locator(".which").inner_text()
    losses.get_by_role("combobox").select_option(index=1)
    assert losses.locator(".which").inner_text() != before
    assert trouble == []
    page.emulate_media(media="print")
    assert page.locator(".live > .still .scroll").first.is_visible()
    assert not page.locator(".moving").first.is_visible()


def test_a_word_of_the_field_leads_to_its_entry(browser: Browser, whole: str) -> None:
    page, trouble = opened(browser, whole)
    entry = page.locator("#word-value-at-risk")
    assert not entry.is_visible()
    page.locator("a.term[href='#word-value-at-risk']").first.click()
    entry.wait_for(state="visible")
    assert trouble == []


def test_the_curves_are_drawn_inside_their_panels(browser: Browser, report: str) -> None:
    page, _ = opened(browser, report)
    paths = page.locator(".chart path").all()
    assert len(paths) >= 15
    frame = page.locator(".chart").first.bounding_box()
    assert frame
    for path in page.locator(".chart").first.locator("path").all():
        box = path.bounding_box()
        assert box and box["width"] > 0.9 * frame["width"] - 60
        assert box["y"] >= frame["y"] and box["y"] + box["height"] <= frame["y"] + frame["height"]


def test_the_pointer_reads_values_and_leaving_restores_them(browser: Browser, report: str) -> None:
    page, trouble = opened(browser, report)
    chart = page.locator("#backtest .chart").first
    day, value = chart.locator("time"), chart.locator(".legend b").first
    last = value.inner_text()
    box = chart.locator(".canvas").bounding_box()
    assert box
    chart.scroll_into_view_if_needed()
    chart.locator(".canvas").hover(position={"x": box["width"] / 2, "y": 50})
    assert day.inner_text().startswith("201")
    assert value.inner_text() != last
    page.mouse.move(0, 0)
    assert (day.inner_text(), value.inner_text()) == ("", last)
    assert trouble == []


def test_the_keyboard_walks_along_a_chart(browser: Browser, report: str) -> None:
    page, _ = opened(browser, report)
    chart = page.locator("#backtest .chart").first
    chart.locator(".canvas").focus()
    page.keyboard.press("ArrowRight")
    last = chart.locator("time").inner_text()
    page.keyboard.press("ArrowLeft")
    assert chart.locator("time").inner_text() < last == "2022-12-28"


def test_one_leaderboard_shows_at_a_time_and_all_of_them_on_paper(
    browser: Browser, report: str
) -> None:
    page, _ = opened(browser, report)
    assert _boards_shown(page) == [False, False, True, False]
    page.get_by_text("63 sessions", exact=True).first.click()
    assert _boards_shown(page) == [False, False, False, True]
    page.emulate_media(media="print")
    assert _boards_shown(page) == [True] * 4


def test_on_paper_no_table_is_cut(browser: Browser, report: str) -> None:
    page, _ = opened(browser, report, width=A4_WITHOUT_MARGINS)
    page.emulate_media(media="print")
    assert max(_cut(page)) <= 1
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_on_a_desk_no_table_is_cut(browser: Browser, report: str) -> None:
    page, _ = opened(browser, report, width=1200)
    assert max(_cut(page)) <= 1


def _cut(page: Page) -> list[int]:
    """How much wider each table is than what shows it."""
    parts = page.locator(".scroll").all()
    return [part.evaluate("part => part.scrollWidth - part.clientWidth") for part in parts]


def _boards_shown(page: Page) -> list[bool]:
    return [board.is_visible() for board in page.locator(".tab").all()]


def test_the_run_in_short_prints_on_one_sheet_and_asks_for_nothing(
    browser: Browser, result: StrategyResult, tmp_path: Path
) -> None:
    file = tmp_path / "summary.html"
    file.write_text(render_summary(result), encoding="utf-8")
    page, trouble = opened(browser, file.as_uri(), width=A4_WITHOUT_MARGINS)
    assert not trouble
    assert page.locator("script:not([type='application/json'])").count() == 0
    assert page.locator("svg").count() > 0
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))) == 1
    page.emulate_media(media="print")
    assert max(_cut(page)) <= 1
