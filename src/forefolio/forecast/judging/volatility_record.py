"""One volatility forecast out of several, each weighed by its record.

At each session a member weighs exp(-(its loss so far) / h): the sum of its QLIKE losses over the
outcomes of h sessions that had ended, where h overlapping ones count as one. Members are alike at
first, after years the best has nearly all of the weight, and it changes where their losses do.
Source: Vovk (1990), "Aggregating strategies"; Cesa-Bianchi and Lugosi (2006), "Prediction,
learning, and games", chapter 3.
"""

from collections.abc import Sequence

import numpy as np

from forefolio.core.units import Array, Flags
from forefolio.forecast.base import ForecastPanel
from forefolio.forecast.blocks import in_blocks
from forefolio.forecast.comparable import is_stale
from forefolio.forecast.scoring.losses import ended, variance_losses
from forefolio.forecast.scoring.truth import Truth

LEAST = 1e-6  # of the best member's weight: where no other forecasts, one that is weak does


def weigh_by_record(panels: Sequence[ForecastPanel], truth: Truth) -> Array:
    """Standard deviations (R, N): the geometric mean of the members', weighed by their records.

    An asset has those that forecast it; it is zero only where all of them are.
    """
    stds = np.stack([panel.std for panel in panels])
    weights = np.ascontiguousarray(record_weights(stds, truth).T)
    (averages,) = in_blocks(_averaged, stds, weights[:, :, None])
    return averages


def _averaged(stds: Array, weights: Array) -> tuple[Array]:
    """Geometric means (R, N) of `stds` (M, R, N) by `weights` (M, R, 1)."""
    moving = stds > 0
    weighed = weights * moving
    logs = np.log(stds, out=np.zeros_like(stds), where=moving)
    total = weighed.sum(axis=0)
    mean = np.divide((weighed * logs).sum(axis=0), total, out=np.zeros_like(total), where=total > 0)
    flat = np.where((stds == 0).any(axis=0), 0.0, np.nan)
    return (np.where(total > 0, np.exp(mean), flat),)


def record_weights(stds: Array, truth: Truth) -> Array:
    """Weights (R, M) of the members of `stds` (M, R, N), by what had ended; the best has 1.

    A stale price says nothing of a member, and one that never forecast is not waited for: where
    none did, all weigh alike.
    """
    weights = np.ones((stds.shape[1], len(stds)))
    spoke = np.isfinite(stds).any(axis=(1, 2))
    if not spoke.any():
        return weights
    spoken = stds if spoke.all() else stds[spoke]
    stale = np.zeros(stds.shape[1:], dtype=np.bool_)
    for std in spoken:
        stale |= is_stale(std)

    def losses_of(stds: Array, stale: Flags, realised: Array) -> tuple[Array]:
        return (variance_losses(np.where(stale, np.nan, stds**2), realised),)

    (losses,) = in_blocks(losses_of, spoken, stale, truth.variance)
    so_far = ended(np.cumsum(np.nan_to_num(losses), axis=0), truth.horizon)
    behind = (so_far - so_far.min(axis=1, keepdims=True)) / truth.horizon
    weights[:, spoke] = np.maximum(np.exp(-behind), LEAST)
    return weights
