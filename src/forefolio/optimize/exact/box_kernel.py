"""The best assets first, until the budget is spent, in machine code."""

import numpy as np
from numpy.typing import NDArray

from forefolio.core.numerics import INDICES, OUT_VECTOR, VECTOR, Scalar, kernel
from forefolio.core.units import Array

SPENT = 1e-12  # what is left of the budget below this is how its sums were rounded


@kernel((INDICES, VECTOR, VECTOR, Scalar, OUT_VECTOR))
def fill(order: NDArray[np.int64], lower: Array, upper: Array, spare: float, weights: Array) -> int:
    """Spend `spare` above the lower bounds (N,) in this order; return the asset at the margin.

    That is the last one that is bought, or the first that could be. What rounding leaves of the
    budget buys nothing: it would move the margin to an asset that is not held.
    """
    marginal, spent = -1, 0.0
    for j in order:
        width = upper[j] - lower[j]
        left = spare - spent
        if left <= SPENT:
            weights[j] = lower[j]
        else:
            weights[j] = upper[j] if left >= width - SPENT else lower[j] + left
        if width > 0.0 and (left > SPENT or marginal < 0):
            marginal = j
        spent += width
    return marginal if marginal >= 0 else order[0]
