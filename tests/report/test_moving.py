"""Pictures that move: the script of the build inside the report, and what stays without it."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from tests.report.conftest import example
from tests.report.test_browser import CHROMIUM, QUIET, opened

from forefolio.studies.stated import differing_texts, read_stated, without_moving
from forefolio.studies.strategy_result import StrategyResult
from forefolio.views.report import moving as moving_pictures
from forefolio.views.report import render, write_report

HOSTILE = "<img src=x onerror=\"document.title='taken'\"></script><b>"
OWN = moving_pictures.moving_script()
LIMIT = 1_500_000
needs_build = pytest.mark.skipif(not OWN, reason="the page is not built: make page")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@pytest.mark.parametrize("moving", ["draw('all')"], indirect=True)
def test_the_policy_allows_exactly_the_scripts_of_the_page(
    result: StrategyResult, moving: str
) -> None:
    page = render(result)
    assert page.count(f'<script id="pictures">{moving}</script>') == 1
    allowed = re.search(r"script-src ([^;]*);", page)
    sources = re.findall(r"<script(?: id=\"pictures\")?>(.*?)</script>", page, re.DOTALL)
    hashes = [f"'sha256-{b64encode(sha256(s.encode()).digest()).decode()}'" for s in sources]
    assert allowed and allowed[1].split() == hashes and len(hashes) == 2
    assert render(result) == page


def test_a_report_with_and_without_it_states_the_same(
    result: StrategyResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    still = render(result)
    assert 'id="pictures"' not in still
    monkeypatch.setattr("forefolio.views.report.page.moving_script", lambda: "draw(1)")
    moves = render(result)
    assert without_moving(moves) == (still, "draw(1)")
    stated = read_stated(moves)
    assert (stated.page, stated.moving) == (still, "draw(1)")
    day = json.dumps(result.curves.sessions[0].isoformat())
    altered = moves.replace(day, '"1999-01-01"')
    assert altered != moves and differing_texts(read_stated(altered).page, still)
    beside = moves.replace("<main>", "<script>evil()</script><main>")
    assert differing_texts(read_stated(beside).page, still)


def test_a_script_cannot_end_the_element_that_it_stands_in() -> None:
    inside = moving_pictures._inside_a_page("say('</script><b>', \"</SCRIPT\")")
    assert inside == "say('<\\/script><b>', \"<\\/SCRIPT\")"


@needs_build
def test_the_built_script_fits_into_a_report_of_ten_years(result: StrategyResult) -> None:
    assert "</script" not in OWN.lower() and "<!--" not in OWN
    assert "http" not in re.sub(r"http://www\.w3\.org/[\w/]+", "", OWN)  # but names of SVG
    assert len(render(result).encode()) + len(OWN.encode()) < LIMIT


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()


def _report(result: StrategyResult, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("forefolio.views.report.page.moving_script", lambda: OWN)
    return write_report(result, folder).as_uri()


def _moved(page: Page) -> int:
    page.locator(".moving svg").first.wait_for()
    return page.locator(".live .moving svg path").count()


@pytest.mark.slow
@needs_build
@needs_chromium
@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1200, "light")])
def test_it_draws_every_picture_again_and_paper_has_the_still_ones(
    browser: Browser,
    result: StrategyResult,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    width: int,
    scheme: Literal["light", "dark"],
) -> None:
    page, trouble = opened(browser, _report(result, tmp_path, monkeypatch), width, scheme)
    assert _moved(page) > 30
    assert trouble == []
    with_numbers = page.locator(".chart:has(> script)").count()
    assert page.locator(".chart.live").count() == with_numbers >= 3
    assert page.locator(".moving [data-picture=coverage]").count() == 1
    assert not page.locator(".live > .canvas").first.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    ground = page.locator(".moving svg > rect").first.evaluate("r => getComputedStyle(r).fill")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(24, 32, 40)"}[scheme]
    page.emulate_media(media="print")
    assert page.locator(".live > .canvas").first.is_visible()
    assert not page.locator(".moving").first.is_visible()


@pytest.mark.slow
@needs_build
@needs_chromium
def test_pointer_and_keys_read_its_values_and_pictures_are_linked(
    browser: Browser, result: StrategyResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, trouble = opened(browser, _report(result, tmp_path, monkeypatch))
    _moved(page)
    walk = page.locator("#backtest .moving .walk").first
    walk.focus()
    page.keyboard.press("End")
    said = walk.locator("[role=status]")
    assert said.inner_text().startswith("2022-12-28: forefolio ")
    page.keyboard.press("Escape")
    walk.hover(position={"x": 500, "y": 100})
    page.wait_for_timeout(300)
    days = page.locator(".moving svg text", has_text=re.compile(r"^20\d\d-\d\d-\d\d"))
    assert days.count() >= 2  # the picture below shows the same day
    page.get_by_role("button", name="Log scale").click()
    assert trouble == []


@pytest.mark.slow
@needs_build
@needs_chromium
def test_a_hostile_name_is_text_and_without_scripts_the_report_is_still(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tickers = tuple(f"{HOSTILE}{n}" for n in range(3)) + tuple(f"T{n}" for n in range(17))
    address = _report(example(tickers=tickers), tmp_path, monkeypatch)
    page, trouble = opened(browser, address)
    _moved(page)
    walks = page.locator(".moving .walk")
    for place in range(walks.count()):
        walks.nth(place).focus()
        page.keyboard.press("ArrowRight")
    assert page.locator("main img").count() == 0 and "taken" not in page.title()
    assert trouble == []
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(address)
    assert plain.locator(".chart .canvas").first.is_visible()
    assert plain.locator(".moving").count() == 0
    context.close()
