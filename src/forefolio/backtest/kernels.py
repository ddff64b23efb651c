"""Holding and trading, session by session, in machine code.

1. `quote` gives the price a holding is valued at and the one an order gets, where there is one;
   `quotes` gives them for every session.
2. `order` turns target weights into money to buy and sell at one session's trade prices.
3. `settle` turns that money into units; `hold` lets prices and interest work on what is held.
4. `place`, `due` and `resume`: an order waits for the next session of an asset that is closed.
5. `simulate` is all of that for every session in one pass over the prices, at a proportional cost.

Units, not weights, are what is held, so drift is exact and needs no arithmetic. Where nothing is
left of an account it is ruined: from there on it is worth nothing and holds nothing.
"""

import numpy as np

from forefolio.core.numerics import OUT_PANEL, OUT_VECTOR, PANEL, VECTOR, Integer, Scalar, kernel
from forefolio.core.units import Array

ROUNDING = 1e-9  # of a purchase: one that shrank by less is done
DUST = 1e-12  # what rounding leaves of a position that was sold, as a fraction of it


@kernel((PANEL, PANEL, Integer, VECTOR, OUT_PANEL, OUT_PANEL))
def quote(close: Array, open_: Array, row: int, gone: Array, marks: Array, fills: Array) -> None:
    """Write what the prices of one row are worth to an account, into rings of rows.

    `marks` become the last close until the row in which an asset is `gone` (N,); 0 is none. `fills`
    become the price that waiting orders get: the open, or the close where there is no open; NaN is
    none, for what does not trade and on the first session of what did not exist before.
    """
    now, trade = close[row], open_[row]
    kept, mark = marks[(row - 1) % len(marks)], marks[row % len(marks)]
    fill = fills[row % len(fills)]
    for asset in range(len(now)):
        missing = np.isnan(now[asset])
        before = kept[asset]
        last = before if row < gone[asset] else 0.0
        mark[asset] = last if missing else now[asset]
        price = trade[asset] if np.isfinite(trade[asset]) else now[asset]
        fill[asset] = np.nan if missing | (before == 0.0) else price


@kernel((PANEL, Integer, OUT_VECTOR))
def goings(close: Array, limit: int, gone: Array) -> None:
    """Write the row (N,) in which each asset is gone: `limit` sessions after its last close ever.

    What trades again later was halted, and is not gone.
    """
    for asset in range(len(gone)):
        row = len(close) - 1
        while row > 0 and np.isnan(close[row, asset]):
            row -= 1
        gone[asset] = row + limit + 1.0


@kernel((PANEL, PANEL, Integer, OUT_PANEL, OUT_PANEL))
def quotes(close: Array, open_: Array, limit: int, marks: Array, fills: Array) -> None:
    """Write `marks` and `fills` of all rows, (T, N)."""
    gone = np.zeros(close.shape[1])
    goings(close, limit, gone)
    marks[0], fills[0] = np.where(np.isnan(close[0]), 0.0, close[0]), np.nan
    for row in range(1, len(close)):
        quote(close, open_, row, gone, marks, fills)


@kernel((VECTOR,))
def total(values: Array) -> float:
    """Sum in lanes: faster than one after the other, and always to the same bits."""
    one, two, three, four = 0.0, 0.0, 0.0, 0.0
    even = len(values) - len(values) % 8
    for lane in range(0, even, 8):
        one += values[lane] + values[lane + 4]
        two += values[lane + 1] + values[lane + 5]
        three += values[lane + 2] + values[lane + 6]
        four += values[lane + 3] + values[lane + 7]
    for last in range(even, len(values)):
        one += values[last]
    return (one + two) + (three + four)


@kernel((VECTOR, VECTOR, VECTOR, VECTOR, Scalar, Scalar, OUT_VECTOR))
def _shrink(
    target: Array,
    mark: Array,
    fill: Array,
    units: Array,
    cash: float,
    value: float,
    money: Array,
) -> None:
    planned, bought = value, 0.0
    for asset in range(len(units)):
        price = mark[asset] if np.isnan(fill[asset]) else fill[asset]
        planned -= units[asset] * price if np.isnan(target[asset]) else target[asset] * value
        bought += max(money[asset], 0.0)
    short = min(planned, 0.0) - (cash - total(money))
    if short > 0.0 and bought > 0.0:
        for asset in range(len(units)):
            if money[asset] > 0.0:
                money[asset] *= max(1.0 - short / bought, 0.0)


@kernel((VECTOR, VECTOR, VECTOR, VECTOR, Scalar, OUT_VECTOR))
def order(
    target: Array, mark: Array, fill: Array, units: Array, cash: float, money: Array
) -> float:
    """Write the money (N,) to buy (+) and sell (-) to reach `target`; return the value traded from.

    No order is placed without a `target`, none is executed without a `fill`. Purchases that count
    on the proceeds of a sale that was not executed shrink to the cash there is.
    """
    for asset in range(len(units)):
        money[asset] = units[asset] * (mark[asset] if np.isnan(fill[asset]) else fill[asset])
    value = cash + total(money)
    stuck = False
    for asset in range(len(units)):
        wanted = money[asset] if np.isnan(target[asset]) else target[asset] * value
        stuck |= np.isnan(fill[asset]) and wanted < money[asset]
        money[asset] = 0.0 if np.isnan(fill[asset]) else wanted - money[asset]
    if stuck:
        _shrink(target, mark, fill, units, cash, value, money)
    return value


@kernel((VECTOR, OUT_VECTOR, OUT_VECTOR))
def place(target: Array, orders: Array, waiting: Array) -> bool:
    """Let `target` (N,) replace all `orders` (N,), none where NaN; False where it says nothing.

    `waiting` (N,) is 1 for those that have had no price yet.
    """
    stated = False
    for asset in range(len(target)):
        stated |= not np.isnan(target[asset])
    if stated:
        for asset in range(len(target)):
            orders[asset] = target[asset]
            waiting[asset] = 0.0 if np.isnan(target[asset]) else 1.0
    return stated


@kernel((VECTOR, VECTOR))
def due(waiting: Array, fill: Array) -> bool:
    """Whether an order that waits gets a price."""
    ready = False
    for asset in range(len(fill)):
        ready |= waiting[asset] != 0.0 and not np.isnan(fill[asset])
    return ready


@kernel((VECTOR, VECTOR, VECTOR, VECTOR, VECTOR, Scalar, Scalar, OUT_VECTOR))
def resume(
    orders: Array,
    waiting: Array,
    mark: Array,
    fill: Array,
    units: Array,
    cash: float,
    borrowed: float,
    money: Array,
) -> float:
    """As `order`, of what has waited and of purchases that shrank, which only go on.

    They never take cash below `borrowed`, of the value.
    """
    for asset in range(len(units)):
        money[asset] = units[asset] * (mark[asset] if np.isnan(fill[asset]) else fill[asset])
    value = cash + total(money)
    bought = 0.0
    for asset in range(len(units)):
        idle = np.isnan(fill[asset]) or np.isnan(orders[asset])
        wanted = 0.0 if idle else orders[asset] * value - money[asset]
        money[asset] = wanted if waiting[asset] != 0.0 else max(wanted, 0.0)
        bought += max(money[asset], 0.0)
    short = borrowed * value - (cash - total(money))
    if short > 0.0 and bought > 0.0:
        for asset in range(len(units)):
            if money[asset] > 0.0:
                money[asset] *= max(1.0 - short / bought, 0.0)
    return value


@kernel((VECTOR, VECTOR, VECTOR, Scalar, VECTOR, OUT_VECTOR, OUT_VECTOR))
def filled(
    money: Array,
    fill: Array,
    units: Array,
    value: float,
    mark: Array,
    orders: Array,
    waiting: Array,
) -> float:
    """Strike off what was executed; return what the decision borrows at most, of the value.

    A purchase that shrank for want of a sale's proceeds goes on when that sale does.
    """
    left, planned = False, value
    for asset in range(len(money)):
        price = mark[asset] if np.isnan(fill[asset]) else fill[asset]
        held = units[asset] * price
        planned -= held if np.isnan(orders[asset]) else orders[asset] * value
        if not np.isnan(fill[asset]):
            waiting[asset] = 0.0
            wanted = orders[asset] * value - held
            if wanted <= 0.0 or wanted * (1.0 - ROUNDING) <= money[asset]:
                orders[asset] = np.nan
        left |= waiting[asset] != 0.0
    if not left:
        orders[:] = np.nan
    return min(planned, 0.0) / value


@kernel((VECTOR,))
def _net_and_gross(values: Array) -> tuple[float, float]:
    """Sum, and sum of sizes, in lanes."""
    one, two, three, four = 0.0, 0.0, 0.0, 0.0
    net = total(values)
    even = len(values) - len(values) % 4
    for lane in range(0, even, 4):
        one += abs(values[lane])
        two += abs(values[lane + 1])
        three += abs(values[lane + 2])
        four += abs(values[lane + 3])
    for last in range(even, len(values)):
        one += abs(values[last])
    return net, (one + two) + (three + four)


@kernel((VECTOR, VECTOR, OUT_VECTOR))
def settle(money: Array, fill: Array, units: Array) -> tuple[float, float]:
    """Turn `money` (N,) into units (N,) at the prices `fill`; return what was paid, and traded."""
    for asset in range(len(units)):
        before = units[asset]
        after = before + money[asset] / fill[asset]
        after = 0.0 if abs(after) < DUST * abs(before) else after
        units[asset] = before if money[asset] == 0.0 else after
    return _net_and_gross(money)


@kernel((VECTOR, VECTOR, VECTOR, OUT_VECTOR, Scalar, OUT_VECTOR))
def worth(
    mark: Array, before: Array, loss: Array, units: Array, cash: float, held: Array
) -> tuple[float, float]:
    """Write what the holdings are worth at a close (N,); return equity and cash.

    A holding without a `mark` any more is cashed out at the one `before`, less its share `loss`.
    """
    gone = False
    for asset in range(len(units)):
        held[asset] = units[asset] * mark[asset]
        gone |= mark[asset] == 0.0 and units[asset] != 0.0
    if gone:
        for asset in range(len(units)):
            if mark[asset] == 0.0:
                cash += units[asset] * before[asset] * (1.0 - loss[asset])
                units[asset] = 0.0
    return cash + total(held), cash


@kernel((PANEL, VECTOR, Integer, Integer, VECTOR, OUT_VECTOR, Scalar, OUT_VECTOR, OUT_PANEL))
def hold(
    marks: Array,
    cash_returns: Array,
    first: int,
    last: int,
    loss: Array,
    units: Array,
    cash: float,
    equity: Array,
    weights: Array,
) -> float:
    """Hold from the trade in row `first` to the close of row `last`; return the cash then.

    Interest of row `first` is already in `cash`: it was earned before the trade. From a close at
    which nothing is left, `equity` and `weights` are zero to their end.
    """
    for row in range(first, last + 1):
        if row > first:
            cash *= 1.0 + cash_returns[row]
        equity[row], cash = worth(marks[row], marks[row - 1], loss, units, cash, weights[row])
        if equity[row] <= 0.0:
            units[:], equity[row:], weights[row:] = 0.0, 0.0, 0.0
            return 0.0
        share = 1.0 / equity[row]
        for asset in range(len(units)):
            weights[row, asset] *= share
    return cash


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
    """Follow `targets` (T, N), decided at each close and traded from the next row, NaN for none.

    `equity[0]` holds the capital. Trading costs a fraction `cost` of what is traded; `costs` are
    fractions of the value traded from, `weights` (N,) those after the last close: writing down
    each row's would take as long as all the rest. From a row on where nothing is left, all are
    zero.
    """
    assets = close.shape[1]
    units, money, gone = np.zeros(assets), np.zeros(assets), np.zeros(assets)
    orders, waiting, borrowed = np.full(assets, np.nan), np.zeros(assets), 0.0
    marks, fills = np.zeros((2, assets)), np.empty((1, assets))
    goings(close, limit, gone)
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
            owed = filled(money, fill, units, value, before, orders, waiting)
            borrowed = owed if fresh else borrowed
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
