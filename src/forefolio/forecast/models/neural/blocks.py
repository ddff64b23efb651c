"""Panels cut into blocks of one shape, so that nets are compiled once and never round differently.

1. Block k is the rows from `BLOCK * k` to before `BLOCK * (k + 1)`, with `context` rows before
   them to warm up on. Where a block lies depends on the absolute row only, so a session is forecast
   in the same block, at the same place in it, whatever comes after it.
2. Values that are unknown or outside the panel are NaN.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forefolio.core.units import Array
from forefolio.forecast.scaling import Standard

# Half the memory and twice the speed; rounding is 1e-7, the signal in returns 1e-3.
Single: TypeAlias = NDArray[np.float32]

BLOCK = 128
WIDEST = 5.0  # standard deviations: features are clipped there


def blocks_of(first: int, stop: int) -> range:
    """The blocks in which the rows from `first` to before `stop` lie."""
    return range(first // BLOCK, (stop - 1) // BLOCK + 1)


def cut(
    panel: Array,
    blocks: range,
    context: int = 0,
    scale: Callable[[Array], Array] = np.asarray,
) -> Single:
    """Blocks (K, N, context + BLOCK, ...) of a panel (T, N, ...), each row scaled by `scale`."""
    shape = (len(blocks), panel.shape[1], context + BLOCK, *panel.shape[2:])
    out = np.full(shape, np.nan, dtype=np.float32)
    for number, block in enumerate(blocks):
        begin = block * BLOCK - context
        rows = scale(panel[max(begin, 0) : (block + 1) * BLOCK])
        at = max(-begin, 0)
        out[number, :, at : at + len(rows)] = np.moveaxis(rows, 0, 1)
    return out


def panel_of(cut_up: NDArray[Any], blocks: range, rows: slice) -> NDArray[Any]:
    """The panel (R, N, ...) again, rows by absolute number, of blocks (K, N, BLOCK, ...)."""
    panel = np.moveaxis(cut_up, 1, 2).reshape(-1, cut_up.shape[1], *cut_up.shape[3:])
    begin = blocks.start * BLOCK
    return panel[rows.start - begin : rows.stop - begin]


def standardised(standard: Standard) -> Callable[[Array], Array]:
    """The function that standardises features and clips them, as a net reads them."""
    return lambda x: np.clip(standard(x), -WIDEST, WIDEST)
