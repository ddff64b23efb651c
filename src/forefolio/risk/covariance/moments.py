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
        begun = int(known.any(axis=1).argmax())  # what is known of nobody stands for no hole
        returns, known = returns[begun:], known[begun:]
        if known.all():
            return cls._of_complete(returns, assets)
        finite = known.astype(np.float64)
        count = finite.T @ finite
        _enough(count, assets)
        filled = np.where(finite > 0, returns, 0.0)
        mean = filled.sum(axis=0) / np.diag(count)
        return cls(centred=finite * (filled - mean), observed=finite, count=count)

    @classmethod
    def _of_complete(cls, returns: Array, assets: tuple[str, ...]) -> Self:
        """The same where every return is known: one number counts the sessions of every pair."""
        count = np.broadcast_to(float(len(returns)), (len(assets),) * 2)
        _enough(count, assets)
        centred: Array = returns - returns.sum(axis=0) / np.diag(count)
        return cls(centred=centred, observed=np.broadcast_to(1.0, returns.shape), count=count)

    @property
    def complete(self) -> bool:
        """Whether every return is known, so that sums over pairs are products of sums."""
        return bool((np.diag(self.count) == len(self.centred)).all())

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
        root = root_weights(len(self.centred), half_life)
        weighted = self.centred * root
        if self.complete:
            moments: Array = weighted.T @ weighted
            moments /= (root**2).sum()
            return moments
        weights = self.observed * root
        return np.asarray(weighted.T @ weighted / (weights.T @ weights))

    def sector_means(self, half_life: int, sectors: tuple[str, ...]) -> Array:
        """The matrix (N, N) of mean correlations between sectors, weighted by `half_life`.

        That of `sector_correlation`; of complete returns no correlation of a pair is needed.
        """
        if not self.complete:
            return sector_correlation(split(self.exponentially_weighted(half_life))[1], sectors)
        root = root_weights(len(self.centred), half_life)
        size = np.sqrt((root * root)[:, 0] @ (self.centred * self.centred))
        member = members(sectors)
        together = root * (self.centred @ divided(member, size[:, None]))
        own = np.diag(member.T @ (size > 0))
        return means_of_sectors(together.T @ together - own, member)


def root_weights(sessions: int, half_life: int) -> Array:
    """Roots (T, 1) of weights that halve every `half_life` sessions, the last one's is 1."""
    return np.asarray(0.5 ** (np.arange(sessions)[::-1, None] / half_life / 2))


def _enough(count: Array, assets: tuple[str, ...]) -> None:
    sessions = np.diag(count)
    worst = sessions if sessions.min() < MINIMUM else count.min(axis=1)
    if worst.min() < MINIMUM:
        too_short = ", ".join(a for a, w in zip(assets, worst, strict=True) if w < MINIMUM)
        raise NotEnoughHistory(MINIMUM, int(worst.min()), f"the covariance of {too_short}")


def split(matrix: Array) -> tuple[Array, Array]:
    """Standard deviations (N,) and correlations (N, N); an asset that never moves has none."""
    std = np.sqrt(np.diag(matrix))
    correlation = divided(matrix, np.outer(std, std))
    np.fill_diagonal(correlation, 1.0)
    return std, correlation


def divided(values: Array, by: Array) -> Array:
    """Values (T, N) divided by what is above zero; zero elsewhere."""
    positive = by > 0
    if positive.all():  # a division that looks at every place takes four times as long
        quotient: Array = values / by
        return quotient
    return np.divide(values, by, out=np.zeros_like(values), where=positive)


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
    member = members(sectors)
    off = correlation - np.diag(np.diag(correlation))
    return means_of_sectors(member.T @ off @ member, member)


def members(sectors: tuple[str, ...]) -> Array:
    """Whether an asset is of a sector: (N, S), 1 or 0."""
    names, place = np.unique(sectors, return_inverse=True)
    return np.asarray(np.eye(len(names))[place])


def means_of_sectors(sums: Array, member: Array) -> Array:
    """The matrix (N, N) of the means whose `sums` (S, S) are over the pairs of two sectors."""
    size = member.sum(axis=0)
    pairs = np.outer(size, size) - np.diag(size)
    means = np.divide(sums, pairs, out=np.zeros_like(pairs), where=pairs > 0)
    place = member.argmax(axis=1)
    target = np.asarray(means[place][:, place])
    np.fill_diagonal(target, 1.0)
    return target


def repaired(assets: tuple[str, ...], matrix: Array) -> Covariance:
    """The covariance `matrix` (N, N), made positive semi-definite with a note where it is not."""
    even = matrix + matrix.T
    even /= 2
    std, correlation = split(even)
    if _is_semidefinite(correlation):
        return Covariance(assets=assets, matrix=scaled(correlation, std), proven=True)
    values, vectors = np.linalg.eigh(correlation)
    _, cut = split((vectors * np.maximum(values, 0.0)) @ vectors.T)
    note = f"covariance made positive semi-definite: smallest eigenvalue was {values[0]:.2g}"
    return Covariance(assets=assets, matrix=scaled(cut, std), note=note, proven=True)


def scaled(correlation: Array, std: Array) -> Array:
    """The covariances (N, N) of `correlation` (N, N) and standard deviations (N,)."""
    matrix = np.outer(std, std)
    matrix *= correlation
    return matrix


def _is_semidefinite(matrix: Array) -> bool:
    """Whether no eigenvalue is below zero by more than rounding: a factor is cheaper than they."""
    damped = matrix.copy()
    damped.reshape(-1)[:: len(matrix) + 1] += ROUNDING
    try:
        np.linalg.cholesky(damped)
    except np.linalg.LinAlgError:
        return False
    return True
