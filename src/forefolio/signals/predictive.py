"""The predictive distribution of an asset's return, with the error of its expected return.

1. What all assets together are expected to earn is the least sure part of a forecast: it rests on
   the average return of a few years. In `Y` years a Sharpe ratio is known to 1 / sqrt(Y).
2. It is therefore shrunk towards what markets have paid for risk, by how much markets differ:
   belief = spread^2 / (spread^2 + 1 / Y). Which assets are ahead of others is left as it is: that
   is believed by its own record already (`Combiner`).
3. The remaining uncertainty of the premium widens the distribution, whose shape is that of the
   calibrated intervals around their median.
"""

from itertools import pairwise
from math import erf, sqrt
from typing import Annotated

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.units import Array
from forefolio.forecast import ForecastPanel

FARTHEST = 3.0  # times the usual volatility: beyond, what is shared is no asset's own


class Premium(Component):
    """The prior of a market's annual Sharpe ratio: mean `ratio`, standard deviation `spread`.

    Source: Dimson, Marsh and Staunton (2002), "Triumph of the optimists": about 0.3 for stocks, 0.1
    to 0.5 by country, in a century.

    >>> Premium(ratio=0.3).spread
    0.2
    """

    ratio: float = Field(0.25, description="Prior mean of the market's annual Sharpe ratio.")
    spread: Annotated[float, Field(ge=0)] = Field(
        0.2, description="Prior standard deviation of the annual Sharpe ratio between markets."
    )

    def shrunk(self, score: Array, std: Array, years: Array, a_year: float) -> tuple[Array, Array]:
        """Scores (R, N) with their common part shrunk to the prior by the `years` (R,) of record.

        Args:
            score: expected over cash in standard deviations, both over the horizon.
            std: those standard deviations (R, N).
            years: of returns that were known at each session.
            a_year: horizons in a year.

        Returns:
            The scores, and the factor (R,) by which the distribution is wider.
        """
        usual = _median(std)[:, None]
        bounded = np.clip(std, usual / FARTHEST, usual * FARTHEST)
        shared = np.full(score.shape, np.nan)
        np.divide(_median(score * std)[:, None], bounded, out=shared, where=bounded > 0)
        shared *= sqrt(a_year)
        error = 1.0 / np.maximum(years, 1e-9)
        belief = self.spread**2 / (self.spread**2 + error)
        moved = (1.0 - belief)[:, None] * (self.ratio - shared) / sqrt(a_year)
        wider = np.sqrt(1.0 + (1.0 - belief) * self.spread**2 / a_year)
        return score + moved, wider


def predicted(panel: ForecastPanel, score: Array, wider: Array) -> Array:
    """Probability (R, N) of a return on the score's side of cash; NaN where there is no score.

    No farther out than the outermost quantiles; a forecast without them is taken to be normal.
    """
    threshold = -score / wider[:, None]
    below = _below(panel, threshold) if len(panel.levels) else _normal(threshold)
    return np.where(score >= 0, 1.0 - below, np.where(score < 0, below, np.nan))


def _below(panel: ForecastPanel, threshold: Array) -> Array:
    """Probability (R, N) of less than `asked` standard deviations from the median."""
    levels = panel.levels
    reach = np.full(panel.quantiles.shape, np.nan)
    np.divide(panel.quantiles - panel.mean, panel.std, out=reach, where=panel.std > 0)
    ladder = reach - _at_half(reach, levels)
    out = np.where(threshold <= ladder[0], levels[0], levels[-1])
    for low, high, at, to in zip(ladder[:-1], ladder[1:], levels[:-1], levels[1:], strict=True):
        inside = (threshold > low) & (threshold <= high)
        share = np.divide(threshold - low, high - low, out=np.zeros(out.shape), where=inside)
        out = np.where(inside, at + share * (to - at), out)
    return np.where(np.isfinite(ladder).all(axis=0) & np.isfinite(threshold), out, np.nan)


def _at_half(ladder: Array, levels: Array) -> Array:
    """The median (R, N) of distributions known at some levels; zero where they lie on one side."""
    for at, (low, high) in enumerate(pairwise(levels)):
        if low <= 0.5 <= high:
            share = (0.5 - low) / (high - low)
            middle: Array = ladder[at] + share * (ladder[at + 1] - ladder[at])
            return middle
    return np.zeros(ladder.shape[1:])


def _median(score: Array) -> Array:
    """The median (R,) of what is known of each row; zero of none."""
    finite = np.isfinite(score)
    out = np.zeros(len(score))
    some = finite.any(axis=1)
    out[some] = np.nanmedian(score[some], axis=1)
    return out


def _normal(values: Array) -> Array:
    chances = [0.5 * (1.0 + erf(v / sqrt(2.0))) for v in values.ravel().tolist()]
    return np.asarray(chances).reshape(values.shape)
