"""When an answer is proved to be the best, and when a ratio has no greatest value."""

import numpy as np

from forefolio.core.errors import InputError
from forefolio.core.units import Array
from forefolio.optimize.base import TINY, Outlook
from forefolio.optimize.exact.frontier import FrontierPoint

PROVEN = 1e-9  # the gap an answer may have, beside its risk, and by how much it may miss a limit
NOTHING = 1e-6  # of a variance: a thousandth of its volatility
RISKLESS = 1e-20  # of the largest variance: what rounding leaves of none


def is_proved(point: FrontierPoint, outlook: Outlook) -> bool:
    """Whether no portfolio is better by more than rounding."""
    size = variance_size(point.variance, outlook)
    return point.gap <= PROVEN * size and point.miss <= PROVEN


def relative_gap(point: FrontierPoint, outlook: Outlook) -> float:
    """By how much the variance could be lower at most, beside itself."""
    size = variance_size(point.variance, outlook)
    return point.gap / size if size > 0 else 0.0


def variance_size(variance: float, outlook: Outlook) -> float:
    """What the gap of a variance over the horizon is compared with: it, or where it is next to
    nothing a millionth of the largest variance of an asset.
    """
    largest = float(outlook.covariance.std.max()) ** 2 * outlook.forecast.horizon
    return max(variance, NOTHING * largest)


def check_ratio(outlook: Outlook, weights: Array, gain: float, variance: float) -> None:
    """Refuse a portfolio that gains without any risk: of its kind no ratio is the greatest.

    Raises:
        InputError: it names what is held and does not move.
    """
    own = float(np.square(outlook.covariance.std).max(initial=0.0)) * outlook.forecast.horizon
    if not gain > 0 or variance > RISKLESS * own:
        return
    still = outlook.covariance.std <= 0
    held = weights > TINY
    names = [
        a for a, on in zip(outlook.assets, held & still if still.any() else held, strict=True) if on
    ]
    raise InputError(
        f"{', '.join(names)}: expected to beat cash without any risk, so that no ratio is the "
        "greatest; leave it out, limit it, or choose another objective"
    )
