"""The rule for sessions on which an asset did not trade.

1. A feature is computed over the sessions an asset traded, one after the other, as if there were
   no others: windows count the asset's own sessions, and begin when it lists.
2. On sessions when it did not trade the feature is NaN.

So formulas never meet a hole. They are given a few assets at a time, which keeps every
intermediate panel in the processor's cache.
"""

from collections.abc import Callable

import numpy as np

from forefolio.core.units import Array, Flags
from forefolio.features.kernels import pack, unpack

BLOCK = 32


def over_traded(formula: Callable[..., Array], *bars: Array) -> Array:
    """Apply `formula` to panels (T, N), each asset over the sessions on which all `bars` exist.

    `formula` maps panels (T, n) whose row k is an asset's k-th session to one such panel; it must
    treat assets alike and row t must not depend on later rows.
    """
    rows, assets = bars[0].shape
    out = np.full((rows, assets), np.nan)
    for start in range(0, assets, BLOCK):
        columns = slice(start, start + BLOCK)
        block = [np.ascontiguousarray(panel[:, columns]) for panel in bars]
        out[:, columns] = _apply(formula, block)
    return out


def _apply(formula: Callable[..., Array], block: list[Array]) -> Array:
    traded: Flags = np.isfinite(block[0])
    for panel in block[1:]:
        traded &= np.isfinite(panel)
    if traded.all():
        return formula(*block)
    out = np.full(traded.shape, np.nan)
    unpack(formula(*(pack(panel, traded) for panel in block)), traded, out)
    return out
