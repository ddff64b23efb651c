from dataclasses import replace

import numpy as np
import pytest

from forefolio.backtest import Trading, allocate, backtest
from forefolio.core.component import Component
from forefolio.core.events import finish
from forefolio.features import PriceMomentum, Volatility
from forefolio.forecast import BayesianRidge, Recipe, WalkForward
from forefolio.market import Market, simulated_market
from forefolio.optimize import (
    Allocation,
    Bounds,
    Budget,
    LongOnly,
    MaximumSharpe,
    Outlook,
)
from forefolio.runs.executors import executor
from forefolio.strategy import ForecastDriven
from forefolio.strategy.forecast_driven import NO_SKILL

STRATEGY = ForecastDriven(
    recipe=Recipe(
        features=(PriceMomentum(window=21, skip=0), Volatility(window=21)),
        models=(BayesianRidge(),),
        walk=WalkForward(first=400, refit=200),
    ),
    horizon=5,
)


@pytest.fixture(scope="module")
def market() -> Market:
    return simulated_market(4, sessions=700, assets=5)


def test_live_is_the_last_step_of_a_backtest(market: Market) -> None:
    pool = executor("inline:")
    policy = finish(STRATEGY.prepare(market, market.sessions[400:], pool))
    held = np.full(5, 0.2)
    for row in (400, 555, 699):
        known = market[: row + 1]
        now = finish(allocate(STRATEGY, known, pool, held))
        np.testing.assert_array_equal(now.weights, policy(known, held).weights)


def test_volatilities_are_the_forecasts_and_correlations_the_risk_models(market: Market) -> None:
    seen: list[Outlook] = []

    class Looking(Component):
        def allocate(self, outlook: Outlook) -> Allocation:
            seen.append(outlook)
            return Allocation(assets=outlook.assets, weights=np.full(len(outlook.assets), 0.2))

    strategy = STRATEGY.model_copy(update={"optimizer": Looking()})
    finish(strategy.prepare(market, market.sessions[-1:], executor("inline:")))(market, np.zeros(5))
    outlook = seen[0]
    np.testing.assert_allclose(np.sqrt(np.diag(outlook.risk)), outlook.forecast.std)
    correlation = strategy.risk(market).correlation
    np.testing.assert_allclose(outlook.covariance.correlation, correlation, atol=1e-12)


def test_without_skill_it_says_so_and_holds_the_pooled_mean(market: Market) -> None:
    policy = finish(STRATEGY.prepare(market, market.sessions[-1:], executor("inline:")))
    allocation = policy(market[:420], np.zeros(5))  # too early for any skill to be shown
    assert NO_SKILL in allocation.notes
    assert allocation.weights.sum() == pytest.approx(1, abs=1e-9)


def test_before_the_first_forecast_the_classical_portfolio_is_held(market: Market) -> None:
    policy = finish(STRATEGY.prepare(market, market.sessions[-1:], executor("inline:")))
    allocation = policy(market[:300], np.zeros(5))
    assert any("classical portfolio instead of forecasts" in note for note in allocation.notes)


def test_an_optimiser_that_fails_falls_back_to_the_classical_portfolio(market: Market) -> None:
    tight = MaximumSharpe(constraints=(Budget(), LongOnly(), Bounds(upper=0.1)))
    strategy = STRATEGY.model_copy(update={"optimizer": tight})
    policy = finish(strategy.prepare(market, market.sessions[-1:], executor("inline:")))
    allocation = policy(market, np.zeros(5))
    assert allocation.weights.sum() == pytest.approx(1, abs=1e-9)
    assert any("no portfolio satisfies" in note for note in allocation.notes)


def test_a_turnover_limit_gives_way_where_a_big_holding_has_ended(market: Market) -> None:
    close = market.close.copy()
    close[-11:, 0] = np.nan
    ended = replace(market, close=close, open=None, high=None, low=None, volume=None)
    policy = finish(STRATEGY.prepare(ended, ended.sessions[-1:], executor("inline:")))
    allocation = policy(ended, np.array([0.6, 0.1, 0.1, 0.1, 0.1]))
    assert allocation.weights[0] == 0 and allocation.weights.sum() == pytest.approx(1, abs=1e-9)
    assert any("turnover at most 10 % gave way: " in note for note in allocation.notes)
    assert not any("classical portfolio" in note for note in allocation.notes)


def test_assets_that_are_silent_get_nothing() -> None:
    holed = simulated_market(1, sessions=700, assets=5, holes=0.03)
    close = holed.close.copy()
    close[520:560, 1] = np.nan
    close[620:, 2] = np.nan
    holed = replace(holed, close=close, open=None, high=None, low=None, volume=None)
    result = finish(backtest(STRATEGY, Trading(warmup=401), holed, executor("inline:")))
    assert not result.failures
    silent = np.array([holed.as_of(day).silent for day in result.sessions[result.decisions]])
    assert silent.any()
    assert (result.targets[silent] == 0).all()
