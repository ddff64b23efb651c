"""A change of mind counts once it has lasted: the check against over-trading."""

import numpy as np

from forefolio.core.component import Component
from forefolio.core.numerics import OUT_PANEL, PANEL, Integer, kernel
from forefolio.core.units import Array, Days


@kernel((PANEL, Integer, OUT_PANEL))
def _settle(said: Array, sessions: int, out: Array) -> None:
    for asset in range(said.shape[1]):
        held, candidate, lasted = 0.0, 0.0, 0
        for row in range(said.shape[0]):
            now = said[row, asset]
            lasted = lasted + 1 if now == candidate else 1
            candidate = now
            if lasted >= sessions:
                held = candidate
            out[row, asset] = held


class Persistence(Component):
    """A new direction is taken once it was said at `sessions` closes in a row; 1 is at once."""

    sessions: Days = 3

    def settled(self, directions: Array) -> Array:
        """Directions (R, N) that were let through, each from its row and those before it.

        Before any direction has lasted there is none.
        """
        out = np.empty(directions.shape)
        _settle(np.ascontiguousarray(directions), self.sessions, out)
        return out
