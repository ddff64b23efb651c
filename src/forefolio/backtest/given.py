"""Given weights through a market, in milliseconds: for sweeps over many of them."""

from dataclasses import dataclass

import numpy as np

from forefolio.backtest.kernels import simulate
from forefolio.backtest.ledger import close_and_open
from forefolio.backtest.trading import Trading
from forefolio.errors import InputError, NotEnoughHistory
from forefolio.market import Market
from forefolio.optimize.costs import BPS, Proportional
from forefolio.units import Array, read_only


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Path:
    """What given weights came to at each close of a market."""

    equity: Array  # (T,) money
    weights: Array  # (N,) after the last close; `backtest` keeps those of every session
    costs: Array  # (T,) fractions of the value traded from

    def __post_init__(self) -> None:
        read_only(self.equity, self.weights, self.costs)


def follow_weights(targets: Array, market: Market, trading: Trading) -> Path:
    """Follow `targets` (T, N), decided at each close of the market; NaN is no order.

    The rules are those of the `Ledger`; `trading` says nothing here about when to decide.

    Raises:
        InputError: `targets` has another shape than the prices, or a cost is not proportional.
        NotEnoughHistory: the market has no session.
    """
    if not len(market):
        raise NotEnoughHistory(1, 0, "following given weights")
    if targets.shape != market.close.shape:
        raise InputError(f"targets have shape {targets.shape}, prices {market.close.shape}")
    equity, costs = np.full(len(market), trading.capital), np.empty(len(market))
    weights = np.empty(len(market.assets))
    simulate(
        np.ascontiguousarray(targets, dtype=np.float64),
        *close_and_open(market),
        trading.cash_returns(market),
        trading.delist_after,
        _rate(trading),
        trading.delisting_loss,
        equity,
        weights,
        costs,
    )
    return Path(equity=equity, weights=weights, costs=costs)


def _rate(trading: Trading) -> float:
    rates = [cost.bps * BPS for cost in trading.costs if isinstance(cost, Proportional)]
    if len(rates) < len(trading.costs):
        raise InputError("given weights are followed at proportional costs only; use `backtest`")
    return float(sum(rates))
