"""Whether a number meets a threshold, and what must be asked beside that: more than doing nothing.

A criterion is met where its interval lies beyond the threshold and its lead over the baseline is
above zero with its interval; not met where either lies wholly on the wrong side; else not decided.
"""

import math
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from forefolio.core.lazy import lazy
from forefolio.core.units import Array

special: Any = lazy("scipy.special")
optimize: Any = lazy("scipy.optimize")

NINE_IN_TEN = 1.645  # standard errors to both sides that hold 90 %

CriterionMark: TypeAlias = Literal["met", "not_met", "not_decided"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalEstimate:
    """A number with the ends of its interval."""

    value: float
    low: float
    high: float

    @classmethod
    def around(cls, value: float, error: float) -> "IntervalEstimate":
        """The 90 % interval of an estimate with this standard error."""
        reach = NINE_IN_TEN * error
        return cls(value=value, low=value - reach, high=value + reach)

    @classmethod
    def of_share(cls, share: float, count: float) -> "IntervalEstimate":
        """That of a share of `count` independent outcomes, which stays between 0 and 1.

        Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference".

        >>> said = IntervalEstimate.of_share(0.75, 8.0)
        >>> round(said.low, 3), round(said.high, 3)
        (0.46, 0.913)
        """
        if count <= 0.0:
            return cls(value=share, low=0.0, high=1.0)
        wide = NINE_IN_TEN**2 / count
        middle = (share + wide / 2.0) / (1.0 + wide)
        half = NINE_IN_TEN * math.sqrt(share * (1.0 - share) / count + wide / (4.0 * count))
        half /= 1.0 + wide
        return cls(value=share, low=min(max(middle - half, 0.0), share),
                   high=max(min(middle + half, 1.0), share))  # fmt: skip

    @property
    def turned(self) -> "IntervalEstimate":
        """The same with its sign turned, where less is better."""
        return IntervalEstimate(value=-self.value, low=-self.high, high=-self.low)


def criterion_mark(
    measured: IntervalEstimate, threshold: float, lead: IntervalEstimate | None
) -> CriterionMark:
    """Whether `measured` is above the threshold, and its `lead` over the baseline above zero.

    Where less is better, all are given with their sign turned.

    >>> no_lead = IntervalEstimate(value=0.0, low=0.0, high=0.0)
    >>> criterion_mark(IntervalEstimate.around(0.577, 0.008), 0.55, no_lead)
    'not_met'
    """
    if measured.high < threshold or (lead is not None and lead.high <= 0.0):
        return "not_met"
    if measured.low > threshold and (lead is None or lead.low > 0.0):
        return "met"
    return "not_decided"


def variance_between(estimates: Array, errors: Array, level: float = 0.9) -> IntervalEstimate:
    """Variance (K,) of the true numbers behind estimates, beyond what their errors explain.

    The value is DerSimonian and Laird's (1986), the interval that of the Q profile (Viechtbauer
    2007): the variances at which Cochran's Q is neither too large nor too small.
    """
    degrees = len(estimates) - 1
    weights = errors**-2.0
    scale = weights.sum() - (weights**2).sum() / weights.sum()
    value = max((_q(estimates, errors, 0.0) - degrees) / scale, 0.0)
    tail = (1.0 - level) / 2.0
    most, least = special.chdtri(degrees, tail), special.chdtri(degrees, 1.0 - tail)
    return IntervalEstimate(
        value=float(value),
        low=_variance_at(estimates, errors, most),
        high=_variance_at(estimates, errors, least),
    )


def _q(estimates: Array, errors: Array, between: float) -> float:
    weights = 1.0 / (errors**2 + between)
    mean = weights @ estimates / weights.sum()
    return float(weights @ (estimates - mean) ** 2)


def _variance_at(estimates: Array, errors: Array, statistic: float) -> float:
    """The variance between at which Q falls to `statistic`; zero if it is below from the start."""
    if _q(estimates, errors, 0.0) <= statistic:
        return 0.0
    high = float(np.ptp(estimates) ** 2 + (errors**2).max())
    while _q(estimates, errors, high) > statistic:
        high *= 2.0
    found = optimize.brentq(lambda between: _q(estimates, errors, between) - statistic, 0.0, high)
    return float(found)
