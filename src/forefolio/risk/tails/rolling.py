"""Quantiles and moments of every window of returns, without sorting or summing each one anew.

Row k of a result is of the `window` returns before row `window + k`: what is known before that
session, and nothing later.
"""

from bisect import bisect_left, insort

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from forefolio.core.units import Array

_BLOCK = 64  # windows at a time, so that what is summed stays in the processor's cache


def rolling_quantiles(returns: Array, window: int, share: float) -> Array:
    """The (T - window,) quantiles at `share`, as `numpy.quantile` says them."""
    place = (window - 1) * share
    below = int(place)
    above = min(below + 1, window - 1)
    neighbours = np.empty((2, len(returns) - window))
    values = returns.tolist()
    ordered = sorted(values[:window])
    for row in range(window, len(values)):
        neighbours[0, row - window] = ordered[below]
        neighbours[1, row - window] = ordered[above]
        del ordered[bisect_left(ordered, values[row - window])]
        insort(ordered, values[row])
    (low, high), part = neighbours, place - below
    between: Array = low + (high - low) * part if part < 0.5 else high - (high - low) * (1 - part)
    return between


def rolling_moments(returns: Array, window: int) -> Array:
    """Mean, standard deviation (over T), skew and excess kurtosis: (4, T - window).

    Skew and excess kurtosis are 0 where nothing varies.
    """
    windows = sliding_window_view(returns, window)[:-1]
    moments = np.empty((4, len(windows)))
    for first in range(0, len(windows), _BLOCK):
        moments[:, first : first + _BLOCK] = moments_of(windows[first : first + _BLOCK])
    return moments


def moments_of(returns: Array) -> Array:
    """Mean, standard deviation (over T), skew and excess kurtosis along the last axis."""
    count = returns.shape[-1]
    mean = returns.mean(axis=-1)
    deviation = returns - mean[..., None]
    square = deviation * deviation
    variance = np.einsum("...t->...", square) / count
    varies = variance > 0.0
    safe = np.where(varies, variance, 1.0)
    skew = np.einsum("...t,...t->...", square, deviation) / count / safe**1.5
    excess = np.einsum("...t,...t->...", square, square) / count / safe**2 - 3.0
    return np.stack([mean, np.sqrt(variance), skew, np.where(varies, excess, 0.0)])
