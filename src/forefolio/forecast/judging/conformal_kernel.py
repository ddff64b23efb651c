"""The walk of conformal reaches: one session after the other, each by outcomes that had ended."""

import numpy as np

from forefolio.core.numerics import OUT_PANEL, OUT_VECTOR, PANEL, VECTOR, Integer, Scalar, kernel
from forefolio.core.units import Array

NEAREST, OUTERMOST = 0.1, 0.1  # shares of a level, and of what it leaves, it is never moved beyond


@kernel((Scalar, VECTOR))
def _step_of(distance: float, scale: Array) -> int:
    """The first place of an even scale that is not below the distance, which ends with it."""
    last = len(scale) - 1
    if distance >= scale[last]:
        return last
    step = int(distance * (last / scale[last]))
    while scale[step] < distance:
        step += 1
    while step > 0 and scale[step - 1] >= distance:
        step -= 1
    return step


@kernel((Scalar, VECTOR, VECTOR))
def _distance_within(share: float, within: Array, scale: Array) -> float:
    """The distance that such a share lies within, between two places of the scale by a line."""
    last = len(scale) - 1
    if share >= within[last]:
        return float(scale[last])
    after = np.searchsorted(within, share, side="right")
    if after == 0:
        return float(scale[0])
    slope = (scale[after] - scale[after - 1]) / (within[after] - within[after - 1])
    return float(slope * (share - within[after - 1]) + scale[after - 1])


@kernel((VECTOR, VECTOR, VECTOR, Scalar, OUT_VECTOR))
def _steer(outcomes: Array, shares: Array, reach: Array, rate: float, adjusted: Array) -> int:
    """Move each share by what outcomes within its reach were too few or too many.

    How many are known; where none is, nothing moves.
    """
    known = 0
    inside = np.zeros(len(shares))
    for outcome in outcomes:
        if np.isfinite(outcome):
            known += 1
            for k in range(len(shares)):
                inside[k] += outcome <= reach[k]
    for k in range(len(shares) if known else 0):
        moved = adjusted[k] + rate * (shares[k] - inside[k] / known)
        nearest, outermost = shares[k] * NEAREST, 1.0 - (1.0 - shares[k]) * OUTERMOST
        adjusted[k] = min(max(moved, nearest), outermost)
    return known


@kernel((PANEL, Integer, VECTOR, Scalar, VECTOR, OUT_VECTOR, Integer, OUT_PANEL))
def reach_as_known(
    distance: Array,
    horizon: int,
    shares: Array,
    rate: float,
    scale: Array,
    counted: Array,
    refresh: int,
    out: Array,
) -> None:
    """How far (R, S) `shares` (S,) of the outcomes lie at most, by those that had ended.

    Args:
        distance: of outcomes (R, N) from their forecast, in standard deviations; NaN: unknown.
        horizon: sessions; an outcome has ended so many, and one, after its row.
        shares: of outcomes, between 0 and 1, ascending.
        rate: by how much a share is moved when all of a session's outcomes lie beyond its reach.
        scale: distances (L,), even and ascending from 0, on which outcomes are counted.
        counted: sessions (L,) that are there before: those of each step of the scale.
        refresh: rows between two readings of what was counted.
        out: the reaches (R, S).
    """
    rows, assets = distance.shape
    sessions = counted.sum()
    adjusted, within = shares.copy(), np.empty(len(scale))
    for row in range(rows):
        last = row - horizon - 1  # the newest row whose outcome has ended
        known = _steer(distance[last], shares, out[last], rate, adjusted) if last >= 0 else 0
        if known:
            for asset in range(assets):
                if np.isfinite(distance[last, asset]):
                    counted[_step_of(distance[last, asset], scale)] += 1.0 / known
            sessions += 1.0
        if row % refresh == 0:
            total = 0.0
            for step in range(len(scale)):
                total += counted[step]
                within[step] = total / sessions
        for k in range(len(shares)):
            out[row, k] = _distance_within(adjusted[k], within, scale)
