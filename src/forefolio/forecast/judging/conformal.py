"""Prediction intervals calibrated on past outcomes (adaptive conformal inference).

Outcomes are measured in standard deviations from their forecast, and quantiles are read from
those that had ended, pooled over assets that are comparable in risk (`comparable`): the others have
quantiles of their own, and a stale price, whose next move is no multiple of its volatility, is left
out. An asset that never moved has an interval of width zero.

Each level is then corrected by its own record: it moves when outcomes fell below its quantile more
or less often than its probability (adaptive conformal inference, Gibbs and Candes 2021). The
feedback comes one horizon later, when the outcome is known.
"""

from dataclasses import replace
from statistics import NormalDist
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.units import Array, Days, Probability
from forefolio.forecast.base import ForecastPanel
from forefolio.forecast.comparable import comparable_forecasts, is_stale

FEWEST = 100  # outcomes, before quantiles are read from them
_GRID = np.linspace(0.0, 1.0, 401)


class Conformal(Component):
    """Volatility-scaled adaptive conformal quantiles.

    Source: Gibbs and Candes (2021), "Adaptive conformal inference under distribution shift".

    >>> Conformal(levels=(0.1, 0.9)).levels
    (0.1, 0.9)
    """

    levels: tuple[Probability, ...] = Field(
        (0.05, 0.25, 0.5, 0.75, 0.95), description="Probabilities of the quantiles, ascending."
    )
    window: Days = Field(
        1260, description="Sessions of ended outcomes that the quantiles are read from."
    )
    refresh: Days = Field(21, description="Sessions between two readings of the quantiles.")
    rate: Annotated[float, Field(ge=0)] = Field(
        0.02,
        description=(
            "Step by which a level is corrected after a miss (gamma of adaptive conformal "
            "inference)."
        ),
    )

    def calibrate(self, panel: ForecastPanel, returns: Array) -> ForecastPanel:
        """Add quantiles to forecasts (R, N), using at each row only outcomes ended by then."""
        moving = panel.std > 0
        distance = np.full(panel.std.shape, np.nan)
        np.divide(returns - panel.mean, panel.std, out=distance, where=moving)
        levels = np.asarray(self.levels)
        comparable = comparable_forecasts(panel.std)
        scaled = self._quantiles(np.where(comparable, distance, np.nan), levels, panel.horizon)
        reach = np.broadcast_to(scaled.T[:, :, None], (len(levels), *panel.std.shape))
        if (~comparable & moving).any():
            others = np.where(comparable | is_stale(panel.std), np.nan, distance)
            apart = self._quantiles(others, levels, panel.horizon)
            reach = np.where(comparable, reach, apart.T[:, :, None])
        return replace(panel, levels=levels, quantiles=panel.mean + reach * panel.std)

    def _quantiles(self, distance: Array, levels: Array, horizon: int) -> Array:
        """Quantiles (R, Q) in standard deviations."""
        out = np.empty((len(distance), len(levels)))
        adjusted = levels.copy()
        grid, window = _gaussian_grid(), _Window(distance)
        for row in range(len(distance)):
            last = row - horizon - 1  # the newest row whose outcome has ended
            if last >= 0:
                adjusted = self._steer(adjusted, levels, distance[last], out[last], horizon)
            if last > 0 and row % self.refresh == 0:
                outcomes = window.of(max(last - self.window, 0), last + 1)
                grid = grid if len(outcomes) < FEWEST else _quantiles_of(outcomes)
            out[row] = np.interp(adjusted, _GRID, grid)
        ordered: Array = np.maximum.accumulate(out, axis=1)
        return ordered

    def _steer(
        self, adjusted: Array, levels: Array, distance: Array, quantiles: Array, horizon: int
    ) -> Array:
        outcomes = distance[np.isfinite(distance)]
        if not len(outcomes):
            return adjusted
        below = (outcomes[:, None] < quantiles).mean(axis=0)
        # h overlapping outcomes repeat the same error: each session counts 1 / h
        moved = adjusted + self.rate / horizon * (levels - below)
        clipped: Array = np.clip(moved, levels * 0.1, 1 - (1 - levels) * 0.1)
        return clipped


class _Window:
    """The known values of some rows of (R, N) in ascending order, while the rows move on.

    What leaves and what comes is a small part of them: the rest is not sorted again.
    """

    def __init__(self, values: Array) -> None:
        self._values = values
        self._first = self._stop = 0
        self._ordered = np.empty(0)

    def of(self, first: int, stop: int) -> Array:
        """The values (M,) of the rows from `first` until before `stop`, neither of them earlier."""
        leaving = self._known(self._first, min(first, self._stop))
        ordered = np.delete(self._ordered, _places(self._ordered, leaving))
        coming = self._known(max(self._stop, first), stop)
        self._ordered = np.insert(ordered, np.searchsorted(ordered, coming), coming)
        self._first, self._stop = first, stop
        return self._ordered

    def _known(self, first: int, stop: int) -> Array:
        rows = self._values[first:stop]
        return np.sort(rows[np.isfinite(rows)])


def _places(ordered: Array, some: Array) -> NDArray[np.intp]:
    """Where in `ordered` the values of `some` stand, equal ones side by side; both ascend."""
    among_equals = np.arange(len(some)) - np.searchsorted(some, some)
    return np.searchsorted(ordered, some) + among_equals


def _quantiles_of(ordered: Array) -> Array:
    """The quantiles of ascending values at all levels of the grid; linear between two values."""
    place = _GRID * (len(ordered) - 1)
    below = np.minimum(place.astype(np.intp), len(ordered) - 2)
    low, high = ordered[below], ordered[below + 1]
    between: Array = low + (place - below) * (high - low)
    return between


def _gaussian_grid() -> Array:
    inner = [NormalDist().inv_cdf(p) for p in np.clip(_GRID, 1e-4, 1 - 1e-4)]
    return np.asarray(inner)
