from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from forefolio.backtest import Trading, backtest, benchmark_result, summary
from forefolio.core.errors import DataError
from forefolio.core.events import finish
from forefolio.market import Market
from forefolio.strategy import EqualWeight

TRADING = Trading(warmup=300)


def test_the_index_earns_its_ratio_over_the_sessions_of_a_backtest(market: Market) -> None:
    index = benchmark_result(market, TRADING)
    with ThreadPoolExecutor(1) as executor:
        result = finish(backtest(EqualWeight(), TRADING, market, executor))
    np.testing.assert_array_equal(index.sessions, result.sessions)
    np.testing.assert_array_equal(index.cash_returns, result.cash_returns)
    level = market.series["benchmark"]
    cash = index.cash_returns[1]  # the night before it is bought
    np.testing.assert_allclose(
        index.equity[1:], TRADING.capital * (1 + cash) * level[300:] / level[300], rtol=1e-12
    )
    assert index.name == "index"
    assert index.turnover == pytest.approx(0.5 / (900 / 252), rel=1e-9)
    assert summary(index, benchmark=index).beta == pytest.approx(1.0)


def test_a_market_without_an_index_says_so(market: Market) -> None:
    with pytest.raises(DataError, match="no series 'benchmark'"):
        benchmark_result(replace(market, series={}), TRADING)
    late = np.where(np.arange(len(market)) < 500, np.nan, 1.0)
    with pytest.raises(DataError, match="not known on"):
        benchmark_result(replace(market, series={"benchmark": late}), TRADING)
