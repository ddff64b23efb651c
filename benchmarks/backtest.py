"""How long a backtest of given weights takes: 500 assets, 2,520 sessions, decisions every day.

`python benchmarks/backtest.py` prints milliseconds of CPU time, beside a loop in numpy and, where
it is installed, beside `bt` on a tenth of the sessions.
"""

import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd

from forefolio.backtest import Trading, follow_weights
from forefolio.backtest.kernels import simulate
from forefolio.backtest.ledger import account_prices
from forefolio.market import Market, simulated_market
from forefolio.optimize.costs import Proportional
from forefolio.units import Array

TRADING = Trading(warmup=1, costs=(Proportional(bps=10),), cash_rate=0.0)
SESSIONS, ASSETS = 2520, 500


def main() -> None:
    """Print the figures."""
    market = simulated_market(0, SESSIONS, ASSETS)
    targets = np.random.default_rng(0).dirichlet(np.ones(ASSETS), SESSIONS)
    marks, fills = account_prices(market, TRADING.delist_after)
    cash, equity = np.zeros(SESSIONS), np.full(SESSIONS, TRADING.capital)
    weights, costs = np.empty(marks.shape), np.empty(SESSIONS)
    kernel = _milliseconds(
        lambda: simulate(targets, marks, fills, cash, 1e-3, 0.0, equity, weights, costs), 20
    )
    whole = _milliseconds(lambda: follow_weights(targets, market, TRADING), 10)
    loop = _milliseconds(lambda: _numpy_loop(targets, market), 3)
    np.testing.assert_allclose(_numpy_loop(targets, market), equity, rtol=1e-9)
    print(
        f"{ASSETS} assets x {SESSIONS} sessions, daily decisions, drift and costs; ms of CPU time"
    )
    print(f"simulate (kernel)                 {kernel:10.1f}")
    print(f"follow_weights (prices and all)   {whole:10.1f}")
    print(f"the same in numpy                 {loop:10.1f}")
    if find_spec("bt") is not None:
        short = SESSIONS // 10
        taken = _milliseconds(lambda: _bt(targets[:short], market[:short]), 1)
        print(f"bt, on {short} sessions              {taken:10.1f}")


def _milliseconds(work: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return 1e3 * float(np.median(taken))


def _numpy_loop(targets: Array, market: Market) -> Array:
    """A fair loop in numpy for a market without holes."""
    close, trade = market.close, market.trade_price
    units, cash = np.zeros(close.shape[1]), TRADING.capital
    equity = np.full(len(close), cash)
    for row in range(1, len(close)):
        held = units * trade[row]
        trades = targets[row - 1] * (cash + held.sum()) - held
        cash -= trades.sum() + 1e-3 * np.abs(trades).sum()
        units = units + trades / trade[row]
        equity[row] = cash + units @ close[row]
    return equity


def _bt(targets: Array, market: Market) -> Any:
    bt = import_module("bt")
    index = pd.DatetimeIndex(market.sessions)
    prices = pd.DataFrame(market.close, index=index, columns=list(market.assets))
    weights = pd.DataFrame(targets, index=index, columns=list(market.assets))
    rule = bt.Strategy("given", [bt.algos.WeighTarget(weights), bt.algos.Rebalance()])
    return bt.run(bt.Backtest(rule, prices, commissions=lambda q, p: 1e-3 * abs(q) * p))


if __name__ == "__main__":
    main()
