"""The leaves of a tree of clusters in the order in which neighbours are most alike.

A tree says which leaves belong together, not which of two branches comes first. Of all orders that
keep its clusters together the one with the least sum of distances between neighbours is found from
the leaves up: for each pair of leaves the best order of their common cluster that begins with one
and ends with the other (Bar-Joseph, Gifford and Jaakkola 2001, "Fast optimal leaf ordering for
hierarchical clustering").
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forefolio.core.lazy import lazy
from forefolio.core.numerics import INDEX_PANEL, OUT_PANEL, OUT_VECTOR, PANEL, kernel
from forefolio.core.units import Array

hierarchy: Any = lazy("scipy.cluster.hierarchy")

Positions: TypeAlias = NDArray[np.int64]
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
    above = np.triu_indices(len(correlation), 1)
    condensed = np.sqrt(np.clip(DISTANCES[distance](correlation[above]), 0.0, 1.0))
    tree = hierarchy.linkage(condensed, method=linkage)
    leaves = np.asarray(hierarchy.leaves_list(tree), dtype=np.int64)
    far = np.zeros(correlation.shape)
    far[above] = condensed
    far = np.ascontiguousarray((far + far.T)[np.ix_(leaves, leaves)])
    spans = _spans(tree, len(leaves))
    length, row = np.zeros_like(far), np.empty(len(leaves))
    _shortest(far, spans, length, row)
    return leaves[_walked(far, spans, length)]


def _spans(tree: Array, count: int) -> Positions:
    """Where each cluster begins, where its second branch does, and where it ends (N - 1, 3).

    Among the leaves in the tree's own order, in which a cluster is without a gap.
    """
    spans = np.zeros((count - 1, 3), dtype=np.int64)
    begins = np.zeros(2 * count - 1, dtype=np.int64)
    sizes = np.append(np.ones(count, dtype=np.int64), tree[:, 3].astype(np.int64))
    for cluster in range(count - 2, -1, -1):
        first, second = int(tree[cluster, 0]), int(tree[cluster, 1])
        begin = begins[count + cluster]
        begins[first], begins[second] = begin, begin + sizes[first]
        spans[cluster] = begin, begins[second], begin + sizes[count + cluster]
    return spans


@kernel((PANEL, INDEX_PANEL, OUT_PANEL, OUT_VECTOR))
def _shortest(distance: Array, spans: Positions, length: Array, row: Array) -> None:
    """Write the least `length` (N, N) of a cluster between each two of its ends, in two branches.

    A branch that begins with u ends in its own other branch, or is u alone: `first` to `last`.
    """
    count = len(distance)
    turn = np.zeros(count, dtype=np.int64)  # where the second branch begins of what holds a leaf
    begin = np.arange(count)
    end = np.arange(1, count + 1)
    for cluster in range(len(spans)):
        start, middle, stop = spans[cluster, 0], spans[cluster, 1], spans[cluster, 2]
        for u in range(start, middle):
            alone = end[u] - begin[u] == 1
            first = u if alone else (turn[u] if u < turn[u] else begin[u])
            last = u + 1 if alone else (end[u] if u < turn[u] else turn[u])
            for k in range(middle, stop):
                row[k] = np.inf
            for m in range(first, last):
                sofar = length[u, m]
                for k in range(middle, stop):
                    row[k] = min(row[k], sofar + distance[m, k])
            if stop - middle == 1:
                length[u, middle] = length[middle, u] = row[middle]
                continue
            for w in range(middle, stop):
                length[u, w] = np.inf
            half = turn[middle]
            for k in range(middle, stop):
                low, high = (half, stop) if k < half else (middle, half)
                for w in range(low, high):
                    length[u, w] = min(length[u, w], row[k] + length[k, w])
            for w in range(middle, stop):
                length[w, u] = length[u, w]
        for leaf in range(start, stop):
            begin[leaf], turn[leaf], end[leaf] = start, middle, stop


def _walked(distance: Array, spans: Positions, length: Array) -> Positions:
    """The order (N,) from the ends of the whole tree inwards."""
    start, middle, stop = spans[-1]
    among = length[start:middle, middle:stop]
    u, w = np.unravel_index(int(among.argmin()), among.shape)
    turns = {(int(b), int(e)): int(m) for b, m, e in spans}
    order: list[int] = []
    waiting = [(int(start), int(stop), int(start + u), int(middle + w))]
    while waiting:
        begin, end, left, right = waiting.pop()
        if end - begin == 1:
            order.append(begin)
            continue
        half = turns[begin, end]
        near, far = ((begin, half), (half, end)) if left < half else ((half, end), (begin, half))
        inner, outer = _other_ends(turns, near, left), _other_ends(turns, far, right)
        joined = distance[slice(*inner), slice(*outer)]
        joined = joined + length[left, slice(*inner), None] + length[None, slice(*outer), right]
        m, k = np.unravel_index(int(joined.argmin()), joined.shape)
        waiting.append((*far, int(outer[0] + k), right))
        waiting.append((*near, left, int(inner[0] + m)))
    return np.array(order)


def _other_ends(
    turns: dict[tuple[int, int], int], span: tuple[int, int], one: int
) -> tuple[int, int]:
    """Where a cluster may end that begins with leaf `one`."""
    if span[1] - span[0] == 1:
        return span
    half = turns[span]
    return (half, span[1]) if one < half else (span[0], half)
