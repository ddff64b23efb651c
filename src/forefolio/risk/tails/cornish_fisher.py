"""The Cornish-Fisher distribution: a cubic of a normal variable with given skew and kurtosis.

1. Quantiles are `z + (z^2 - 1) s / 6 + (z^3 - 3 z) k / 24 - (2 z^3 - 5 z) s^2 / 36` of the normal
   quantile z. They rise with z only where s and k lie between two curves (Maillard 2012, "A user's
   guide to the Cornish Fisher expansion").
2. `s` and `k` are close to the skew and kurtosis of the distribution only where both are small: at
   k = 8 its excess kurtosis is 43. `solve_parameters` finds the parameters for given moments;
   moments of a cubic of a normal variable are exact with seven Gauss-Hermite points.
3. Moments that no such distribution has are an error (`distribution_with`), or replaced by the
   nearest (`nearest`).
"""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np

from forefolio.core.errors import DataError
from forefolio.risk.tails.cornish_fisher_kernel import (
    MOST_SKEW,
    kurtosis_on_edge,
    moments,
    solve_parameters,
)

NORMAL = NormalDist()
LEAST_NOTED = 0.05  # difference of kurtosis: less changes no digit of a loss that is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class CornishFisherDistribution:
    """The distribution of mean 0 and variance 1 with the Cornish-Fisher parameters `s` and `k`."""

    s: float
    k: float
    note: str = ""  # how its moments differ from the requested ones

    def quantile(self, share: float) -> float:
        """The quantile at the probability `share`."""
        s, k, z = self.s, self.k, NORMAL.inv_cdf(share)
        cubic = z + (z**2 - 1) * s / 6 + (z**3 - 3 * z) * k / 24 - (2 * z**3 - 5 * z) * s**2 / 36
        return float(cubic / self._std)

    def mean_below(self, share: float) -> float:
        """The mean below that quantile: the integral of `quantile`, divided by `share`."""
        s, k, z = self.s, self.k, NORMAL.inv_cdf(share)
        mean = 1 + z * s / 6 + (z**2 - 1) * k / 24 - (2 * z**2 - 1) * s**2 / 36
        return float(-NORMAL.pdf(z) / share * mean / self._std)

    @property
    def _std(self) -> float:
        return sqrt(moments(self.s, self.k)[0])


def distribution_with(skew: float, excess: float) -> CornishFisherDistribution:
    """The distribution with this skew and excess kurtosis.

    A kurtosis too small for the skew is raised to the smallest possible, with a note.

    Raises:
        DataError: no such distribution has them: the skew or the kurtosis is too large.
    """
    least, most = kurtosis_range(skew)
    if not excess <= most:  # also where the skew is too large for any
        raise DataError(
            f"Cornish-Fisher has no distribution with a skew of {skew:.2f} and an "
            f"excess kurtosis of {excess:.2f}; use the historical loss instead"
        )
    s, k = solve_parameters(skew, max(excess, least))
    if least - excess < LEAST_NOTED:
        return CornishFisherDistribution(s=s, k=k)
    note = (
        f"an excess kurtosis of {excess:.2f} is too small for a skew of {skew:.2f}; "
        f"{least:.2f} is used"
    )
    return CornishFisherDistribution(s=s, k=k, note=note)


def nearest(skew: float, excess: float) -> CornishFisherDistribution:
    """The distribution nearest to this skew and excess kurtosis."""
    possible = float(np.clip(skew, -MOST_SKEW, MOST_SKEW))
    s, k = solve_parameters(possible, float(np.clip(excess, *kurtosis_range(possible))))
    return CornishFisherDistribution(s=s, k=k)


def kurtosis_range(skew: float) -> tuple[float, float]:
    """Least and most excess kurtosis that can be had with a `skew`; NaN where none can."""
    if not abs(skew) <= MOST_SKEW:
        return np.nan, np.nan
    size = abs(skew)
    return max(kurtosis_on_edge(size, -1.0), 0.0), kurtosis_on_edge(size, 1.0)
