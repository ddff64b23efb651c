import json
import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from tests.report.conftest import example

from forefolio.core.wording import percent
from forefolio.studies.result import RunFacts
from forefolio.studies.strategy_result import StrategyResult
from forefolio.views.look import TITLES
from forefolio.views.report import render, write_report

VOID = {"br", "col", "img", "input", "link", "meta"}
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
def page(result: StrategyResult) -> Page:
    return Page(render(result))


def test_it_opens_with_what_to_hold_and_how_far_to_believe_it(page: Page) -> None:
    assert "Hold JNJ 15.0 %, PG 15.0 %, LLY 14.2 %, WMT 12.1 % and 7 more" in page.text
    assert (
        "Not shown; underpowered: about 31 years needed, 9.0 scored at 1, 5, 21 and 63 sessions"
        in page.text
    )
    assert "No difference shown from equal weight (\N{MINUS SIGN}0.02, p = 0.60)" in page.text


def test_models_without_skill_are_said_to_move_nothing(result: StrategyResult) -> None:
    idle = tuple(row.model_copy(update={"slope": 0.0}) for row in result.combination)
    page = Page(render(_with(result, combination=idle)))
    assert "The models have shown no skill beyond their error at 21 sessions" in page.text


def test_a_chart_of_nothing_is_a_sentence(page: Page, result: StrategyResult) -> None:
    told = "At no month's end were the models followed at all."
    curves = result.curves.model_copy(update={"slopes": (0.0,) * len(result.curves.slopes)})
    idle = Page(render(_with(result, curves=curves)))
    assert told in idle.text and told not in page.text
    assert len(idle.all("svg")) < len(page.all("svg"))


def test_the_run_and_its_date_are_named(result: StrategyResult) -> None:
    facts = RunFacts(
        id="3f2c", kind="strategy", created=datetime(2026, 1, 2, 3, tzinfo=UTC), version="1"
    )
    assert (
        "Run. 3f2c, of 2026-01-02T03:00:00Z, by version 1. Data: sample data"
        in Page(render(_with(result, run=facts))).text
    )


def test_without_machine_learning_it_says_so(result: StrategyResult) -> None:
    page = Page(render(_with(result, machine_learning=False, combination=())))
    assert "Machine learning is switched off" in page.text


def test_a_portfolio_of_cash_alone_is_a_portfolio(result: StrategyResult) -> None:
    page = Page(render(_with(result, weights={}, cash=1.0)))
    assert "Hold cash at 2.0 % a year" in page.text


def test_every_weight_has_its_forecast_and_interval_beside_it(
    page: Page, result: StrategyResult
) -> None:
    for row in result.forecasts:
        if row.horizon == 21 and row.ticker in result.weights:
            assert any(
                (told or "").startswith(f"{row.ticker}: forecast ")
                for told in (a.get("aria-label") for a in page.all("svg"))
            )


def test_baselines_are_rows_of_every_leaderboard(page: Page) -> None:
    for name in ("pooled mean", "zero", "historical mean", "shrunk mean", "always up", "HAR"):
        assert page.words.count(name) >= 4


def test_a_difference_that_is_more_than_luck_is_named(result: StrategyResult) -> None:
    page = Page(render(_differing(result, p_value=0.01, sharpe=-0.4)))
    assert "Worse than equal weight (\N{MINUS SIGN}0.40, p = 0.01); no difference" in page.text


def test_a_small_chance_is_not_written_as_none(result: StrategyResult) -> None:
    page = Page(render(_differing(result, p_value=0.001, sharpe=0.4)))
    assert "Better than equal weight (+0.40, p < 0.01)" in page.text


def test_one_strategy_alone_needs_no_comparison(result: StrategyResult) -> None:
    curves = result.curves.model_copy(update={"equity": result.curves.equity[:1]})
    page = Page(render(_with(result, backtest=result.backtest[:1], curves=curves)))
    assert "Against simpler rules" not in page.text


def test_what_is_not_known_is_left_out_or_a_dash(unknown: StrategyResult) -> None:
    page = Page(render(unknown))
    assert page.words.count("\N{EN DASH}") > 100
    assert not re.search(r"n/a|\b(nan|None|inf)\b", page.text)
    assert "Sortino" not in page.text.partition("What the measures mean")[0]


def test_no_string_of_the_data_becomes_markup(result: StrategyResult) -> None:
    hostile = _renamed(result, "JNJ")
    page = Page(render(hostile))
    plain = Page(render(result))
    assert len(page.all("script")) == len(plain.all("script"))
    assert len(page.all("style")) == len(plain.all("style"))
    assert HOSTILE in "".join(page.words)
    assert json.loads(_block(page, "result"))["weights"][HOSTILE] == 0.15


def test_the_page_holds_the_document_itself(page: Page, result: StrategyResult) -> None:
    assert json.loads(_block(page, "result")) == json.loads(
        result.model_dump_json(exclude={"curves", "forecast_record"})
    )


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


def test_thirty_years_of_days_stay_small() -> None:
    assert len(render(example(3 * 2520))) < 600_000


def test_a_few_sessions_are_enough() -> None:
    Page(render(example(2)))


def test_the_same_run_gives_the_same_file(result: StrategyResult, tmp_path: Path) -> None:
    first, second = (write_report(result, tmp_path / name) for name in ("a", "b"))
    assert first.name == "report.html"
    assert first.read_bytes() == second.read_bytes()
    assert [p.name for p in first.parent.iterdir()] == ["report.html"]


def test_a_report_that_cannot_be_made_leaves_the_last_one(
    result: StrategyResult, tmp_path: Path
) -> None:
    before = write_report(result, tmp_path).read_bytes()
    broken = _with(result, study={"trading": {"costs": 1}})
    with pytest.raises(TypeError):
        write_report(broken, tmp_path)
    assert (tmp_path / "report.html").read_bytes() == before


def _with(result: StrategyResult, **parts: Any) -> StrategyResult:
    return result.model_copy(update=parts)


def _differing(result: StrategyResult, **test: float) -> StrategyResult:
    """The result with another test of the difference from the first baseline."""
    mine, first, *others = result.backtest
    assert first.strategy_versus_this
    versus = first.strategy_versus_this.model_copy(update=test)
    changed = first.model_copy(update={"strategy_versus_this": versus})
    return _with(result, backtest=(mine, changed, *others))


def _renamed(result: StrategyResult, ticker: str) -> StrategyResult:
    def renamed(value: Any) -> Any:
        if isinstance(value, dict):
            return {renamed(k): renamed(v) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [renamed(item) for item in value]
        return HOSTILE if value == ticker else value

    hostile = renamed(result.model_dump())
    hostile["data"]["source"] |= {"kind": "files", "path": f"/data/{HOSTILE}"}
    hostile["data"]["name"] = f"/data/{HOSTILE}"
    hostile["remarks"][-1]["message"] = HOSTILE
    hostile["study"]["note"] = HOSTILE
    hostile["curves"]["equity"][0]["name"] = HOSTILE
    return StrategyResult.model_validate(hostile)


def _block(page: Page, name: str) -> str:
    return next(_blocks(page, name))


def _blocks(page: Page, name: str) -> Iterator[str]:
    for attributes, source in zip(page.all("script"), page.sources["script"], strict=True):
        if attributes.get("id") == name:
            yield source


def test_a_ruined_account_is_drawn_at_the_foot_of_the_chart(result: StrategyResult) -> None:
    mine, *others = result.curves.equity
    lost = mine.model_copy(update={"equity": (*mine.equity[:100], *[-0.5] * 2420)})
    curves = result.curves.model_copy(update={"equity": (lost, *others)})
    page = render(_with(result, curves=curves))
    assert not re.search(r"\bnan\b", page, re.IGNORECASE)


def test_what_the_intervals_held_is_drawn_and_said(page: Page, result: StrategyResult) -> None:
    record = result.forecast_record
    assert record is not None
    mean = sum(one or 0.0 for one in record.inside) / len(record.inside)
    said = re.search(
        r"(\S+) ± \S+ % of all outcomes over 1 session were inside intervals", page.text
    )
    assert said and float(said[1]) == pytest.approx(100 * mean, abs=0.05)
    short = record.model_copy(
        update={
            name: getattr(record, name)[:200]
            for name in ("sessions", "right", "inside", "volatility_loss", "kept")
        }
    )
    without = Page(render(_with(result, forecast_record=short)))
    assert "were inside intervals" not in without.text


def test_it_opens_with_five_numbers_and_is_read_in_the_usual_order(
    page: Page, result: StrategyResult
) -> None:
    opening = page.text.partition("What would have happened")[0]
    mine = result.backtest[0]
    numbers = ["Return a year", "Volatility a year", "Sharpe ± s.e.", "Maximum drawdown"]
    places = [opening.index(one) for one in (*numbers, "Costs a year", "Out of sample")]
    assert places == sorted(places) and percent(mine.max_drawdown) in opening
    assert "What to bear in mind All 20 assets still trade at the end." in opening
    heads = [
        TITLES["growth"],
        TITLES["months"],
        "Is the difference more than luck?",
        "Turnover a year",
        TITLES["held"],
        "Why these weights?",
        "How good the forecasts were",
        "Reproducible",
    ]
    record = page.text[page.text.index("What would have happened") :]
    found = [record.index(one) for one in heads]
    assert found == sorted(found)
