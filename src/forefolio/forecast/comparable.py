"""Which assets are alike enough in risk to learn from each other, and what the others earn.

Means are pooled in units of risk and never across orders of magnitude of volatility: a bill fund
earns its rate with hardly any risk, a constant earns nothing, and neither earns what stocks do.

1. An asset's volatility is that of its last 250 returns, or nine times that of the last 21 where
   this is less: a price that has stood still for a month has none.
2. The ordinary volatility of a session is the median of the largest group of assets that lie within
   nine times of each other; of two as large, the one of more risk.
3. Within three times of the ordinary volatility an asset is like the others; beyond nine times it
   is not; between, in part, by the logarithm. Of what is new nothing else is known: it is alike.
4. One that is not alike is expected to earn what the others do in proportion to its volatility, at
   most three times as much; its own mean is believed against that as far as its standard error is
   small beside what rates differ by.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from forefolio.core.numerics import OUT_VECTOR, PANEL, Scalar, kernel
from forefolio.core.units import Array, Flags, read_only
from forefolio.market.returns import WARM_UP

SLOW = 250  # returns that say how volatile an asset is
ALIKE = 3.0  # times the ordinary volatility: within that, all are alike
STILL = 9.0  # times below its usual volatility a price stands still; as far apart, none are alike
MONTH = 21  # sessions without a move after which a price stands still
RATES = 1e-4  # a session, 2.5 % a year of daily returns: how far rates of riskless assets lie apart


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparable:
    """At each session: how far an asset is like the others, and what is expected if it is not."""

    alike: Array  # (T, N) from 0 to 1
    ratio: Array  # (T, N) its volatility over the ordinary one, at most 3
    own: Array  # (T, N) mean of its last returns
    belief: Array  # (T, N) how far that is believed, from 0 to 1

    def __post_init__(self) -> None:
        read_only(self.alike, self.ratio, self.own, self.belief)

    @classmethod
    def of(cls, returns: Array) -> Self:
        """Judge the assets at each session by the `returns` (T, N) up to it."""
        own, slow, count = _recent(returns)
        lately = np.sqrt(_mean_of_last(MONTH, returns**2)[0])
        alike, ratio = _likeness(_effective(slow, lately))
        error = slow / np.sqrt(np.maximum(count, 1.0))
        belief = np.where(np.isfinite(slow), RATES**2 / (RATES**2 + np.nan_to_num(error) ** 2), 0.0)
        return cls(alike=alike, ratio=ratio, own=own, belief=belief)

    def expected(self, level: float) -> Array:
        """Expected returns (T, N) a session where those that are alike earn `level`."""
        apart = level * self.ratio
        apart = apart + self.belief * (self.own - apart)
        mean: Array = self.alike * level + (1.0 - self.alike) * apart
        return mean

    def level(self, returns: Array) -> float:
        """The mean of `returns` (T, N), each counted as far as the asset was alike."""
        if (self.alike == 1.0).all():
            return float(np.nanmean(returns))
        weight = np.where(np.isfinite(returns), self.alike, 0.0)
        total = float(weight.sum())
        return float((weight * np.nan_to_num(returns)).sum()) / total if total > 0 else 0.0


def comparable_forecasts(std: Array) -> Flags:
    """Where forecasts of these standard deviations (R, N) are of assets that are like the others.

    Each is compared by its mean of the last 250 rows, or by nine times its own if that is less.
    """
    alike, _ = _likeness(_effective(_recent_mean(std)[0], std))
    flags: Flags = alike >= 0.5
    return flags


def standing_still(std: Array) -> Flags:
    """Where a standard deviation (R, N) is none, or below a ninth of its mean of the last rows.

    What happens then is no multiple of it: the price rests, and will move again.
    """
    flags: Flags = ~(STILL * std >= _recent_mean(std)[0]) | ~(std > 0)
    return flags


def _effective(slow: Array, fast: Array) -> Array:
    """The usual volatility (T, N), less while the price stands still; NaN while it is not known."""
    return np.where(STILL * fast < slow, STILL * fast, slow)


def _likeness(volatility: Array) -> tuple[Array, Array]:
    """How far assets are alike (T, N), and their ratio (T, N) to the ordinary volatility."""
    known = np.isfinite(volatility)
    ordinary = _ordinary(np.where(known, volatility, 0.0))[:, None]
    ratio = np.ones(volatility.shape)
    np.divide(volatility, ordinary, out=ratio, where=known & (ordinary > 0))
    ratio[known & (ordinary <= 0)] = 0.0
    distance = np.full(ratio.shape, np.inf)
    np.log(ratio, out=distance, where=ratio > 0)
    alike = np.clip(2.0 - np.abs(distance) / np.log(ALIKE), 0.0, 1.0)
    return alike, np.minimum(ratio, ALIKE)


@kernel((PANEL, Scalar, OUT_VECTOR))
def middle_of_largest(ordered: Array, span: float, out: Array) -> None:
    """Of each row of `ordered` (T, N), ascending: the median of its largest group, 0 of none.

    A group is of values above zero that lie within `span` times of each other.
    """
    for row in range(ordered.shape[0]):
        start, largest, out[row] = 0, 0, 0.0
        for stop in range(ordered.shape[1]):
            while ordered[row, stop] > span * ordered[row, start]:
                start += 1
            size = stop - start + 1
            if ordered[row, start] > 0.0 and size >= largest:
                largest = size
                low, high = start + (size - 1) // 2, start + size // 2
                out[row] = 0.5 * (ordered[row, low] + ordered[row, high])


def _ordinary(volatility: Array) -> Array:
    """The ordinary volatility (T,) of each session; zero where nothing moves."""
    out = np.empty(len(volatility))
    middle_of_largest(np.sort(volatility, axis=1), ALIKE**2 * (1 + 1e-9), out)
    return out


def _recent(returns: Array) -> tuple[Array, Array, Array]:
    """Mean, volatility and number (T, N) of the last 250 returns; NaN volatility of too few."""
    mean, count = _recent_mean(returns)
    square, _ = _recent_mean(returns**2)
    variance = square - mean**2
    # what rounding leaves of a price that stood still is no volatility
    variance = np.where(variance > 1e-12 * square, variance, 0.0)
    return mean, np.where(count >= WARM_UP, np.sqrt(variance), np.nan), count


def _recent_mean(values: Array) -> tuple[Array, Array]:
    return _mean_of_last(SLOW, values)


def _mean_of_last(rows: int, values: Array) -> tuple[Array, Array]:
    """Mean (T, N) of the values known of the last `rows`, zero of none, and their number.

    Sums from the first row on, so that later rows change nothing before them.
    """
    known = np.isfinite(values)
    total = np.cumsum(np.where(known, values, 0.0), axis=0)
    count = np.cumsum(known, axis=0).astype(np.float64)
    total[rows:] -= total[:-rows].copy()
    count[rows:] -= count[:-rows].copy()
    return total / np.maximum(count, 1.0), count
