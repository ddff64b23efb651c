from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import forefolio as ff
from forefolio.backtest import allocate
from forefolio.core.component import Component
from forefolio.core.errors import ForefolioError, InputError, UnknownTicker
from forefolio.forecast import WalkForward
from forefolio.library.advice import signal_study
from forefolio.library.saved import saved
from forefolio.optimize import MaximumSharpe
from forefolio.runs.executors import executor
from forefolio.strategy import (
    STRATEGIES,
    EqualWeight,
    ForecastDriven,
    SignalDriven,
    VolatilityTarget,
)
from forefolio.studies.data import Data
from forefolio.studies.importance import ImportanceStudy
from forefolio.studies.portfolio import PortfolioStudy
from forefolio.studies.signals import SignalStudy

PART = ff.ForecastStudy(
    source=ff.Synthetic(sessions=420, assets=3),
    minimum_sessions=100,
    horizons=(5,),
    recipe=ff.Recipe(
        models=(ff.BayesianRidge(),),
        volatility=(ff.EWMA(),),
        baselines=(),
        walk=WalkForward(first=260, refit=100),
    ),
)


@pytest.fixture
def settings(tmp_path: Path) -> ff.Settings:
    return ff.Settings(home=tmp_path, executor="inline:")


@pytest.fixture(scope="module")
def market() -> ff.Market:
    return ff.simulated_market(3, sessions=600, assets=4)


@pytest.mark.parametrize(
    "name",
    [
        one.model_fields["kind"].default
        for one in STRATEGIES
        if one not in (ForecastDriven, SignalDriven, ff.Tilted, ff.Barbell)
    ],
)
def test_every_strategy_answers_by_name(
    name: str, market: ff.Market, settings: ff.Settings
) -> None:
    allocation = ff.AllocationStrategy(name).allocate(market, settings=settings)
    assert allocation.assets == market.assets
    assert (allocation.weights >= -1e-9).all() and allocation.weights.sum() <= 1 + 1e-9


def test_it_decides_as_a_backtest_would(market: ff.Market, settings: ff.Settings) -> None:
    strategy = ff.Barbell(risky=ff.Classical())
    holding = {"A0": 0.4, "A3": 0.1}
    answered = ff.AllocationStrategy(strategy).allocate(market, holding, settings)
    current = np.array([0.4, 0.0, 0.0, 0.1])
    decided = ff.finish(allocate(strategy, market, executor("inline:"), current))
    np.testing.assert_array_equal(answered.weights, decided.weights)


def test_what_is_not_there_is_told(market: ff.Market, settings: ff.Settings) -> None:
    with pytest.raises(InputError, match="did you mean 'equal_weight'"):
        ff.AllocationStrategy("equal_wieght").allocate(market, settings=settings)
    with pytest.raises(UnknownTicker, match="XOM"):
        ff.AllocationStrategy("momentum").allocate(market, {"XOM": 1.0}, settings)


def test_signals_are_a_frame_and_become_history(settings: ff.Settings) -> None:
    frame = ff.daily_signals(SignalStudy(data=PART.data, recipe=PART.recipe, horizon=5), settings)
    assert list(frame.index) == ["A0", "A1", "A2"] and frame.attrs["horizon"] == 5
    history = ff.signal_history(settings)
    assert list(history.index) == [(frame.attrs["as_of"], a) for a in frame.index]
    np.testing.assert_array_equal(history["score"], frame["score"])
    assert ff.signal_history(ff.Settings(home=settings.home / "new", executor="inline:")).empty


def test_a_study_brings_its_engine_and_horizon() -> None:
    engine = ff.SignalEngine(minimum_confidence=0.7)
    study = ff.StrategyStudy(strategy=SignalDriven(engine=engine, horizon=10))
    asked = signal_study(study)
    assert (asked.engine, asked.horizon) == (engine, 10)
    assert asked.forecasting.horizons == (10,)
    assert signal_study(study, 5).forecasting.horizons == (5,)
    plain = signal_study(ff.StrategyStudy(strategy=ff.EqualWeight()))
    assert (plain.engine, plain.horizon) == (ff.SignalEngine(), 21)


def test_history_survives_its_data(tmp_path: Path, settings: ff.Settings) -> None:
    path = tmp_path / "prices.csv"
    market = ff.load_market(ff.Synthetic(sessions=420, assets=3), minimum_sessions=100).market
    rows = [
        ",".join([str(day), *(f"{price:.6f}" for price in close)])
        for day, close in zip(market.sessions, market.close, strict=True)
    ]
    path.write_text("\n".join(["Date,A0,A1,A2", *rows]))
    data = PART.data.model_copy(update={"source": ff.Files(path=path, calendar="")})
    ff.daily_signals(SignalStudy(data=data, recipe=PART.recipe, horizon=5), settings)
    path.unlink()
    history = ff.signal_history(settings)
    assert len(history) == 3 and history["realised"].isna().all()


def test_orders_hold_the_costs_of_a_run_or_of_weights(settings: ff.Settings) -> None:
    given = {"weights": {"KO": 0.5}, "prices": {"KO": 50.0}}
    orders = ff.orders(1000, **given, cost_bps=0, settings=settings)
    assert [one.trade for one in orders.orders] == [10.0] and orders.remarks == ()
    with pytest.raises(InputError, match=r"no run of kind .* is done"):
        ff.orders(1000, settings=settings.prepare())


def test_signals_of_a_frame_are_those_of_its_study(
    prices: pd.DataFrame, settings: ff.Settings
) -> None:
    frame = ff.daily_signals(prices, settings, horizon=5, models="bayesian_ridge")
    assert list(frame.index) == list(prices.columns) and frame.attrs["horizon"] == 5
    assert frame.attrs["as_of"] == str(prices.index[-1].date())
    study = SignalStudy(
        data=Data(source=saved(prices, settings)), horizon=5, models=("bayesian_ridge",)
    )
    pd.testing.assert_frame_equal(frame, ff.daily_signals(study, settings))
    with pytest.raises(InputError, match="horizon stands beside a study"):
        ff.daily_signals(study, settings, horizon=5)
    with pytest.raises(ForefolioError, match="prices are a int"):
        ff.daily_signals(7, settings)


def test_orders_at_the_last_closes_of_a_frame(prices: pd.DataFrame, settings: ff.Settings) -> None:
    portfolio = ff.optimize(prices, constraints="w <= 40%")
    orders = ff.orders(10_000, weights=portfolio, prices=prices, settings=settings)
    assert {one.ticker for one in orders.orders} == set(portfolio.weights)
    last = prices.iloc[-1]
    for one in orders.orders:
        assert one.price == pytest.approx(last[one.ticker])
        assert one.target == pytest.approx(portfolio.weights[one.ticker])
    per_share = ff.orders(10_000, weights=portfolio, prices=last, settings=settings)
    assert [one.shares for one in per_share.orders] == [one.shares for one in orders.orders]
    assert all(one.priced is None for one in per_share.orders)
    with pytest.raises(InputError, match="leave one of the two out"):
        ff.orders(1, weights={"A": 1}, prices=prices, study=ff.StrategyStudy(), settings=settings)


class Own(Component):
    """Somebody's own part, of every kind."""

    kind: str = "own"
    name: str = "own"

    def prepare(self, market: Any, sessions: Any, executor: Any) -> Any:
        raise NotImplementedError

    def fit(self, data: Any) -> Any:
        raise NotImplementedError

    def allocate(self, outlook: Any) -> Any:
        raise NotImplementedError

    def rows(self, symbols: Any) -> Any:
        raise NotImplementedError


class Altered(EqualWeight):
    """A rule that would be read back as the one it derives from."""


@dataclass(frozen=True)
class Loose:
    name: str = "loose"

    def prepare(self, market: Any, sessions: Any, executor: Any) -> Any:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"strategy": Loose()}, "strategy: .* cannot name Loose"),
        ({"strategy": Altered()}, "strategy: .* cannot name Altered"),
        ({"baselines": (ff.EqualWeight(), Own())}, "baselines: .* cannot name Own"),
        ({"strategy": VolatilityTarget(strategy=Own())}, r"strategy\.strategy: .* Own"),
        ({"strategy": ff.Classical(optimizer=Own())}, r"strategy\.optimizer: .* Own"),
        (
            {"strategy": ff.Classical(optimizer=MaximumSharpe(constraints=(Own(),)))},
            r"strategy\.optimizer\.constraints: .* Own",
        ),
        (
            {"strategy": ForecastDriven(recipe=ff.Recipe(models=(Own(),)))},
            r"strategy\.recipe\.models: .* Own",
        ),
        ({"strategy": ff.RegimeAware(offence=ff.Barbell())}, r"strategy\.offence: .* Barbell"),
    ],
)
def test_a_study_refuses_where_it_is_made_what_cannot_be_read_back(
    settings: dict[str, Any], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        ff.StrategyStudy(**settings)


def test_every_document_refuses_what_cannot_be_read_back() -> None:
    own: Any = Own()
    with pytest.raises(InputError, match=r"^objective: PortfolioStudy"):
        PortfolioStudy(objective=own)
    with pytest.raises(InputError, match=r"^recipe\.models: ForecastStudy"):
        ff.ForecastStudy(recipe=ff.Recipe(models=(own,)))
    with pytest.raises(InputError, match=r"^model: .* Own"):
        ImportanceStudy(model=own)
    assert ff.StrategyStudy(strategy=VolatilityTarget(strategy=ff.EqualWeight())).baselines
