"""The index as a portfolio: bought once and held."""

from dataclasses import replace

import numpy as np

from forefolio.backtest.ledger import Ledger
from forefolio.backtest.result import BacktestResult
from forefolio.backtest.trading import Trading
from forefolio.core.errors import DataError
from forefolio.core.market_argument import takes_market
from forefolio.market import Market
from forefolio.market.calendar import Every
from forefolio.optimize.objectives.fees import Fees


@takes_market
def benchmark_result(market: Market, trading: Trading) -> BacktestResult:
    """Buy the series "benchmark" at the first decision and hold it, free of costs.

    It is a market of one asset, so it follows every rule of the `Ledger`, and its sessions are
    those of any backtest with the same `trading`.

    Raises:
        DataError: the market has no such series, or it is not known when it is to be bought.
    """
    if "benchmark" not in market.series:
        raise DataError("this market has no series 'benchmark' to hold")
    index = replace(
        market,
        assets=("index",),
        sectors=(),
        sessions_per_year=(),
        close=np.ascontiguousarray(market.series["benchmark"])[:, None],
        open=None,
        high=None,
        low=None,
        volume=None,
        traded_close=None,
        home=None,
    )
    alone: dict[str, object] = {"costs": (), "fees": Fees()}
    once = trading.model_copy(update={**alone, "decide": Every(sessions=len(market))})
    ledger = Ledger(index, once)
    bought = int(ledger.rows[0])
    if index[: bought + 1].silent.any() or not index.traded[bought + 1 :].any():
        raise DataError(f"the benchmark is not known on {market.sessions[bought]}")
    ledger.follow(np.ones(1))
    return ledger.result("index")
