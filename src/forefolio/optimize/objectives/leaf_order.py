"""The leaves of a tree of clusters in the order in which neighbours are most alike.

A tree says which leaves belong together, not which of two branches comes first. Of all orders that
keep its clusters together the one with the least sum of distances between neighbours is found from
the leaves up: for each pair of leaves the best order of their common cluster that begins with one
and ends with the other (Bar-Joseph, Gifford and Jaakkola 2001, "Fast optimal leaf ordering for
hierarchical clustering").
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from forefolio.core.lazy import lazy
from forefolio.core.units import Array
from forefolio.optimize.objectives.leaf_order_kernel import Positions, best_order

hierarchy: Any = lazy("scipy.cluster.hierarchy")

DISTANCES: dict[str, Callable[[Array], Array]] = {
    "correlation": lambda c: (1.0 - c) / 2.0,
    "absolute": lambda c: 1.0 - np.abs(c),
    "squared": lambda c: 1.0 - c**2,
}
"""The square of the distance of two assets, by their correlation."""


def leaf_order(correlation: Array, linkage: str, distance: str = "correlation") -> Positions:
    """The leaves (N,) of the tree of correlations (N, N), N at least two.

    `distance` is one of `DISTANCES`; `linkage` is how far apart two clusters are, as scipy calls
    it. Of the two directions it is the one in which the branch that was joined first comes first.
    """
    far = np.sqrt(np.clip(DISTANCES[distance](correlation), 0.0, 1.0))
    tree = hierarchy.linkage(far[np.triu_indices(len(far), 1)], method=linkage)
    order = np.empty(len(far), dtype=np.int64)
    best_order(np.ascontiguousarray(far), tree[:, :2].astype(np.int64), order)
    return order
