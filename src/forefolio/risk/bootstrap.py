"""The stationary bootstrap: resampling returns in blocks, which keeps volatility clusters.

Politis and Romano 1994, "The stationary bootstrap": blocks start anywhere, have geometric lengths
and wrap around. Every draw is a function of the seed alone.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

BLOCK = 21  # sessions, on average
DRAWS = 1000


def stationary_draws(
    sessions: int, seed: int, block: float = BLOCK, draws: int = DRAWS
) -> Iterator[NDArray[np.intp]]:
    """Rows (sessions,) of each resample, in blocks of `block` sessions on average."""
    rng = np.random.default_rng(seed)
    for _ in range(draws):
        yield stationary_rows(rng, sessions, (sessions,), block)


def stationary_rows(
    rng: np.random.Generator, sessions: int, shape: tuple[int, ...], block: float
) -> NDArray[np.intp]:
    """Rows of a history of `sessions`, in blocks along the last axis of `shape`."""
    place = np.arange(shape[-1])
    begins = rng.random(shape) < 1.0 / block
    begins[..., :1] = True
    begun = np.maximum.accumulate(np.where(begins, place, 0), axis=-1)
    start = rng.integers(0, sessions, shape)
    rows: NDArray[np.intp] = np.take_along_axis(start, begun, axis=-1) + place - begun
    return rows % sessions
