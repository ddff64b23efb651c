"""What would have to be forecast for a position to double or to vanish.

1. The optimiser is asked again with another expected return for the one asset, further and
   further away, until the position has changed enough, or 200 points a year are not enough.
2. Between the last two answers the change that is just enough is found by bisection.
"""

from collections.abc import Callable

import numpy as np

from forefolio.core.errors import OptimizationError
from forefolio.optimize.base import Allocation, Optimizer, Outlook
from forefolio.optimize.objectives.risk_measures import horizons_per_year

FARTHEST = 2.0  # a year
NEAREST = 1e-3
PRECISION = 1e-7  # of an annual return
GONE = 1e-7  # a weight below is none


def to_double(optimizer: Optimizer, outlook: Outlook, place: int, weight: float) -> float | None:
    """How much more asset `place` must be expected to earn a year for twice its weight.

    None where no forecast does it.
    """
    return _just_enough(
        lambda change: abs(_asked(optimizer, outlook, place, change)) >= 2 * abs(weight) - GONE,
        1.0 if weight > 0 else -1.0,
    )


def to_vanish(optimizer: Optimizer, outlook: Outlook, place: int, weight: float) -> float | None:
    """How much less it must be expected to earn a year to have no weight; None as above."""
    side = 1.0 if weight > 0 else -1.0
    return _just_enough(
        lambda change: side * _asked(optimizer, outlook, place, change) <= GONE, -side
    )


def reforecast(outlook: Outlook, place: int, change: float) -> Outlook:
    """The outlook if one asset were expected to earn that much more a year."""
    mean = outlook.mean.copy()
    mean[place] += change / horizons_per_year(outlook)
    return outlook.with_mean(mean)


def _asked(optimizer: Optimizer, outlook: Outlook, place: int, change: float) -> float:
    """The weight after a change of forecast; not a number where there is no portfolio."""
    try:
        changed: Allocation = optimizer.allocate(reforecast(outlook, place, change))
    except OptimizationError:
        return np.nan
    return float(changed.weights[place])


def _just_enough(enough: Callable[[float], bool], side: float) -> float | None:
    least, most = 0.0, NEAREST
    while not enough(side * most):
        least, most = most, 4 * most
        if most > FARTHEST:
            return None
    while most - least > PRECISION:
        middle = (least + most) / 2
        least, most = (least, middle) if enough(side * middle) else (middle, most)
    return side * most
