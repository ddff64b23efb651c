"""The inner loops of a Gaussian hidden Markov model over T observations and K states.

1. Densities of each observation in each state; an observation with a gap says nothing.
2. Forward: the probability of each state at a row given that row and those before it, scaled to
   sum to one, so nothing underflows and the logarithms of the scales add up to the likelihood.
3. Backward, for estimation only: what later rows add to it (Kim, 1994).
4. Moments of the observations, weighted by the probabilities of their states.
"""

import numpy as np

from forefolio.core.numerics import CUBE, OUT_CUBE, OUT_PANEL, OUT_VECTOR, PANEL, VECTOR, kernel
from forefolio.core.units import Array


@kernel((PANEL, PANEL, CUBE, OUT_PANEL))
def log_densities(x: Array, means: Array, whitening: Array, out: Array) -> None:
    """Log density (T, K) of rows (T, D) under Gaussians; 0 where a row has a gap.

    `whitening` (K, D, D) are the inverses of the covariances' lower Cholesky factors.
    """
    rows, width = x.shape
    for state in range(len(means)):
        offset = -0.5 * width * np.log(2 * np.pi)
        for one in range(width):
            offset += np.log(whitening[state, one, one])
        for row in range(rows):
            distance = 0.0
            for one in range(width):
                white = 0.0
                for other in range(one + 1):
                    white += whitening[state, one, other] * (x[row, other] - means[state, other])
                distance += white * white
            out[row, state] = 0.0 if np.isnan(distance) else offset - 0.5 * distance


@kernel((PANEL, VECTOR, PANEL, OUT_PANEL))
def filtered(logs: Array, start: Array, transition: Array, out: Array) -> float:
    """Log likelihood; puts out the probability (T, K) of each state given rows 0 ... t.

    `start` (K,) holds before the first row; `transition` (K, K) are rows that sum to one.
    """
    rows, states = logs.shape
    likelihood = 0.0
    for row in range(rows):
        highest, total = logs[row, 0], 0.0
        for state in range(1, states):
            highest = max(highest, logs[row, state])
        for state in range(states):
            expected = start[state]
            if row > 0:
                expected = 0.0
                for before in range(states):
                    expected += out[row - 1, before] * transition[before, state]
            out[row, state] = expected * np.exp(logs[row, state] - highest)
            total += out[row, state]
        for state in range(states):
            out[row, state] /= total
        likelihood += highest + np.log(total)
    return likelihood


@kernel((PANEL, PANEL, OUT_PANEL, OUT_PANEL))
def smoothed(forward: Array, transition: Array, out: Array, moves: Array) -> None:
    """Probability (T, K) of each state given all rows, from the filtered ones; moves (K, K).

    `moves` are the expected numbers of transitions from each state to each.
    """
    rows, states = forward.shape
    moves[:] = 0.0
    news = np.empty(states)  # how much more likely later rows make a state than it was expected
    for state in range(states):
        out[rows - 1, state] = forward[rows - 1, state]
    for row in range(rows - 2, -1, -1):
        for after in range(states):
            expected = 0.0
            for before in range(states):
                expected += forward[row, before] * transition[before, after]
            news[after] = out[row + 1, after] / expected
        for before in range(states):
            out[row, before] = 0.0
            for after in range(states):
                move = forward[row, before] * transition[before, after] * news[after]
                moves[before, after] += move
                out[row, before] += move


@kernel((PANEL, PANEL, OUT_VECTOR, OUT_PANEL, OUT_CUBE))
def moments(x: Array, weights: Array, total: Array, mean: Array, scatter: Array) -> None:
    """Sum of weights (K,), mean (K, D), and sum of squares about it (K, D, D), of whole rows.

    `weights` are (T, K), and count at rows of `x` (T, D) without a gap.
    """
    width = x.shape[1]
    states = weights.shape[1]
    whole = np.ones(len(x), np.bool_)
    total[:] = 0.0
    mean[:] = 0.0
    scatter[:] = 0.0
    for row in range(len(x)):
        for one in range(width):
            whole[row] &= np.isfinite(x[row, one])
        if whole[row]:
            for state in range(states):
                total[state] += weights[row, state]
                for one in range(width):
                    mean[state, one] += weights[row, state] * x[row, one]
    for state in range(states):
        mean[state] /= max(total[state], 1e-300)
        for row in range(len(x)):
            if whole[row]:
                for one in range(width):
                    part = weights[row, state] * (x[row, one] - mean[state, one])
                    for other in range(one + 1):
                        scatter[state, one, other] += part * (x[row, other] - mean[state, other])
        for one in range(width):
            for other in range(one):
                scatter[state, other, one] = scatter[state, one, other]
