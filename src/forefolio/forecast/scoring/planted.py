"""Simulated forecasts and outcomes of a known skill, for placebos and tests of power.

No market is simulated bar by bar and no model is fitted: a score with a half-life of one horizon
moves the returns of its assets, beside a common factor, fat tails and volatility that comes and
goes; the forecasts are that score. Without skill they are another score that has no effect. A
gain is computed from the expected returns, not the realised ones, so that few draws suffice.
"""

from dataclasses import dataclass

import numpy as np

from forefolio.core.units import Array, read_only
from forefolio.forecast.base import ForecastPanel

MARKET_SHARE = 0.36  # of a return's variance that all assets share
CALM = 0.99  # of the logarithm of volatility that a session keeps
SHOCK = 0.05  # standard deviation of what each session adds to it
TAIL = 5  # degrees of freedom of a session's returns
RANKED = 0.95  # rank correlation over the plain one, for tails as fat as these
CLAIMED = 0.05  # skill that forecasts without any claim


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Planted:
    """Forecasts made at R sessions, their outcomes, and the true expected returns."""

    panels: dict[str, ForecastPanel]
    prior: Array  # (R, N) zero
    std: Array  # (R, N) standard deviation over the horizon
    returns: Array  # (R, N) over the horizon
    expected: Array  # (R, N) zero without skill

    def __post_init__(self) -> None:
        read_only(self.prior, self.std, self.returns, self.expected)

    def gain(self, mean: Array) -> float:
        """Share of the squared return that forecasts (R, N) can be expected to save."""
        saved = self.expected**2 - (mean - self.expected) ** 2
        return float(saved.sum() / (self.returns**2).sum())


def plant(seed: int, horizon: int, skill: float, assets: int = 20, sessions: int = 3024) -> Planted:
    """Two models of one score whose mean rank correlation with the outcomes is `skill`.

    The second is twice as large, and noisy. `skill` zero is a placebo.
    """
    drawn = planted_scores(seed, horizon, skill, assets, sessions + horizon + 1)
    specific, score = np.sqrt(1 - MARKET_SHARE), drawn.score
    passed = np.vstack([np.zeros(assets), np.cumsum(drawn.moves, axis=0)])
    sessions_used = slice(None, sessions)
    std = drawn.volatility[sessions_used] * np.sqrt(horizon)
    signal = (score if skill else drawn.other)[sessions_used]
    claim = (skill or CLAIMED) / RANKED * specific * std
    means = {
        "plain": claim * signal,
        "loud": 2 * claim * (0.9 * signal + 0.44 * drawn.noise[sessions_used]),
    }
    return Planted(
        panels={name: _panel(mean, std, horizon) for name, mean in means.items()},
        prior=np.zeros_like(std),
        std=std,
        returns=passed[2 + horizon :][sessions_used] - passed[2:][sessions_used],
        expected=drawn.expected(horizon, skill)[sessions_used],
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlantedScores:
    """A score of each session (T, N), the moves of prices that follow it, and scores that do not.

    `moves` are those from one close to the next; what was decided by the score at a close is traded
    at the next, and moves from there on.
    """

    score: Array
    other: Array
    noise: Array
    volatility: Array
    moves: Array

    def expected(self, horizon: int, skill: float) -> Array:
        """What the score adds to the returns (T, N) expected over `horizon` sessions."""
        specific = np.sqrt(1 - MARKET_SHARE)
        added: Array = skill / RANKED * specific * np.sqrt(horizon) * self.volatility * self.score
        return added


def planted_scores(
    seed: int, horizon: int, skill: float, assets: int, sessions: int
) -> PlantedScores:
    """Scores and moves: a score's rank correlation with the moves of a `horizon` is `skill`."""
    rng = np.random.default_rng((seed, horizon, round(1e6 * skill)))
    volatility = _volatility(rng, sessions, assets)
    kept = 0.5 ** (1 / horizon)
    score, other, noise = (_autoregressive(rng, kept, sessions, assets) for _ in range(3))
    specific = np.sqrt(1 - MARKET_SHARE)
    fat = np.sqrt(1 - 2 / TAIL)
    luck = fat * rng.standard_t(TAIL, (sessions, assets)) * specific
    common = fat * rng.standard_t(TAIL, (sessions, 1)) * np.sqrt(MARKET_SHARE)
    plain = skill / RANKED * specific * np.sqrt(horizon)  # of the score, over the horizon
    step = plain / (kept ** np.arange(horizon)).sum()
    moves = volatility * (luck + common)
    moves[2:] += volatility[2:] * step * score[:-2]  # decided at a close, traded at the next
    return PlantedScores(score=score, other=other, noise=noise, volatility=volatility, moves=moves)


def _volatility(rng: np.random.Generator, rows: int, assets: int) -> Array:
    """A common autoregressive level times the level of each asset."""
    level, shocks = np.zeros(rows), SHOCK * rng.standard_normal(rows)
    for row in range(1, rows):
        level[row] = CALM * level[row - 1] + shocks[row]
    each = 0.01 * np.exp(rng.normal(0.0, 0.3, assets))
    return np.asarray(np.exp(level)[:, None] * each)


def _autoregressive(rng: np.random.Generator, kept: float, rows: int, assets: int) -> Array:
    """Standard normal scores (rows, assets) with the autocorrelation `kept`."""
    fresh = rng.standard_normal((rows, assets))
    out = np.empty_like(fresh)
    out[0] = fresh[0]
    for row in range(1, rows):
        out[row] = kept * out[row - 1] + np.sqrt(1 - kept**2) * fresh[row]
    return out


def _panel(mean: Array, std: Array, horizon: int) -> ForecastPanel:
    first = np.datetime64("2000-01-03")
    return ForecastPanel(
        sessions=np.arange(first, first + len(mean)),
        horizon=horizon,
        assets=tuple(f"A{number}" for number in range(mean.shape[1])),
        mean=mean,
        std=std.copy(),
    )
