"""The search for the best of all roundings near a relaxed one, in machine code."""

import numpy as np
from numpy.typing import NDArray

from forefolio.core.numerics import INDICES, OUT_INDICES, VECTOR, kernel
from forefolio.core.units import Array

WIDER = 1.6  # how much more may be lost in the next round


@kernel((VECTOR, VECTOR, VECTOR, VECTOR, INDICES, VECTOR, VECTOR, VECTOR, OUT_INDICES))
def cheapest_steps(
    loss: Array,
    under: Array,
    over: Array,
    pays: Array,
    most: NDArray[np.int64],
    at: Array,
    limits: Array,
    stop: Array,
    best: NDArray[np.int64],
) -> int:
    """Find the steps that bring the larger of two sums lowest, within what can be paid.

    A step k, taken at most `most[k]` times, changes the sums by `under[k]` and `over[k]`, pays
    `pays[k]` of the room, and by itself loses `loss[k]` >= 0 against the relaxed problem; losses
    rise with k. So steps whose losses exceed what the best is above the bound need no look.

    Args:
        loss: (K,) as `under`, `over` and `pays`.
        under: what is missing.
        over: what is too much.
        pays: of the room.
        most: (K,).
        at: (3,) both sums and the room before a step.
        limits: (2,) the bound, and a value that is reached otherwise.
        stop: (2,) how near to the bound will do, of the value, and the steps after which it ends.
        best: (K + 1,) how often each step is taken, and none; untouched where no steps are better.

    Returns:
        How many steps were tried, -1 where it gave up: the best may not be the best then.
    """
    count, bound, value = len(loss), limits[0], limits[1]
    close, patience = stop[0], stop[1]
    depth = min(most.sum(), int(patience) + 1) + 1  # no path is longer than what is tried
    path = np.zeros(depth, np.int64)
    taken = np.zeros(count, np.int64)
    sums = np.zeros((depth, 4))  # of the losses, what is missing, what is too much, and the room
    sums[0, 1], sums[0, 2], sums[0, 3] = at[0], at[1], at[2]
    if at[2] >= 0.0 and max(at[0], at[1]) < value:
        value = max(at[0], at[1])
        best[:] = 0
    tried, budget = 0, 0.0
    for k in range(min(3, count)):
        budget += loss[k]
    budget = max(budget, close * value)
    while True:
        limit = min(value - close * value, bound + budget)
        length, k, repeated = 0, 0, 0
        while True:
            if k < count and bound + sums[length, 0] + loss[k] < limit:
                if repeated == most[k]:
                    k, repeated = k + 1, 0
                    continue
                path[length] = k
                taken[k] += 1
                length, repeated, tried = length + 1, repeated + 1, tried + 1
                sums[length, 0] = sums[length - 1, 0] + loss[k]
                sums[length, 1] = sums[length - 1, 1] + under[k]
                sums[length, 2] = sums[length - 1, 2] + over[k]
                sums[length, 3] = sums[length - 1, 3] - pays[k]
                reached = max(sums[length, 1], sums[length, 2])
                if sums[length, 3] >= 0.0 and reached < value:
                    value = reached
                    limit = min(value - close * value, bound + budget)
                    best[:count], best[count] = taken, 0
                if tried > patience:
                    return -1
            elif length == 0:
                break
            else:
                length -= 1
                taken[path[length]] -= 1
                k, repeated = path[length] + 1, 0
        if value - close * value <= bound + budget:
            return tried
        budget *= WIDER
