"""Given weights followed through prices without a gap: what needs no case and no bookkeeping.

1. An order decided in a row is settled in the next one, with the arithmetic of `kernels.simulate`.
2. Until the next order nothing but prices moves, so equity is one product a session.
3. A missing price or a target of some assets only makes a sum NaN: then nothing is said, and the
   general way does the work. So it does where nothing is left of an account.
"""

import numpy as np
from numpy.typing import NDArray

from forefolio.backtest.kernels import settle, total
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
    """As `kernels.simulate`, of `targets` (D, N) decided at the rows `decided` (D,), ascending.

    False, and nothing of use written, where a price or one of a row's targets is missing, or where
    the account is ruined.
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
