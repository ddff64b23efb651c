"""Target weights traded through all sessions in one pass, at a proportional cost.

1. `simulate` does the arithmetic of `kernels.py` for every session: holidays, halts, delistings.
2. `glide` is the fast path where no price is missing: between orders only prices move, so equity
   is one product per session. A missing price makes a sum NaN; then, and where an account is
   ruined, it returns False and `simulate` does the work.
"""

import numpy as np
from numpy.typing import NDArray

from forefolio.backtest.kernels import (
    delisting_rows,
    due,
    filled,
    order,
    place,
    quote,
    resume,
    settle,
    total,
    worth,
)
from forefolio.core.numerics import INDICES, OUT_VECTOR, PANEL, VECTOR, Integer, Scalar, kernel
from forefolio.core.units import Array


@kernel((VECTOR, VECTOR))
def _product(one: Array, other: Array) -> float:
    """Sum of products, in the lanes of `total`."""
    first, second, third, fourth = 0.0, 0.0, 0.0, 0.0
    even = len(one) - len(one) % 8
    for lane in range(0, even, 8):
        first += one[lane] * other[lane] + one[lane + 4] * other[lane + 4]
        second += one[lane + 1] * other[lane + 1] + one[lane + 5] * other[lane + 5]
        third += one[lane + 2] * other[lane + 2] + one[lane + 6] * other[lane + 6]
        fourth += one[lane + 3] * other[lane + 3] + one[lane + 7] * other[lane + 7]
    for last in range(even, len(one)):
        first += one[last] * other[last]
    return (first + second) + (third + fourth)


@kernel((VECTOR, VECTOR, Scalar, OUT_VECTOR, OUT_VECTOR))
def _order(target: Array, fill: Array, cash: float, units: Array, money: Array) -> float:
    """Write the money (N,) to trade at the prices `fill`; return the value traded from."""
    for asset in range(len(units)):
        money[asset] = units[asset] * fill[asset]
    value = cash + total(money)
    for asset in range(len(units)):
        money[asset] = target[asset] * value - money[asset]
    return value


@kernel((PANEL, VECTOR, Integer, Integer, VECTOR, Scalar, OUT_VECTOR))
def _drift(
    close: Array,
    cash_returns: Array,
    first: int,
    last: int,
    units: Array,
    cash: float,
    equity: Array,
) -> float:
    """Write equity from row `first` until before `last`; return the cash then."""
    for row in range(first, last):
        cash *= 1.0 + cash_returns[row]
        equity[row] = cash + _product(units, close[row])
    return cash


@kernel((PANEL, INDICES, PANEL, PANEL, VECTOR, Scalar, OUT_VECTOR, OUT_VECTOR, OUT_VECTOR))
def glide(
    targets: Array,
    decided: NDArray[np.int64],
    close: Array,
    open_: Array,
    cash_returns: Array,
    cost: float,
    equity: Array,
    weights: Array,
    costs: Array,
) -> bool:
    """As `simulate`, with `targets` (D, N) decided at the rows `decided` (D,), ascending.

    False, with outputs to be discarded, where a price or one of a row's targets is missing, or
    where the account is ruined.
    """
    assets, sessions = close.shape[1], len(close)
    units, money = np.zeros(assets), np.zeros(assets)
    cash, row = equity[0], 1
    for decision in range(len(decided)):
        trade = decided[decision] + 1
        target = targets[decision]
        if trade >= sessions or (np.isnan(target[0]) and np.isnan(target).all()):
            continue
        cash = _drift(close, cash_returns, row, trade, units, cash, equity)
        cash *= 1.0 + cash_returns[trade]
        value = _order(target, open_[trade], cash, units, money)
        if not value > 0.0:
            return False
        paid, traded = settle(money, open_[trade], units)
        bill = cost * traded
        cash -= paid
        cash -= bill
        costs[trade] = bill / value
        equity[trade] = cash + _product(units, close[trade])
        row = trade + 1
        if not 0.0 < equity[trade] < np.inf:
            return False
    _drift(close, cash_returns, row, sessions, units, cash, equity)
    for asset in range(assets):
        weights[asset] = units[asset] * close[sessions - 1, asset] / equity[sessions - 1]
    return bool(np.isfinite(total(equity)) and equity.min() > 0.0)


@kernel((PANEL, PANEL, PANEL, VECTOR, Integer, Scalar, VECTOR, OUT_VECTOR, OUT_VECTOR, OUT_VECTOR))
def simulate(
    targets: Array,
    close: Array,
    open_: Array,
    cash_returns: Array,
    limit: int,
    cost: float,
    loss: Array,
    equity: Array,
    weights: Array,
    costs: Array,
) -> None:
    """Trade towards `targets` (T, N), decided at each close for the next row; NaN is no order.

    `equity[0]` holds the capital. `cost` is a fraction of the money traded; `costs` are fractions
    of the value before the trade. `weights` (N,) are those after the last close: writing those of
    every row would take as long as all the rest. From ruin on all are zero.
    """
    assets = close.shape[1]
    units, money, gone = np.zeros(assets), np.zeros(assets), np.zeros(assets)
    orders, waiting, borrowed = np.full(assets, np.nan), np.zeros(assets), 0.0
    marks, fills = np.zeros((2, assets)), np.empty((1, assets))
    delisting_rows(close, limit, gone)
    marks[0] = np.where(np.isnan(close[0]), 0.0, close[0])
    cash, fill = equity[0], fills[0]
    weights[:], costs[0] = 0.0, 0.0
    for row in range(1, len(close)):
        quote(close, open_, row, gone, marks, fills)
        before, mark = marks[(row - 1) % 2], marks[row % 2]
        cash *= 1.0 + cash_returns[row]
        costs[row] = 0.0
        fresh = place(targets[row - 1], orders, waiting)
        if fresh or due(waiting, fill):
            if fresh:
                value = order(orders, before, fill, units, cash, money)
            else:
                value = resume(orders, waiting, before, fill, units, cash, borrowed, money)
            if value <= 0.0:
                equity[row:], costs[row:], weights[:] = 0.0, 0.0, 0.0
                return
            debt = filled(money, fill, units, value, before, orders, waiting)
            borrowed = debt if fresh else borrowed
            paid, traded = settle(money, fill, units)
            bill = cost * traded
            cash -= paid
            cash -= bill
            costs[row] = bill / value
        equity[row], cash = worth(mark, before, loss, units, cash, weights)
        if equity[row] <= 0.0:
            equity[row:], costs[row + 1 :], weights[:] = 0.0, 0.0, 0.0
            return
    weights /= equity[-1]
