"""What `comparable` and `baselines` say as of the last session alone, in one pass over all returns.

Of every session before, only sums are kept: nothing of the size of the returns is written.
"""

import numpy as np
from numpy.typing import NDArray

from forefolio.core.numerics import (
    OUT_INDICES,
    OUT_PANEL,
    OUT_VECTOR,
    PANEL,
    VECTOR,
    Scalar,
    kernel,
)
from forefolio.core.units import Array
from forefolio.forecast.comparable import (
    NEARER,
    RECENT_WINDOW,
    SIMILAR,
    STALE,
    USUAL_WINDOW,
    median_of_group,
)
from forefolio.market.returns import WARM_UP

COMPARED = ("nnan", "nsz")  # no NaN is compared
STEPS = 24  # from one value to the next, after which sorting is no slower


@kernel((VECTOR, OUT_INDICES, OUT_VECTOR))
def sort_again(values: Array, order: NDArray[np.int64], ordered: Array) -> None:
    """Sort values (N,) by an `order` (N,) that was theirs a session ago: few have moved since."""
    for place in range(len(order)):
        item = order[place]
        value, to = values[item], place
        while to > 0 and ordered[to - 1] > value:
            ordered[to], order[to] = ordered[to - 1], order[to - 1]
            to -= 1
        ordered[to], order[to] = value, item


@kernel((VECTOR, Scalar), liberties=COMPARED)
def next_above(values: Array, than: float) -> float:
    """The least of values (N,) above another; inf where none is."""
    least = np.inf
    for value in values:
        beyond = value if value > than else np.inf
        least = min(beyond, least)
    return least


@kernel((VECTOR, Scalar), liberties=COMPARED)
def next_below(values: Array, than: float) -> float:
    """The greatest of values (N,) below another; -inf where none is."""
    greatest = -np.inf
    for value in values:
        beyond = value if value < than else -np.inf
        greatest = max(beyond, greatest)
    return greatest


@kernel((VECTOR, Scalar, Scalar))
def median_from(values: Array, middle: float, none: float) -> float:
    """The median of values (N,) above zero, stepped to from one of them; `none` if that is far."""
    count = 0
    for value in values:
        count += value > 0.0
    for _ in range(STEPS):
        below, equal = count - len(values), 0  # zeros are not counted
        for value in values:
            below += value < middle
            equal += value == middle
        if (count - 1) // 2 < below:
            middle = next_below(values, middle)
        elif (count - 1) // 2 >= below + equal:
            middle = next_above(values, middle)
        else:
            upper = middle if count // 2 < below + equal else next_above(values, middle)
            return 0.5 * (middle + upper)
    return none


@kernel((VECTOR, OUT_INDICES, OUT_VECTOR, OUT_INDICES))
def median_of_most(
    values: Array, order: NDArray[np.int64], ordered: Array, near: NDArray[np.int64]
) -> float:
    """`median_of_group` of the volatilities (N,) of one session after the other.

    `order` (N,), `ordered` (N,) and `near` (1,), which was next to it, stay from one to the next.
    """
    span, median = SIMILAR**2 * (1 + 1e-9), -1.0
    if 0.0 < next_below(values, np.inf) <= span * next_above(values, 0.0):  # all are one group
        median = median_from(values, values[near[0]], median)
    if median < 0.0:
        sort_again(values, order, ordered)
        median = median_of_group(ordered, span)
    for i in range(len(values)):
        if abs(values[i] - median) < abs(values[near[0]] - median):
            near[0] = i
    return median


@kernel((PANEL, OUT_PANEL, OUT_PANEL))
def means_so_far(returns: Array, leads: Array, last: Array) -> float:
    """Pool returns (T, N) over assets comparable in risk; their mean so far per session.

    Args:
        returns: NaN where there is none.
        leads: (3, N) of each asset's lead over the mean of all in the same sessions: their number,
            sum and sum of squares.
        last: (5, N) as of the last session: similarity, ratio to the reference volatility, and of
            the last 250 returns the mean, the volatility (NaN of too few) and their number.
    """
    rows, count = returns.shape
    sums, squares, counts = np.zeros(count), np.zeros(count), np.zeros(count)
    old = np.zeros((3, USUAL_WINDOW, count))  # the same a window ago
    volatility, ordered = np.zeros(count), np.zeros(count)
    order, near = np.arange(count), np.zeros(1, np.int64)
    level, weight = 0.0, 0.0
    similarity, ratio, mean, usual, number = last[0], last[1], last[2], last[3], last[4]
    for t in range(rows):
        slot, recent = t % USUAL_WINDOW, (t - RECENT_WINDOW) % USUAL_WINDOW
        lately = t >= RECENT_WINDOW
        for i in range(count):
            known = returns[t, i] - returns[t, i] == 0.0
            value = returns[t, i] if known else 0.0
            sums[i] += value
            squares[i] += value * value
            counts[i] += 1.0 if known else 0.0
            seen = counts[i] - old[2, slot, i]
            shared = max(seen, 1.0)
            mean[i] = (sums[i] - old[0, slot, i]) / shared
            square = (squares[i] - old[1, slot, i]) / shared
            variance = square - mean[i] * mean[i]
            deviation = np.sqrt(variance) if variance > 1e-12 * square else 0.0
            of_late, by = squares[i], counts[i]
            if lately:
                of_late, by = of_late - old[1, recent, i], by - old[2, recent, i]
            moved = STALE * np.sqrt(of_late / max(by, 1.0))
            number[i] = seen
            usual[i] = deviation if seen >= WARM_UP else np.nan
            volatility[i] = 0.0 if seen < WARM_UP else min(moved, deviation)
        for i in range(count):
            old[0, slot, i], old[1, slot, i], old[2, slot, i] = sums[i], squares[i], counts[i]
        reference = median_of_most(volatility, order, ordered, near)
        shared, total = 0.0, 0.0
        for i in range(count):
            to_reference, alike = 1.0, 1.0
            if number[i] >= WARM_UP:
                to_reference = volatility[i] / reference if reference > 0.0 else 0.0
            if to_reference < NEARER / SIMILAR or to_reference > SIMILAR / NEARER:
                distance = abs(np.log(to_reference))
                alike = min(max(2.0 - distance / np.log(SIMILAR), 0.0), 1.0)
            similarity[i], ratio[i] = alike, min(to_reference, SIMILAR)
            value = returns[t, i]
            if np.isfinite(value):
                weight += alike
                level += alike * value
                if alike > 0.0:
                    shared += 1.0
                    total += value
        earned = total / max(shared, 1.0)
        for i in range(count):
            value = returns[t, i]
            if similarity[i] > 0.0 and np.isfinite(value):
                leads[0, i] += 1.0
                leads[1, i] += value - earned
                leads[2, i] += (value - earned) ** 2
    return level / weight if weight > 0.0 else 0.0
