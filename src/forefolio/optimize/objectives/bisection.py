"""Risk parity along an order of assets: halves are weighed against each other."""

from collections.abc import Callable

import numpy as np

from forefolio.core.errors import DataError
from forefolio.core.units import Array
from forefolio.optimize.objectives.bisection_kernel import split_variance


def bisected(
    count: int, risk: Callable[[int, Array], float], bounds: tuple[float, float] = (0.0, 1.0)
) -> Array:
    """Weights (N,) along the order: each half in inverse proportion to its risk, halved again.

    `risk` is that of weights (K,) in the assets from a position on; within a half they are inverse
    to each asset's own. A half has what keeps each of its assets, and of the other's, within
    `bounds`.

    Raises:
        DataError: a risk is not above zero.
    """

    def positive(first: int, within: Array) -> float:
        amount = risk(first, within)
        _check_positive(amount)
        return amount

    inverse = np.array([1.0 / positive(one, np.ones(1)) for one in range(count)])
    weights, halves = np.ones(count), [(0, count)]
    for first, last in halves:  # grows as it is worked off
        if last - first < 2:
            continue
        middle = first + (last - first) // 2
        left, right = (
            positive(begin, inverse[begin:end] / inverse[begin:end].sum())
            for begin, end in ((first, middle), (middle, last))
        )
        whole, (least, most) = float(weights[first]), bounds
        sizes = middle - first, last - middle
        share = right / (left + right)
        share = min(share, most * sizes[0] / whole, 1.0 - least * sizes[1] / whole)
        share = max(share, least * sizes[0] / whole, 1.0 - most * sizes[1] / whole)
        weights[first:middle] *= share
        weights[middle:last] *= 1.0 - share
        halves += [(first, middle), (middle, last)]
    return weights


def bisected_by_variance(covariance: Array, bounds: tuple[float, float] = (0.0, 1.0)) -> Array:
    """The same where the risk is the variance, of assets in the order of `covariance` (N, N).

    Raises:
        DataError: a variance is not above zero.
    """
    weights = np.empty(len(covariance))
    _check_positive(split_variance(np.ascontiguousarray(covariance), *bounds, weights))
    return weights


def _check_positive(risk: float) -> None:
    if not risk > 0:
        raise DataError(f"a risk of {risk:.3g} cannot be split; choose another measure")
