"""The loops of simulated paths: GARCH variances, and Markov chains of regimes."""

import numpy as np

from forefolio.core.numerics import OUT_CUBE, OUT_PANEL, PANEL, VECTOR, kernel
from forefolio.core.units import Array


@kernel((PANEL, VECTOR, VECTOR, OUT_CUBE))
def garch_paths(parameters: Array, center: Array, variance: Array, returns: Array) -> None:
    """Scale standardised residuals, in `returns` (P, H, N), by the GARCH volatility, in place.

    `parameters` are (4, N): omega, alpha, gamma, beta; each path begins at `variance` (N,), and
    `center` (N,) is the mean.
    """
    paths, horizon, assets = returns.shape
    omega, alpha, gamma, beta = parameters
    ahead = np.empty(assets)
    for path in range(paths):
        ahead[:] = variance
        for session in range(horizon):
            for asset in range(assets):  # innermost, as none waits for another
                shock = np.sqrt(ahead[asset]) * returns[path, session, asset]
                fall = min(shock, 0.0)
                reaction = alpha[asset] * shock * shock + gamma[asset] * fall * fall
                ahead[asset] = omega[asset] + reaction + beta[asset] * ahead[asset]
                returns[path, session, asset] = center[asset] + shock


@kernel((PANEL, VECTOR, PANEL, OUT_PANEL))
def markov_paths(chance: Array, now: Array, transition: Array, states: Array) -> None:
    """States (P, H) of a Markov chain, as numbers: `chance` (P, H) is uniform between 0 and 1.

    Before the first session it is in each state with the probability `now` (K,).
    """
    paths, horizon = chance.shape
    last = len(now) - 1
    first = np.zeros(len(now))
    for state in range(len(now)):
        for before in range(len(now)):
            first[state] += now[before] * transition[before, state]
    for path in range(paths):
        state = -1
        for session in range(horizon):
            left, following = chance[path, session], 0
            while following < last:
                share = first[following] if state < 0 else transition[state, following]
                if left < share:
                    break
                left -= share
                following += 1
            state = following
            states[path, session] = state
