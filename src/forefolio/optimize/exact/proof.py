"""When an answer is proved to be the best, and when a ratio has no greatest value."""

from typing import NamedTuple

from forefolio.core.errors import InputError
from forefolio.core.units import Array
from forefolio.optimize.base import TINY, Outlook
from forefolio.optimize.exact.frontier import FrontierPoint

PROVEN = 1e-9  # the gap an answer may have, beside its risk, and by how much it may miss a limit
NOTHING = 1e-6  # of a variance: a thousandth of its volatility
RISKLESS = 1e-20  # of the largest variance: what rounding leaves of none


class Proof(NamedTuple):
    """What was solved, and how far the answer may be from the best of it."""

    method: str
    gap: float  # of the variance, beside itself


def proved_gap(point: FrontierPoint, least: float) -> float | None:
    """By how much the variance could be lower at most, beside itself; None if that is no proof.

    `least` is the `least_size` of the outlook: beside it the gap of a smaller variance counts.
    """
    size = max(point.variance, least)
    if point.gap <= PROVEN * size and point.miss <= PROVEN:
        return point.gap / size if size > 0 else 0.0
    return None


def least_size(outlook: Outlook) -> float:
    """The variance over the horizon that is next to nothing: a millionth of an asset's largest."""
    return NOTHING * outlook.covariance.largest_variance * outlook.forecast.horizon


def check_ratio(outlook: Outlook, weights: Array, gain: float, variance: float) -> None:
    """Refuse a portfolio that gains without any risk: of its kind no ratio is the greatest.

    Raises:
        InputError: it names what is held and does not move.
    """
    own = outlook.covariance.largest_variance * outlook.forecast.horizon
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
