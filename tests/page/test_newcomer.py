"""What a newcomer does with twelve stocks and 25,000 dollars, by mouse alone and by keys alone."""

import re
import sys
import time
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.page.conftest import Watched

from forefolio.market import Sample, load_market

TWELVE = ["AAPL", "AMD", "BAC", "CVX", "GE", "HD", "JNJ", "JPM", "KO", "MSFT", "PG", "XOM"]
CAPITAL = 25_000
LIMITS = ("w <= 25%", "w >= 2%")
DONE = ".state.ok"
A_PERSON = 4.0  # seconds that a person needs to find and do one thing
THREE_MINUTES = 180.0


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The closes of twelve stocks, as a broker exports them."""
    market = load_market(Sample(), tickers=TWELVE, start="2006-01-03", end="2016-12-30").market
    rows = zip(market.sessions, market.close.tolist(), strict=True)
    lines = [f"{day},{','.join(f'{close:.4f}' for close in row)}" for day, row in rows]
    file = tmp_path_factory.mktemp("prices") / "twelve.csv"
    file.write_text("\n".join([f"Date,{','.join(market.assets)}", *lines, ""]))
    return file


class Mouse:
    """Clicks, and types only where a number or a limit has to be typed."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.acts = 0  # things that are done, each of which takes a person a while

    def press(self, what: Locator) -> None:
        """Press a button or follow a link."""
        self.acts += 1
        what.click()

    def write(self, field: Locator, text: str) -> None:
        """Write into a field."""
        self.acts += 1
        field.click()
        field.fill(text)

    def run(self) -> None:
        """Ask what the form says."""
        self.acts += 1
        self.page.locator(".actions button").click()

    def upload(self, file: Path) -> None:
        """Choose a file in the dialogue that a click opens."""
        self.acts += 1
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_text("Choose a file").click()
        chooser.value.set_files(file)


class Keys(Mouse):
    """Goes from place to place with Tab, and never touches the mouse."""

    def press(self, what: Locator) -> None:
        """Tab to it, and press Enter."""
        self.acts += 1
        self._reach(what)
        self.page.keyboard.press("Enter")

    def write(self, field: Locator, text: str) -> None:
        """Tab to it, and type."""
        self.acts += 1
        self._reach(field)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def run(self) -> None:
        """Ask what the form says."""
        self.acts += 1
        expect(self.page.locator(".actions button")).to_be_enabled()  # there is a form to send
        self.page.keyboard.press("Control+Enter")

    def upload(self, file: Path) -> None:
        """Choose a file in the dialogue that a key opens."""
        self.acts += 1
        self._reach(self.page.locator("input[type=file]"))
        with self.page.expect_file_chooser() as chooser:
            self.page.keyboard.press("Space")
        chooser.value.set_files(file)

    def _reach(self, what: Locator) -> None:
        expect(what).to_be_visible()
        for _ in range(150):
            if what.evaluate("one => one === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"no Tab leads to {what}")


@pytest.mark.slow
@pytest.mark.parametrize("by", [Mouse, Keys])
def test_from_a_file_to_orders_and_a_report(
    own_window: Watched, prices: Path, by: type[Mouse], capsys: pytest.CaptureFixture[str]
) -> None:
    page, hand = own_window.page, by(own_window.page)
    began = time.perf_counter()
    page.goto("/")  # no other address is ever typed
    hand.press(page.get_by_role("link", name="Use my own prices"))
    hand.upload(prices)
    hand.press(page.get_by_role("button", name="Draw its frontier"))

    # A frontier, then one with two limits: its portfolios keep them.
    expect(page.locator(DONE)).to_be_visible()
    hand.write(page.get_by_label("Constraints"), "\n".join(LIMITS))
    hand.run()
    expect(page.get_by_text("the run before")).to_be_visible()
    assert "constraints=w" in page.url

    # Why it holds what it holds.
    hand.press(page.get_by_role("button", name="Why these weights?"))
    page.wait_for_url(re.compile("/portfolio/[0-9a-f]{32}"))
    expect(page.locator(DONE)).to_be_visible()
    expect(page.get_by_role("heading", name="Why", exact=True)).to_be_visible()
    weights = page.get_by_role("region", name="Weights", exact=True)
    expect(weights.get_by_role("row")).to_have_count(1 + len(TWELVE))  # each has two per cent
    portfolio = page.url.partition("?")[0]

    # What 2008 would have done.
    hand.press(page.get_by_role("button", name="What would 2008 have done to it?"))
    hand.run()
    stresses = page.get_by_role("region", name=re.compile("^If a crisis of the past came again"))
    crisis = stresses.get_by_role("row", name=re.compile("Financial crisis"))
    expect(crisis).to_contain_text("\N{MINUS SIGN}")
    hand.write(page.get_by_label("Capital, in the currency of the prices"), str(CAPITAL))
    expect(crisis).to_contain_text(re.compile("\N{MINUS SIGN}" + r"\d{1,2},\d{3}"))

    # The orders.
    hand.press(page.get_by_role("button", name="What to buy"))
    hand.write(page.get_by_label("Capital", exact=True), str(CAPITAL))
    hand.run()
    account = page.get_by_role("region", name="The account")
    expect(account).to_contain_text(f"{CAPITAL:,}")
    expect(page.locator(".ticket .buy").first).to_be_visible()
    assert str(CAPITAL) not in page.url  # whose money it is stays here

    # A report to keep.
    hand.press(page.get_by_role("link", name="Back to it, and its report"))
    page.wait_for_url(re.compile(re.escape(portfolio)))
    with page.context.expect_page() as opened:
        hand.press(page.get_by_role("link", name="HTML report"))
    report = opened.value
    expect(report.get_by_role("heading", level=1)).to_contain_text("Hold")
    for part in ("Why", "Weights", "What do I buy?", "What could I lose?"):
        expect(report.get_by_role("heading", name=part, exact=True)).to_be_visible()
    assert report.locator(".chart.live").count() == report.locator(".chart:has(> script)").count()
    expect(report.locator("body")).to_contain_text(f"a capital of {CAPITAL:,}")

    took = time.perf_counter() - began
    whole = took + hand.acts * A_PERSON
    says = f"{by.__name__}: {hand.acts} acts, {took:.0f} s here, {whole:.0f} s of a person"
    with capsys.disabled():  # how long it took is wanted in every log
        sys.stdout.write(f"\n{says}\n")
    assert hand.acts * A_PERSON < THREE_MINUTES / 2, says  # the other half is the machine's
