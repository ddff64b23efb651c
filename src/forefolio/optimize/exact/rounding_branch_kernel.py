"""The best of all roundings by branches and bounds, in machine code."""

import numpy as np
from numpy.typing import NDArray

from forefolio.core.numerics import (
    INDEX_PANEL,
    INDICES,
    OUT_INDICES,
    OUT_VECTOR,
    PANEL,
    VECTOR,
    Scalar,
    kernel,
)
from forefolio.core.units import Array


@kernel((VECTOR, VECTOR, INDICES, INDICES, INDICES, Scalar, OUT_VECTOR))
def fill(
    gain: Array,
    cost: Array,
    order: NDArray[np.int64],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    room: float,
    filled: Array,
) -> None:
    """Gain the most within the room where fractions may be taken (Dantzig 1957).

    Args:
        gain: (K,) of one unit of each item.
        cost: (K,) above zero.
        order: (K,) the items, most gain for its cost first.
        low: (K,) units that are taken in any case.
        high: (K,) units there are.
        room: for their costs.
        filled: (4,) what is gained; the item of which a fraction is taken, -1 where there is none,
            and its whole units; the room that `low` leaves: below zero, and it cannot be.
    """
    gained, left = 0.0, room
    for k in range(len(gain)):
        gained += gain[k] * low[k]
        left -= cost[k] * low[k]
    filled[1], filled[2], filled[3] = -1.0, 0.0, left
    for k in order:
        free = high[k] - low[k]
        if left <= 0.0:
            break
        taken = min(float(free), left / cost[k])
        gained += gain[k] * taken
        left -= cost[k] * taken
        if taken < free:
            if taken > np.floor(taken):
                filled[1], filled[2] = float(k), low[k] + np.floor(taken)
            break
    filled[0] = gained


@kernel((PANEL, INDEX_PANEL, INDICES, INDICES, INDICES, VECTOR, OUT_INDICES))
def complete(
    items: Array,
    orders: NDArray[np.int64],
    first: NDArray[np.int64],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    at: Array,
    taken: NDArray[np.int64],
) -> float:
    """Take (K,) whole units beyond `low` in the order that comes `first` (1,), as long as both
    rooms last; the larger of the two sums that are to be low.
    """
    gain, paid, price = items[0], items[1], items[2]
    missing, money, value = at[0], at[1], at[2]
    for k in range(len(gain)):
        taken[k] = low[k]
        missing -= gain[k] * low[k]
        money -= paid[k] * low[k]
        value -= price[k] * low[k]
    for k in orders[first[0]]:
        units = float(high[k] - low[k])
        if paid[k] * units > money:
            units = np.floor(money / paid[k])
        if price[k] * units > value:
            units = np.floor(value / price[k])
        if units > 0.0:
            taken[k] += int(units)
            missing -= gain[k] * units
            money -= paid[k] * units
            value -= price[k] * units
    reached: float = max(missing, missing - value)
    return reached


@kernel((PANEL, INDEX_PANEL, INDICES, VECTOR, VECTOR, OUT_INDICES))
def least_by_branches(
    items: Array,
    orders: NDArray[np.int64],
    most: NDArray[np.int64],
    at: Array,
    stop: Array,
    best: NDArray[np.int64],
) -> int:
    """Find the whole units that bring the larger of two sums lowest, within what can be paid.

    A unit of item k lowers what is missing by its gain, and the difference of what is missing and
    what is too much by its price, the value there is room for. So either sum is the least in a
    problem of one room where fractions may be taken, and the higher of both bounds counts. A
    branch is a range for each item; it is split at the item of which a fraction would be taken.

    Args:
        items: (3, K) gain, what is paid, and price of a unit; the last two above zero.
        orders: (2, K) the items, most gain for what is paid, and for the price, first.
        most: (K,) units there are.
        at: (3,) what is missing, the money and the room for prices before any unit.
        stop: (3,) how near to the best will do, of the value; the branches after which it ends; and
            a value that need not be reached.
        best: (K,) the units found.

    Returns:
        How many branches were looked at; -1 where it gave up.
    """
    gain, price, count = items[0], items[2], items.shape[1]
    close, patience, value = stop[0], int(stop[1]), stop[2]
    depth = int(min(float(most.sum()), stop[1])) + 1
    item, split = np.zeros(depth, np.int64), np.zeros(depth, np.int64)
    kept, lower = np.zeros(depth, np.int64), np.zeros(depth, np.bool_)
    low, high, taken = np.zeros(count, np.int64), most.copy(), np.zeros(count, np.int64)
    by_paid, by_price, first = np.zeros(4), np.zeros(4), np.zeros(1, np.int64)
    length, seen = 0, 0
    while True:
        seen += 1
        if seen > patience:
            return -1
        fill(gain, items[1], orders[0], low, high, at[1], by_paid)
        fill(gain, price, orders[1], low, high, at[2], by_price)
        bound = at[0] - at[2]  # what is too much already
        for k in range(count):
            bound += (price[k] - gain[k]) * low[k]
        bound = max(bound, at[0] - by_paid[0])
        if by_price[3] >= 0.0:
            bound = max(bound, at[0] - by_price[0])
        k = -1
        if by_paid[3] >= 0.0 and bound < value - close * value:
            first[0] = 0 if by_price[3] < 0.0 or by_paid[0] <= by_price[0] else 1
            reached = complete(items, orders, first, low, high, at, taken)
            if reached < value:
                value = reached
                best[:] = taken
            broken, other = (by_paid, by_price) if first[0] == 0 else (by_price, by_paid)
            k, at_most = int(broken[1]), int(broken[2])
            if k < 0:
                k, at_most = int(other[1]), int(other[2])
            if k < 0:  # whole for both, and not the same: any that is open
                for j in range(count):
                    if high[j] > low[j] and (k < 0 or price[j] > price[k]):
                        k, at_most = j, low[j]
        if k >= 0 and bound < value - close * value:
            item[length], kept[length], lower[length] = k, low[k], False
            split[length] = max(low[k], min(at_most, high[k] - 1))
            low[k] = split[length] + 1
            length += 1
            continue
        while length > 0 and lower[length - 1]:
            length -= 1
            high[item[length]] = kept[length]
        if length == 0:
            return seen
        k, lower[length - 1] = item[length - 1], True
        low[k], kept[length - 1], high[k] = kept[length - 1], high[k], split[length - 1]
