"""How models learnt, what drifted, how quickly it answers; capacity and paper accounts."""

import json
import re
from typing import Any

import httpx2 as httpx
import pytest
from playwright.sync_api import Browser, Page, Route, WebSocketRoute, expect
from tests.page.conftest import Serving, Watched, post
from tests.page.looks import is_accessible
from tests.page.test_states import FOLLOWED, MONEY, PAPER, RUN, WINDOWS, look, says

pytestmark = pytest.mark.slow

SYNTHETIC = {
    "source": {"kind": "synthetic", "sessions": 700, "assets": 3, "seed": 1},
    "minimum_sessions": 100,
}
TRAINED: dict[str, Any] = {
    **SYNTHETIC,
    "horizons": [1, 5],
    "models": ["MLP", "zero"],
    "unscored": True,
    "recipe": {
        "features": [{"kind": "momentum", "window": 21}],
        "models": [{"kind": "mlp", "layers": [4], "epochs": 12, "patience": 12}],
        "baselines": [{"kind": "zero"}],
        "volatility": [{"kind": "ewma"}],
    },
}
CARRIED: dict[str, Any] = {
    **SYNTHETIC,
    "machine_learning": False,
    "horizons": [21],
    "baselines": ["equal_weight"],
    "trading": {"warmup": 300},
    "strategy": "inverse_volatility",
}
DRIFT = [
    {"feature": "momentum", "index": 0.9, "usual": 0.2, "p_value": 0.0, "drifted": True},
    {"feature": "beta", "index": 0.1, "usual": 0.2, "p_value": 0.4, "drifted": False},
]


def losses(page: Page, run: str) -> None:
    """A training that is done."""
    page.goto(f"/training/{run}")
    panel = page.get_by_role("region", name="How the models learnt").first
    expect(panel.locator("svg")).to_be_visible()
    expect(page.get_by_role("region", name="In detail")).to_be_visible()


def learning(page: Page, _: str = "") -> None:
    """A training that goes on: what is fitted already is drawn."""
    each = [{"epoch": k, "training": 1 / k, "validation": 1.2 / k} for k in (1, 2, 3)]
    part = {"kind": "learning_curve", "model": "LSTM", "horizon": 5, "losses": each}

    def events(socket: WebSocketRoute) -> None:
        told = {"kind": "part", "stage": "training", "part": part}
        socket.send(json.dumps({"seq": 1, "at": 100.0, "event": told}))

    says(page, "training", "running", events, done=1, total=6)
    page.goto(f"/training/{RUN}")
    panel = page.get_by_role("region", name="How the models learnt").first
    expect(panel).to_contain_text("least after pass 3 (0.400)")


def health(page: Page, run: str) -> None:
    """The health of models, with features that drifted and the latencies of the service."""

    def drifted(route: Route) -> None:
        answer = route.fetch()
        told = answer.json()
        told["result"]["drift"] = DRIFT
        route.fulfill(response=answer, json=told)

    page.route("**/api/monitor/page", drifted)
    page.goto(f"/monitor?run={run}")
    page.locator(".actions button").click()
    panel = page.get_by_role("region", name="Whether features have drifted").first
    expect(panel).to_contain_text("1 of 2 features has drifted")
    expect(panel.get_by_role("row", name=re.compile("^Momentum, drifted"))).to_contain_text("0.90")
    quick = page.get_by_role("region", name="How quickly this service answers")
    expect(quick.get_by_role("row", name=re.compile("^everything"))).to_contain_text("ms")
    expect(quick).to_contain_text("/api/")


def capacity(page: Page, run: str) -> None:
    """What is left of an edge by the money in it, and the others at the same size."""
    page.goto(f"/capacity/{run}")
    panel = page.get_by_role("region", name="What is left of the edge").first
    expect(panel).to_contain_text("is gone at")
    expect(panel.locator("svg")).to_be_visible()
    beside = page.get_by_role("region", name="Beside the others at the same size")
    expect(beside.locator("svg")).to_be_visible()


def paper(page: Page, run: str) -> None:
    """A paper account over time."""
    page.goto(f"/paper/{run}")
    panel = page.get_by_role("region", name="The account beside equal weights").first
    expect(panel.locator("svg")).to_be_visible()


def test_an_account_is_asked_for_its_backtest_from_its_picture(
    window: Watched, serving: Serving
) -> None:
    page = window.page
    account = post(serving, "paper", {**PAPER, **MONEY, "account": "two", "since": "2022-11-01"})
    paper(page, account)
    page.get_by_role("button", name="Its backtest").click()
    page.get_by_role("button", name="Settings changed: run again").click()
    kpis = page.get_by_role("region", name="The account", exact=True)
    expect(kpis).to_contain_text("worth the same at every close")
    panel = page.get_by_role("region", name="The account beside equal weights").first
    expect(panel.locator(".legend")).to_contain_text("Its backtest")
    expect(page.get_by_role("button", name="Its backtest")).to_have_count(0)
    run = page.url.split("?")[0].rsplit("/", 1)[1]
    answer = httpx.get(f"{serving.url}/api/runs/{run}/result", timeout=60).json()
    assert [one["backtest"] for one in answer["days"]] == [one["value"] for one in answer["days"]]


@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_each_is_drawn_and_accessible(browser: Browser, serving: Serving, window: Any) -> None:
    followed = post(serving, "strategy", FOLLOWED)
    sized = post(serving, "capacity", {"run": post(serving, "strategy", CARRIED)})
    opening = {**PAPER, **MONEY, "account": "one", "since": "2022-11-01", "backtest": True}
    account = post(serving, "paper", opening)
    trained = post(serving, "training", TRAINED)
    shown = ((losses, trained), (learning, ""), (health, followed), (capacity, sized))
    looks = [
        (bring.__name__, lambda page, bring=bring, run=run: bring(page, run))
        for bring, run in (*shown, (paper, account))
    ]
    look(browser, serving, looks, window, is_accessible)


def test_what_is_walked_by_keys_is_what_the_result_has(serving: Serving, window: Watched) -> None:
    page, run = window.page, post(serving, "training", TRAINED)
    result = httpx.get(f"{serving.url}/api/runs/{run}/result").json()
    last = next(one for one in result["models"] if one["losses"])["losses"][-1]
    losses(page, run)
    chart = page.locator("[data-picture=losses]").locator("..")
    chart.focus()
    page.keyboard.press("End")
    said = f"After pass {last['epoch']}: training {last['training']:.3f}"
    expect(chart.get_by_role("status")).to_contain_text(said)
    sized = post(serving, "capacity", {"run": post(serving, "strategy", CARRIED)})
    found = httpx.get(f"{serving.url}/api/runs/{sized}/result").json()
    capacity(page, sized)
    chart = page.locator("[data-picture=capacity-beside]").locator("..")
    chart.focus()
    page.keyboard.press("Home")
    expect(chart.get_by_role("status")).to_contain_text(
        f"{found['sizes'][0]['strategies'][0]['sharpe']:.2f}"
    )
