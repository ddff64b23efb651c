"""Second moments of returns with holes, and how to make a covariance out of them.

1. Returns run from one session to the next on which all exchanges are open
   (`market/cleaning/alignment.py`), so that two assets are compared over the same time; moments
   are per session of the market.
2. Each asset is centred on its own mean; every pair uses the sessions on which both returns are
   known, so a late listing or a missed session costs only the pairs that it touches.
3. A pair with fewer than 60 common sessions is not estimated at all.
4. A matrix put together from pairs need not be one of a portfolio's variances: negative
   eigenvalues of the correlation are cut off and the variances restored.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from forefolio.core.errors import NotEnoughHistory
from forefolio.core.units import Array
from forefolio.market import Market
from forefolio.market.cleaning.alignment import in_step
from forefolio.market.own_sessions import own_growth
from forefolio.risk.base import Covariance

MINIMUM = 60  # common sessions of a pair
ROUNDING = 1e-10
HALF_LIVES = 5  # after which the remaining exponential weights, 3 %, are dropped


def recent_returns(market: Market, window: int) -> Array:
    """The last returns (at most `window`, N), from one session to the next on which all are open.

    They are brought to the unit of the market's sessions: their covariance is that of one.
    """
    return in_the_unit_of(market, in_step(market, window), window)


def in_the_unit_of(market: Market, step: Market, window: int) -> Array:
    """The last returns of `step`, the sessions of `market` on which all exchanges are open."""
    close = step.close[-(window + 1) :] if step is market else step.close
    returns = own_growth(close)[1:][-window:]
    if step is not market:
        returns *= np.sqrt(step.periods_per_year / market.periods_per_year)
    return returns


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairs:
    """Returns (T, N) around their means, and how many sessions each pair has in common."""

    centred: Array  # (T, N), zero where unknown
    observed: Array  # (T, N), 1 or 0
    count: Array  # (N, N) sessions

    @classmethod
    def of(cls, returns: Array, assets: tuple[str, ...]) -> Self:
        """Pair up `returns` (T, N).

        Raises:
            NotEnoughHistory: a pair has fewer than 60 common sessions; it names the assets.
        """
        known = np.isfinite(returns)
        finite = known.astype(np.float64)
        every = float(len(returns))
        count = np.full((len(assets),) * 2, every) if known.all() else finite.T @ finite
        _enough(count, assets)
        filled = np.where(finite > 0, returns, 0.0)
        mean = filled.sum(axis=0) / np.diag(count)
        return cls(centred=finite * (filled - mean), observed=finite, count=count)

    @property
    def complete(self) -> bool:
        """Whether every return is known, so that sums over pairs are products of sums."""
        return bool((self.count == len(self.centred)).all())

    def mean(self, left: Array, right: Array) -> Array:
        """Mean products (N, N) of two (T, N) functions of the centred returns."""
        product: Array = left.T @ right / self.count
        return product

    @property
    def second(self) -> Array:
        """Second moments (N, N), divided by the number of sessions."""
        return self.mean(self.centred, self.centred)

    def exponentially_weighted(self, half_life: int) -> Array:
        """Second moments (N, N) whose weights halve every `half_life` sessions."""
        root = 0.5 ** (np.arange(len(self.centred))[::-1, None] / half_life / 2)
        weights, weighted = self.observed * root, self.centred * root
        moments: Array = weighted.T @ weighted / (weights.T @ weights)
        return moments


def _enough(count: Array, assets: tuple[str, ...]) -> None:
    sessions = np.diag(count)
    worst = sessions if sessions.min() < MINIMUM else count.min(axis=1)
    if worst.min() < MINIMUM:
        too_short = ", ".join(a for a, w in zip(assets, worst, strict=True) if w < MINIMUM)
        raise NotEnoughHistory(MINIMUM, int(worst.min()), f"the covariance of {too_short}")


def split(matrix: Array) -> tuple[Array, Array]:
    """Standard deviations (N,) and correlations (N, N); an asset that never moves has none."""
    std = np.sqrt(np.diag(matrix))
    scale = np.outer(std, std)
    correlation = np.divide(matrix, scale, out=np.zeros_like(matrix), where=scale > 0)
    np.fill_diagonal(correlation, 1.0)
    return std, correlation


def constant_correlation(correlation: Array) -> Array:
    """The matrix (N, N) whose correlations are all the mean one."""
    size = len(correlation)
    mean = (correlation.sum() - size) / max(size * (size - 1), 1)
    target: Array = np.full_like(correlation, mean)
    np.fill_diagonal(target, 1.0)
    return target


def sector_correlation(correlation: Array, sectors: tuple[str, ...]) -> Array:
    """The matrix (N, N) whose correlations are the means of those between the same two sectors.

    Assets whose sector is not known are one sector. One that is alone in its sector is close to
    itself only, so the mean within a sector leaves out the diagonal.
    """
    names, place = np.unique(sectors, return_inverse=True)
    member = np.eye(len(names))[place]  # (N, S)
    off = correlation - np.diag(np.diag(correlation))
    pairs = member.T @ (1.0 - np.eye(len(place))) @ member
    means = np.divide(member.T @ off @ member, pairs, out=np.zeros_like(pairs), where=pairs > 0)
    target: Array = member @ means @ member.T
    np.fill_diagonal(target, 1.0)
    return target


def repaired(assets: tuple[str, ...], matrix: Array) -> Covariance:
    """The covariance `matrix` (N, N), made positive semi-definite with a note where it is not."""
    std, correlation = split((matrix + matrix.T) / 2)
    if _is_semidefinite(correlation):
        return Covariance(assets=assets, matrix=np.outer(std, std) * correlation)
    values, vectors = np.linalg.eigh(correlation)
    _, cut = split((vectors * np.maximum(values, 0.0)) @ vectors.T)
    note = f"covariance made positive semi-definite: smallest eigenvalue was {values[0]:.2g}"
    return Covariance(assets=assets, matrix=np.outer(std, std) * cut, note=note)


def _is_semidefinite(matrix: Array) -> bool:
    """Whether no eigenvalue is below zero by more than rounding: a factor is cheaper than they."""
    try:
        np.linalg.cholesky(matrix + ROUNDING * np.eye(len(matrix)))
    except np.linalg.LinAlgError:
        return False
    return True
