"""What the features' formulas share: changes, ratios and standard deviations of panels."""

import numpy as np

from forefolio.core.units import Array
from forefolio.features.kernels import rolling_moments


def change(values: Array, lag: int = 1) -> Array:
    """Difference (T, N) to `lag` rows before, NaN where there is none."""
    out = np.full(values.shape, np.nan)
    np.subtract(values[lag:], values[:-lag], out=out[lag:])
    return out


def ratio(top: Array, bottom: Array, otherwise: float = np.nan) -> Array:
    """`top / bottom`, and `otherwise` where `bottom` is zero."""
    out = np.full(top.shape, otherwise)
    np.divide(top, bottom, out=out, where=bottom != 0)
    return out


def lagged_variance(values: Array, lag: int, window: int) -> Array:
    """Variance (T, N) of the last `window` differences over `lag` rows."""
    return rolling_moments(change(values, lag), window, lag)[1]


def zscore(values: Array, window: int) -> Array:
    """Distance (T, N) from the mean of the last `window` rows, in their standard deviations."""
    mean, variance = rolling_moments(values, window, 0)
    return ratio(values - mean, np.sqrt(variance), otherwise=0.0)
