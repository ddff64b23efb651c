"""Persistence: a new direction is taken once it has lasted, against over-trading."""

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.numerics import OUT_PANEL, PANEL, Integer, kernel
from forefolio.core.units import Array, Days


@kernel((PANEL, Integer, OUT_PANEL))
def _settle(directions: Array, sessions: int, out: Array) -> None:
    for asset in range(directions.shape[1]):
        direction, candidate, lasted = 0.0, 0.0, 0
        for row in range(directions.shape[0]):
            now = directions[row, asset]
            lasted = lasted + 1 if now == candidate else 1
            candidate = now
            if lasted >= sessions:
                direction = candidate
            out[row, asset] = direction


class Persistence(Component):
    """A new direction is taken once it has held at `sessions` closes in a row; 1 takes it at once.

    >>> import numpy as np
    >>> Persistence(sessions=2).settled(np.array([[1.0], [0.0], [1.0], [1.0]])).ravel().tolist()
    [0.0, 0.0, 0.0, 1.0]
    """

    sessions: Days = Field(
        3,
        description="Consecutive closes after which a new direction is taken; 1 takes it at once.",
    )

    def settled(self, directions: Array) -> Array:
        """The directions (R, N) taken, each from its row and those before it.

        Before any direction has lasted there is none.
        """
        out = np.empty(directions.shape)
        _settle(np.ascontiguousarray(directions), self.sessions, out)
        return out
