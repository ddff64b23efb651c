"""Rank correlations across assets, session by session."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from forefolio.core.numerics import (
    CUBE,
    FLAG_PANEL,
    INDEX_CUBE,
    INDEX_PANEL,
    INDICES,
    OUT_CUBE,
    OUT_INDEX_PANEL,
    OUT_PANEL,
    OUT_VECTOR,
    PANEL,
    VECTOR,
    Integer,
    kernel,
)
from forefolio.core.units import Array, Flags
from forefolio.forecast.blocks import blocks

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


@kernel((CUBE, INDEX_CUBE, VECTOR, OUT_CUBE))
def _directions(
    exposures: Array, by_exposure: NDArray[np.int64], counts: Array, out: Array
) -> None:
    """Of each row the ranks of its exposures, each less what those before it have in common."""
    risks = len(exposures)
    for row in range(len(counts)):
        for k in range(risks):
            own = out[k, row]
            _centred_ranks(exposures[k, row], by_exposure[k, row], int(counts[row]), own)
            for j in range(k):
                own -= (own * out[j, row]).sum() * out[j, row]
            size = np.sqrt((own * own).sum())
            own[:] = own / size if size > FLAT else 0.0 * own


@kernel((PANEL, INDEX_PANEL, VECTOR, CUBE, OUT_PANEL, OUT_VECTOR))
def _left(
    values: Array,
    order: NDArray[np.int64],
    counts: Array,
    directions: Array,
    out: Array,
    scale: Array,
) -> None:
    """What directions leave of the ranks of each row, and the squares of these before it."""
    for row in range(len(counts)):
        own = out[row]
        _centred_ranks(values[row], order[row], int(counts[row]), own)
        scale[row] = (own * own).sum()
        for k in range(len(directions)):
            own -= (own * directions[k, row]).sum() * directions[k, row]


@kernel((INDEX_PANEL, FLAG_PANEL, OUT_INDEX_PANEL, OUT_VECTOR))
def _those_known(
    order: NDArray[np.int64], known: Flags, out: NDArray[np.int64], counts: Array
) -> None:
    """Of the order of each row those that are known, at its begin, and how many these are."""
    for row in range(len(order)):
        count = 0
        for place in order[row]:
            if known[row, place]:
                out[row, count] = place
                count += 1
        counts[row] = count


@kernel((PANEL, PANEL, VECTOR, VECTOR, Integer, OUT_VECTOR))
def _correlate(
    one: Array, other: Array, scale: Array, counts: Array, fewest: int, out: Array
) -> None:
    """Correlations of what is left of two rankings, the first of which was of this `scale`."""
    for row in range(len(counts)):
        out[row] = np.nan
        if counts[row] < fewest:
            continue
        first, second = (one[row] * one[row]).sum(), (other[row] * other[row]).sum()
        if first > FLAT * scale[row] and second > FLAT:
            out[row] = (one[row] * other[row]).sum() / np.sqrt(first * second)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Ranked:
    """Ranks of outcomes (R, N) less what goes along with the directions (K, R, N) of exposures."""

    left: Array
    directions: Array

    @classmethod
    def of(cls, outcome: Array, exposures: Array, known: Flags) -> Self:
        """Those of what is `known` (R, N)."""
        left, directions = np.empty(outcome.shape), np.empty(exposures.shape)
        for rows in blocks(*outcome.shape):
            counts = known[rows].sum(axis=1) * 1.0
            along = np.empty(exposures[:, rows].shape)
            _directions(*_ordered(exposures[:, rows], known[rows]), counts, along)
            directions[:, rows] = along
            _left(*_ordered(outcome[rows], known[rows]), counts, along, left[rows], counts * 0.0)
        return cls(left=left, directions=directions)

    def correlate(
        self, rows: slice, forecast: Array, order: NDArray[np.int64], known: Flags, out: Array
    ) -> None:
        """Those (B,) with forecasts (B, N) of some `rows`, in their order, of what is `known`."""
        fewest = len(self.directions) + LEAST_LEFT
        kept, counts = np.empty_like(order), np.empty(len(order))
        _those_known(order, known, kept, counts)
        left, scale = np.empty(forecast.shape), np.empty(len(counts))
        along = np.ascontiguousarray(self.directions[:, rows])
        _left(forecast, kept, counts, along, left, scale)
        _correlate(left, self.left[rows], scale, counts, fewest, out)


class RankedOutcomes:
    """Outcomes (R, N), which are ranked once for all forecasts that know the same of them.

    Where there are `exposures` (K, R, N), ranks are regressed on theirs, and what they leave of
    forecast and outcome is correlated: partial rank correlations, NaN where fewer than K + 3 assets
    are known of all, or nothing is left.
    """

    def __init__(self, outcome: Array, exposures: Array | None = None) -> None:
        self._outcome = outcome
        self._exposures = np.empty((0, *outcome.shape)) if exposures is None else exposures
        self._known: Flags = np.isfinite(outcome)
        for exposure in self._exposures:
            self._known &= np.isfinite(exposure)

    @cached_property
    def _all(self) -> _Ranked:
        return _Ranked.of(self._outcome, self._exposures, self._known)

    def beside(self, forecast: Array) -> tuple[_Ranked, Flags]:
        """The ranks of what is known of the forecasts (R, N) too, and where that is."""
        known = self._known & np.isfinite(forecast)
        if (known == self._known).all():
            return self._all, known
        return _Ranked.of(self._outcome, self._exposures, known), known

    def correlations(self, forecast: Array) -> Array:
        """Rank correlations (R,) of forecasts (R, N) with the outcomes."""
        return ranked_together([self], forecast)[0]


def ranked_together(several: Sequence[RankedOutcomes], forecast: Array) -> list[Array]:
    """The `correlations` (R,) with each of several, of forecasts (R, N) that are sorted once."""
    ranked = [one.beside(forecast) for one in several]
    out = [np.empty(len(forecast)) for _ in several]
    for rows in blocks(*forecast.shape):
        part = np.ascontiguousarray(forecast[rows])
        order = np.argsort(part, axis=-1)  # what is not a number comes last
        for (own, known), correlated in zip(ranked, out, strict=True):
            own.correlate(rows, part, order, known[rows], correlated[rows])
    return out


def _ordered(values: Array, finite: Flags) -> tuple[Array, NDArray[Any]]:
    """Values (..., R, N), infinite where they are not `finite`, and the order of each row."""
    panel = np.where(finite, values, np.inf)  # what is not known comes last
    return panel, np.argsort(panel, axis=-1)


def rank_correlations(forecast: Array, outcome: Array) -> Array:
    """Spearman correlations (R,) over what is known of both (R, N); NaN below three or if flat."""
    return RankedOutcomes(outcome).correlations(forecast)
