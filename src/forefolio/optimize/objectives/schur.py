"""Schur complementary allocation: what halves of a tree know of each other, as far as is wanted.

1. Assets stand in the order of their tree, and A and D are the covariances of two halves, B that
   between them. Before the halves are weighed against each other A becomes
   (I - g B D^-1 M')^-1 (A - g B D^-1 B'), made symmetric, and D likewise: of a half is left what
   the other cannot hedge. M carries equal weights of one half over to the other.
2. A half counts with the variance of weights that are inverse to its own variances, and so on
   within it (Cotton 2024, "Schur complementary portfolios: a unification of machine learning and
   optimization-based allocation").
3. With g = 0 that is hierarchical risk parity; with g near 1 it comes near to the least variance.
4. Where a half's matrix has no positive variances any more, g is too large.
"""

from typing import Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.units import Array, Share
from forefolio.optimize.base import Allocation, Outlook
from forefolio.optimize.objectives.hierarchical import Distance, Linkage, ordered_leaves
from forefolio.optimize.text import plain

STEPS = 10  # from nothing to what is asked for


class SchurComplementary(Component):
    """Hierarchical risk parity whose halves know what the other one hedges.

    With `gamma` 0 it is hierarchical risk parity, towards 1 the least variance; as far as variance
    falls with it, and where it is too much for a covariance it is lowered, with a note. Long only;
    it needs no expected returns (Cotton 2024, "Schur complementary portfolios").

    >>> import forefolio as ff
    >>> market = ff.simulated_market(assets=6)
    >>> best = ff.optimize(market, objective=SchurComplementary(gamma=0.3))
    >>> round(sum(best.weights.values()), 6)
    1.0
    """

    kind: Literal["schur_complementary"] = "schur_complementary"
    gamma: Share = Field(
        0.5, description="How much halves know of each other: 0 nothing, 1 as much as there is."
    )
    linkage: Linkage = "ward"
    distance: Distance = "correlation"

    def allocate(self, outlook: Outlook) -> Allocation:
        """Weights that do not look at the forecast.

        Raises:
            DataError: an asset has no volatility.
        """
        order = ordered_leaves(outlook, self.linkage, self.distance)
        covariance = outlook.covariance.matrix[np.ix_(order, order)]
        gamma, along = _as_far_as_it_helps(covariance, self.gamma)
        weights = np.empty(len(order))
        weights[order] = along
        less = f"gamma is {plain(round(gamma, 4))}: more lowers no variance here"
        return Allocation(
            assets=outlook.assets,
            weights=weights,
            method=self.kind,
            notes=(*outlook.repairs, *([less] if gamma < self.gamma else [])),
        )


def _as_far_as_it_helps(covariance: Array, most: float) -> tuple[float, Array]:
    """The greatest gamma up to which variance falls, and its weights (N,)."""
    best, weights = 0.0, schur_weights(covariance, 0.0)
    assert weights is not None  # blocks of a covariance have positive variances
    for gamma in np.linspace(0.0, most, STEPS + 1)[1:].tolist():
        more = schur_weights(covariance, gamma)
        if more is None or more @ covariance @ more > weights @ covariance @ weights:
            break
        best, weights = gamma, more
    return best, weights


def schur_weights(covariance: Array, gamma: float) -> Array | None:
    """Weights (N,) along the order of `covariance` (N, N); None where `gamma` is too much for it.

    Example:
        >>> schur_weights(np.diag([0.01, 0.04]), 0.5).round(4).tolist()
        [0.8, 0.2]
    """
    left = covariance.copy()
    weights, halves = np.ones(len(left)), [(0, len(left))]
    for first, last in halves:  # grows as it is worked off
        if last - first < 2:
            continue
        middle = first + (last - first) // 2
        one, other = slice(first, middle), slice(middle, last)
        first_half, second_half = (
            _augmented(left[a, a], left[a, b], left[b, b], gamma)
            for a, b in ((one, other), (other, one))
        )
        if first_half is None or second_half is None:
            return None
        left[one, one], left[other, other] = first_half, second_half
        risk, more = _inverse_variance(first_half), _inverse_variance(second_half)
        weights[one] *= more / (risk + more)
        weights[other] *= risk / (risk + more)
        halves += [(first, middle), (middle, last)]
    return weights


def _augmented(own: Array, between: Array, other: Array, gamma: float) -> Array | None:
    """What is left of a half's covariance (n, n); None where it is none any more."""
    if gamma == 0 or min(between.shape) == 1:
        return own
    try:
        hedge = np.linalg.solve(other, between.T).T  # (n, m)
        shared = np.eye(len(own)) - gamma * hedge @ _carried(*between.shape).T
        less = np.linalg.solve(shared, own - gamma * hedge @ between.T)
        symmetric: Array = (less + less.T) / 2
        np.linalg.cholesky(symmetric)
    except np.linalg.LinAlgError:
        return None
    return symmetric


def _carried(count: int, others: int) -> Array:
    """A matrix (n, m), n and m at most one apart, that makes equal weights of equal weights."""
    if count == others:
        return np.eye(count)
    if count < others:
        turned: Array = _carried(others, count).T * (count / others)
        return turned
    mean = np.full((1, others), 1.0 / others)
    rows = np.eye(others)
    each = [np.vstack([rows[:k], mean, rows[k:]]) for k in range(count)]
    carried: Array = np.mean(each, axis=0)
    return carried


def _inverse_variance(covariance: Array) -> float:
    """The variance of weights inverse to the variances of a half."""
    weights = 1.0 / covariance.diagonal()
    weights /= weights.sum()
    return float(weights @ covariance @ weights)
