"""The prices of an account: what values its holdings, and at what its orders trade."""

import numpy as np

from forefolio.backtest.kernels import delisting_rows, later_quotes
from forefolio.core.units import Array
from forefolio.market import Market
from forefolio.market.own_sessions import silent_rows


def account_prices(market: Market, limit: int, row: int) -> tuple[Array, Array]:
    """Prices (T, N) that value holdings (0: none), and at which orders trade (NaN: none).

    An asset is gone `limit` sessions after its last close ever; an order gets a price on a session
    on which the asset trades, from its second on. What stands before `row` is not written.
    """
    close, opens = close_and_open(market)
    marks, fills = np.empty(close.shape), np.empty(close.shape)
    gone = np.zeros(close.shape[1])
    delisting_rows(close, limit, gone)
    marks[row], fills[row] = np.where(row < gone, _last(close[: row + 1]), 0.0), np.nan
    later_quotes(close, opens, row, gone, marks, fills)
    return marks, fills


def close_and_open(market: Market) -> tuple[Array, Array]:
    """Closes and opens (T, N) as the kernels read them: closes twice where there are no opens."""
    opens = market.close if market.open is None else market.open
    return np.ascontiguousarray(market.close), np.ascontiguousarray(opens)


def _last(close: Array) -> Array:
    """The last close (N,) of each asset; 0 before its first."""
    rows = len(close) - 1 - silent_rows(close).astype(np.intp)
    return np.where(rows < 0, 0.0, close[rows, np.arange(close.shape[1])])
