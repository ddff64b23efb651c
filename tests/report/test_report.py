import json
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forefolio.outcome import Outcome
from forefolio.views.report import render, write_report

VOID = {"br", "col", "input", "link", "meta"}
HOSTILE = "<script>alert('1')</script>&\"</style>"


class Page(HTMLParser):
    """Collects elements and text, and insists that every element is closed where it should be."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.sources: dict[str, list[str]] = {"script": [], "style": []}
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in self.sources:
            self.sources[self.open[-1]].append(data)
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).replace("\N{NO-BREAK SPACE}", " ").split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture
def page(outcome: Outcome) -> Page:
    return Page(render(outcome))


def test_it_opens_with_what_to_hold_and_how_far_to_believe_it(page: Page) -> None:
    assert "Hold JNJ 15.0 %, PG 15.0 %, LLY 14.2 %, WMT 12.1 % and 7 more" in page.text
    assert (
        "Not shown; underpowered: about 31 years needed, 9.0 scored at 1, 5, 21 and 63 sessions"
        in page.text
    )
    assert "No significant difference from equal weight (\N{MINUS SIGN}0.02, p = 0.60)" in page.text


def test_models_without_skill_are_said_to_move_nothing(outcome: Outcome) -> None:
    idle = [{**row, "slope": 0.0} for row in outcome.document["combination"]]
    page = Page(render(_with(outcome, combination=idle)))
    assert "The models have shown no skill beyond their error at 21 sessions" in page.text


def test_without_machine_learning_it_says_so(outcome: Outcome) -> None:
    page = Page(render(_with(outcome, machine_learning=False, combination=[])))
    assert "Machine learning is switched off" in page.text


def test_a_portfolio_of_cash_alone_is_a_portfolio(outcome: Outcome) -> None:
    page = Page(render(_with(outcome, weights={}, cash=1.0)))
    assert "Hold cash at 2.0 % a year" in page.text


def test_every_weight_has_its_forecast_and_interval_beside_it(page: Page, outcome: Outcome) -> None:
    for row in outcome.document["forecasts"]:
        if row["horizon"] == 21 and row["ticker"] in outcome.document["weights"]:
            assert any(
                (told or "").startswith(f"{row['ticker']}: forecast ")
                for told in (a.get("aria-label") for a in page.all("svg"))
            )


def test_baselines_are_rows_of_every_leaderboard(page: Page) -> None:
    for name in ("pooled mean", "zero", "historical mean", "shrunk mean", "always up", "HAR"):
        assert page.words.count(name) >= 4


def test_a_difference_that_is_more_than_luck_is_named(outcome: Outcome) -> None:
    results = [dict(row) for row in outcome.document["backtest"]]
    results[1]["strategy_versus_this"] |= {"p_value": 0.01, "sharpe": -0.4}
    page = Page(render(_with(outcome, backtest=results)))
    assert "Worse than equal weight (\N{MINUS SIGN}0.40, p = 0.01); no significant" in page.text


def test_a_small_chance_is_not_written_as_none(outcome: Outcome) -> None:
    results = [dict(row) for row in outcome.document["backtest"]]
    results[1]["strategy_versus_this"] |= {"p_value": 0.001, "sharpe": 0.4}
    page = Page(render(_with(outcome, backtest=results)))
    assert "Better than equal weight (+0.40, p < 0.01)" in page.text


def test_one_strategy_alone_needs_no_comparison(outcome: Outcome) -> None:
    alone = replace(outcome.curves, names=("forefolio",), equity=outcome.curves.equity[:1])
    page = Page(
        render(replace(_with(outcome, backtest=outcome.document["backtest"][:1]), curves=alone))
    )
    assert "Against simpler rules" not in page.text


def test_what_is_not_known_is_not_available(unknown: Outcome) -> None:
    page = Page(render(unknown))
    assert page.text.count("n/a") > 100
    assert not re.search(r"\b(nan|None|inf)\b", page.text)


def test_no_string_of_the_data_becomes_markup(outcome: Outcome) -> None:
    hostile = _renamed(outcome, "JNJ")
    page = Page(render(hostile))
    plain = Page(render(outcome))
    assert len(page.all("script")) == len(plain.all("script"))
    assert len(page.all("style")) == len(plain.all("style"))
    assert HOSTILE in "".join(page.words)
    assert json.loads(_block(page, "outcome"))["weights"][HOSTILE] == 0.15


def test_the_page_holds_the_document_itself(page: Page, outcome: Outcome) -> None:
    assert json.loads(_block(page, "outcome")) == json.loads(json.dumps(outcome.document))


def test_nothing_is_loaded_and_only_its_own_script_may_run(page: Page) -> None:
    source = {n: v for _, a in page.elements for n, v in a.items() if n in {"src", "href"}}
    links = [a.get("href") for tag in ("a", "link") for a in page.all(tag)]
    assert "src" not in source
    assert all(link and link.startswith(("#", "data:")) for link in links)
    assert not any("url(" in style or "@import" in style for style in page.sources["style"])
    assert not [a for _, a in page.elements if "style" in a or any(n.startswith("on") for n in a)]
    policy = next(a["content"] for a in page.all("meta") if "http-equiv" in a) or ""
    assert policy.startswith("default-src 'none'")
    for kind in ("script", "style"):
        own = page.sources[kind][-1]
        assert f"'sha256-{b64encode(sha256(own.encode()).digest()).decode()}'" in policy


def test_every_chart_says_in_words_what_it_shows(page: Page) -> None:
    charts = [a for a in page.all("svg") if a.get("role") == "img"]
    assert len(charts) > 20
    assert all(a.get("aria-label") for a in charts)


def test_identifiers_are_unique_and_links_lead_somewhere(page: Page) -> None:
    names = [a["id"] for _, a in page.elements if "id" in a]
    assert len(names) == len(set(names))
    assert {(a.get("href") or "").removeprefix("#") for a in page.all("a")} <= set(names)


def test_thirty_years_of_days_stay_small(outcome: Outcome) -> None:
    curves = outcome.curves
    times = 3
    long = replace(
        curves,
        sessions=_days(len(curves.sessions) * times),
        equity=np.tile(curves.equity, times),
        weights=np.tile(curves.weights, (times, 1)),
        slope_sessions=_days(len(curves.sessions) * times),
        slopes=np.tile(curves.slopes, times),
    )
    assert len(render(replace(outcome, curves=long))) < 600_000


def test_a_few_sessions_are_enough(outcome: Outcome) -> None:
    curves = outcome.curves
    short = replace(
        curves,
        sessions=curves.sessions[:2],
        equity=curves.equity[:, :2],
        weights=curves.weights[:2],
        slope_sessions=curves.slope_sessions[:2],
        slopes=curves.slopes[:2],
    )
    Page(render(replace(outcome, curves=short)))


def test_the_same_run_gives_the_same_file(outcome: Outcome, tmp_path: Path) -> None:
    first, second = (write_report(outcome, tmp_path / name) for name in ("a", "b"))
    assert first.name == "report.html"
    assert first.read_bytes() == second.read_bytes()
    assert [p.name for p in first.parent.iterdir()] == ["report.html"]


def test_a_report_that_cannot_be_made_leaves_the_last_one(outcome: Outcome, tmp_path: Path) -> None:
    before = write_report(outcome, tmp_path).read_bytes()
    broken = {k: v for k, v in outcome.document.items() if k != "study"}
    with pytest.raises(KeyError):
        write_report(replace(outcome, document=broken), tmp_path)
    assert (tmp_path / "report.html").read_bytes() == before


def _with(outcome: Outcome, **parts: Any) -> Outcome:
    return replace(outcome, document={**outcome.document, **parts})


def _days(count: int) -> Any:
    return np.busday_offset("2022-12-28", np.arange(1 - count, 1), roll="backward")


def _renamed(outcome: Outcome, ticker: str) -> Outcome:
    def renamed(value: Any) -> Any:
        if isinstance(value, dict):
            return {renamed(k): renamed(v) for k, v in value.items()}
        if isinstance(value, list):
            return [renamed(item) for item in value]
        return HOSTILE if value == ticker else value

    hostile = renamed(dict(outcome.document))
    hostile["data"]["source"] |= {"kind": "files", "path": f"/data/{HOSTILE}"}
    hostile["fallbacks"][0]["reason"] = HOSTILE
    hostile["study"]["note"] = HOSTILE
    names = tuple(HOSTILE if a == ticker else a for a in outcome.curves.assets)
    strategies = (HOSTILE, *outcome.curves.names[1:])
    return Outcome(document=hostile, curves=replace(outcome.curves, assets=names, names=strategies))


def _block(page: Page, name: str) -> str:
    return next(_blocks(page, name))


def _blocks(page: Page, name: str) -> Iterator[str]:
    for attributes, source in zip(page.all("script"), page.sources["script"], strict=True):
        if attributes.get("id") == name:
            yield source


def test_a_ruined_account_is_drawn_at_the_foot_of_the_chart(outcome: Outcome) -> None:
    ruined = outcome.curves.equity.copy()
    ruined[0, 100:] = -0.5
    page = render(replace(outcome, curves=replace(outcome.curves, equity=ruined)))
    assert not re.search(r"\bnan\b", page, re.IGNORECASE)
