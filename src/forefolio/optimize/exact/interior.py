"""What interior points have in common: how far a step may go, its correction, and when to stop.

Mehrotra 1992, "On the implementation of a primal-dual interior point method".
"""

from collections.abc import Callable
from typing import Protocol, Self, TypeVar

import numpy as np

from forefolio.core.units import Array
from forefolio.optimize.exact.limits_kernel import invert_few

STEPS = 80
INSIDE = 0.9995  # of the way to a bound


class InteriorPoint(Protocol):
    """What is chosen, and the prices of what limits it."""

    def moved(self, step: Self, primal: float, dual: float) -> Self:
        """So far along a step: what is chosen by `primal` of it, prices by `dual`."""
        ...


At = TypeVar("At")
AtPlace = TypeVar("AtPlace", bound=InteriorPoint)


def nearest(
    at: At,
    error: Callable[[At], float],
    stepped: Callable[[At], At],
    exact: float,
    patient: int,
) -> At:
    """Where the conditions are met best, from a start on: how well is for a proof to say.

    It ends at an error of `exact`, after so many steps without getting nearer, or where rounding
    keeps `stepped` from a step.
    """
    best, least, idle = at, np.inf, 0
    for _ in range(STEPS):
        missed = error(at)
        if not np.isfinite(missed):
            break
        best, idle = (at, 0) if missed < least else (best, idle + 1)
        least = min(least, missed)
        if missed <= exact or idle > patient:
            break
        try:
            with np.errstate(all="ignore"):  # what is lost to rounding ends the search
                at = stepped(at)
        except np.linalg.LinAlgError:
            break
    return best


def corrected(
    at: AtPlace,
    direction: Callable[[float, AtPlace | None], AtPlace],
    reach: Callable[[AtPlace], tuple[float, float]],
    pairs: Callable[[AtPlace], float],
    count: int,
) -> AtPlace:
    """Where a step leads that is predicted, then corrected.

    Args:
        at: the place before.
        direction: the step to `pairs` of so much each, corrected for what another one curved.
        reach: how far a step may go, what is chosen and the prices.
        pairs: the sum of what is limited, times its price.
        count: how many of them there are.
    """
    predicted, gap = direction(0.0, None), pairs(at)
    ahead = pairs(at.moved(predicted, *reach(predicted)))
    centre = min(1.0, max(ahead, 0.0) / gap) ** 3 * (gap / count)
    step = direction(centre, predicted)
    primal, dual = reach(step)
    return at.moved(step, INSIDE * primal, INSIDE * dual)


def inverse_of_few(matrix: Array) -> Array:
    """The inverse (e, e) of a few equations; the least where some follow from others.

    Raises:
        LinAlgError: rounding has lost them.
    """
    inverse = np.empty_like(matrix)
    if invert_few(matrix, inverse):
        return inverse
    return np.asarray(np.linalg.pinv(matrix))  # which refuses what is not finite
