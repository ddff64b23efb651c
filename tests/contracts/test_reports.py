"""Every kind of answer has a report: whole, small, always the same, read without scripts."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import stamina
import yaml
from playwright.sync_api import Browser, sync_playwright
from tests.cli.conftest import TINY
from tests.market.online.server import Served, serving
from tests.market.online.stooq import answer
from tests.report.test_browser import CHROMIUM, CUT, QUIET, opened
from tests.report.test_report import Page

from forefolio.core.kinds import kind_of
from forefolio.core.settings import Settings
from forefolio.runs.asking import ask
from forefolio.runs.rendering import report_file
from forefolio.store import Artifacts
from forefolio.studies.base import StudyDocument
from forefolio.studies.catalog import STUDIES
from forefolio.studies.follow_ups import Account
from forefolio.studies.result import Result
from forefolio.studies.strategy_result import StrategyResult
from forefolio.views.report.moving import answer_script

LIMIT = 1_500_000
PRICES = {"source": {"kind": "synthetic", "sessions": 420, "assets": 3}, "minimum_sessions": 100}
RECIPE = TINY["strategy"]["recipe"]
LEARNT = {**PRICES, "horizons": [5], "recipe": RECIPE}
HELD = {**PRICES, "weights": {"A0": 0.5, "A1": 0.3}}
NET = {"kind": "mlp", "epochs": 3, "members": 1}
CAPITAL = 25_000.0
UNREADABLE = re.compile(r"n/a|\b(nan|None|inf)\b|--verbose")

pytestmark = pytest.mark.slow


@dataclass
class Asking:
    """The smallest question of each kind, asked once."""

    settings: Settings
    made: dict[str, tuple[Result, dict[str, Any]]] = field(default_factory=dict)

    def of(self, study: type[StudyDocument]) -> tuple[Result, dict[str, Any]]:
        """An answer of that kind, and its question as a document."""
        kind = kind_of(study)
        if kind not in self.made:
            question: Any = study.model_validate(QUESTIONS[kind](self))
            result: Any = ask(question, self.settings)
            self.made[kind] = result, question.model_dump(mode="json")
        return self.made[kind]

    def report(self, study: type[StudyDocument]) -> str:
        """Its report."""
        result, question = self.of(study)
        account = Account(capital=CAPITAL)
        return report_file(result, Artifacts(self.settings.home), account, question).decode()


def about_run(asking: Asking) -> dict[str, Any]:
    strategy = next(one for one in STUDIES if kind_of(one) == "strategy")
    run = asking.of(strategy)[0].run
    assert run is not None
    return {"run": run.id}


def stated(asking: Asking) -> dict[str, Any]:
    strategy = next(one for one in STUDIES if kind_of(one) == "strategy")
    return {"report": asking.report(strategy)}


def told(**document: Any) -> Callable[[Asking], Mapping[str, Any]]:
    return lambda _: document


def after_run(**document: Any) -> Callable[[Asking], Mapping[str, Any]]:
    return lambda asking: document if about_run(asking) else {}


QUESTIONS: Mapping[str, Callable[[Asking], Mapping[str, Any]]] = {
    "strategy": told(**TINY),
    "forecast": told(**LEARNT),
    "training": told(**LEARNT, unscored=True),
    "comparison": told(**LEARNT, models=["bayesian_ridge", "zero", "historical_mean"]),
    "importance": told(**LEARNT, model="bayesian_ridge"),
    "portfolio": told(**PRICES, objective="minimum_variance", explained=True),
    "frontier": told(**PRICES, points=5, resamples=20, weights=HELD["weights"]),
    "signals": told(**PRICES, recipe=RECIPE, horizon=5),
    "signal_history": told(),
    "orders": told(**HELD, capital=CAPITAL),
    "risk": told(**HELD),
    "simulation": told(**HELD, horizon=21, paths=500),
    "stress": told(**HELD),
    "evidence": about_run,
    "criteria": about_run,
    "capacity": about_run,
    "attribution": about_run,
    "monitor": about_run,
    "paper": told(**PRICES, strategy="classical", capital=CAPITAL),
    "paper_accounts": told(),
    "verify": stated,
    "today": after_run(capital=CAPITAL),
    "refresh": told(tickers=["AAA", "NOPE"]),
    "quality": told(**PRICES),
}


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    with stamina.set_testing(True, attempts=1), serving(answer) as served:
        yield Asking(_settings(tmp_path_factory.mktemp("home"), served))


def _settings(home: Path, served: Served) -> Settings:
    return Settings(
        home=home,
        executor="inline:",
        sources=("stooq",),
        source_urls={"stooq": served.url},
        source_limits={"stooq": "1000/second"},
    )


each_study = pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.command)


def test_every_kind_is_asked() -> None:
    assert set(QUESTIONS) == {kind_of(study) for study in STUDIES}


@each_study
def test_its_report_says_what_it_came_to(asking: Asking, study: type[StudyDocument]) -> None:
    report, (result, question) = asking.report(study), asking.of(study)
    page = Page(report)
    assert len(report.encode()) < LIMIT
    title = re.search(r"<title>(.*?)</title>", report)
    assert title and title[1].strip() and len(page.all("h1")) == 1
    assert re.search(r'<p class="lead">[^<]*\w{3}', report)
    assert not UNREADABLE.findall(page.text.replace(str(question), ""))
    names = [a["id"] for a in page.all("section") if "id" in a]
    assert len(set(names)) == len(names) and names[0] == "verdict"
    assert {"data", "method", "glossary"} <= set(names)
    if result.data.has_prices:
        assert str(result.data.last) in page.text
    assert json.loads(_island(report, "result"))["kind"] == kind_of(result)
    assert asking.report(study) == report


@each_study
def test_each_picture_has_its_numbers_in_a_table(
    asking: Asking, study: type[StudyDocument]
) -> None:
    report = asking.report(study)
    for section in re.findall(r"<section\b.*?</section>", report, re.DOTALL):
        pictures = re.findall(r'<img\b[^>]*class="drawing"[^>]*>', section)
        assert not pictures or "<table" in section
        assert all(' alt="' in one and "base64," in one for one in pictures)


@each_study
def test_its_question_can_be_asked_again(asking: Asking, study: type[StudyDocument]) -> None:
    result, question = asking.of(study)
    page = Page(asking.report(study))
    if isinstance(result, StrategyResult):
        return  # it carries its own, which `verify` asks
    if study.command == "verify":
        assert "The question is too long to stand here." in page.text  # it is a whole report
        return
    assert f"forefolio {study.command} --study study.yaml" in page.text
    written = next(one for one in page.words if re.search(r"^kind: ", one, re.MULTILINE))
    again = study.model_validate(yaml.safe_load(written))
    assert again.model_dump(mode="json") == question


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()


@each_study
@pytest.mark.parametrize("width", [390])
@pytest.mark.skipif(not answer_script(), reason="the page is not built: make page")
def test_a_browser_shows_it_whole(
    asking: Asking, browser: Browser, study: type[StudyDocument], width: int, tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    file.write_text(asking.report(study), encoding="utf-8")
    page, trouble = opened(browser, file.as_uri(), width, "dark" if width == 390 else "light")
    page.wait_for_timeout(150)
    assert trouble == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(CUT) == []
    if page.locator(".moving.view").count():
        assert not page.locator(".answer .still").first.is_visible()
        assert page.locator(".view .card, .view .kpis").count() > 0
        assert page.locator(".view a[href^='/']").count() == 0  # a file leads nowhere
        page.emulate_media(media="print")
        assert page.locator(".answer .still").first.is_visible()
    page.close()


def _island(report: str, name: str) -> str:
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', report, re.S)
    assert found
    return found[1]
