"""Means over sessions with the standard error of what does not overlap.

Outcomes over h sessions overlap, so an error is computed from every h-th session only; the
estimate itself uses all of them.
"""

import numpy as np

from forefolio.units import Array, Flags


def independent(usable: Flags, horizon: int) -> Flags:
    """Every `horizon`-th of the usable sessions (R,): those whose outcomes do not overlap."""
    apart = np.zeros(len(usable), dtype=np.bool_)
    apart[np.flatnonzero(usable)[::horizon]] = True
    return apart


def row_mean(values: Array) -> Array:
    """Mean over the assets (R, N) that are known; NaN where none is."""
    known = np.isfinite(values)
    total = np.where(known, values, 0.0).sum(axis=1)
    return np.where(known.any(axis=1), total / np.maximum(known.sum(axis=1), 1), np.nan)


def mean_with_error(values: Array, apart: Flags) -> tuple[float | None, float | None]:
    """Mean of the known values (R,) and its standard error; None if none is known."""
    known = np.isfinite(values)
    if not known.any():
        return None, None
    sample = values[apart & known]
    error = sample.std(ddof=1) / np.sqrt(len(sample)) if len(sample) > 1 else np.inf
    return float(values[known].mean()), float(error)


def ratio_with_error(gain: Array, scale: Array, apart: Flags) -> tuple[float, float]:
    """Sum of gains (R,) over the sum of scales (R,), and its standard error."""
    if not scale.sum():
        return 0.0, float("inf")
    sample, total = gain[apart], float(scale[apart].sum())
    if len(sample) < 2 or not total:
        return float(gain.sum() / scale.sum()), float("inf")
    error = np.sqrt(len(sample)) * sample.std(ddof=1) / total
    return float(gain.sum() / scale.sum()), float(error)
