"""Today: its parts are those that are asked for alone, of one run, with one Sharpe ratio."""

from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from forefolio.core.errors import InputError, RunFailed
from forefolio.core.settings import Settings
from forefolio.runs.asking import ask
from forefolio.studies.data import Data
from forefolio.studies.holding import Holding
from forefolio.studies.orders import OrdersStudy
from forefolio.studies.risk import RiskStudy
from forefolio.studies.simulation import SimulationStudy
from forefolio.studies.strategy import StrategyStudy
from forefolio.studies.stress import StressStudy
from forefolio.studies.today import Today, TodayStudy
from forefolio.views.catalog import page_of


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path / "home",
        database_url=f"sqlite:///{tmp_path}/forefolio.db",
        executor="inline:",
    )


@pytest.fixture
def data(tmp_path: Path) -> Data:
    for seed, name in enumerate(("AAA", "BBB", "CCC")):
        closes(tmp_path / "prices" / f"{name}.csv", seed)
    return Data(source={"kind": "files", "path": str(tmp_path / "prices")}, minimum_sessions=100)


def closes(path: Path, seed: int, sessions: int = 300) -> None:
    path.parent.mkdir(exist_ok=True)
    days = np.busday_offset("2015-01-01", range(sessions), roll="forward")
    steps = np.random.default_rng(seed).normal(0.0005, 0.01, sessions)
    rows = zip(days, 50 * np.exp(np.cumsum(steps)), strict=True)
    path.write_text("\n".join(["Date,Close", *(f"{day},{close:.4f}" for day, close in rows)]))


@pytest.mark.slow
def test_its_parts_are_those_that_are_asked_for_alone(settings: Settings, data: Data) -> None:
    run = ask(StrategyStudy(data=data), settings)
    assert run.run
    today = ask(TodayStudy(capital=20_000, holdings={"AAA": 7}), settings)
    assert today.strategy_run == run.run.id
    assert (today.weights, today.cash, today.as_of) == (run.weights, run.cash, run.as_of)
    assert today.record == run.backtest[0]
    equal = next(one for one in run.backtest if one.name == "equal weight")
    assert equal.strategy_versus_this
    assert today.versus_equal_weight == equal.strategy_versus_this.verdict
    holding = Holding(run=run.run.id)
    orders = ask(OrdersStudy(holding=holding, capital=20_000, holdings={"AAA": 7}), settings)
    assert today.orders == orders.orders
    assert (today.cash_left, today.cost) == (orders.cash, orders.cost)
    session, month = today.losses
    risk = ask(RiskStudy(holding=holding), settings)
    assert session.value_at_risk == risk.measures["value_at_risk_historical"].value
    assert today.value_at_risk_tests == risk.value_at_risk_tests
    assert today.expected_volatility == risk.expected_volatility
    assert today.expected_volatility is not None
    later = ask(SimulationStudy(holding=holding, horizon=21), settings)
    assert month.expected_shortfall == later.expected_shortfall.value
    assert month.expected_shortfall_money == pytest.approx(later.expected_shortfall.value * 20_000)
    stresses = ask(StressStudy(holding=holding), settings).stresses
    losses = sorted((one.loss for one in stresses), reverse=True)[: len(today.stresses)]
    assert [one.money for one in today.stresses] == pytest.approx([20_000 * x for x in losses])
    assert {one.message for one in run.remarks} <= {one.message for one in today.remarks}


@pytest.mark.slow
def test_without_a_run_it_is_computed_to_the_same(settings: Settings, data: Data) -> None:
    today = ask(TodayStudy(capital=20_000, data=data), settings)
    assert today.strategy_run is None
    run = ask(StrategyStudy(data=data), settings)
    assert (today.weights, today.record) == (run.weights, run.backtest[0])
    again = ask(TodayStudy(capital=20_000, data=data), settings)
    assert run.run and again.strategy_run == run.run.id
    assert again.orders == today.orders and again.losses == today.losses


@pytest.mark.slow
def test_a_run_of_other_data_is_not_taken_and_none_of_changed_data(
    settings: Settings, data: Data, tmp_path: Path
) -> None:
    old = ask(StrategyStudy(data=data), settings)
    assert old.run
    other = Data(source=data.source, tickers=("AAA", "BBB"), minimum_sessions=100)
    two = ask(TodayStudy(capital=20_000, data=other), settings)
    assert two.strategy_run is None and two.data.tickers == ("AAA", "BBB")
    with pytest.raises((InputError, RunFailed), match="tickers"):
        ask(TodayStudy(capital=20_000, data=other, run=old.run.id), settings)
    closes(tmp_path / "prices" / "AAA.csv", 0, sessions=301)
    newer = ask(TodayStudy(capital=20_000, data=data), settings)
    assert newer.strategy_run is None and newer.as_of and old.as_of
    assert newer.as_of > old.as_of


@pytest.mark.slow
def test_others_may_take_its_weights(settings: Settings, data: Data) -> None:
    today = ask(TodayStudy(capital=20_000, data=data), settings)
    assert today.run
    orders = ask(OrdersStudy(capital=20_000, data=data), settings)  # of the last run
    assert orders.portfolio.run == today.run.id and orders.orders == today.orders
    assert f"(strategy {today.strategy}, {today.as_of})" in orders.portfolio.words


@pytest.mark.slow
def test_a_broken_promise_halves_what_is_held(
    settings: Settings, data: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ask(StrategyStudy(data=data, machine_learning=False), settings)
    whole = ask(TodayStudy(capital=20_000), settings)
    assert whole.promises and {one.state for one in whole.promises} <= {"kept", "doubtful"}
    broken = [
        one.model_copy(update={"state": "broken", "since": run.as_of})
        for one in whole.promises
        if one.code == "interval_narrow"
    ]
    monkeypatch.setattr("forefolio.studies.today.forecast_promises", lambda *_: tuple(broken))
    half = ask(TodayStudy(capital=20_001), settings)
    assert half.weights == pytest.approx({k: 0.5 * v for k, v in run.weights.items()})
    assert half.cash == pytest.approx(1.0 - sum(half.weights.values()))
    assert sum(one.value for one in half.orders) < 0.6 * sum(one.value for one in whole.orders)
    page = page_of(half)
    assert "50 % of every position is left" in page.summary[-1] and len(page.summary) == 5
    assert page.headline.endswith("models not healthy")
    assert page_of(whole).headline.endswith("models healthy")


@pytest.mark.slow
def test_there_is_one_sharpe_ratio_and_its_caveats(settings: Settings, data: Data) -> None:
    today = ask(TodayStudy(capital=20_000, data=data), settings)
    assert isinstance(today, Today)
    ratios = [name for name in names(today.model_dump()) if "sharpe" in name]
    assert ratios == ["sharpe", "sharpe_error"]
    assert "survivors" in {one.code for one in today.remarks if one.reason == "caveat"}
    page = page_of(today)
    assert [line.partition(":")[0] for line in page.summary] == [
        "Hold", "Why", "Could lose", "Buy", "Caveat",
    ]  # fmt: skip
    assert "survive" in page.summary[-1] or "still trade" in page.summary[-1]


def names(document: object) -> list[str]:
    """The keys of a document, at any depth."""
    if isinstance(document, dict):
        return [*document, *(key for one in document.values() for key in names(one))]
    if isinstance(document, list | tuple):
        return [key for one in document for key in names(one)]
    return []


def test_without_money_there_is_nothing_to_lose() -> None:
    with pytest.raises((InputError, ValidationError), match="capital, such as 25,000"):
        TodayStudy()
