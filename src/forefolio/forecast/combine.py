"""Many forecasts to one, moved away from the prior only as far as past skill allows.

At each session t, from outcomes that had ended by t only:

1. Models are averaged with weights proportional to a power of their inverse past squared error
   (combination beats selection: Rapach, Strauss and Zhou 2010).
2. Of the average's departure from the prior, in units of volatility, only the cross-section is
   kept: which assets above others, not whether all will rise. Timing the market could not be told
   from luck out of sample, at many times the error (docs/forecasting.md).
3. It is multiplied by the slope that past outcomes show, less its uncertainty:
   b (1 - (k se / b)^2), clipped to [0, 1] (alpha is skill x volatility x score: Grinold 1994).
   A slope within k standard errors of zero moves nothing: the forecast is the prior.
4. The standard deviation is the volatility model's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
from pydantic import Field

from forefolio.component import Component
from forefolio.forecast.base import ForecastPanel
from forefolio.units import Array, Flags, read_only


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Combination:
    """The combined forecasts of R sessions, and how they came about."""

    panel: ForecastPanel
    names: tuple[str, ...]
    weights: Array  # (R, M), rows sum to one
    slopes: Array  # (R,) how far they are believed: 0 moves nothing, 1 all the way

    def __post_init__(self) -> None:
        read_only(self.weights, self.slopes)


class Combiner(Component):
    """How forecasts are averaged and how far the average is believed."""

    power: Annotated[float, Field(ge=0)] = 4.0  # of the inverse squared error
    dates: Annotated[int, Field(ge=2)] = 12  # independent outcomes before any slope is believed
    doubt: Annotated[float, Field(ge=0)] = 2.0  # standard errors within which a slope is luck

    def combine(
        self, panels: Mapping[str, ForecastPanel], prior: Array, std: Array, returns: Array
    ) -> Combination:
        """Combine forecasts made at the same R sessions.

        Args:
            panels: forecasts by model name.
            prior: (R, N) what is expected without any model.
            std: (R, N) standard deviation forecasts over the horizon.
            returns: (R, N) outcomes; those not ended by a row are not used at that row.
        """
        names = tuple(panels)
        first = panels[names[0]]
        means = np.stack([panels[name].mean for name in names])
        weights = self._weights(means, returns, first.horizon)
        average = _weighted(means, weights)
        spoke = np.isfinite(average) & (std > 0)
        departure = np.divide(average - prior, std, out=np.zeros_like(prior), where=spoke)
        signal = np.where(spoke, departure - _row_mean(departure, spoke)[:, None], 0.0)
        surprise = np.divide(returns - prior, std, out=np.full_like(prior, np.nan), where=std > 0)
        slopes = self._slopes(signal, surprise, first.horizon)
        mean = prior + std * slopes[:, None] * signal
        panel = replace(first, mean=mean, std=std)
        return Combination(panel=panel, names=names, weights=weights, slopes=slopes)

    def _weights(self, means: Array, returns: Array, horizon: int) -> Array:
        """Weights (R, M) from squared errors on the outcomes all models spoke about."""
        errors = (means - returns) ** 2
        known = np.isfinite(errors).all(axis=0)
        loss = np.where(known, errors, 0.0).sum(axis=2).T
        past = ended(np.cumsum(loss, axis=0), horizon)
        scored = past.min(axis=1) > 0
        relative = np.ones_like(past)
        relative[scored] = past[scored].min(axis=1, keepdims=True) / past[scored]
        raw = relative**self.power
        weights: Array = raw / raw.sum(axis=1, keepdims=True)
        return weights

    def _slopes(self, signal: Array, surprise: Array, horizon: int) -> Array:
        """Slopes (R,) of surprise on signal, each row from outcomes ended by then."""
        known = np.isfinite(surprise)
        x, y = np.where(known, signal, 0.0), np.where(known, surprise, 0.0)
        products, squares = (x * y).sum(axis=1), (x * x).sum(axis=1)
        cross, power = ended(np.cumsum(products), horizon), ended(np.cumsum(squares), horizon)
        # outcomes of neighbouring sessions overlap: count each h-th as one observation
        noise = ended(np.cumsum(products**2), horizon) * horizon
        seen = ended(np.cumsum((squares > 0).astype(np.float64)), horizon) / horizon
        believed = (power > 0) & (cross > 0) & (seen >= self.dates)
        slope = np.divide(cross, power, out=np.zeros_like(cross), where=believed)
        error = np.divide(noise, cross**2, out=np.ones_like(cross), where=believed)
        shrunk: Array = np.clip(slope * np.clip(1.0 - self.doubt**2 * error, 0.0, 1.0), 0.0, 1.0)
        return shrunk


def ended(values: Array, horizon: int) -> Array:
    """Move rows down to where the outcomes they need are known: `horizon` + 1 sessions later."""
    out = np.zeros_like(values)
    out[horizon + 1 :] = values[: -(horizon + 1)]
    return out


def _weighted(means: Array, weights: Array) -> Array:
    """Average over the models (M, R, N) that have a forecast; NaN where none has."""
    spoke = np.isfinite(means)
    shares = np.where(spoke, weights.T[:, :, None], 0.0)
    total = shares.sum(axis=0)
    summed = (np.where(spoke, means, 0.0) * shares).sum(axis=0)
    average = np.full(summed.shape, np.nan)
    np.divide(summed, total, out=average, where=total > 0)
    return average


def _row_mean(values: Array, known: Flags) -> Array:
    total: Array = np.where(known, values, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return total


def log_average(panels: Sequence[ForecastPanel]) -> Array:
    """Geometric mean (R, N) of the standard deviations known; zero only where all of them are."""
    stds = np.stack([panel.std for panel in panels])
    moving = stds > 0
    logs = np.log(stds, out=np.zeros_like(stds), where=moving)
    averaged = np.exp(logs.sum(axis=0) / np.maximum(moving.sum(axis=0), 1))
    flat = np.where((stds == 0).any(axis=0), 0.0, np.nan)
    return np.where(moving.any(axis=0), averaged, flat)
