"""One volatility forecast out of several, each weighed by its record.

At each session a member weighs exp(-(its loss so far) / h): the sum of its QLIKE losses over the
outcomes of h sessions that had ended, where h overlapping ones count as one. Members are alike at
first, after years the best has nearly all of the weight, and it changes where their losses do.
Source: Vovk (1990), "Aggregating strategies"; Cesa-Bianchi and Lugosi (2006), "Prediction,
learning, and games", chapter 3.
"""

from collections.abc import Sequence

import numpy as np

from forefolio.core.units import Array
from forefolio.forecast.base import ForecastPanel
from forefolio.forecast.comparable import is_stale
from forefolio.forecast.scoring.losses import ended, variance_losses
from forefolio.forecast.scoring.truth import Truth

LEAST = 1e-6  # of the best member's weight: where no other forecasts, one that is weak does


def weigh_by_record(panels: Sequence[ForecastPanel], truth: Truth) -> Array:
    """Standard deviations (R, N): the geometric mean of the members', weighed by their records.

    An asset has those that forecast it; it is zero only where all of them are.
    """
    stds = np.stack([panel.std for panel in panels])
    moving = stds > 0
    weights = record_weights(stds, truth).T[:, :, None] * moving
    logs = np.log(stds, out=np.zeros_like(stds), where=moving)
    total = weights.sum(axis=0)
    mean = np.divide((weights * logs).sum(axis=0), total, out=np.zeros_like(total), where=total > 0)
    flat = np.where((stds == 0).any(axis=0), 0.0, np.nan)
    return np.where(total > 0, np.exp(mean), flat)


def record_weights(stds: Array, truth: Truth) -> Array:
    """Weights (R, M) of the members of `stds` (M, R, N), by what had ended; the best has 1.

    A stale price says nothing of a member, and one that never forecast is not waited for: where
    none did, all weigh alike.
    """
    weights = np.ones((stds.shape[1], len(stds)))
    spoke = np.isfinite(stds).any(axis=(1, 2))
    if not spoke.any():
        return weights
    stale = np.stack([is_stale(std) for std in stds[spoke]]).any(axis=0)
    losses = variance_losses(np.where(stale, np.nan, stds[spoke] ** 2), truth.variance)
    so_far = ended(np.cumsum(np.nan_to_num(losses), axis=0), truth.horizon)
    behind = (so_far - so_far.min(axis=1, keepdims=True)) / truth.horizon
    weights[:, spoke] = np.maximum(np.exp(-behind), LEAST)
    return weights
