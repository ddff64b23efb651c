"""Some sessions at a time: what is made of large panels on the way stays in a core's cache."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

Parts = TypeVar("Parts", bound=tuple[NDArray[Any], ...])

BLOCK = 1 << 15  # numbers of a panel: a quarter of a megabyte


def blocks(rows: int, columns: int) -> Iterator[slice]:
    """The rows of a panel (rows, columns), some at a time.

    >>> [(block.start, block.stop) for block in blocks(100, BLOCK // 40)]
    [(0, 40), (40, 80), (80, 100)]
    """
    step = max(BLOCK // max(columns, 1), 1)
    for first in range(0, rows, step):
        yield slice(first, min(first + step, rows))


def in_blocks(function: Callable[..., Parts], *panels: NDArray[Any]) -> Parts:
    """What `function` makes of panels (..., R, N): arrays (R, ...), each row of its own session.

    The same to the bit as of all rows at once.

    >>> (sums,) = in_blocks(lambda values: (values.sum(axis=1),), np.ones((9, BLOCK // 2)))
    >>> len(sums), sums[0] == BLOCK // 2
    (9, np.True_)
    """
    rows, columns = panels[0].shape[-2:]
    if not rows:
        return function(*panels)
    parts = [
        function(*(panel[..., block, :] for panel in panels)) for block in blocks(rows, columns)
    ]
    return cast(Parts, tuple(np.concatenate(part) for part in zip(*parts, strict=True)))
