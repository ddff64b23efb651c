"""How sure one Sharpe ratio is, how long a record must be, and whether two differ."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from forefolio.core.lazy import lazy
from forefolio.core.units import Array

special: Any = lazy("scipy.special")

FLAT = 1e-12  # a spread this small beside the values is rounding, not variation
ROUNDING = 1e-14  # and so is one of the size in which values of an account are rounded


def spread_of(returns: Array) -> float | None:
    """Standard deviation of returns (T,), per session; None where nothing but rounding varies.

    An account of cash alone that pays fees loses the same in every session, but for the last digit
    of its value.
    """
    if len(returns) < 2:
        return None
    spread = float(returns.std(ddof=1))
    return None if spread <= max(FLAT * float(np.abs(returns).max()), ROUNDING) else spread


@dataclass(frozen=True, slots=True, kw_only=True)
class SharpeFacts:
    """A Sharpe ratio per session, and what its error depends on.

    `sessions` counts returns, `kurtosis` is zero for normal ones.
    """

    ratio: float
    sessions: int
    skew: float = 0.0
    kurtosis: float = 0.0

    @classmethod
    def of(cls, excess: Array) -> "SharpeFacts":
        """Those of returns (T,) less cash, per session; they must vary."""
        centred = excess - excess.mean()
        spread = float(np.sqrt(np.mean(centred**2)))
        return cls(
            ratio=float(excess.mean() / excess.std(ddof=1)),
            sessions=len(excess),
            skew=float(np.mean(centred**3)) / spread**3,
            kurtosis=float(np.mean(centred**4)) / spread**4 - 3.0,
        )

    @property
    def variance(self) -> float:
        """Of the estimated ratio, times the number of sessions (Mertens 2002)."""
        unevenness = 1.0 - self.skew * self.ratio + (self.kurtosis + 2.0) / 4.0 * self.ratio**2
        return max(unevenness, 0.0)

    @property
    def error(self) -> float:
        """Standard error of the ratio, per session."""
        return float(np.sqrt(self.variance / self.sessions))


def probabilistic_sharpe(facts: SharpeFacts, beside: float = 0.0) -> float:
    """Probability that the true Sharpe ratio is above `beside`, both per session.

    Phi((S - S*) sqrt(T - 1) / sqrt(1 - g3 S + (g4 - 1) / 4 S^2)), where g4 is 3 for normal returns
    (Bailey and Lopez de Prado 2012, "The Sharpe ratio efficient frontier", eq. 11). It takes the
    returns to be independent and `beside` to be exact.

    >>> monthly = SharpeFacts(ratio=1.59 / 12**0.5, sessions=24)
    >>> round(probabilistic_sharpe(monthly), 5)
    0.98186
    """
    distance = (facts.ratio - beside) * np.sqrt(facts.sessions - 1)
    return float(special.ndtr(distance / np.sqrt(facts.variance)))


def track_record(facts: SharpeFacts, beside: float = 0.0, level: float = 0.05) -> float:
    """Sessions after which such a ratio is shown to be above `beside`; infinite if it is not above.

    1 + (1 - g3 S + (g4 - 1) / 4 S^2) (Z(1 - level) / (S - S*))^2 (the same, eq. 13).

    >>> daily = SharpeFacts(ratio=2 / 252**0.5, sessions=1000)
    >>> round(track_record(daily, beside=1 / 252**0.5) / 252, 4)
    2.731
    """
    if facts.ratio <= beside:
        return float("inf")
    quantile = float(special.ndtri(1.0 - level))
    return 1.0 + facts.variance * (quantile / (facts.ratio - beside)) ** 2


def annual_scale(autocorrelations: Array, periods: int) -> float:
    """What a ratio per period is multiplied by for a year of `periods` that are not independent.

    q / sqrt(q + 2 sum_k (q - k) rho_k), with the autocorrelations (q - 1,) at lags 1, 2, ... (Lo
    2002, "The statistics of Sharpe ratios", eq. 20); sqrt(q) where they are zero.
    """
    lags = np.arange(1, periods)
    together = float((periods - lags) @ autocorrelations[: periods - 1])
    return float(periods / np.sqrt(periods + 2.0 * together))


def difference_variance(one: float, other: float, correlation: float, sessions: int) -> float:
    """Variance of the difference of two Sharpe ratios over the same sessions (Memmel 2003).

    For normal, independent returns: the bootstrap is the judge elsewhere.

    >>> round(difference_variance(0.2, 0.1, 0.5, 120), 4)
    0.0085
    """
    ratios = one**2 + other**2 - 2.0 * one * other * correlation**2
    return (2.0 - 2.0 * correlation + ratios / 2.0) / sessions
