"""The loop over all choices of half of the blocks, each with its complement."""

import numpy as np
from numpy.typing import NDArray

from forefolio.core.numerics import INDEX_PANEL, OUT_PANEL, PANEL, VECTOR, Flag, kernel
from forefolio.core.units import Array


@kernel((INDEX_PANEL, PANEL, PANEL, VECTOR, Flag, OUT_PANEL))
def judge_choices(
    halves: NDArray[np.int64], sums: Array, squares: Array, rows: Array, by_mean: bool, out: Array
) -> None:
    """For each choice of blocks (C, S / 2): inside, outside and rank of the best trial inside.

    `sums` and `squares` (S, N) are those of each block's `rows` (S,); `out` (2 C, 3) has the choice
    and its complement, and ranks outside run from 1, the worst, with ties shared.
    """
    blocks, trials = sums.shape
    total, total_squares, total_rows = np.zeros(trials), np.zeros(trials), 0.0
    for block in range(blocks):
        total_rows += rows[block]
        for trial in range(trials):
            total[trial] += sums[block, trial]
            total_squares[trial] += squares[block, trial]
    inside, outside = np.empty(trials), np.empty(trials)
    first, second = np.empty(trials), np.empty(trials)
    for choice in range(halves.shape[0]):
        first[:] = 0.0
        second[:] = 0.0
        count = 0.0
        for place in range(halves.shape[1]):
            block = halves[choice, place]
            count += rows[block]
            for trial in range(trials):
                first[trial] += sums[block, trial]
                second[trial] += squares[block, trial]
        rest = total_rows - count
        for trial in range(trials):
            mean, other = first[trial] / count, (total[trial] - first[trial]) / rest
            if by_mean:
                inside[trial], outside[trial] = mean, other
            else:
                variance = (second[trial] - count * mean * mean) / (count - 1.0)
                left = total_squares[trial] - second[trial]
                beside = (left - rest * other * other) / (rest - 1.0)
                inside[trial] = mean / np.sqrt(variance) if variance > 0.0 else 0.0
                outside[trial] = other / np.sqrt(beside) if beside > 0.0 else 0.0
        for side in range(2):
            here = inside if side == 0 else outside
            there = outside if side == 0 else inside
            best = 0
            for trial in range(1, trials):
                if here[trial] > here[best]:
                    best = trial
            below, equal = 0, 0
            for trial in range(trials):
                below += there[trial] < there[best]
                equal += there[trial] == there[best]
            row = 2 * choice + side
            out[row, 0], out[row, 1] = here[best], there[best]
            out[row, 2] = below + 0.5 * (equal + 1.0)
