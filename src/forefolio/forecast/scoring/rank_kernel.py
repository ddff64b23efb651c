"""Rank correlations across assets, session by session."""

import numpy as np
from numpy.typing import NDArray

from forefolio.core.numerics import (
    CUBE,
    INDEX_CUBE,
    INDEX_PANEL,
    INDICES,
    OUT_VECTOR,
    PANEL,
    VECTOR,
    Integer,
    kernel,
)
from forefolio.core.units import Array

LEAST_LEFT = 3  # assets beyond the exposures, so that something is left to be ranked
FLAT = 1e-9  # of a spread, below which it is rounding


@kernel((VECTOR, INDICES, Integer, OUT_VECTOR))
def _centred_ranks(values: Array, order: NDArray[np.int64], count: int, out: Array) -> None:
    """Average ranks of the `count` first in `order`, less their mean; zero elsewhere."""
    out[:] = 0.0
    first = 0
    while first < count:
        after = first + 1
        while after < count and values[order[after]] == values[order[first]]:
            after += 1
        for place in range(first, after):
            out[order[place]] = (first + after - count) / 2
        first = after


@kernel((PANEL, PANEL, INDEX_PANEL, INDEX_PANEL, VECTOR, OUT_VECTOR))
def _correlate(
    one: Array,
    other: Array,
    by_one: NDArray[np.int64],
    by_other: NDArray[np.int64],
    counts: Array,
    out: Array,
) -> None:
    assets = one.shape[1]
    first, second = np.empty(assets), np.empty(assets)
    for row in range(one.shape[0]):
        out[row] = np.nan
        count = int(counts[row])
        if count < 3:
            continue
        _centred_ranks(one[row], by_one[row], count, first)
        _centred_ranks(other[row], by_other[row], count, second)
        product = (first * second).sum()
        spread = np.sqrt((first * first).sum() * (second * second).sum())
        if spread > 0:
            out[row] = product / spread


def rank_correlations(forecast: Array, outcome: Array) -> Array:
    """Spearman correlations (R,) over what is known of both (R, N); NaN below three or if flat."""
    finite = np.isfinite(forecast) & np.isfinite(outcome)
    panels = [np.where(finite, values, np.inf) for values in (forecast, outcome)]
    orders = [np.argsort(panel, axis=1) for panel in panels]  # what is not known comes last
    out = np.empty(len(forecast))
    _correlate(panels[0], panels[1], orders[0], orders[1], finite.sum(axis=1) * 1.0, out)
    return out


@kernel((PANEL, PANEL, CUBE, INDEX_PANEL, INDEX_PANEL, INDEX_CUBE, VECTOR, OUT_VECTOR))
def _correlate_neutral(
    one: Array,
    other: Array,
    exposures: Array,
    by_one: NDArray[np.int64],
    by_other: NDArray[np.int64],
    by_exposure: NDArray[np.int64],
    counts: Array,
    out: Array,
) -> None:
    risks, assets = len(exposures), one.shape[1]
    first, second = np.empty(assets), np.empty(assets)
    basis = np.empty((risks, assets))
    for row in range(one.shape[0]):
        out[row] = np.nan
        count = int(counts[row])
        if count < risks + LEAST_LEFT:
            continue
        _centred_ranks(one[row], by_one[row], count, first)
        _centred_ranks(other[row], by_other[row], count, second)
        scale = (first * first).sum()
        for k in range(risks):
            _centred_ranks(exposures[k, row], by_exposure[k, row], count, basis[k])
            for j in range(k):
                basis[k] -= (basis[k] * basis[j]).sum() * basis[j]
            size = np.sqrt((basis[k] * basis[k]).sum())
            basis[k] = basis[k] / size if size > FLAT else 0.0 * basis[k]
            first -= (first * basis[k]).sum() * basis[k]
            second -= (second * basis[k]).sum() * basis[k]
        first_left, second_left = (first * first).sum(), (second * second).sum()
        if first_left > FLAT * scale and second_left > FLAT:
            out[row] = (first * second).sum() / np.sqrt(first_left * second_left)


def neutral_rank_correlations(forecast: Array, outcome: Array, exposures: Array) -> Array:
    """Rank correlations (R,) of what `exposures` (K, R, N) leave of forecast and outcome (R, N).

    Ranks are regressed on those of the exposures, and the rest is correlated: partial rank
    correlations. NaN where fewer than K + 3 assets are known of all, or nothing is left.
    """
    finite = np.isfinite(forecast) & np.isfinite(outcome) & np.isfinite(exposures).all(axis=0)
    panels = [np.where(finite, values, np.inf) for values in (forecast, outcome)]
    cube = np.where(finite, exposures, np.inf)
    orders = [np.argsort(panel, axis=1) for panel in panels]
    out, counts = np.empty(len(forecast)), finite.sum(axis=1) * 1.0
    ranked = orders[0], orders[1], np.argsort(cube, axis=2)
    _correlate_neutral(panels[0], panels[1], cube, *ranked, counts, out)
    return out
