"""How far to go along a step of the factor dual, where prices of rows have kinks at zero."""

import numpy as np

from forefolio.core.numerics import ANY_ORDER, VECTOR, Scalar, kernel
from forefolio.core.units import Array

ROUNDING = 1e-15  # slopes below are zero, beside what they are the sum of; intervals likewise
FURTHEST = 1e100  # a step beyond has no end


@kernel((VECTOR, VECTOR, VECTOR, VECTOR, VECTOR, Scalar), ANY_ORDER)
def along(
    score: Array, change: Array, specific: Array, lower: Array, upper: Array, step: float
) -> tuple[float, float]:
    """What the weights take from the slope along a direction, and how fast that rises."""
    taken = steepness = 0.0
    for j in range(len(score)):
        weight = (score[j] + step * change[j]) / specific[j]
        if weight <= lower[j]:
            taken += change[j] * lower[j]
        elif weight >= upper[j]:
            taken += change[j] * upper[j]
        else:
            taken += change[j] * weight
            steepness += change[j] * change[j] / specific[j]
    return taken, steepness


@kernel((VECTOR, VECTOR, VECTOR, VECTOR, VECTOR, Scalar, Scalar, VECTOR, VECTOR))
def longest_step_over_kinks(
    score: Array,
    change: Array,
    specific: Array,
    lower: Array,
    upper: Array,
    slope: float,
    bend: float,
    kinks: Array,
    falls: Array,
) -> tuple[float, int]:
    """The step at which the dual's slope is zero, and the kink that it stops at (-1: none).

    `score` and `change` (N,) say that assets are wanted as score + step * change. What does not
    depend on the bounds has the slope `slope` - step * `bend`; at kink i, a step of kinks[i], it
    falls by falls[i], which may be infinite.
    """
    least = 0.0
    for i in range(len(kinks) + 1):
        most = kinks[i] if i < len(kinks) else np.inf
        ends_before = most == np.inf
        if not ends_before:
            taken, _ = along(score, change, specific, lower, upper, most)
            ends_before = slope - most * bend - taken <= 0.0
        if ends_before:
            step = min(max(1.0, least), most)
            for _ in range(200):
                taken, steepness = along(score, change, specific, lower, upper, step)
                rest, size = slope - step * bend - taken, abs(slope) + step * bend + abs(taken)
                if rest > 0.0:
                    least = step
                else:
                    most = step
                narrow = most < np.inf and most - least <= ROUNDING * most
                if abs(rest) <= ROUNDING * size or narrow or step > FURTHEST:
                    break
                steepness += bend
                trial = step + rest / steepness if steepness > 0.0 else 2.0 * step + 1e-300
                if not least < trial < most:
                    trial = 0.5 * (least + most) if most < np.inf else 2.0 * step + 1e-300
                step = trial
            return step, -1
        if slope - falls[i] - most * bend - taken <= 0.0:
            return most, i
        slope, least = slope - falls[i], most
    return least, -1
