"""Whether several estimates of one thing differ by more than their errors allow."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from forefolio.core.lazy import lazy
from forefolio.core.units import Array

special: Any = lazy("scipy.special")


@dataclass(frozen=True, slots=True, kw_only=True)
class Equality:
    """Cochran's test of whether estimates are of one number."""

    mean: float  # weighted by precision
    statistic: float
    degrees: int
    p_value: float


def equality(estimates: Array, errors: Array) -> Equality:
    """Q = sum of ((estimate - mean) / error)^2, a chi-squared number if all are equal.

    Cochran (1954), "The combination of estimates from different experiments".

    >>> sharpe, error = np.array([0.72, 0.98, 1.35, 0.54]), np.array([0.36, 0.41, 0.43, 0.34])
    >>> round(equality(sharpe, error).p_value, 5)
    0.49126
    """
    weights = errors**-2.0
    mean = float(weights @ estimates / weights.sum())
    statistic = float(np.sum(((estimates - mean) / errors) ** 2))
    degrees = len(estimates) - 1
    p_value = float(special.chdtrc(degrees, statistic)) if degrees else 1.0
    return Equality(mean=mean, statistic=statistic, degrees=degrees, p_value=p_value)
