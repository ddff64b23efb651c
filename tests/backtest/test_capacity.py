"""Market impact at any size from one backtest, held against plain sums."""

from dataclasses import replace

import numpy as np
import pytest

from forefolio.backtest import Trading, backtest
from forefolio.backtest.capacity import break_even, drag_at, market_impacts, most_money
from forefolio.backtest.result import BacktestResult
from forefolio.core.events import finish
from forefolio.market import simulated_market
from forefolio.optimize.liquidity import trading_context
from forefolio.optimize.objectives.costs import SquareRootImpact
from forefolio.runs.executors import executor
from forefolio.strategy import InverseVolatility

MARKET = simulated_market(seed=4, sessions=500, assets=3)


@pytest.fixture(scope="module")
def result() -> BacktestResult:
    with executor("inline:") as inline:
        return finish(backtest(InverseVolatility(), Trading(warmup=200), MARKET, inline))


def test_the_computed_capacities() -> None:
    drag = 0.01 / 1e8**0.5  # 1 % a year at 100 m
    assert break_even(0.04, drag) == pytest.approx(1.6e9)
    capital, money = most_money(0.04, drag)
    assert capital == pytest.approx(711.111e6, rel=1e-5)
    assert money == pytest.approx(9.481e6, rel=1e-4)
    assert 0.04 - drag_at(capital, drag) == pytest.approx(0.04 / 3)
    assert break_even(0.04, drag / 2) == pytest.approx(4 * break_even(0.04, drag))
    assert break_even(-0.01, drag) == 0.0 and break_even(0.01, 0.0) == float("inf")


def test_an_order_pays_by_the_root_of_its_share_of_the_volume() -> None:
    context = replace(
        trading_context(MARKET, 1.0), volatility=np.full(3, 0.02), dollar_volume=np.full(3, 1.0)
    )
    for share, bps in ((0.01, 20.0), (0.1, 63.25)):
        paid = SquareRootImpact().charge(np.full(3, share), context) / share
        assert paid * 1e4 == pytest.approx(bps, abs=5e-3)


def test_the_drag_is_the_sum_over_all_trades(result: BacktestResult) -> None:
    total, largest = 0.0, 0.0
    for row, trades in zip(result.decisions, result.trades, strict=True):
        traded = int(np.searchsorted(MARKET.sessions, result.sessions[row + 1]))
        known = trading_context(MARKET[:traded], 1.0)
        for asset, share in enumerate(np.abs(trades)):
            volume = known.dollar_volume[asset]
            total += known.volatility[asset] * share**1.5 / np.sqrt(volume)
            largest = max(largest, share / volume)
    years = (len(result) - 1) / result.periods_per_year
    found = market_impacts([result], MARKET)[result.name]
    assert found.drag == pytest.approx(total / years, rel=1e-12)
    assert found.participation == pytest.approx(largest, rel=1e-12)


def test_the_engine_charges_the_same_formula(result: BacktestResult) -> None:
    capital = 1e6
    trading = Trading(warmup=200, costs=(SquareRootImpact(),), capital=capital)
    with executor("inline:") as inline:
        charged = finish(backtest(InverseVolatility(), trading, MARKET, inline))
    years = (len(result) - 1) / result.periods_per_year
    paid = float(charged.paid.sum()) / years
    drag = market_impacts([result], MARKET)[result.name].drag
    assert drag is not None
    grown = float(np.median(result.equity)) / 1e6  # the engine trades what has become of it
    assert paid == pytest.approx(drag_at(capital * grown, drag), rel=0.1)


def test_without_volumes_nothing_is_known(result: BacktestResult) -> None:
    silent = replace(MARKET, volume=None)
    assert market_impacts([result], silent)[result.name].drag is None
    assert MARKET.volume is not None
    some = np.array(MARKET.volume)
    some[:, 0] = np.nan
    assert market_impacts([result], replace(MARKET, volume=some))[result.name].drag is None
