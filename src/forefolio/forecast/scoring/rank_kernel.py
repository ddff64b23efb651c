"""Rank correlations across assets, session by session."""

from functools import cached_property
from typing import Any, TypeAlias

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
from forefolio.core.units import Array, Flags

Ordered: TypeAlias = tuple[Array, NDArray[Any]]

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


class RankedOutcomes:
    """Outcomes (R, N), which are put in order once for all forecasts that know the same of them.

    Where there are `exposures` (K, R, N), ranks are regressed on theirs, and what they leave of
    forecast and outcome is correlated: partial rank correlations, NaN where fewer than K + 3 assets
    are known of all, or nothing is left.
    """

    def __init__(self, outcome: Array, exposures: Array | None = None) -> None:
        self._outcome, self._exposures = outcome, exposures
        self._known: Flags = np.isfinite(outcome)
        if exposures is not None:
            self._known &= np.isfinite(exposures).all(axis=0)

    @cached_property
    def _all(self) -> tuple[Ordered, ...]:
        return self._ordered(self._known)

    def _ordered(self, finite: Flags) -> tuple[Ordered, ...]:
        """The outcomes, and the exposures if there are any, where `finite` (R, N)."""
        several = (self._outcome,) if self._exposures is None else (self._outcome, self._exposures)
        return tuple(_ordered(values, finite) for values in several)

    def correlations(self, forecast: Array) -> Array:
        """Rank correlations (R,) of forecasts (R, N) with the outcomes."""
        finite = self._known & np.isfinite(forecast)
        is_usual = bool((finite == self._known).all())
        (outcome, by_outcome), *exposed = self._all if is_usual else self._ordered(finite)
        panel, by_panel = _ordered(forecast, finite)
        out, counts = np.empty(len(forecast)), finite.sum(axis=1) * 1.0
        if not exposed:
            _correlate(panel, outcome, by_panel, by_outcome, counts, out)
            return out
        ((cube, by_cube),) = exposed
        _correlate_neutral(panel, outcome, cube, by_panel, by_outcome, by_cube, counts, out)
        return out


def _ordered(values: Array, finite: Flags) -> Ordered:
    """Values (..., R, N), infinite where they are not `finite`, and the order of each row."""
    panel = np.where(finite, values, np.inf)  # what is not known comes last
    return panel, np.argsort(panel, axis=-1)


def rank_correlations(forecast: Array, outcome: Array) -> Array:
    """Spearman correlations (R,) over what is known of both (R, N); NaN below three or if flat."""
    return RankedOutcomes(outcome).correlations(forecast)
