"""How far to go: the exact maximum of the factor dual along a direction, in machine code."""

import numpy as np

from forefolio.core.numerics import VECTOR, Scalar, kernel
from forefolio.core.units import Array

ROUNDING = 1e-15  # slopes below are zero, beside what they are the sum of; intervals likewise
FURTHEST = 1e100  # a step beyond has no end


@kernel((VECTOR, VECTOR, VECTOR, VECTOR, VECTOR, Scalar, Scalar))
def longest_step(
    score: Array,
    change: Array,
    specific: Array,
    lower: Array,
    upper: Array,
    slope: float,
    bend: float,
) -> float:
    """The step t at which the dual's slope along the direction is zero.

    `score` and `change` (N,) say that assets are wanted as score + t * change; the slope of what
    does not depend on the bounds is `slope` - t * `bend`. The whole slope falls, piecewise linear
    in t: Newton's method, kept inside the interval in which its sign changes.
    """
    least, most, step = 0.0, np.inf, 1.0
    for _ in range(200):
        rest, steepness, size = slope - step * bend, bend, abs(slope) + step * bend
        for j in range(len(score)):
            weight = (score[j] + step * change[j]) / specific[j]
            if weight <= lower[j]:
                term = change[j] * lower[j]
            elif weight >= upper[j]:
                term = change[j] * upper[j]
            else:
                term = change[j] * weight
                steepness += change[j] * change[j] / specific[j]
            rest -= term
            size += abs(term)
        if rest > 0.0:
            least = step
        else:
            most = step
        narrow = most < np.inf and most - least <= ROUNDING * most
        if abs(rest) <= ROUNDING * size or narrow or step > FURTHEST:
            break
        trial = step + rest / steepness if steepness > 0.0 else 2.0 * step
        if least < trial < most:
            step = trial
        else:
            step = 0.5 * (least + most) if most < np.inf else 2.0 * step
    return step
