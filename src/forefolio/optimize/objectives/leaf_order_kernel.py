"""The best order of the leaves of a tree, in machine code: see `leaf_order.py` for what it is."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from forefolio.core.numerics import (
    INDEX_PANEL,
    OUT_INDEX_PANEL,
    OUT_INDICES,
    OUT_PANEL,
    OUT_VECTOR,
    PANEL,
    Integer,
    kernel,
)
from forefolio.core.units import Array

Positions: TypeAlias = NDArray[np.int64]


@kernel((PANEL, INDEX_PANEL, OUT_INDICES))
def best_order(distance: Array, branches: Positions, order: Positions) -> None:
    """Write the best `order` (N,) of leaves with `distance` (N, N) on the tree of `branches`.

    Those of the cluster joined k-th are `branches[k]` (N - 1, 2): leaves, or N + the cluster's own
    place.
    """
    count = len(distance)
    spans = np.empty((2 * count - 1, 3), dtype=np.int64)
    leaves = np.empty(count, dtype=np.int64)
    lay_out(branches, spans, leaves)
    far, length = np.empty((count, count)), np.zeros((count, count))
    for i in range(count):
        for j in range(count):
            far[i, j] = distance[leaves[i], leaves[j]]
    shortest(far, spans[count:], length, np.empty(count))
    walk(far, branches, spans, length, order)
    for i in range(count):
        order[i] = leaves[order[i]]


@kernel((INDEX_PANEL, OUT_INDEX_PANEL, OUT_INDICES))
def lay_out(branches: Positions, spans: Positions, leaves: Positions) -> None:
    """Write the `leaves` (N,) in the tree's own order, in which a cluster is without a gap.

    And where each cluster, leaves first, begins there, where its second branch does, and where it
    ends: `spans` (2N - 1, 3).
    """
    count = len(leaves)
    size = np.ones(2 * count - 1, dtype=np.int64)
    for k in range(count - 1):
        size[count + k] = size[branches[k, 0]] + size[branches[k, 1]]
    spans[2 * count - 2, 0] = 0
    for k in range(count - 2, -1, -1):
        first, second, whole = branches[k, 0], branches[k, 1], count + k
        begin = spans[whole, 0]
        spans[first, 0] = begin
        spans[second, 0] = spans[whole, 1] = begin + size[first]
        spans[whole, 2] = begin + size[whole]
    for leaf in range(count):
        begin = spans[leaf, 0]
        spans[leaf, 1] = spans[leaf, 2] = begin + 1
        leaves[begin] = leaf


@kernel((PANEL, INDEX_PANEL, OUT_PANEL, OUT_VECTOR))
def shortest(distance: Array, spans: Positions, length: Array, row: Array) -> None:
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


@kernel((PANEL, INDEX_PANEL, INDEX_PANEL, PANEL, OUT_INDICES))
def walk(
    distance: Array, branches: Positions, spans: Positions, length: Array, order: Positions
) -> None:
    """Write the `order` (N,) from the ends of the whole tree inwards."""
    count, done = len(distance), 0
    waiting = np.empty((count, 3), dtype=np.int64)  # clusters with their left and right ends
    top = 2 * count - 2
    best = np.inf
    for u in range(spans[top, 0], spans[top, 1]):
        for w in range(spans[top, 1], spans[top, 2]):
            if length[u, w] < best:
                best = length[u, w]
                waiting[0] = top, u, w
    left = 1
    while left:
        left -= 1
        cluster, start, end = waiting[left]
        if cluster < count:
            order[done] = spans[cluster, 0]
            done += 1
            continue
        near, far = branches[cluster - count, 0], branches[cluster - count, 1]
        if start >= spans[cluster, 1]:
            near, far = far, near
        first, last = other_ends(spans, count, near, start)
        begin, stop = other_ends(spans, count, far, end)
        best = np.inf
        for m in range(first, last):
            for k in range(begin, stop):
                joined = distance[m, k] + length[start, m] + length[k, end]
                if joined < best:
                    best = joined
                    waiting[left] = far, k, end
                    waiting[left + 1] = near, start, m
        left += 2


@kernel((INDEX_PANEL, Integer, Integer, Integer))
def other_ends(spans: Positions, count: int, cluster: int, one: int) -> tuple[int, int]:
    """Where a cluster may end that begins with leaf `one`: from which place to which."""
    begin, middle, stop = spans[cluster, 0], spans[cluster, 1], spans[cluster, 2]
    if cluster < count:
        return begin, stop
    return (middle, stop) if one < middle else (begin, middle)
