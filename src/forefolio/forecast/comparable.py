"""Which assets are comparable in risk, so that they may be pooled, and what the others earn.

Mean returns are pooled in units of risk, never across orders of magnitude of volatility: a
Treasury bill fund earns its rate at almost no volatility, and its mean says nothing about stocks.

1. The usual volatility of an asset is that of its last 250 returns, or nine times that of its last
   21 if this is less, so that a price without moves for a month has none.
2. The reference volatility of a session is the median of the largest group of assets whose
   volatilities lie within a factor of nine; of two equally large groups, the more volatile one.
3. Similarity is 1 within a factor of three of the reference, 0 beyond a factor of nine, and linear
   in the logarithm between. It is 1 for an asset with too little history.
4. An asset of similarity 0 is expected to earn what the others earn in proportion to its
   volatility (at most three times as much), combined with its own mean: the weight of the own mean
   is its credibility, spread^2 / (spread^2 + standard error^2).
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from forefolio.core.numerics import OUT_VECTOR, PANEL, VECTOR, Scalar, kernel
from forefolio.core.units import Array, Flags, read_only
from forefolio.market import Market
from forefolio.market.causal import causal
from forefolio.market.returns import WARM_UP, drift_returns

USUAL_WINDOW = 250  # returns of which the usual volatility is measured
RECENT_WINDOW = 21  # returns of which the recent volatility is measured
SIMILAR = 3.0  # factor from the reference volatility within which the similarity is 1
STALE = 9.0  # factor below the usual volatility at which a price counts as stale
NEARER = 1.0 + 1e-9  # beside the edges of what is similar: whatever rounding says there
RATE_SPREAD = 1e-4  # per session (2.5 % a year): standard deviation of nearly riskless rates


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparable:
    """How comparable each asset is at each session, and the parts of its expected return."""

    similarity: Array  # (T, N) from 0 to 1
    ratio: Array  # (T, N) volatility over the reference volatility, at most 3
    mean: Array  # (T, N) mean of the asset's last 250 returns, per session
    credibility: Array  # (T, N) weight of that mean for a dissimilar asset, from 0 to 1

    def __post_init__(self) -> None:
        read_only(self.similarity, self.ratio, self.mean, self.credibility)

    @classmethod
    def of(cls, returns: Array) -> Self:
        """Compare the assets at each session by their `returns` (T, N) up to it."""
        squares = returns**2
        mean, usual, count = _moments(returns, squares)
        recent = np.sqrt(_rolling_mean(RECENT_WINDOW, squares)[0])
        similarity, ratio = _similarity(_capped(usual, recent))
        return cls(
            similarity=similarity,
            ratio=ratio,
            mean=mean,
            credibility=credibility_of(usual, count),
        )

    def __getitem__(self, rows: slice) -> Self:
        """Some of the sessions."""
        return type(self)(
            similarity=self.similarity[rows],
            ratio=self.ratio[rows],
            mean=self.mean[rows],
            credibility=self.credibility[rows],
        )

    @property
    def nbytes(self) -> int:
        """How much memory all sessions take."""
        return 4 * self.similarity.nbytes

    def expected(self, level: float) -> Array:
        """Expected returns (T, N) per session where comparable assets earn `level`."""
        scaled = level * self.ratio
        dissimilar = scaled + self.credibility * (self.mean - scaled)
        expected: Array = self.similarity * level + (1.0 - self.similarity) * dissimilar
        return expected

    def levels(self, returns: Array) -> Array:
        """Means (T,) per session of `returns` (T, N) so far, weighted by similarity."""
        known = np.isfinite(returns)
        weight = np.where(known, self.similarity, 0.0)
        total = np.cumsum(weight.sum(axis=1))
        earned = np.cumsum((weight * np.where(known, returns, 0.0)).sum(axis=1))
        levels: Array = np.divide(earned, total, out=np.zeros(len(total)), where=total > 0)
        return levels


def credibility_of(volatility: Array, count: Array) -> Array:
    """How much the mean of `count` returns says of a rate; 0 where no volatility is known."""
    error = volatility / np.sqrt(np.maximum(count, 1.0))
    credibility = RATE_SPREAD**2 / (RATE_SPREAD**2 + error**2)
    return np.where(np.isfinite(volatility), credibility, 0.0)


@causal
def comparable_returns(market: Market) -> Comparable:
    """How comparable the assets are by their own returns."""
    return Comparable.of(market.returns)


def comparable_drifts(market: Market) -> Comparable:
    """How comparable the assets are by their returns per session of the market."""
    at_one_pace = bool((market.share_of_sessions == 1.0).all())
    return comparable_returns(market) if at_one_pace else _comparable_drifts(market)


@causal
def _comparable_drifts(market: Market) -> Comparable:
    return Comparable.of(drift_returns(market))


def comparable_forecasts(std: Array) -> Flags:
    """Where forecast standard deviations (R, N) are of assets comparable with the others.

    Each is compared by its mean of the last 250 rows, or by nine times its own if that is less.
    """
    similarity, _ = _similarity(_capped(_usual_mean(std)[0], std))
    flags: Flags = similarity >= 0.5
    return flags


def is_stale(std: Array) -> Flags:
    """Where a standard deviation (R, N) is missing, zero, or below a ninth of its recent mean.

    The next move of such a price is no multiple of its forecast volatility.
    """
    flags: Flags = ~(STALE * std >= _usual_mean(std)[0]) | ~(std > 0)
    return flags


def _capped(usual: Array, recent: Array) -> Array:
    """The usual volatility (T, N), at most nine times the recent one; NaN while not known."""
    return np.where(STALE * recent < usual, STALE * recent, usual)


def _similarity(volatility: Array) -> tuple[Array, Array]:
    """Similarity (T, N), and the ratio (T, N) of volatility to the reference."""
    finite = np.isfinite(volatility)
    reference = _reference(np.where(finite, volatility, 0.0))[:, None]
    ratio = np.ones(volatility.shape)
    np.divide(volatility, reference, out=ratio, where=finite & (reference > 0))
    ratio[finite & (reference <= 0)] = 0.0
    similarity = np.ones(ratio.shape)
    far = (ratio < NEARER / SIMILAR) | (ratio > SIMILAR / NEARER)
    with np.errstate(divide="ignore"):
        distance = np.abs(np.log(ratio[far]))
    similarity[far] = np.clip(2.0 - distance / np.log(SIMILAR), 0.0, 1.0)
    return similarity, np.minimum(ratio, SIMILAR)


@kernel((VECTOR, Scalar))
def median_of_group(ordered: Array, span: float) -> float:
    """The median of the largest group of values (N,), which ascend; 0 where there is none.

    A group is of values above zero that lie within `span` times of each other.
    """
    start, largest, median = 0, 0, 0.0
    for stop in range(len(ordered)):
        while ordered[stop] > span * ordered[start]:
            start += 1
        size = stop - start + 1
        if ordered[start] > 0.0 and size >= largest:
            largest = size
            low, high = start + (size - 1) // 2, start + size // 2
            median = 0.5 * (ordered[low] + ordered[high])
    return median


@kernel((PANEL, Scalar, OUT_VECTOR))
def median_of_largest_group(ordered: Array, span: float, out: Array) -> None:
    """`median_of_group` of each row of `ordered` (T, N)."""
    for row in range(len(ordered)):
        out[row] = median_of_group(ordered[row], span)


def _reference(volatility: Array) -> Array:
    """The reference volatility (T,) of each session; zero where nothing moves."""
    out = np.empty(len(volatility))
    median_of_largest_group(np.sort(volatility, axis=1), SIMILAR**2 * (1 + 1e-9), out)
    return out


def _moments(returns: Array, squares: Array) -> tuple[Array, Array, Array]:
    """Mean, volatility and number (T, N) of the last 250 returns; NaN volatility of too few."""
    mean, count = _usual_mean(returns)
    square, _ = _usual_mean(squares)
    variance = square - mean**2
    # rounding leaves a tiny variance of a constant price: that is none
    variance = np.where(variance > 1e-12 * square, variance, 0.0)
    return mean, np.where(count >= WARM_UP, np.sqrt(variance), np.nan), count


def _usual_mean(values: Array) -> tuple[Array, Array]:
    return _rolling_mean(USUAL_WINDOW, values)


def _rolling_mean(rows: int, values: Array) -> tuple[Array, Array]:
    """Mean (T, N) of the finite values of the last `rows` (zero if none), and their number.

    Sums from the first row on, so that later rows change nothing before them. Where no row is
    known in part, one number (T, 1) holds for all columns.
    """
    finite: Flags = np.isfinite(values)
    known: Flags = np.asarray(finite.any(axis=1, keepdims=True))
    whole = bool((finite.all(axis=1, keepdims=True) == known).all())
    total: Array = np.where(finite, values, 0.0)
    count: Array = (known if whole else finite).astype(np.float64)
    for sums in (total, count):
        np.cumsum(sums, axis=0, out=sums)
        sums[rows:] -= sums[:-rows].copy()
    total /= np.maximum(count, 1.0)
    return total, count
