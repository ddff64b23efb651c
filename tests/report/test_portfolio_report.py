"""The report of a portfolio: of a run of one, and of the best of a frontier."""

import re
from pathlib import Path
from typing import Any

import pytest
from tests.report.test_report import Page

from forefolio.core.settings import Settings
from forefolio.core.wording import number, percent
from forefolio.runs.asking import ask
from forefolio.runs.rendering import report_file
from forefolio.store import Artifacts
from forefolio.studies.follow_ups import Account, FollowUps
from forefolio.studies.frontier import FrontierStudy
from forefolio.studies.portfolio import PortfolioStudy
from forefolio.studies.stress import StressStudy
from forefolio.views.catalog import files_of, page_of
from forefolio.views.report import render_answer

SMALL = {"source": {"kind": "synthetic", "sessions": 600, "assets": 4, "seed": 6}}
CAPITAL = 25_000.0


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("home"), executor="inline:")


def report_of(result: Any, home: Path) -> Page:
    page = report_file(result, Artifacts(home), Account(capital=CAPITAL))
    return Page(page.decode())


def test_it_says_what_to_hold_and_buy_what_may_be_lost_and_why(settings: Settings) -> None:
    study = {**SMALL, "explained": True, "constraints": ["w <= 60%", "w >= 5%"]}
    result = ask(PortfolioStudy.model_validate(study), settings)
    page = report_of(result, settings.home)
    sections = [a["id"] for a in page.all("section") if "id" in a]
    assert sections == ["verdict", "answer", "buy", "frontier", "losses", "data", "method",
                        "glossary"]  # fmt: skip
    for ticker, weight in result.weights.items():
        assert ticker in page.text and percent(weight) in page.text
    for sentence in result.reasons.sentences:
        assert sentence in page.text
    assert f"Of {number(CAPITAL, 0)} you could lose" in page.text
    assert f"Money is of a capital of {number(CAPITAL)}" in page.text
    assert not re.search(r"n/a|\b(nan|None|inf)\b", page.text)


def test_that_of_a_frontier_is_about_its_best_portfolio(settings: Settings) -> None:
    result = ask(FrontierStudy.model_validate({**SMALL, "points": 5}), settings)
    alone = [one.expected_return or 0.0 for one in result.alone]
    assert result.equal and result.equal.expected_return == pytest.approx(sum(alone) / len(alone))
    assert (result.best.ratio or 0.0) >= (result.equal.ratio or 0.0)
    page = report_of(result, settings.home)
    first, share = next(iter(result.best.weights.items()))
    assert f"Hold {first} {percent(share)}" in page.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "report.html" not in files_of(result)  # it is made when it is asked for alone


def test_that_of_any_other_answer_has_its_pictures_its_tables_and_its_question(
    settings: Settings,
) -> None:
    question = {**SMALL, "weights": {"A0": 0.5, "A1": 0.3}}
    result = ask(StressStudy.model_validate(question), settings)
    file = report_file(result, Artifacts(settings.home), Account(capital=CAPITAL), question)
    page = Page(file.decode())
    assert [a["id"] for a in page.all("section") if "id" in a] == [
        "verdict", "answer", "data", "method", "glossary",
    ]  # fmt: skip
    assert page.all("h1") and "forefolio stress --study study.yaml" in page.text
    drawings = page.all("img")
    assert drawings and all((one["src"] or "").startswith("data:image/svg") for one in drawings)
    assert all(one["alt"] for one in drawings) and page.all("table")
    for one in result.stresses:
        assert (
            percent(-one.loss, signed=True) in page.text or number(-100 * one.loss, 1) in page.text
        )
    assert "--verbose" not in page.text
    again = render_answer(
        result, page_of(result), FollowUps(account=Account(capital=CAPITAL)), question
    )
    assert again.encode() == file
