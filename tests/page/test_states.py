"""Every page in every state: empty, waiting, running, failed, cancelled, cut, done, changed since.

What passes (a run that goes on, fails, is cancelled, a line that is cut) is said to the page in the
place of the service, so that it stands still while it is looked at; what is done is calculated.
"""

import json
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple

import httpx2 as httpx
import pytest
from playwright.sync_api import Browser, Page, Route, WebSocketRoute, expect
from tests.page.conftest import Serving, post, started, watch
from tests.page.looks import ROOT, fits, is_accessible

RUN = "0123456789abcdef0123456789abcdef"  # one that the service does not have
PICTURES = os.environ.get("FOREFOLIO_PICTURES", "")  # a folder for what was looked at


@dataclass(frozen=True)
class Entry:
    """A page that asks a study."""

    page: str
    kind: str


def entries() -> list[Entry]:
    """The pages that `web/src/routes.ts` names."""
    text = (ROOT / "web" / "src" / "routes.ts").read_text()
    found = re.findall(r'entry\("([^"]+)", "([^"]+)", "', text)
    assert len(found) > 15
    return [Entry(page, kind) for page, kind in found]


AT_ONCE = {"evidence", "monitor", "signal_history", "paper_accounts", "verify"}  # they are no runs
AT_ONCE_ADDRESSES = ("**/api/*/page", "**/api/*/*/page")


def snapshot(kind: str, status: str, **more: Any) -> dict[str, Any]:
    """A run as the service says it."""
    now = time.time()
    links = {name: f"/api/runs/{RUN}/{name}" for name in ("result", "report", "events")}
    return {
        "id": RUN,
        "kind": kind,
        "status": status,
        "digest": "",
        "seq": 0,
        "created_at": now - 20,
        "changed_at": now,
        "code": "",
        "message": "",
        "links": {"self": f"/api/runs/{RUN}", **links},
        "stage": kind,
        "done": 0,
        "total": 0,
        "notes": [],
        "error": None,
        "study": {"kind": kind},
        **more,
    }


Events = Callable[[WebSocketRoute], Any]


def says(page: Page, kind: str, status: str, events: Events = lambda _: None, **more: Any) -> None:
    """Have the service say how the run stands, and what goes on in it."""
    body = json.dumps(snapshot(kind, status, **more))
    answer(page, f"**/api/runs/{RUN}", body)
    page.route_web_socket(f"**/api/runs/{RUN}/events*", events)


def answer(page: Page, address: str, body: str, status: int = 200) -> None:
    """Answer what the page asks at an address."""

    def fulfil(route: Route) -> None:
        route.fulfill(status=status, body=body, content_type="application/json")

    page.route(address, fulfil)


def waiting(page: Page, one: Entry) -> None:
    """A run that waits for its turn."""
    says(page, one.kind, "waiting")
    page.goto(f"/{one.page}/{RUN}")
    expect(page.locator(".state.info").first).to_have_text("Waiting for its turn")


def running(page: Page, one: Entry) -> None:
    """A run that goes on: how far, how long it will take, and a way to stop it."""
    begun = {"kind": "started", "stage": one.kind, "total": 25}
    on = {"kind": "progress", "stage": one.kind, "done": 10, "total": 25, "message": ""}

    def events(socket: WebSocketRoute) -> None:
        socket.send(json.dumps({"seq": 1, "at": 100.0, "event": begun}))
        socket.send(json.dumps({"seq": 2, "at": 110.0, "event": on}))

    says(page, one.kind, "running", events, total=25)
    page.goto(f"/{one.page}/{RUN}")
    expect(page.locator(".state.info").first).to_contain_text("10 of 25, about 15 s left")
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    expect(page.get_by_role("progressbar", name="Progress")).to_have_attribute("value", "10")
    assert page.title().startswith("(10/25) ")


def failed(page: Page, one: Entry) -> None:
    """A run that failed: why, and that its settings are kept."""
    said = "these prices have 12 sessions; 504 are needed: take a longer window"
    says(page, one.kind, "failed", error={"code": "data", "message": said, "mends": []})
    page.goto(f"/{one.page}/{RUN}")
    expect(page.get_by_role("alert")).to_contain_text(said)
    expect(page.get_by_role("alert")).to_contain_text(RUN)
    expect(page.get_by_role("button", name="Run again")).to_be_visible()


def cancelled(page: Page, one: Entry) -> None:
    """A run that was stopped before it had anything to show."""
    says(page, one.kind, "cancelled", done=3, total=25)
    page.goto(f"/{one.page}/{RUN}")
    expect(page.locator(".state.warn").first).to_have_text("Cancelled at 3 of 25")
    expect(page.get_by_role("button", name="Run again").first).to_be_visible()


def cut(page: Page, one: Entry) -> None:
    """A line that is cut, and joined again: what was shown stays, and goes on."""
    says(page, one.kind, "running", lambda socket: socket.close(code=1011), done=10, total=25)
    page.goto(f"/{one.page}/{RUN}")
    expect(page.get_by_text("Connection lost, trying again")).to_be_visible()
    expect(page.locator(".state.info").first).to_contain_text("10 of 25")


def missing(page: Page, one: Entry) -> None:
    """A run that is not there."""
    page.goto(f"/{one.page}/{RUN}")
    expect(page.get_by_role("heading", name="This run is not here")).to_be_visible()


def empty(page: Page, one: Entry) -> None:
    """Nothing was asked yet: a sentence, and one button."""
    page.goto(f"/{one.page}")
    expect(page.get_by_role("heading", name="not asked yet")).to_be_visible()


def refused(page: Page, one: Entry) -> None:
    """What is answered at once, and is refused."""
    body = json.dumps({"detail": "there is no such run yet", "code": "input", "problems": []})
    for address in AT_ONCE_ADDRESSES:
        answer(page, address, body, 422)
    page.goto(f"/{one.page}")
    page.locator(".actions button").click()
    expect(page.get_by_role("alert")).to_contain_text("there is no such run yet")


def calculating(page: Page, one: Entry) -> None:
    """What is answered at once, and takes its time."""

    def never(_: Route) -> None:
        return None

    for address in AT_ONCE_ADDRESSES:
        page.route(address, never)
    page.goto(f"/{one.page}")
    page.locator(".actions button").click()
    expect(page.get_by_text("Calculating: what is not known yet")).to_be_visible()


State = Callable[[Page, Entry], None]
OF_A_RUN: tuple[State, ...] = (empty, waiting, running, failed, cancelled, cut, missing)
OF_AN_ANSWER: tuple[State, ...] = (empty, calculating, refused)


class Window(NamedTuple):
    """How wide a window is, and which colours the system has."""

    theme: Literal["light", "dark"]
    width: int

    def __str__(self) -> str:
        return f"{self.theme}-{self.width}"


WINDOWS = [Window("dark", 390), Window("light", 1440), Window("light", 390), Window("dark", 1440)]


Look = tuple[str, Callable[[Page], None]]  # what it is called, and how a page gets there
Check = Callable[[Page, str], None]


def look(
    browser: Browser, serving: Serving, looks: Sequence[Look], window: Window, check: Check
) -> None:
    """Bring a page into each state, in a window of one theme and width, and look at it."""
    context = browser.new_context(
        viewport={"width": window.width, "height": 900},
        color_scheme=window.theme,
        base_url=serving.url,
        bypass_csp=True,
    )
    for where, bring in looks:
        watched = watch(context, serving)
        bring(watched.page)
        check(watched.page, where)
        if PICTURES:
            file = Path(PICTURES) / f"{where}-{window.width}-{window.theme}.png"
            watched.page.screenshot(path=file, full_page=True)
        watched.page.close()
        gone = "status of 404" if "missing" in where else "nothing"  # the browser says it itself
        assert [one for one in watched.wrong if gone not in one] == [], where
    context.close()


def looks_of(one: Entry, states: Sequence[State]) -> list[Look]:
    """A page in some states."""

    def brought(state: State) -> Callable[[Page], None]:
        return lambda page: state(page, one)

    return [(f"{one.page}-{state.__name__}", brought(state)) for state in states]


SIMULATE = Entry("simulate", "simulation")
EVIDENCE = Entry("evidence", "evidence")


def test_a_page_says_that_it_runs_and_why_it_failed(browser: Browser, serving: Serving) -> None:
    look(browser, serving, looks_of(SIMULATE, (running, failed)), WINDOWS[0], is_accessible)


@pytest.mark.slow
@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_every_state_is_accessible(browser: Browser, serving: Serving, window: Window) -> None:
    looks = looks_of(SIMULATE, OF_A_RUN) + looks_of(EVIDENCE, OF_AN_ANSWER)
    look(browser, serving, looks, window, is_accessible)


@pytest.mark.slow
@pytest.mark.parametrize("n", range(len(WINDOWS)))
def test_every_page_says_every_state(browser: Browser, serving: Serving, n: int) -> None:
    states = [(one, OF_AN_ANSWER if one.kind in AT_ONCE else OF_A_RUN) for one in entries()]
    looks = [each for one, several in states for each in looks_of(one, several)]
    own = [one for place, one in enumerate(looks) if place % len(WINDOWS) == n]
    look(browser, serving, own, WINDOWS[n], fits)


FOUR = {"tickers": ["AAPL", "JNJ", "KO", "XOM"], "start": "2010-01-04"}
SIX = {"tickers": ["AAPL", "GE", "JNJ", "KO", "PG", "XOM"], "start": "2016-01-04"}
FOLLOWED: dict[str, Any] = {
    "tickers": ["JNJ", "KO", "XOM"],
    "start": "2017-01-03",
    "machine_learning": False,
    "horizons": [1],
    "strategy": "classical",
    "baselines": ["equal_weight"],
}
PAPER = {key: FOLLOWED[key] for key in ("tickers", "start", "machine_learning", "strategy")}
MONEY = {"capital": 25_000}


@dataclass(frozen=True)
class Answered:
    """A service whose studies are answered: the address of each answer, by its page."""

    serving: Serving
    runs: dict[str, str]
    others: tuple[str, ...]  # pages of no study, and what is answered at once


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answered]:
    with started(tmp_path_factory.mktemp("answered")) as service:
        yield asked(service)


def asked(service: Serving) -> Answered:
    """Ask every study once, so that each page has an answer."""

    def run(path: str, document: dict[str, Any]) -> str:
        return post(service, path, document)

    portfolio = run("optimize/portfolio", {**FOUR, "explained": True})
    first, second = (run("optimize/frontier", {**FOUR, "points": n}) for n in (5, 6))
    strategy = run("strategy", FOLLOWED)
    about = {**FOUR, "run": portfolio}
    runs = {
        "optimise": first,
        "portfolio": portfolio,
        "simulate": run("risk/simulation", {**about, "paths": 200}),
        "stress": run("risk/stress", {**about, "market": -0.2}),
        "risk": run("risk/measures", about),
        "orders": run("orders", {**about, **MONEY}),
        "forecasts": run("forecast", {**FOUR, "models": ["bayesian_ridge"], "horizons": [1, 21]}),
        "comparison": run(
            "comparison", {**SIX, "models": ["bayesian_ridge", "ridge_ranks"], "horizons": [1]}
        ),
        "importance": run("importance", {**SIX, "model": "bayesian_ridge", "horizons": [1]}),
        "signals": run("signals", {**SIX, "models": ["bayesian_ridge"]}),
        "training": run("training", {**SIX, "models": ["bayesian_ridge"], "horizons": [1]}),
        "backtest": strategy,
        "criteria": run("criteria", {"run": strategy}),
        "paper": run("paper", {**PAPER, **MONEY, "account": "one", "since": "2022-11-01"}),
        "quality": run("data/quality", {}),
        "today": run("today", {"run": strategy, **MONEY}),
    }
    held = ({"run": portfolio, "note": "#income"}, {"weights": "AAPL=60%,KO=30%"})
    for name, what in zip(("core", "plain"), held, strict=True):
        saved = {"name": name, **what}
        assert httpx.post(f"{service.url}/api/portfolios", json=saved, timeout=60).is_success
    about_it = tuple(f"/{page}?run={strategy}" for page in ("evidence", "monitor"))
    about_it += ("/ticker", f"/ticker/KO?run={strategy}", f"/ticker/AAPL?run={portfolio}")
    others = (*about_it, "/signal-history", "/paper-accounts", f"/compare?runs={first},{second}")
    kept = "/portfolios?with=core&with=plain"
    plain = ("/", "/portfolios", kept, "/data", "/settings", "/nothing-here")
    return Answered(service, runs, (*others, *plain))


UNANSWERED = {"attribution", "capacity", "refresh", "verify"}  # see the test


OF_PRICES = {"optimise", "portfolio", "simulate", "stress", "risk", "orders", "forecasts"}
OF_PRICES |= {"comparison", "importance", "signals", "training", "backtest", "paper", "quality"}


def opened(page: Page, address: str) -> None:
    """Open what is done, and wait until all of it is there."""
    page.goto(address)
    if re.match("/(evidence|monitor|signal-history|paper-accounts)", address):
        page.locator(".actions button").click()
        expect(page.locator(".summary")).to_be_visible()
    elif re.search("/[0-9a-f]{32}$", address) and not address.startswith("/today"):
        expect(page.locator(".state.ok").first).to_be_visible()
        expect(page.locator(".summary, .kpis").first).to_be_visible()
    expect(page.locator(".ghost")).to_have_count(0)  # every part was fetched


def changed(page: Page, address: str) -> None:
    """The settings of a run that is done are changed: what is shown is dimmed, and says so."""
    page.goto(f"{address}?start=2012-01-03")
    expect(page.get_by_role("button", name="Settings changed: run again")).to_be_visible()
    expect(page.locator(".stack.dim")).to_be_attached()


def test_every_page_is_looked_at_when_it_is_done() -> None:
    """Without an answer here: what needs volumes or a network, takes minutes, or takes a file."""
    named = {one.page for one in entries()}
    source = Path(__file__).read_text()
    assert [
        one for one in named - UNANSWERED if f"/{one}" not in source and f'"{one}"' not in source
    ] == []


@pytest.mark.slow
@pytest.mark.parametrize("n", range(len(WINDOWS)))
def test_every_answer_is_accessible(browser: Browser, answered: Answered, n: int) -> None:
    """Each page in two of the four windows: in both widths, and in both themes."""
    addresses = [f"/{page}/{run}" for page, run in answered.runs.items()] + [*answered.others]
    looks: list[Look] = []
    for place, address in enumerate(addresses):
        name = re.sub("[^a-z]+", "-", address.split("?")[0][:-32] or address).strip("-")
        if place % 2 == n // 2:
            looks.append((f"{name or 'today-latest'}-done", partial(opened, address=address)))
        if place % len(WINDOWS) == n and address.split("/")[1] in OF_PRICES:
            looks.append((f"{name}-changed", partial(changed, address=address)))
    look(browser, answered.serving, looks, WINDOWS[n], is_accessible)
