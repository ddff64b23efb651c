"""How quick the page is in a headless chromium on this machine, and how it bears much data.

`python benchmarks/page.py`: what the first page weighs and when it can be used, when a first
frontier is on the screen, and how long a portfolio of 5,000 assets and a backtest of 30 years take
to draw and to scroll through. It needs the built page and chromium.
"""

import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

import httpx2 as httpx
from _goals import Goal, print_goals
from _report import circumstances
from _service import service
from playwright.sync_api import Browser, Page, sync_playwright

TIMES = 5
WAIT_S = 600  # for one study
ASSETS, SESSIONS = 5_000, 7_560
FRAME_MS = 100.0  # a step of scrolling that takes longer is seen to stick
MANY: Mapping[str, Any] = {
    "source": {"kind": "synthetic", "assets": ASSETS, "sessions": 600},
    "objective": "inverse_volatility",
}
LONG: Mapping[str, Any] = {
    "source": {"kind": "synthetic", "assets": 10, "sessions": SESSIONS},
    "strategy": "inverse_volatility",
    "baselines": ["equal_weight"],
    "machine_learning": False,
}
CHART = "[aria-label^='Efficient frontier'] :is(svg, canvas)"
STEPS = """async () => {
  const gaps = [];
  let last = performance.now();
  const box = document.scrollingElement;
  for (let step = 1; step <= 60; step++) {
    box.scrollTop = (box.scrollHeight * step) / 60;
    await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
    const now = performance.now();
    gaps.push(now - last);
    last = now;
  }
  return gaps;
}"""


@dataclass(frozen=True, slots=True)
class Opened:
    """A browser that has never been to the service, and what has come to it."""

    page: Page
    came: list[float]  # bytes over the wire, by answer

    @property
    def seconds(self) -> float:
        """Since its address was asked for."""
        return float(self.page.evaluate("performance.now()")) / 1000

    @property
    def kilobytes(self) -> float:
        """All that has come, once nothing more does."""
        self.page.wait_for_load_state("networkidle")
        return sum(self.came) / 1000


def main() -> None:
    """Print the medians beside what they are to be."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("there is no chromium on this machine")
    print(circumstances(("playwright",)))
    with tempfile.TemporaryDirectory() as home, service(home) as served, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        httpx.get(f"{served.url}/api/health", timeout=60).raise_for_status()  # warm
        print_goals([*first_goals(browser, served.url), *large_goals(browser, served.url)])
        browser.close()


def first_goals(browser: Browser, url: str) -> Iterator[Goal]:
    """What somebody meets who has never been here."""
    firsts = [_first(browser, url) for _ in range(TIMES)]
    weights, usable = zip(*firsts, strict=True)
    yield Goal(what="the first page, kB", measured=median(weights), highest=450.0, digits=0)
    yield Goal(what="until it can be used, s", measured=median(usable), highest=1.0)
    seen = [_frontier(browser, url) for _ in range(TIMES)]
    yield Goal(what="until a frontier is drawn, s", measured=median(seen), highest=3.0)


def large_goals(browser: Browser, url: str) -> Iterator[Goal]:
    """How many assets and sessions are borne."""
    for what, path, document in (
        (f"{ASSETS:,} assets", "portfolio", ("optimize/portfolio", MANY)),
        (f"{SESSIONS:,} sessions", "backtest", ("strategy", LONG)),
    ):
        address = f"/{path}/{asked(url, *document)}"
        drawn, rows, slowest = (
            median(each) for each in zip(*_large(browser, url, address), strict=True)
        )
        yield Goal(what=f"{what}, until drawn, s", measured=drawn, highest=3.0)
        yield Goal(what=f"{what}, rows in the document", measured=rows, highest=1000, digits=0)
        scrolled = f"{what}, slowest of 60 steps of scrolling, ms"
        yield Goal(what=scrolled, measured=slowest, highest=FRAME_MS, digits=0)


def _large(browser: Browser, url: str, address: str) -> Iterator[tuple[float, float, float]]:
    """Seconds until an answer is drawn, rows of its tables, and the slowest step through it."""
    for _ in range(TIMES):
        with opened(browser, url) as one:
            one.page.goto(address)
            one.page.locator(".state.ok").first.wait_for(timeout=60_000)
            drawn, rows = one.seconds, float(one.page.locator("tr").count())
            yield drawn, rows, float(max(one.page.evaluate(STEPS)))


def _first(browser: Browser, url: str) -> tuple[float, float]:
    with opened(browser, url) as one:
        one.page.goto("/")
        one.page.get_by_role("link", name="Optimise").first.wait_for()
        usable = one.seconds
        return one.kilobytes, usable


def _frontier(browser: Browser, url: str) -> float:
    with opened(browser, url) as one:
        one.page.goto("/optimise")
        one.page.locator(".actions button").first.click()
        one.page.locator("[aria-label^='Efficient frontier'] :is(svg, canvas)").first.wait_for(
            timeout=60_000
        )
        return one.seconds


@contextmanager
def opened(browser: Browser, url: str) -> Iterator[Opened]:
    """A page of a new browser, whose traffic is counted."""
    context = browser.new_context(base_url=url)
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    one = Opened(page, [])
    wire.on("Network.loadingFinished", lambda answer: one.came.append(answer["encodedDataLength"]))
    try:
        yield one
    finally:
        context.close()


def asked(url: str, path: str, document: Mapping[str, Any]) -> str:
    """The run of a study, once it is done."""
    headers = {"Prefer": "respond-async"}
    answer = httpx.post(f"{url}/api/{path}", json=document, headers=headers, timeout=60)
    body = answer.raise_for_status().json()
    run = str(body.get("id") or body["run"]["id"])
    for _ in range(WAIT_S):
        now = httpx.get(f"{url}/api/runs/{run}", timeout=60).json()
        if now["status"] == "done":
            return run
        if now["status"] == "failed":
            raise SystemExit(f"{path}: {now['message']}")
        time.sleep(1)
    raise SystemExit(f"{path} did not end")


if __name__ == "__main__":
    main()
