"""Whether recent values are of another kind than earlier ones, held against what luck gives.

A population stability index above 0.1 or 0.25 is no sign of drift: of inputs that move as slowly as
most do, 63 sessions against 1,250 have 1.5 in the mean although nothing has changed. What is to be
expected is taken from the reference itself: each of its windows of the same length, against the
rest.
"""

from dataclasses import dataclass

import numpy as np

from forefolio.core.units import Array, Flags

BINS = 10
STEPS = 9  # windows of the null begin so many times in one window's length


@dataclass(frozen=True, slots=True, kw_only=True)
class InputDrift:
    """How far recent values of one input are from those before."""

    index: float  # the population stability index
    usual: float  # its 95 % quantile where nothing has changed
    p_value: float


def stability_index(reference: Array, recent: Array, bins: int = BINS) -> float:
    """Population stability index, sum of (p - q) ln(p / q) over bins at the reference's quantiles.

    Half a value is added to each bin. What is not finite is left out.
    """
    reference, recent = (values[np.isfinite(values)] for values in (reference, recent))
    edges = np.quantile(reference, np.linspace(0.0, 1.0, bins + 1)[1:-1])
    return index_of_shares(_shares(recent, edges), _shares(reference, edges))


def index_of_shares(recent: Array, reference: Array) -> float:
    """The index of two distributions (B,) over the same bins.

    >>> round(index_of_shares(np.array([0.1, 0.2, 0.3, 0.4]), np.full(4, 0.25)), 6)
    0.228217
    """
    return float(np.sum((recent - reference) * np.log(recent / reference)))


def drift_of(values: Array, recent: int) -> InputDrift:
    """How far the last `recent` of the values (T,) are from those before.

    The null are windows of the reference itself, a ninth of a window apart, each against the rest
    of the reference; p is the share of them at least as far.
    """
    reference, latest = values[:-recent], values[-recent:]
    index = stability_index(reference, latest)
    by_luck = _of_windows(reference, recent)
    as_far = int((by_luck >= index).sum())
    return InputDrift(
        index=index,
        usual=float(np.quantile(by_luck, 0.95)),
        p_value=(1 + as_far) / (1 + len(by_luck)),
    )


def _of_windows(reference: Array, length: int) -> Array:
    """The index (W,) of each window of the reference against the rest of it."""
    known = np.isfinite(reference)
    edges = np.quantile(reference[known], np.linspace(0.0, 1.0, BINS + 1)[1:-1])
    inside = np.searchsorted(edges, reference, side="right")[:, None] == np.arange(BINS)
    sums = np.concatenate([np.zeros((1, BINS)), np.cumsum(inside & known[:, None], axis=0)])
    starts = np.arange(0, len(reference) - length + 1, max(length // STEPS, 1))
    window = sums[starts + length] - sums[starts]
    mine, rest = (_smoothed(counts) for counts in (window, sums[-1] - window))
    indices: Array = np.sum((mine - rest) * np.log(mine / rest), axis=1)
    return indices


def discoveries(p_values: Array, level: float = 0.05) -> Flags:
    """Which of the p-values (K,) are findings, so that of these at most `level` are false.

    Benjamini and Hochberg (1995), "Controlling the false discovery rate".

    >>> discoveries(np.array([0.001, 0.2, 0.02, 0.9])).tolist()
    [True, False, True, False]
    """
    order = np.argsort(p_values, kind="stable")
    allowed = level * np.arange(1, len(p_values) + 1) / len(p_values)
    passed = np.flatnonzero(p_values[order] <= allowed)
    found = np.zeros(len(p_values), dtype=np.bool_)
    found[order[: passed[-1] + 1 if len(passed) else 0]] = True
    return found


def _shares(values: Array, edges: Array) -> Array:
    counts = np.bincount(np.searchsorted(edges, values, side="right"), minlength=len(edges) + 1)
    return _smoothed(counts.astype(np.float64))


def _smoothed(counts: Array) -> Array:
    """Counts (..., B) as shares, half a value added to each bin."""
    more = counts + 0.5
    shares: Array = more / more.sum(axis=-1, keepdims=True)
    return shares
