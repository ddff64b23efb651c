"""Answers of a frontier and of a backtest in every window, and what their words mean."""

import re
from collections.abc import Iterator
from functools import partial

import pytest
from playwright.sync_api import Browser, expect
from tests.page.conftest import Serving, opened, post, started
from tests.page.looks import is_accessible
from tests.page.test_states import FOLLOWED, FOUR, WINDOWS, Answered, Look, Window, look
from tests.page.test_states import opened as answer_opened

pytestmark = pytest.mark.slow
YOURS = {"AAPL": 0.5, "XOM": 0.5}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answered]:
    with started(tmp_path_factory.mktemp("finished")) as service:
        limits: tuple[list[str], ...] = ([], ["w <= 40%"], ["w <= 35%"])
        document = {**FOUR, "points": 5, "weights": YOURS}
        frontiers = [
            post(service, "optimize/frontier", {**document, "constraints": one}) for one in limits
        ]
        runs = {"optimise": frontiers[0], "backtest": post(service, "strategy", FOLLOWED)}
        yield Answered(service, runs, (f"/compare?runs={','.join(frontiers)}",))


@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_the_answers_are_accessible(browser: Browser, finished: Answered, window: Window) -> None:
    addresses = [f"/{page}/{run}" for page, run in finished.runs.items()] + [*finished.others]
    looks: list[Look] = [
        (one.split("/")[1].split("?")[0], partial(answer_opened, address=one)) for one in addresses
    ]
    look(browser, finished.serving, looks, window, is_accessible)


def test_a_word_is_explained_by_pointer_and_by_focus(browser: Browser, finished: Answered) -> None:
    with opened(browser, finished.serving) as window:
        page = window.page
        page.goto(f"/backtest/{finished.runs['backtest']}")
        tip = page.locator(".tip.meaning")
        page.get_by_role("note").filter(has_text=re.compile("^Sharpe ratio$")).first.hover()
        expect(tip).to_have_text(re.compile("^What was earned for the risk taken: the mean return"))
        page.mouse.move(0, 0)
        expect(tip).to_have_count(0)
        page.get_by_role("note").filter(has_text="Sortino").focus()
        expect(tip).to_contain_text("root mean square")
        page.keyboard.press("Escape")
        expect(tip).to_have_count(0)
        layers = page.get_by_role("region", name="What was expected, and what was luck")
        expect(layers).to_contain_text("Interest on cash")


def test_three_frontiers_are_in_one_picture(browser: Browser, finished: Answered) -> None:
    with opened(browser, finished.serving) as window:
        page = window.page
        page.goto(finished.others[0])
        said = re.compile("best ratio of the first run.*second run.*third run")
        expect(page.get_by_role("img", name=said)).to_be_visible()
        walk = page.get_by_role("group", name=re.compile("^The frontiers"))
        walk.focus()
        page.keyboard.press("End")
        expect(page.get_by_text(re.compile("^Third run, portfolio 5"))).to_be_visible()


def test_a_weight_says_its_share_of_the_risk_and_its_change(
    browser: Browser, finished: Answered
) -> None:
    with opened(browser, finished.serving) as window:
        page = window.page
        page.goto(f"/optimise/{finished.runs['optimise']}")
        table = page.get_by_role("region", name="Weights of assets").get_by_role("table")
        headings = table.get_by_role("columnheader")
        expect(headings.filter(has_text="Points")).to_be_visible()
        expect(headings.filter(has_text="Risk")).to_be_visible()


def test_a_list_that_does_not_fit_is_kept_while_the_page_is_open(
    browser: Browser, serving: Serving
) -> None:
    with opened(browser, serving) as window:
        page = window.page
        page.add_init_script("Storage.prototype.setItem = () => { throw new Error('full'); };")
        page.goto("/optimise?tickers=AAPL,KO")
        page.get_by_role("button", name="Keep as a list").click()
        page.get_by_label("Name of the list").fill("mine")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("no room to keep it")
        page.get_by_label("Kept lists of tickers").select_option("mine")
