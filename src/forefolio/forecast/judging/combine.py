"""Combination of forecasts, shrunk to the prior by past skill.

At each session t, from outcomes that had ended by t only:

1. Of each model's departure from the prior, in units of volatility, only the cross-section is kept:
   which assets above others, not whether all will rise. Market timing showed no skill out of
   sample (docs/forecasting.md).
2. Models that are not among those that may be the best (model confidence set) are left out, and so
   are those whose departures have so far gone against what happened, unless all have (weights of
   a combination that are not negative: Breiman 1996, "Stacked regressions").
3. The others are averaged with weights proportional to a power of their inverse past squared error
   (combination beats selection: Rapach, Strauss and Zhou 2010).
4. The average is multiplied by its expected slope (`belief`), estimated in units of volatility and
   at most the slope in returns, so that skill shown in calm times only is not used in a crisis.
5. The standard deviation is the volatility model's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Self

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.units import Array, Days, Flags, read_only
from forefolio.forecast.base import ForecastPanel
from forefolio.forecast.blocks import in_blocks
from forefolio.forecast.comparable import is_stale
from forefolio.forecast.judging.belief import Belief, centred
from forefolio.forecast.scoring.losses import ended
from forefolio.forecast.scoring.significance import FEWEST, model_confidence_set

SCREENING_DRAWS = 500
ALIKE = 1e-8  # relative spread of volatilities up to which all count as the same
ROUNDING = 1e-12  # of what is taken out of a departure: no more than this is nothing left


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Combination:
    """The combined forecasts of R sessions, with the weights and slopes they are made of."""

    panel: ForecastPanel
    names: tuple[str, ...]
    weights: Array  # (R, M), rows sum to one
    survived: Flags  # (R, M) models in the model confidence set, by what was known
    slopes: Array  # (R,) 0 is the prior, 1 the models' average in full
    signal: Array  # (R, N) that average, in units of volatility, before it is shrunk

    def __post_init__(self) -> None:
        read_only(self.weights, self.survived, self.slopes, self.signal)

    @property
    def last(self) -> Self:
        """That of the last session alone, in arrays of its own."""
        return replace(
            self,
            panel=self.panel.last,
            weights=self.weights[-1:].copy(),
            survived=self.survived[-1:].copy(),
            slopes=self.slopes[-1:].copy(),
            signal=self.signal[-1:].copy(),
        )


class Combiner(Component):
    """How forecasts are averaged, and how far the average is shrunk to the prior.

    forecast = prior + slope x volatility x weighted mean of the models' scores, where a score is a
    model's departure from the prior in units of volatility, less its mean over the assets.

    >>> Combiner(power=0.0, screen=0.0).power  # equal weights, no model is screened out
    0.0
    """

    power: Annotated[float, Field(ge=0)] = Field(
        4.0,
        description=(
            "Power of the inverse squared error that a model's weight is proportional to; 0"
            " weighs all alike."
        ),
    )
    screen: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.1,
        description=(
            "Models whose p-value in the model confidence set is at most this are left out;"
            " 0 keeps all."
        ),
    )
    refresh: Days = Field(250, description="Sessions between two screenings of the models.")
    belief: Belief = Field(
        Belief(),
        description=(
            "Prior about the skill of the combined forecast, by which it is shrunk to the "
            "prior forecast."
        ),
    )
    seed: Annotated[int, Field(ge=0)] = Field(
        0, description="Seed of the bootstrap that screens the models."
    )

    def combine(
        self, panels: Mapping[str, ForecastPanel], prior: Array, std: Array, returns: Array
    ) -> Combination:
        """Combine forecasts made at the same R sessions.

        Args:
            panels: forecasts by model name.
            prior: (R, N) expected returns without any model.
            std: (R, N) standard deviation forecasts over the horizon.
            returns: (R, N) outcomes; those not ended by a row are not used at that row.
        """
        first = next(iter(panels.values()))
        scale = np.where(is_stale(std), np.nan, std)  # a stale price has no signal
        signals = [in_blocks(_apart, panel.mean, prior, scale)[0] for panel in panels.values()]
        surprise = (returns - prior) / scale
        (losses,) = in_blocks(_losses, surprise, *signals)
        (agreement,) = in_blocks(_agreement, surprise, *signals)
        survived = self._survivors(losses, first.horizon)
        voting = _voting(survived, agreement, first.horizon)
        weights = self._weights(losses, voting, first.horizon)
        signal = _weighted(signals, weights)
        slopes = ended(self._slopes(signal, surprise, std, first.horizon), first.horizon)
        mean = prior + std * slopes[:, None] * signal
        return Combination(
            panel=replace(first, mean=mean, std=std),
            names=tuple(panels),
            weights=weights,
            survived=survived,
            slopes=slopes,
            signal=signal,
        )

    def _survivors(self, losses: Array, horizon: int) -> Flags:
        """Models (R, M) that may be the best by the outcomes ended when they were last screened."""
        survived = np.ones(losses.shape, dtype=np.bool_)
        finite: Flags = np.asarray(np.isfinite(losses).all(axis=1))
        for row in range(0, len(losses) if self.screen else 0, self.refresh):
            past = losses[: max(row - horizon, 0)][finite[: max(row - horizon, 0)]]
            if len(past) >= FEWEST * horizon:
                levels = model_confidence_set(past, horizon, SCREENING_DRAWS, self.seed)
                survived[row:] = levels > self.screen
        return survived

    def _weights(self, losses: Array, voting: Flags, horizon: int) -> Array:
        """Weights (R, M) from the losses of outcomes that had ended."""
        past = ended(np.cumsum(np.nan_to_num(losses), axis=0), horizon)
        scored = past.min(axis=1) > 0
        relative = np.ones_like(past)
        relative[scored] = past[scored].min(axis=1, keepdims=True) / past[scored]
        raw = relative**self.power * voting
        weights: Array = raw / raw.sum(axis=1, keepdims=True)
        return weights

    def _slopes(self, signal: Array, surprise: Array, std: Array, horizon: int) -> Array:
        """Slopes (R,) estimated from outcomes up to each row, once these have ended."""
        expected = self.belief.slopes(signal, surprise, horizon)
        x, y = centred(signal * std, surprise * std)
        energy, covariance = np.cumsum((x * x).sum(axis=1)), np.cumsum((x * y).sum(axis=1))
        in_returns = np.divide(covariance, energy, out=np.zeros(len(energy)), where=energy > 0)
        limited: Array = np.clip(expected, 0.0, np.maximum(in_returns, 0.0))
        return limited


def _apart(mean: Array, prior: Array, scale: Array) -> tuple[Array]:
    """What departures (R, N) from the prior, in units of `scale`, say of assets against each other.

    NaN elsewhere. Less what they say of all assets together: the same in units of volatility, and
    the same return, which would be a bet on the calm ones or against them. Of two assets nothing
    else is left.
    """
    departure = (mean - prior) / scale
    available = np.isfinite(departure)
    count = np.maximum(available.sum(axis=1, keepdims=True), 1)
    one, other = (np.where(available, values, 0.0) for values in (departure, 1.0 / scale))
    one, other = (
        np.where(available, values - values.sum(axis=1, keepdims=True) / count, 0.0)
        for values in (one, other)
    )
    spread = (other * other).sum(axis=1, keepdims=True)
    usual = np.where(available, 1.0 / scale**2, 0.0).sum(axis=1, keepdims=True)
    shared = (one * other).sum(axis=1, keepdims=True)
    along = np.divide(shared, spread, out=np.zeros_like(shared), where=spread > ALIKE * usual)
    left, size = one - along * other, np.maximum(np.abs(departure), np.abs(along / scale))
    return (np.where(available, np.where(np.abs(left) > ROUNDING * size, left, 0.0), np.nan),)


def _losses(surprise: Array, *signals: Array) -> tuple[Array]:
    """Mean squared errors (R, M) in units of volatility, over assets that all models forecast."""
    finite: Flags = np.asarray(np.isfinite(surprise))
    for signal in signals:
        finite &= np.isfinite(signal)
    count = finite.sum(axis=1)
    sums = np.stack(
        [(np.where(finite, surprise - s, 0.0) ** 2).sum(axis=1) for s in signals], axis=1
    )
    return (np.where(count[:, None] > 0, sums / np.maximum(count, 1)[:, None], np.nan),)


def _agreement(surprise: Array, *signals: Array) -> tuple[Array]:
    """Sums over the assets (R, M) of signal times surprise, both less their means over them."""
    pairs = (centred(signal, surprise) for signal in signals)
    return (np.stack([(x * y).sum(axis=1) for x, y in pairs], axis=1),)


def _voting(survived: Flags, agreement: Array, horizon: int) -> Flags:
    """Of the surviving models (R, M) those that have agreed with what had ended, or all of them."""
    known = ended(np.cumsum((agreement != 0).any(axis=1)), horizon)
    against = ended(np.cumsum(agreement, axis=0), horizon) < 0
    voting = survived & ~(against & (known >= FEWEST * horizon)[:, None])
    return np.where(voting.any(axis=1, keepdims=True), voting, survived)


def _weighted(signals: Sequence[Array], weights: Array) -> Array:
    """Average (R, N) over the models with a forecast of an asset; zero where none has."""
    summed, total = np.zeros_like(signals[0]), np.zeros_like(signals[0])
    for signal, share in zip(signals, weights.T, strict=True):
        available = np.isfinite(signal)
        summed += np.where(available, signal, 0.0) * share[:, None]
        total += np.where(available, share[:, None], 0.0)
    return np.where(total > 0, summed / np.where(total > 0, total, 1.0), 0.0)
