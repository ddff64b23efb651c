"""Scores of a whole distribution: CRPS, the variance, and the interval.

Forecasts are taken as normal with their mean and standard deviation in the CRPS, all rows of a
table alike; intervals are scored where quantiles were calibrated.
"""

import math
from statistics import NormalDist
from typing import Any

import numpy as np

from forefolio.core.lazy import lazy
from forefolio.core.numerics import OUT_VECTOR, PANEL, kernel
from forefolio.core.units import Array, Dates, Flags

special: Any = lazy("scipy.special")

CRISES = 0.9  # quantile of the market's volatility above which a session counts as a crisis
WINDOWS = (("2008-09-01", "2009-03-31"), ("2020-02-20", "2020-06-30"))  # great crises, by dates
LEAST_OF_A_YEAR = 100  # sessions scored, below which a year is not judged


def gaussian_crps(mean: Array, std: Array, outcome: Array) -> Array:
    """Continuous ranked probability score of normal forecasts (Gneiting and Raftery 2007).

    In units of the outcome; less is better. NaN where something is not known.
    """
    scale = np.where(std > 0, std, np.nan)
    z = (outcome - mean) / scale
    density = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
    score: Array = scale * (z * (2 * special.ndtr(z) - 1) + 2 * density - 1 / np.sqrt(np.pi))
    return score


@kernel((PANEL, PANEL, PANEL, PANEL, OUT_VECTOR, OUT_VECTOR, OUT_VECTOR))
def _crps_sums(
    mean: Array,
    std: Array,
    outcome: Array,
    reference: Array,
    counts: Array,
    sums: Array,
    reference_sums: Array,
) -> None:
    root_half, density, half = math.sqrt(0.5), math.sqrt(2.0 / math.pi), 1.0 / math.sqrt(math.pi)
    for row in range(len(mean)):
        count, total, beside = 0.0, 0.0, 0.0
        for asset in range(mean.shape[1]):
            scale, other = std[row, asset], reference[row, asset]
            if not scale > 0.0:
                continue
            z = (outcome[row, asset] - mean[row, asset]) / scale
            loss = scale * (z * math.erf(z * root_half) + density * math.exp(-0.5 * z * z) - half)
            if np.isfinite(loss) and np.isfinite(other):
                count += 1.0
                total += loss
                beside += other
        counts[row], sums[row], reference_sums[row] = count, total, beside


def crps_beside(
    mean: Array, std: Array, outcome: Array, reference: Array
) -> tuple[Array, Array, Array]:
    """How many `gaussian_crps` are known beside those of a reference, and the sums (R,) of both."""
    mean, std = np.ascontiguousarray(mean), np.ascontiguousarray(std)
    outcome, reference = np.ascontiguousarray(outcome), np.ascontiguousarray(reference)
    counts, sums, others = np.empty((3, len(mean)))
    _crps_sums(mean, std, outcome, reference, counts, sums, others)
    return counts, sums, others


def qlike_difference(forecast: Array, reference: Array, realised: Array) -> Array:
    """QLIKE loss less that of the reference (Patton 2011: robust to a noisy realised variance)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        loss: Array = realised / forecast - realised / reference + np.log(forecast / reference)
    return loss


def inside(low: Array, high: Array, outcome: Array) -> Array:
    """One where the outcome (R, N) is within the interval, zero where not, NaN if not known."""
    finite = np.isfinite(low) & np.isfinite(high) & np.isfinite(outcome)
    return np.where(finite, ((outcome >= low) & (outcome <= high)) * 1.0, np.nan)


def winkler(low: Array, high: Array, outcome: Array, level: float) -> Array:
    """Width of an interval plus 2 / (1 - level) times what it is missed by (Winkler 1972)."""
    missed = np.maximum(low - outcome, 0.0) + np.maximum(outcome - high, 0.0)
    return high - low + 2.0 / (1.0 - level) * missed


def gaussian_interval(mean: Array, std: Array, level: float) -> tuple[Array, Array]:
    """The interval that a normal forecast gives."""
    reach = NormalDist().inv_cdf((1.0 + level) / 2.0)
    return mean - reach * std, mean + reach * std


def in_crisis(volatility: Array, usable: Flags) -> Flags:
    """Sessions (R,) at whose close the market's volatility was in the highest tenth.

    The market's volatility is the mean over assets of what was forecast then (R, N), so what
    happened afterwards does not make a crisis; the tenth is that of the usable sessions.
    """
    finite = np.where(np.isfinite(volatility), volatility, 0.0)
    market = finite.sum(axis=1) / np.maximum((finite > 0).sum(axis=1), 1)
    if not usable.any():
        return usable
    crisis: Flags = usable & (market >= np.quantile(market[usable], CRISES))
    return crisis


def in_windows(sessions: Dates) -> Flags:
    """Sessions (R,) of the months in which the two great crises broke out.

    Which months these were is known by hindsight: onsets are what hurts, and a crisis that is
    defined by what was known then begins after them.
    """
    inside = np.zeros(len(sessions), dtype=np.bool_)
    for first, last in WINDOWS:
        inside |= (sessions >= np.datetime64(first)) & (sessions <= np.datetime64(last))
    return inside


def worst_year(values: Array, sessions: Dates) -> float | None:
    """Lowest mean of values (R,) over a calendar year that was scored for most of it."""
    finite = np.isfinite(values)
    years, place = np.unique(sessions[finite].astype("datetime64[Y]"), return_inverse=True)
    counts = np.bincount(place, minlength=len(years))
    means = np.bincount(place, values[finite], len(years)) / np.maximum(counts, 1)
    judged = means[counts >= LEAST_OF_A_YEAR]
    return float(judged.min()) if len(judged) else None
