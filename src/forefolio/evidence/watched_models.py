"""Simulated forecasts, healthy and broken ones, on which the rates of alarms are measured.

Assets share a market whose volatility comes and goes. A healthy model knows that volatility but for
an error of a tenth; its intervals are those of the normal distribution, its signs are a coin's.
What breaks it happens at one session; before, it is healthy.
"""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np

from forefolio.core.units import Array

LEVEL = 0.9  # of the intervals
SHARED = 0.3  # of the variance of a return
KEPT, SPREAD = 0.98, 0.4  # of the logarithm of volatility: kept by a session, deviation
ERROR = 0.1  # of what a healthy model says of the volatility
DECAY = 0.94  # of the exponentially weighted reference
WARM_UP = 150

Broken = Literal["", "band_of_80", "frozen_volatility", "signs_40"]
"""What breaks: nothing; intervals that hold 80 %; a volatility that stands still; 40 % right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedModels:
    """What came of the forecasts of P models, session by session."""

    right: Array  # (T, P) share of assets whose sign was right
    inside: Array  # (T, P) share inside the interval
    losses: Array  # (T, P) QLIKE less that of the reference


def watched_models(
    seed: int, models: int, sessions: int, broken: Broken = "", at: int = 0, assets: int = 20
) -> WatchedModels:
    """Simulate so many models over so many sessions, broken from session `at` on."""
    rng = np.random.default_rng(seed)
    reach = {level: NormalDist().inv_cdf((1.0 + level) / 2.0) for level in (LEVEL, 0.8)}
    log_volatility = SPREAD * rng.standard_normal((models, 1))
    reference = np.ones((models, assets))
    forecast = np.ones((models, 1))
    rows: list[tuple[Array, Array, Array]] = []
    for row in range(-WARM_UP, sessions):
        fresh = np.sqrt(1.0 - KEPT**2) * SPREAD * rng.standard_normal((models, 1))
        log_volatility = KEPT * log_volatility + fresh
        moves = _moves(rng, models, assets) * np.exp(log_volatility)
        is_broken = row >= at
        if not (broken == "frozen_volatility" and is_broken):
            forecast = np.exp(log_volatility + ERROR * rng.standard_normal((models, 1)))
        width = reach[0.8 if broken == "band_of_80" and is_broken else LEVEL]
        share = 0.4 if broken == "signs_40" and is_broken else 0.5
        right = (rng.random((models, assets)) < share).mean(axis=1)
        inside = (np.abs(moves) <= width * forecast).mean(axis=1)
        squares = moves**2
        loss = squares / forecast**2 - squares / reference + np.log(forecast**2 / reference)
        reference = DECAY * reference + (1.0 - DECAY) * squares
        if row >= 0:
            rows.append((right, inside, loss.mean(axis=1)))
    right, inside, losses = (np.array(each) for each in zip(*rows, strict=True))
    return WatchedModels(right=right, inside=inside, losses=losses)


def _moves(rng: np.random.Generator, models: int, assets: int) -> Array:
    common = np.sqrt(SHARED) * rng.standard_normal((models, 1))
    moves: Array = common + np.sqrt(1.0 - SHARED) * rng.standard_normal((models, assets))
    return moves
