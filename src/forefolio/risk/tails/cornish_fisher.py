"""The normal distribution bent by a cubic to a skew and a kurtosis (Cornish and Fisher 1938).

1. Quantiles are `z + (z^2 - 1) s / 6 + (z^3 - 3 z) k / 24 - (2 z^3 - 5 z) s^2 / 36` of the normal
   quantile z. They rise with z only where s and k lie between two curves (Maillard 2012, "A user's
   guide to the Cornish Fisher expansion").
2. `s` and `k` are not the skew and kurtosis of the bent distribution, only close to them where
   both are small: at k = 8 its excess kurtosis is 43. `bend` finds those that give it the wanted
   ones; the moments of a cubic of a normal variable are exact with seven Gauss-Hermite points.
3. What no such distribution has is refused (`bent_to`), or replaced by the nearest (`nearest`).
"""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np

from forefolio.core.errors import DataError
from forefolio.risk.tails.cornish_fisher_kernel import MOST_SKEW, bend, kurtosis_on_edge, moments

NORMAL = NormalDist()
WORTH_SAYING = 0.05  # of kurtosis: less moves no digit of a loss that is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Bent:
    """The distribution of mean 0 and variance 1 that is bent by `s` and `k`."""

    s: float
    k: float
    note: str = ""  # what of the wanted moments it does not have

    def quantile(self, share: float) -> float:
        """Below it lies `share` of the distribution."""
        s, k, z = self.s, self.k, NORMAL.inv_cdf(share)
        bent = z + (z**2 - 1) * s / 6 + (z**3 - 3 * z) * k / 24 - (2 * z**3 - 5 * z) * s**2 / 36
        return float(bent / self._std)

    def mean_below(self, share: float) -> float:
        """Mean of what lies below that quantile: the integral of `quantile`, over `share`."""
        s, k, z = self.s, self.k, NORMAL.inv_cdf(share)
        mean = 1 + z * s / 6 + (z**2 - 1) * k / 24 - (2 * z**2 - 1) * s**2 / 36
        return float(-NORMAL.pdf(z) / share * mean / self._std)

    @property
    def _std(self) -> float:
        return sqrt(moments(self.s, self.k)[0])


def bent_to(skew: float, excess: float) -> Bent:
    """The bent distribution with this skew and excess kurtosis.

    A kurtosis too small for its skew is raised to the least that can be had with it, and the note
    says so: of thin tails the loss is then rather too large.

    Raises:
        DataError: no such distribution has them: the skew or the kurtosis is too large.
    """
    least, most = kurtosis_range(skew)
    if not excess <= most:  # also where the skew is too large for any
        raise DataError(
            f"Cornish-Fisher cannot follow a skew of {skew:.2f} with an excess kurtosis of "
            f"{excess:.2f}; use the historical loss instead"
        )
    s, k = bend(skew, max(excess, least))
    if least - excess < WORTH_SAYING:
        return Bent(s=s, k=k)
    note = (
        f"an excess kurtosis of {excess:.2f} is too small for a skew of {skew:.2f}; "
        f"{least:.2f} is used"
    )
    return Bent(s=s, k=k, note=note)


def nearest(skew: float, excess: float) -> Bent:
    """The bent distribution nearest to this skew and excess kurtosis."""
    possible = float(np.clip(skew, -MOST_SKEW, MOST_SKEW))
    s, k = bend(possible, float(np.clip(excess, *kurtosis_range(possible))))
    return Bent(s=s, k=k)


def kurtosis_range(skew: float) -> tuple[float, float]:
    """Least and most excess kurtosis that can be had with a `skew`; NaN where none can."""
    if not abs(skew) <= MOST_SKEW:
        return np.nan, np.nan
    size = abs(skew)
    return max(kurtosis_on_edge(size, -1.0), 0.0), kurtosis_on_edge(size, 1.0)
