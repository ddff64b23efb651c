"""What a report says beside the strategy's own result, on real runs of each kind."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.cli.conftest import TINY
from tests.report.test_report import Page

from forefolio.core.settings import Settings
from forefolio.core.wording import number, percent
from forefolio.runs import follow_ups as asking_follow_ups
from forefolio.runs.asking import ask
from forefolio.runs.follow_ups import follow_ups
from forefolio.runs.history import result_of
from forefolio.runs.rendering import report_file
from forefolio.store import Artifacts
from forefolio.studies.base import StudyDocument
from forefolio.studies.follow_ups import Account, FollowUps, follow_up_studies
from forefolio.studies.offset_record import Spread
from forefolio.studies.strategy import StrategyStudy
from forefolio.studies.strategy_result import StrategyResult
from forefolio.views.report import render
from forefolio.views.report.words import earned_in_short
from forefolio.views.strategy import strategy_page

CLASSICAL = {
    "source": {"kind": "synthetic", "sessions": 900, "assets": 4},
    "machine_learning": False,
    "strategy": "classical",
    "minimum_sessions": 100,
    "horizons": [21],
    "trading": {"warmup": 300},
}
CAPITAL = 25_000.0


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("home"), executor="inline:")


@pytest.fixture(scope="module", params=["learnt", "classical"])
def run(request: pytest.FixtureRequest, settings: Settings) -> StrategyResult:
    """A short history with learnt forecasts, and three years of a classical one."""
    document = TINY if request.param == "learnt" else CLASSICAL
    return ask(StrategyStudy.model_validate(document), settings)


@pytest.fixture(scope="module")
def answers(run: StrategyResult, settings: Settings) -> FollowUps:
    return follow_ups(run, Artifacts(settings.home), Account(capital=CAPITAL))


def test_every_section_is_there_with_the_numbers_of_the_results(
    run: StrategyResult, answers: FollowUps
) -> None:
    page = Page(render(run, answers))
    sections = [a["id"] for a in page.all("section") if "id" in a]
    assert sections == ["verdict", "backtest", "weights", "buy", "frontier", "losses", "evidence",
                        "data", "method", "glossary"]  # fmt: skip
    assert not re.search(r"n/a|\b(nan|None|inf)\b", page.text)
    assert answers.risk and answers.month and answers.orders and answers.frontier
    day = answers.risk.measures["value_at_risk_historical"].value
    assert day is not None
    assert f"{number(day * CAPITAL, 0)} or more on one session in 20" in page.text
    month = answers.month.value_at_risk.value
    assert f"{number(month * CAPITAL, 0)} or more in one month in 20" in page.text
    for order in answers.orders.orders:
        if order.trade:
            assert f"{order.ticker} {order.action} {number(abs(order.trade), 0)}" in page.text
    assert f"{number(answers.orders.cash)} stay in cash" in page.text
    best = number(answers.frontier.best.ratio)
    assert f"The best there is has {best}." in page.text


def test_years_and_drawdowns_are_those_of_the_curve(run: StrategyResult) -> None:
    equity = np.array(run.curves.equity[0].equity)
    total = np.prod([1.0 + (year.returns[run.strategy] or 0.0) for year in run.years])
    assert np.isclose(total, equity[-1] / equity[0])
    assert run.drawdowns[0].depth == run.backtest[0].max_drawdown
    text = Page(render(run)).text
    for one in run.drawdowns:
        assert f"{percent(one.depth)} {one.peak} {one.bottom}" in text
    first = run.drawdowns[0]
    days = list(run.curves.sessions)
    peak, bottom = (equity[days.index(day)] for day in (first.peak, first.bottom))
    assert np.isclose(first.depth, bottom / peak - 1.0)


def test_the_portfolio_lies_on_or_under_the_frontier(answers: FollowUps) -> None:
    assert answers.frontier
    own, best = answers.frontier.placed, answers.frontier.best
    assert own and own.ratio is not None and best.ratio is not None
    assert own.ratio <= best.ratio + 1e-9


def test_a_target_risk_is_told_year_by_year(settings: Settings) -> None:
    usual = {**CLASSICAL, "strategy": "risk_on_target", "baselines": ["equal_weight"]}
    run = ask(StrategyStudy.model_validate(usual), settings)
    record, shown = run.risk_on_target, strategy_page(run)
    assert record and record.years and record.target == 0.1
    assert any("for a target of 10.0 %" in line for line in shown.summary)
    text = Page(render(run)).text
    for year in record.years:
        assert f"{year.year} {percent(year.volatility)} {percent(year.exposure)}" in text
    own, offsets = run.backtest[0].sharpe, run.offsets
    assert own is not None and offsets
    others = Spread(least=own - 1.0, median=own, greatest=own + 1.0)
    among = run.model_copy(update={"offsets": offsets.model_copy(update={"sharpe": others})})
    assert f"on other days {number(own - 1.0)} to" in earned_in_short(among)[0]
    others = Spread(least=own + 1.0, median=own + 1.5, greatest=own + 2.0)
    apart = run.model_copy(update={"offsets": offsets.model_copy(update={"sharpe": others})})
    assert (
        f"on other days since {offsets.first}, {number(own + 1.0)} to" in earned_in_short(apart)[0]
    )


def test_without_answers_there_is_a_report_all_the_same(run: StrategyResult) -> None:
    page = Page(render(run))
    sections = [a["id"] for a in page.all("section") if "id" in a]
    assert not {"buy", "frontier"} & set(sections)
    assert {"weights", "backtest", "glossary"} <= set(sections)


def test_nothing_is_asked_twice_and_no_answer_is_a_run(
    run: StrategyResult, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifacts, account = Artifacts(settings.home), Account(capital=12_345.0)
    first = report_file(run, artifacts, account)
    assert first and b"12,345" in first

    def refused(*_: Any) -> Any:
        raise AssertionError("asked again")

    monkeypatch.setattr(asking_follow_ups, "finish", refused)
    assert follow_ups(run, artifacts, account).risk is not None
    monkeypatch.setattr("forefolio.runs.rendering.follow_ups", refused)
    assert report_file(run, artifacts, account) == first
    kinds = ("strategy", "frontier", "risk", "stress", "orders", "simulation")
    assert result_of(kinds, "last", settings).kind == "strategy"


def test_prices_that_have_changed_are_said_and_such_a_report_is_not_kept(
    run: StrategyResult, settings: Settings
) -> None:
    old = run.model_copy(update={"data": run.data.model_copy(update={"version": "another"})})
    artifacts = Artifacts(settings.home)
    answers = follow_ups(old, artifacts, Account())
    assert answers.risk is None and not answers.lasting
    page = report_file(old, artifacts, Account())
    assert page and b"the prices have changed since this run" in page


def test_a_portfolio_of_cash_has_nothing_to_ask_about(run: StrategyResult) -> None:
    cash = run.model_copy(update={"weights": {}, "cash": 1.0})
    assert follow_up_studies(cash, Account()) == {}


def test_the_studies_are_about_the_weights_and_the_data_of_the_run(run: StrategyResult) -> None:
    studies = follow_up_studies(run, Account(capital=CAPITAL))
    assert set(studies) == {"risk", "month", "year", "stress", "orders", "frontier"}
    for name, study in studies.items():
        assert isinstance(study, StudyDocument)
        document = study.model_dump()
        weights = document["weights"] if name == "frontier" else document["holding"]["weights"]
        assert weights == dict(run.weights)
        assert document["data"]["source"]["kind"] == "synthetic"


def test_an_answer_that_fails_is_named_and_the_others_stand(
    run: StrategyResult, tmp_path: Path
) -> None:
    gone = {"GONE1": 0.5, **dict(run.weights)}
    broken = run.model_copy(update={"weights": gone, "cash": 0.0})
    answers = follow_ups(broken, Artifacts(tmp_path), Account())
    assert answers.missing and answers.lasting
    assert "This report lacks a part" in Page(render(broken, answers)).text
