"""What of a run's return was expected, layer by layer, and what was luck."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forefolio.core.settings import Settings
from forefolio.core.wording import percent
from forefolio.market import simulated_market
from forefolio.runs.asking import ask
from forefolio.studies.attribution import AttributionStudy, StrategyAttribution
from forefolio.studies.strategy import StrategyStudy
from forefolio.studies.strategy_result import StrategyResult
from forefolio.views.catalog import page_of
from forefolio.views.report import render
from forefolio.views.report.markup import NO_BREAK


def study(path: Path) -> StrategyStudy:
    return StrategyStudy(
        data={"source": {"kind": "files", "path": str(path)}, "minimum_sessions": 100},
        machine_learning=False,
        horizons=21,
        strategy="classical",
        constraints=("w <= 40%",),
        baselines=("equal_weight",),
        trading={"warmup": 300},
    )


def write_prices(path: Path, moved: float = 1.0) -> None:
    market = simulated_market(seed=5, sessions=500, assets=4)
    close = market.close.copy()
    close[-100:] *= moved
    days = pd.DatetimeIndex(market.sessions, name="date")
    pd.DataFrame(close, index=days, columns=list(market.assets)).to_csv(path)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("home"), executor="inline:")


@pytest.fixture(scope="module")
def run(home: Settings) -> StrategyResult:
    write_prices(home.home / "prices.csv")
    return ask(study(home.home / "prices.csv"), home)


@pytest.fixture(scope="module")
def attribution(home: Settings, run: StrategyResult) -> StrategyAttribution:
    assert run.run is not None
    return ask(AttributionStudy(run=run.run.id), home)


def test_the_parts_sum_to_the_return_of_the_run(
    run: StrategyResult, attribution: StrategyAttribution
) -> None:
    assert attribution.annual_return == pytest.approx(run.backtest[0].annual_return, abs=1e-12)
    assert attribution.expected + attribution.luck == pytest.approx(attribution.annual_return)
    realised = sum(one.realised for one in attribution.layers)
    whole = realised + attribution.interest + attribution.costs
    assert whole == pytest.approx(attribution.annual_return, abs=1e-12)
    for year in attribution.years:
        parts = year.expected + year.luck + year.interest + year.costs
        assert year.total == pytest.approx(parts, abs=1e-12)
    assert attribution.expected_by == "the shrunk mean of past returns"


def test_each_layer_says_what_it_is(attribution: StrategyAttribution) -> None:
    layers = {one.name: one for one in attribution.layers}
    assert layers["limits"].realised != 0.0 and layers["risk"].realised != 0.0
    assert layers["forecasts"].realised == 0.0 and layers["forecasts"].t is None
    assert layers["limits"].t is not None
    assert np.sign(layers["limits"].t) == np.sign(layers["limits"].realised)


def test_the_page_says_it_in_words_and_as_a_frame(attribution: StrategyAttribution) -> None:
    page = page_of(attribution)
    assert "Forecasts changed nothing." in page.summary
    assert any(line.startswith("Limits were expected to add") for line in page.summary)
    frame = attribution.to_frame()
    assert frame.loc["sum", "realised"] == pytest.approx(attribution.annual_return)
    parts = frame.drop(index="sum")
    assert parts["realised"].sum() == pytest.approx(attribution.annual_return)


def test_what_a_record_decided_is_decided_anew_from_the_same_holdings(
    home: Settings, run: StrategyResult
) -> None:
    costs = {"kind": "trading_cost", "cost": {"kind": "proportional", "bps": 50}}
    terms = ({"kind": "expected_return"}, {"kind": "variance"}, costs)
    thrifty = {"kind": "classical", "optimizer": {"kind": "utility", "terms": terms}}
    scaled = {"kind": "risk_on_target", "strategy": thrifty, "target": 0.08}
    changed = {
        **study(home.home / "prices.csv").model_dump(),
        "strategy": scaled,
        "constraints": (),
    }
    asked = ask(StrategyStudy.model_validate(changed), home)
    assert asked.run is not None and run.run is not None
    answer = ask(AttributionStudy(run=asked.run.id), home)
    layers = {one.name: one for one in answer.layers}
    assert layers["risk"].realised != 0.0
    assert layers["limits"].realised == pytest.approx(0.0, abs=1e-12)
    assert "Limits changed nothing." in page_of(answer).summary


def test_it_is_of_the_run_whatever_its_prices_are_by_now(tmp_path: Path, home: Settings) -> None:
    path = tmp_path / "prices.csv"
    write_prices(path)
    asked = ask(study(path), home)
    assert asked.run is not None and asked.layers is not None
    write_prices(path, moved=1.01)
    answer = ask(AttributionStudy(run=asked.run.id), home)
    assert answer.luck == asked.layers.luck
    assert answer.annual_return == pytest.approx(asked.backtest[0].annual_return, abs=1e-12)


def test_the_report_of_the_run_says_it(run: StrategyResult) -> None:
    assert run.layers is not None
    page = render(run).replace(NO_BREAK, " ")
    assert f"and {percent(run.layers.luck, signed=True)} was luck" in page
    assert "Where the return came from, in the order of deciding" in page
    earlier = run.model_copy(update={"layers": None})
    assert "in the order of deciding" not in render(earlier)
