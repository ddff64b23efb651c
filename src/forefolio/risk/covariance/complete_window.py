"""Fading second moments of the last returns of many assets, all of which are known.

Decisions that follow one another ask for the moments of almost the same sessions. Those at the last
of some fixed sessions are kept; what has come since is added to them, and what has left is taken
away: a tenth of the work. They are the same wherever a walk begins, because what is fixed is.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self

import numpy as np

from forefolio.core.units import Array, Flags, read_only
from forefolio.market import Market
from forefolio.market.causal import kept_as_of
from forefolio.risk.covariance.moments import (
    MINIMUM,
    divided,
    means_of_sectors,
    members,
    root_weights,
)

EVERY = 126  # sessions between those whose moments are kept
STILL = 1e-10  # of the moment about zero: a variance below it is rounding


@dataclass(frozen=True, kw_only=True, eq=False)
class CompleteWindow:
    """The last `window` returns of a market, and those before them since the kept moments began.

    Moments are about the mean of the window, not of what came before it.
    """

    market: Market
    returns: Array  # (R, N), every one of them known
    window: int
    made_by: tuple[Hashable, ...]  # what names the returns, beside their market
    complete: ClassVar[bool] = True

    @classmethod
    def of(
        cls, market: Market, returns: Array, window: int, made_by: tuple[Hashable, ...]
    ) -> Self | None:
        """That of the last returns, as many as `reach` says; None where few, or one is unknown."""
        enough = min(len(returns), window) >= MINIMUM
        if not enough or not np.isfinite(returns).all():
            return None
        return cls(market=market, returns=returns, window=window, made_by=made_by)

    @property
    def asked(self) -> Array:
        """The returns of the window (W, N)."""
        return self.returns[-self.window :]

    @cached_property
    def mean(self) -> Array:
        """Their means (N,)."""
        return np.asarray(self.asked.mean(axis=0))

    @cached_property
    def squares(self) -> Array:
        """Their squares (W, N)."""
        return self.asked * self.asked

    def exponentially_weighted(self, half_life: int) -> Array:
        """Second moments (N, N) whose weights halve every `half_life` sessions."""
        asked, mean = self.asked, self.mean
        squared = root_weights(len(asked), half_life)[:, 0] ** 2
        total = float(squared.sum())
        about = np.outer(mean, squared @ asked - 0.5 * total * mean)
        moments: Array = self._about_zero(half_life)
        moments -= about + about.T
        moments /= total
        still = _still(np.diag(moments), squared @ self.squares / total)
        moments[still, :] = moments[:, still] = 0.0  # always the same return: it goes with nothing
        return moments

    def sector_means(self, half_life: int, sectors: tuple[str, ...]) -> Array:
        """The matrix (N, N) of mean correlations between sectors, weighted by `half_life`."""
        asked, mean, member = self.asked, self.mean, members(sectors)
        root = root_weights(len(asked), half_life)
        squared = (root * root)[:, 0]
        about_zero = squared @ self.squares
        size = about_zero - (2.0 * (squared @ asked) - squared.sum() * mean) * mean
        size = np.sqrt(np.where(_still(size, about_zero), 0.0, size))
        share = divided(member, size[:, None])
        together = root * (asked @ share - mean @ share)
        own = np.diag(member.T @ (size > 0))
        return means_of_sectors(together.T @ together - own, member)

    def _about_zero(self, half_life: int) -> Array:
        """The sums (N, N) of weighted products over the window, about zero."""
        end, (begin, fixed) = len(self.market), _fixed_rows(self.market, self.window)
        sums: Array = self._fixed(half_life, fixed, begin) * 0.5 ** ((end - fixed) / half_life)
        root = root_weights(len(self.returns), half_life)
        come = self.returns[fixed - begin :] * root[fixed - begin :]
        gone = self.returns[: -self.window] * root[: -self.window]
        sums += come.T @ come
        if len(gone):
            sums -= gone.T @ gone
        return sums

    def _fixed(self, half_life: int, fixed: int, begin: int) -> Array:
        """The same at the last fixed session, over the window before it."""

        def made() -> Array:
            past = self.returns[: fixed - begin]
            weighted = past * root_weights(len(past), half_life)
            sums: Array = weighted.T @ weighted
            read_only(sums)
            return sums

        what = CompleteWindow, *self.made_by, self.window, half_life
        return kept_as_of(self.market, what, fixed, made)


def _still(variance: Array, about_zero: Array) -> Flags:
    """Whether a variance (N,) is nothing but the rounding of what it was subtracted from."""
    return np.asarray(variance <= STILL * about_zero)


def reach(market: Market, window: int) -> int:
    """So many of the last returns are needed: the window, and what the kept moments began with."""
    begin, _ = _fixed_rows(market, window)
    return len(market) - begin


def _fixed_rows(market: Market, window: int) -> tuple[int, int]:
    """The rows from which and before which the kept moments are; the first row has no return."""
    fixed = max(len(market) - len(market) % EVERY, 1)
    return max(fixed - window, 1), fixed
