"""Means and ratios over sessions, with autocorrelation-robust standard errors.

1. Outcomes over h sessions overlap, and losses persist beyond that: variances count
   `memory(h)` = max(3 h, 63) autocovariances with Bartlett's weights (Newey and West 1987); with
   2 h of them, two errors miss the truth 9 times in 100 at 63 sessions. All sessions are used, so
   nothing depends on which one is the first.
2. Many lags on few sessions make an error too small: it is widened as Kiefer and Vogelsang (2005)
   reckon for Bartlett's weights, so that 1.96 errors hold the truth 95 times in 100.
3. The error of a ratio is that of `gain - ratio * scale` (the delta method).
"""

import numpy as np

from forefolio.core.units import Array, Flags

LONGEST_MEMORY = 63  # sessions over which losses are alike apart from any overlap
FEWEST_SPANS = 2  # of the memory, below which no error is known


def memory(horizon: int) -> int:
    """How many sessions apart two outcomes over `horizon` sessions may still move together."""
    return max(3 * horizon, LONGEST_MEMORY)


def independent(usable: Flags, horizon: int) -> Flags:
    """Every `horizon`-th of the usable sessions (R,): those whose outcomes do not overlap."""
    selected = np.zeros(len(usable), dtype=np.bool_)
    selected[np.flatnonzero(usable)[::horizon]] = True
    return selected


def row_mean(values: Array) -> Array:
    """Mean over the assets (R, N) that are known; NaN where none is."""
    finite = np.isfinite(values)
    total = np.where(finite, values, 0.0).sum(axis=1)
    return np.where(finite.any(axis=1), total / np.maximum(finite.sum(axis=1), 1), np.nan)


def mean_with_error(values: Array, horizon: int) -> tuple[float | None, float | None]:
    """Mean of the known values (R,) of outcomes over `horizon` sessions, and its standard error.

    None if none is known; an infinite error if there are fewer than two spans of the memory.
    """
    finite = np.isfinite(values)
    if not finite.any():
        return None, None
    return ratio_with_error(np.where(finite, values, 0.0), finite * 1.0, horizon)


def ratio_with_error(gain: Array, scale: Array, horizon: int) -> tuple[float, float]:
    """Sum of gains (R,) over the sum of scales (R,), and its standard error.

    Rows of scale zero are sessions at which nothing is known. Without any there is no ratio: zero,
    with an infinite error.
    """
    total = float(scale.sum())
    if not total:
        return 0.0, float("inf")
    ratio = float(gain.sum() / total)
    rows = np.flatnonzero(scale)
    left = (gain - ratio * scale)[rows[0] : rows[-1] + 1]
    return ratio, error_of_sum(left, horizon) / total


def error_of_sum(centred: Array, horizon: int) -> float:
    """Standard error of the sum of values (R,) whose mean is zero; infinite for too few."""
    lags = memory(horizon)
    if len(centred) < FEWEST_SPANS * lags:
        return float("inf")
    variance = float(centred @ centred)
    for lag in range(1, lags + 1):
        variance += 2 * (1 - lag / (lags + 1)) * float(centred[lag:] @ centred[:-lag])
    widened = _widened(np.asarray(len(centred), dtype=np.float64), lags)
    return float(np.sqrt(max(variance, 0.0)) * widened)


def expanding_ratio(gain: Array, scale: Array, horizon: int) -> tuple[Array, Array]:
    """What `ratio_with_error` gives for the first 1, 2, ... R rows: ratios (R,) and errors (R,).

    The error is infinite where the rows so far are too few; the ratio is zero where their scale is.
    """
    lags, rows = memory(horizon), np.arange(1.0, len(gain) + 1)
    total = np.cumsum(scale)
    ratio = np.divide(np.cumsum(gain), total, out=np.zeros(len(gain)), where=total > 0)
    variance = np.zeros(len(gain))
    for lag in range(min(lags, len(gain) - 1) + 1):
        weight = (2.0 if lag else 1.0) * (1 - lag / (lags + 1))
        ahead, behind = slice(lag, None), slice(None, len(gain) - lag)
        both = np.cumsum(gain[ahead] * gain[behind])
        mixed = np.cumsum(gain[ahead] * scale[behind] + scale[ahead] * gain[behind])
        scales = np.cumsum(scale[ahead] * scale[behind])
        b = ratio[ahead]
        variance[ahead] += weight * (both - b * mixed + b * b * scales)
    enough = (rows >= FEWEST_SPANS * lags) & (total > 0)
    errors = np.full(len(gain), np.inf)
    widened = np.sqrt(np.maximum(variance[enough], 0.0)) * _widened(rows[enough], lags)
    errors[enough] = widened / total[enough]
    return ratio, errors


def _widened(rows: Array, lags: int) -> Array:
    """The factor by which 1.96 becomes the critical value of Kiefer and Vogelsang (2005)."""
    share = lags / rows
    return 1 + (2.9694 * share + 0.4160 * share**2 - 0.5324 * share**3) / 1.9600
