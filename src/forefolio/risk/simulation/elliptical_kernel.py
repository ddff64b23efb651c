"""Portfolios of normal or t returns, drawn and followed at once, some paths side by side.

What is drawn for a session stays in the nearest cache until it has moved what is held: it is
written to no table. Paths are innermost, so that no sum waits for another.
"""

import math

import numpy as np
from numpy.typing import NDArray

from forefolio.core.numerics import (
    ANY_ORDER,
    INDICES,
    OUT_PANEL,
    OUT_VECTOR,
    PANEL,
    VECTOR,
    Argument,
    Integer,
    Scalar,
    kernel,
)
from forefolio.core.units import Array
from forefolio.risk.simulation.normals_kernel import Words, fill, fill_shares, one_normal, one_share

ABREAST = 128  # paths side by side; the numbers drawn depend on it
UNROLLED = 4  # normals that are added to a return at once

_STATE = Argument("uint64", 1, written=True)


@kernel((_STATE, VECTOR, INDICES, VECTOR, Scalar, OUT_VECTOR, OUT_VECTOR))
def gammas(
    state: Words,
    width: Array,
    inside: NDArray[np.int64],
    height: Array,
    shape: float,
    shares: Array,
    out: Array,
) -> None:
    """Fill `out` (P,) with gamma variables of a shape of at least 1 and the scale 1.

    Marsaglia and Tsang 2000, "A simple method for generating gamma variables". `shares` (P,) is
    room to work in.
    """
    level = shape - 1.0 / 3.0
    spread = 1.0 / math.sqrt(9.0 * level)
    fill(state, width, inside, height, out)
    fill_shares(state, shares)
    for k in range(len(out)):
        normal, share = out[k], shares[k]
        root, square = 1.0 + spread * normal, normal * normal
        cube = root * root * root
        while not (root > 0.0 and share < 1.0 - 0.0331 * square * square):  # not sure to be taken
            if root > 0.0 and math.log(share) < 0.5 * square + level * (
                1.0 - cube + math.log(cube)
            ):
                break
            normal, share = one_normal(state, width, inside, height), one_share(state)
            root, square = 1.0 + spread * normal, normal * normal
            cube = root * root * root
        out[k] = level * cube


@kernel((_STATE, VECTOR, INDICES, VECTOR, PANEL, VECTOR, VECTOR, VECTOR, Scalar, Integer, Integer,
         Integer, OUT_PANEL, OUT_PANEL), ANY_ORDER)  # fmt: skip
def follow_elliptical(
    state: Words,
    width: Array,
    inside: NDArray[np.int64],
    height: Array,
    root: Array,
    mean: Array,
    weights: Array,
    money: Array,
    half: float,
    horizon: int,
    stride: int,
    every: int,
    values: Array,
    extremes: Array,
) -> None:
    """Draw returns, buy `weights` (N,) with a value of 1 and hold them, on P paths.

    Args:
        state: of the stream (4,), which moves on.
        width: the tables of `normals_kernel`,
        inside: and
        height: these.
        root: (N, M) lower triangular, of the covariance; M is N filled up to a multiple of four.
        mean: (N,).
        weights: (N,).
        money: (3,) as `follow` takes it, and all that comes after:
        half: of the degrees of freedom; infinite: normal returns.
        horizon: sessions.
        stride: sessions between two values that are kept.
        every: sessions between two payments.
        values: (P, K) written.
        extremes: (P, 2) written.
    """
    (count, filled), paths = root.shape, len(values)
    start, earned, flow = money
    drawn, held = np.zeros((filled, paths)), np.empty((count, paths))
    flat = drawn.reshape(-1)[: count * paths]
    moved, scale, value = np.empty(paths), np.ones(paths), np.empty(paths)
    cash, peak, deepest, least = (
        np.full(paths, start),
        np.ones(paths),
        np.ones(paths),
        np.ones(paths),
    )
    for asset in range(count):
        held[asset] = weights[asset]
    for session in range(horizon):
        fill(state, width, inside, height, flat)
        if half < np.inf:  # of the same variance: z sqrt((n - 2) / chi squared)
            gammas(state, width, inside, height, half, value, scale)
            for path in range(paths):
                scale[path] = math.sqrt((half - 1.0) / scale[path])
        for path in range(paths):
            cash[path] *= 1.0 + earned
            value[path] = cash[path]
        for asset in range(count):
            moved[:] = 0.0
            for j in range(0, asset + 1, UNROLLED):
                a, b, c, d = (
                    root[asset, j],
                    root[asset, j + 1],
                    root[asset, j + 2],
                    root[asset, j + 3],
                )
                first, second, third, fourth = drawn[j], drawn[j + 1], drawn[j + 2], drawn[j + 3]
                for path in range(paths):
                    moved[path] += (
                        a * first[path] + b * second[path] + c * third[path] + d * fourth[path]
                    )
            own, middle = held[asset], 1.0 + mean[asset]
            for path in range(paths):
                own[path] *= max(middle + scale[path] * moved[path], 0.0)
                value[path] += own[path]
        broke = False
        for path in range(paths):  # without branches, of which there is no telling
            worth = max(value[path], 0.0)
            peak[path] = worth if worth > peak[path] else peak[path]
            share = worth / peak[path]
            deepest[path] = share if share < deepest[path] else deepest[path]  # of nothing: stays
            broke |= worth == 0.0
            value[path] = worth
        if flow != 0.0 and (session + 1) % every == 0:
            for path in range(paths):
                if value[path] > 0.0:
                    factor = max(1.0 + flow / value[path], 0.0)
                    cash[path], peak[path] = cash[path] * factor, peak[path] * factor
                    held[:, path] *= factor
                    value[path] *= factor
        if broke:
            for path in range(paths):
                if value[path] == 0.0:
                    held[:, path] = 0.0
                    cash[path] = 0.0
        for path in range(paths):
            least[path] = value[path] if value[path] < least[path] else least[path]
        if (session + 1) % stride == 0 or session + 1 == horizon:
            values[:, session // stride] = value
    for path in range(paths):
        extremes[path, 0], extremes[path, 1] = least[path], 1.0 - deepest[path]
