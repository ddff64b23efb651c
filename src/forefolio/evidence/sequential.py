"""Alarms that may be looked at every day: e-values, and a CUSUM for speed.

An e-value is what a fair bet against a promise has made of 1: if the promise holds, it ever reaches
1 / level with a probability of at most `level`, however often one looks (Ville 1939; Ramdas,
Gruenwald, Vovk and Shafer 2023, "Game-theoretic statistics and safe anytime-valid inference"). An
accuracy below 45 % over 60 sessions is no such alarm: where the true one is 53 %, it is seen within
1,000 sessions in 99 % of histories.

Outcomes over h sessions overlap: only every h-th may be bet on (Henzi and Ziegel 2022, correction
in Biometrika 109: the mean over all phases is no fair bet).
"""

from typing import Any

import numpy as np

from forefolio.core.lazy import lazy
from forefolio.core.units import Array

special: Any = lazy("scipy.special")

STAKES = (0.05, 0.1, 0.2, 0.4)  # shares of what may be lost that are bet, a quarter of 1 on each


def accuracy_e_value(right: Array, outcomes: Array, promise: float) -> Array:
    """E-value of "at least `promise` of the outcomes are right", of so many `right` ones.

    The bets are a uniform mixture over all accuracies below the promise.

    >>> accuracy_e_value(np.array([35.0]), np.array([100.0]), 0.5).round(4).tolist()
    [22.8924]
    """
    wrong = outcomes - right
    log_beta = special.betaln(1.0 + right, 1.0 + wrong)
    below = special.betainc(1.0 + right, 1.0 + wrong, promise)
    with np.errstate(divide="ignore"):
        logs = log_beta + np.log(below) - np.log(promise) - _log_promised(right, wrong, promise)
    e_value: Array = np.exp(np.minimum(logs, 700.0))
    return e_value


def share_e_value(right: Array, outcomes: Array, promise: float) -> Array:
    """E-value of "exactly `promise` of the outcomes are right", against more and fewer of them.

    The bets are a uniform mixture over all shares from 0 to 1.

    >>> share_e_value(np.array([35.0]), np.array([100.0]), 0.5).round(4).tolist()
    [11.4614]
    """
    wrong = outcomes - right
    logs = special.betaln(1.0 + right, 1.0 + wrong) - _log_promised(right, wrong, promise)
    e_value: Array = np.exp(np.minimum(logs, 700.0))
    return e_value


def bounded_mean_e_values(values: Array, promise: float) -> Array:
    """E-values (T,) after each of `values` (T,) in [0, 1], of "their mean is at most `promise`".

    Each value is bet on with a few fixed stakes before it is seen (Waudby-Smith and Ramdas 2024,
    "Estimating means of bounded random variables by betting").
    """
    gains = (values - promise) / promise
    wealth = [np.cumsum(np.log1p(stake * gains)) for stake in STAKES]
    e_values: Array = np.exp(
        np.minimum(special.logsumexp(wealth, axis=0) - np.log(len(wealth)), 700)
    )
    return e_values


def cusum(losses: Array, drift: float = 0.5) -> Array:
    """C_t = max(0, C_{t-1} + z_t - drift) of standardised losses (T,), in their deviations.

    Above 5 it is an alarm that comes once in 930 independent normal sessions if nothing is wrong,
    and 10 sessions after a shift of one deviation (Page 1954; Siegmund 1985).
    """
    sums = np.cumsum(losses - drift)
    lowest = np.minimum(np.minimum.accumulate(sums), 0.0)
    return sums - lowest


def run_length(limit: float, shift: float = 0.0, drift: float = 0.5, states: int = 1000) -> float:
    """Mean sessions until a CUSUM of normal losses, moved by `shift`, is above `limit`.

    By a Markov chain over so many states (Brook and Evans 1972, "An approach to the probability
    distribution of CUSUM run length").

    >>> round(run_length(4.0), 0), round(run_length(4.0, shift=1.0), 2)
    (335.0, 8.38)
    """
    width = 2.0 * limit / (2.0 * states - 1.0)
    place = np.arange(states) * width
    edges = place[None, :] + width / 2.0 - place[:, None] + drift - shift
    below = special.ndtr(edges)
    moves = np.diff(below, axis=1, prepend=0.0)
    lengths = np.linalg.solve(np.eye(states) - moves, np.ones(states))
    return float(lengths[0])


def _log_promised(right: Array, wrong: Array, promise: float) -> Array:
    """Log probability of the outcomes in their order, if the promise holds exactly."""
    logs: Array = right * np.log(promise) + wrong * np.log1p(-promise)
    return logs
