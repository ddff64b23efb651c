"""Losses of forecasts by session, and when they are known.

Returns: the squared error across assets, as only relative returns are used, in units of the
volatility known before, so that a few volatile sessions do not decide. Volatility: QLIKE (Patton
2011).
"""

import numpy as np

from forefolio.core.units import Array


def squared_errors(means: Array, outcome: Array, std: Array) -> Array:
    """Losses (R, M) of forecasts (M, R, N) of `outcome` (R, N), in units of `std` known before.

    Both are centred over the assets for which everything is known.
    """
    scale = np.where(std > 0, std, np.nan)
    errors = (means - outcome) / scale
    finite = np.isfinite(errors).all(axis=0)
    total = np.where(finite, errors, 0.0).sum(axis=2, keepdims=True)
    centred = errors - total / np.maximum(finite.sum(axis=1), 1)[:, None]
    return by_session(centred**2)


def variance_losses(variances: Array, realised: Array) -> Array:
    """QLIKE (R, M) of forecasts (M, R, N) of the variance that was `realised` (R, N).

    `v / f - log(v / f) - 1`: zero for a perfect forecast. Zero variances are left out.
    """
    ratio = np.where(realised > 0, realised, np.nan) / np.where(variances > 0, variances, np.nan)
    return by_session(ratio - np.log(ratio) - 1.0)


def by_session(losses: Array) -> Array:
    """Means (R, M) over the assets that all models (M, R, N) forecast; NaN where none."""
    finite = np.isfinite(losses).all(axis=0)
    count = finite.sum(axis=1)
    total = np.where(finite, losses, 0.0).sum(axis=2)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).T


def ended(values: Array, horizon: int) -> Array:
    """Move rows down to where the outcomes they need are known: `horizon` + 1 sessions later."""
    out = np.zeros_like(values)
    out[horizon + 1 :] = values[: -(horizon + 1)]
    return out
