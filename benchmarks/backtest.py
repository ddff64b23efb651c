"""How long a backtest of given weights takes: 500 assets, 2,520 sessions, drift and costs.

`python benchmarks/backtest.py`; the peers are the same in numpy, and `bt` on part of the sessions.
"""

from dataclasses import replace
from typing import Any

import bt
import numpy as np
import pandas as pd
from _report import Line, report, timed

from forefolio.backtest import Trading, follow_weights
from forefolio.core.units import Array
from forefolio.market import Market, simulated_market
from forefolio.optimize.objectives.costs import Proportional

SESSIONS, ASSETS, PART = 2520, 500, 126
DAILY, BAR = 5e-3, 1e-3
COST = Proportional(bps=10)
TRADING = Trading(warmup=1, costs=(COST,), cash_rate=0.0)
FREE = Trading(warmup=1, costs=(), cash_rate=0.0)


def main() -> None:
    """Print the table."""
    market = simulated_market(0, SESSIONS, ASSETS)
    holed = simulated_market(0, SESSIONS, ASSETS, holes=0.02)
    daily = np.random.default_rng(0).dirichlet(np.ones(ASSETS), SESSIONS)
    decided = np.arange(0, SESSIONS, 21)
    monthly = daily[decided]
    every = np.full(daily.shape, np.nan)  # as the loop reads them: no decision
    every[decided] = monthly
    part, few = replace(market[:PART], open=None, high=None, low=None), daily[:PART]
    ours = timed(lambda: follow_weights(daily, market, TRADING), 50)
    lines = [
        Line(
            work="decisions every day",
            ours=ours,
            bar=DAILY,
            peer="a loop in numpy",
            theirs=timed(lambda: in_numpy(daily, market), 5),
            accuracy=_apart(follow_weights(daily, market, TRADING).equity, in_numpy(daily, market)),
        ),
        Line(
            work="decisions every day",
            ours=ours,
            bar=DAILY,
            peer=f"bt, {PART} sessions x {SESSIONS // PART}",
            theirs=timed(lambda: in_bt(few, part, COST.bps), 1, warm=False) * (SESSIONS // PART),
            accuracy=_apart(follow_weights(few, part, FREE).equity, in_bt(few, part, 0.0))
            + " without costs",
        ),
        Line(
            work="decisions every 21st day",
            ours=timed(lambda: follow_weights(monthly, market, TRADING, decided), 50),
            bar=BAR,
            peer="a loop in numpy",
            theirs=timed(lambda: in_numpy(every, market), 5),
            accuracy=_apart(
                follow_weights(monthly, market, TRADING, decided).equity, in_numpy(every, market)
            ),
        ),
        Line(
            work="every day, 2 % of prices missing",
            ours=timed(lambda: follow_weights(daily, holed, TRADING), 50),
        ),
    ]
    report(f"A backtest of given weights, {ASSETS} x {SESSIONS}, CPU time", lines, ["bt", "pandas"])


def in_numpy(targets: Array, market: Market) -> Array:
    """Equity (T,) in a market without holes, as a person would write it."""
    close, trade = market.close, market.trade_price
    units, cash = np.zeros(close.shape[1]), TRADING.capital
    equity = np.full(len(close), cash)
    for row in range(1, len(close)):
        equity[row] = cash + units @ close[row]
        if np.isnan(targets[row - 1, 0]):
            continue
        held = units * trade[row]
        trades = targets[row - 1] * (cash + held.sum()) - held
        cash -= trades.sum() + 1e-3 * np.abs(trades).sum()
        units = units + trades / trade[row]
        equity[row] = cash + units @ close[row]
    return equity


def in_bt(targets: Array, market: Market, bps: float) -> Array:
    """Equity (T,) of weights that are traded at the close after the one they were decided at."""
    index, assets = pd.DatetimeIndex(market.sessions), list(market.assets)
    prices = pd.DataFrame(market.close, index=index, columns=assets)
    weights = pd.DataFrame(targets, index=index, columns=assets).shift(1).dropna()
    rules = [bt.algos.WeighTarget(weights), bt.algos.Rebalance()]
    test: Any = bt.Backtest(
        bt.Strategy("given", rules),
        prices,
        initial_capital=TRADING.capital,
        commissions=lambda quantity, price: 1e-4 * bps * abs(quantity) * price,
        integer_positions=False,
        progress_bar=False,
    )
    bt.run(test)
    return np.asarray(test.strategy.values)[-len(index) :]


def _apart(ours: Array, theirs: Array) -> str:
    return f"equity within {np.abs(ours / theirs - 1).max():.0e}"


if __name__ == "__main__":
    main()
