"""Tests of forecast comparison: Diebold-Mariano, bootstrap, model confidence set.

1. A loss at a session is that of a forecast over the next h sessions, so h neighbours share what
   happened, and losses persist beyond that, at one session too: variances count `memory(h)` lags
   (`sampling_error`), resampling draws whole stretches of sessions as long as that.
2. Two models: Diebold and Mariano (1995), with a variance that is never negative and critical
   values for as many lags as it counts.
3. Many: the model confidence set (Hansen, Lunde and Nason 2011), which holds the best model with
   a stated probability however many were tried.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from forefolio.core.lazy import lazy
from forefolio.core.units import Array, Flags
from forefolio.forecast.scoring.sampling_error import error_of_sum, memory

stats: Any = lazy("scipy.stats")

DRAWS = 1000
FEWEST = 24  # non-overlapping outcomes that a test needs
BLOCKS = 12  # into which short records are still cut, as far as the overlap allows


@dataclass(frozen=True, slots=True, kw_only=True)
class LossTest:
    """The test of one loss less another; negative where the first is smaller."""

    difference: float
    error: float
    statistic: float
    p_value: float  # two-sided
    effect: float  # difference in standard deviations of a single outcome's difference


def diebold_mariano(loss: Array, reference: Array, horizon: int = 1) -> LossTest:
    """Test whether two losses (R,) of forecasts over `horizon` sessions have the same mean.

    The p-value is 1 where the sessions are too few for an error, or the losses are equal.
    """
    gaps = loss - reference
    mean, spread = float(gaps.mean()), float(gaps.std())
    error = error_of_sum(gaps - mean, horizon) / len(gaps)
    if not spread or not error or not np.isfinite(error):
        return LossTest(difference=mean, error=np.inf, statistic=0.0, p_value=1.0, effect=0.0)
    return LossTest(
        difference=mean,
        error=error,
        statistic=mean / error,
        p_value=float(2 * stats.norm.sf(abs(mean / error))),
        effect=mean / spread,
    )


def resampled_means(losses: Array, horizon: int = 1, draws: int = DRAWS, seed: int = 0) -> Array:
    """Means (draws, M) of losses (R, M) whose sessions are drawn again in whole blocks.

    Blocks do not overlap (Carlstein 1986), so a draw is how often each of them occurs. They hold
    two horizons and, in records that are long enough, 63 sessions; the oldest sessions, too few
    for a block, are left out of the spread. The spread is widened for the number of blocks.
    """
    block = min(max(2 * horizon, min(memory(horizon), len(losses) // BLOCKS)), len(losses))
    blocks = len(losses) // block
    means = losses[len(losses) - blocks * block :].reshape(blocks, block, -1).mean(axis=1)
    counts = np.random.default_rng(seed).multinomial(blocks, np.full(blocks, 1 / blocks), draws)
    noise = (counts - 1) @ (means / blocks) * np.sqrt(blocks / max(blocks - 1, 1))
    drawn: Array = losses.mean(axis=0) + noise
    return drawn


def bootstrap_p_value(difference: float, drawn: Array) -> float:
    """Share of the centred draws (B,) at least as far from zero as the `difference` seen."""
    as_far = int((np.abs(drawn - difference) >= abs(difference)).sum())
    return (1 + as_far) / (1 + len(drawn))


def confidence(means: Array, drawn: Array) -> Array:
    """The p-value (M,) of each model's membership in the model confidence set.

    Models leave one by one, each time the one that is worst against the mean of those left
    (the statistic Tmax); a model belongs to the set at a level below its p-value.

    Args:
        means: (M,) mean losses.
        drawn: (B, M) mean losses when the sessions are drawn again.
    """
    errors = drawn - means
    left: Flags = np.ones(len(means), dtype=np.bool_)
    levels, so_far = np.ones(len(means)), 0.0
    while left.sum() > 1:
        among = np.flatnonzero(left)
        noise = errors[:, left] - errors[:, left].mean(axis=1, keepdims=True)
        spread = np.sqrt((noise**2).mean(axis=0))
        spread[spread <= 1e-12 * np.abs(means).max()] = np.inf  # the same forecasts twice
        statistic = (means[left] - means[left].mean()) / spread
        by_luck = (noise / spread).max(axis=1)
        so_far = max(so_far, float((by_luck >= statistic.max()).mean()))
        worst = among[np.argmax(statistic)]
        levels[worst] = so_far
        left[worst] = False
    return levels


def model_confidence_set(
    losses: Array, horizon: int = 1, draws: int = DRAWS, seed: int = 0
) -> Array:
    """The p-value (M,) with which each model may be the best, from losses (R, M)."""
    return confidence(losses.mean(axis=0), resampled_means(losses, horizon, draws, seed))
