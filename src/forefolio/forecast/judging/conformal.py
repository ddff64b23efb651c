"""Prediction intervals calibrated on past outcomes (adaptive conformal inference).

Outcomes are measured in standard deviations from their forecast, and how far they reach, up or down
alike, is read from all that had ended, pooled over assets that are comparable in risk
(`comparable`): the others have a reach of their own, and a stale price, whose next move is no
multiple of its volatility, is left out. An asset that never moved has an interval of width zero.

1. Each session counts once: assets fall together. A normal distribution counts as some sessions
   more, so that few outcomes do not speak for themselves.
2. Up and down are one: fewer independent outcomes are taken for many, and intervals were worse
   than a normal one where they were read apart (docs/forecasting.md).
3. Each reach is then corrected by its own record: it moves when outcomes lay beyond it more or
   less often than its probability (adaptive conformal inference, Gibbs and Candes 2021). The
   feedback comes one horizon later, when the outcome is known.
"""

from dataclasses import replace
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.lazy import lazy
from forefolio.core.units import Array, Days, Probability
from forefolio.forecast.base import ForecastPanel
from forefolio.forecast.comparable import comparable_forecasts, is_stale
from forefolio.forecast.judging.conformal_kernel import reach_as_known

special: Any = lazy("scipy.special")

FARTHEST = 20.0  # standard deviations: what lies beyond counts as that far
STEPS = 4000  # of the scale on which distances are counted


class Conformal(Component):
    """Volatility-scaled, symmetric, adaptive conformal quantiles.

    Source: Gibbs and Candes (2021), "Adaptive conformal inference under distribution shift".

    >>> Conformal(levels=(0.1, 0.9)).levels
    (0.1, 0.9)
    """

    levels: tuple[Probability, ...] = Field(
        (0.05, 0.25, 0.5, 0.75, 0.95), description="Probabilities of the quantiles, ascending."
    )
    prior: Annotated[float, Field(gt=0, json_schema_extra={"unit": "sessions"})] = Field(
        250.0, description="Sessions that a normal distribution counts for among the outcomes."
    )
    refresh: Days = Field(21, description="Sessions between two readings of the outcomes.")
    rate: Annotated[float, Field(ge=0)] = Field(
        0.03,
        description=(
            "Step by which a reach is corrected after a miss (gamma of adaptive conformal "
            "inference)."
        ),
    )

    def calibrate(self, panel: ForecastPanel, returns: Array) -> ForecastPanel:
        """Add quantiles to forecasts (R, N), using at each row only outcomes ended by then."""
        moving = panel.std > 0
        distance = np.full(panel.std.shape, np.nan)
        np.divide(np.abs(returns - panel.mean), panel.std, out=distance, where=moving)
        levels = np.asarray(self.levels)
        comparable = comparable_forecasts(panel.std)
        pooled = self._quantiles(np.where(comparable, distance, np.nan), levels, panel.horizon)
        reach = np.broadcast_to(pooled.T[:, :, None], (len(levels), *panel.std.shape))
        if (~comparable & moving).any():
            others = np.where(comparable | is_stale(panel.std), np.nan, distance)
            apart = self._quantiles(others, levels, panel.horizon)
            reach = np.where(comparable, reach, apart.T[:, :, None])
        quantiles = reach * panel.std
        quantiles += panel.mean
        return replace(panel, levels=levels, quantiles=quantiles)

    def _quantiles(self, distance: Array, levels: Array, horizon: int) -> Array:
        """Quantiles (R, Q) in standard deviations: two levels as far from a half are one reach."""
        shares, which = np.unique(np.abs(2 * levels - 1).round(12), return_inverse=True)
        reach = self._reach(distance, shares, horizon)[:, which]
        ordered: Array = np.sort(np.sign(levels - 0.5) * reach, axis=1)
        return ordered

    def _reach(self, distance: Array, shares: Array, horizon: int) -> Array:
        """How far (R, S) in standard deviations such `shares` of the outcomes lie at most."""
        scale = np.linspace(0.0, FARTHEST, STEPS + 1)
        normal = special.erf(scale / np.sqrt(2.0))
        counted = self.prior * np.diff(normal, prepend=0.0)  # of each step, those not within before
        out = np.empty((len(distance), len(shares)))
        rate = self.rate / horizon  # h overlapping outcomes repeat one error: each counts 1 / h
        reach_as_known(distance, horizon, shares, rate, scale, counted, self.refresh, out)
        return out
