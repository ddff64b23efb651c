"""The arithmetic of one session of an account: prices, orders, trades, valuation.

1. `quote` gives the price that values a holding and the one at which an order trades, if any;
   `later_quotes` gives them for every session after one.
2. `place` turns target weights into orders; `order` into money to buy and sell at one session's
   trade prices; `due` and `resume` trade orders that waited because an asset was closed.
3. `settle` turns money into units; `filled` removes executed orders.
4. `worth` values the holdings at one close; `hold` does so from a trade to the next, and lets
   each session `accrue` its interest and fees.

Units are held, not weights, so weights drift with prices without arithmetic. An account whose
equity is not above zero is ruined: from there on its equity and weights are zero.
"""

import numpy as np

from forefolio.core.numerics import OUT_PANEL, OUT_VECTOR, PANEL, VECTOR, Integer, Scalar, kernel
from forefolio.core.units import Array

ROUNDING = 1e-9  # fraction of a purchase: one that is short by less is complete
DUST = 1e-12  # fraction of a position that rounding leaves after a full sale


@kernel((PANEL, PANEL, Integer, VECTOR, OUT_PANEL, OUT_PANEL))
def quote(close: Array, open_: Array, row: int, gone: Array, marks: Array, fills: Array) -> None:
    """Write the prices of one row that value holdings (`marks`) and fill orders (`fills`).

    Both are rings of rows. A mark is the last close until the row in which an asset is `gone` (N,),
    its delisting, and 0 from then on and before its first close. A fill is the open, or the close
    where no open is known; NaN where the asset does not trade, and in its first session.
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
def delisting_rows(close: Array, limit: int, gone: Array) -> None:
    """Write the row (N,) in which each asset is delisted: `limit` sessions after its last close.

    An asset that trades again later was halted, not delisted.
    """
    for asset in range(len(gone)):
        row = len(close) - 1
        while row > 0 and np.isnan(close[row, asset]):
            row -= 1
        gone[asset] = row + limit + 1.0


@kernel((PANEL, PANEL, Integer, VECTOR, OUT_PANEL, OUT_PANEL))
def later_quotes(
    close: Array, open_: Array, row: int, gone: Array, marks: Array, fills: Array
) -> None:
    """Write `marks` and `fills`, (T, N), of all rows after `row`."""
    for later in range(row + 1, len(close)):
        quote(close, open_, later, gone, marks, fills)


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

    No order is placed without a `target`, none is executed without a `fill`. Where
    a sale was not executed, purchases are reduced to the cash available.
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
    """Replace all `orders` (N,) by `target` (N,), NaN for no order; False where all are NaN.

    `waiting` (N,) is 1 for orders that have had no price yet.
    """
    any_order = False
    for asset in range(len(target)):
        any_order |= not np.isnan(target[asset])
    if any_order:
        for asset in range(len(target)):
            orders[asset] = target[asset]
            waiting[asset] = 0.0 if np.isnan(target[asset]) else 1.0
    return any_order


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
    """As `order`, for orders that waited and for the rest of purchases that were reduced.

    They never take cash below `borrowed`, a fraction of the value.
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
    """Remove executed orders; return the most the decision borrows, a fraction of the value.

    A purchase reduced because a sale waits is completed when that sale trades.
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
    """Write the value of each holding at a close (N,); return equity and cash.

    A delisted holding, whose `mark` is 0, is paid out at the mark `before`, less its share `loss`.
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


@kernel((VECTOR, VECTOR, Scalar, Scalar, Scalar, VECTOR, VECTOR, VECTOR))
def accrue(
    units: Array,
    mark: Array,
    cash: float,
    equity: float,
    interest: float,
    long: Array,
    short: Array,
    of_account: Array,
) -> tuple[float, float]:
    """Cash after a session's `interest` and fees, and these fees.

    They are for what is held at the close before, whose `mark` is (N,). `long` and `short` (N,) are
    rates of positions, none where they are empty; `of_account` are those of the value and of cash
    below zero (2,).
    """
    taken: float = of_account[0] * equity + of_account[1] * max(-cash, 0.0)
    for asset in range(len(long)):
        value = units[asset] * mark[asset]
        taken += long[asset] * value if value > 0.0 else -short[asset] * value
    cash *= 1.0 + interest
    return cash - taken, taken


@kernel(
    (
        *(PANEL, VECTOR, Integer, Integer, VECTOR, VECTOR, VECTOR, VECTOR),
        *(OUT_VECTOR, Scalar, OUT_VECTOR, OUT_PANEL, OUT_VECTOR),
    )
)
def hold(
    marks: Array,
    cash_returns: Array,
    first: int,
    last: int,
    loss: Array,
    long: Array,
    short: Array,
    of_account: Array,
    units: Array,
    cash: float,
    equity: Array,
    weights: Array,
    billed: Array,
) -> float:
    """Hold from the trade in row `first` to the close of row `last`; return the cash then.

    Interest and the fees of row `first` are already in `cash`: they were paid before the trade;
    the fees of later rows are added to `billed` (T,). From a close with no equity left on,
    `equity` and `weights` are zero.
    """
    for row in range(first, last + 1):
        if row > first:
            mark, worth_then, interest = marks[row - 1], equity[row - 1], cash_returns[row]
            cash, taken = accrue(units, mark, cash, worth_then, interest, long, short, of_account)
            billed[row] += taken
        equity[row], cash = worth(marks[row], marks[row - 1], loss, units, cash, weights[row])
        if equity[row] <= 0.0:
            units[:], equity[row:], weights[row:] = 0.0, 0.0, 0.0
            return 0.0
        share = 1.0 / equity[row]
        for asset in range(len(units)):
            weights[row, asset] *= share
    return cash
