"""The inner loop of the simulation: what is held grows, session by session and path by path."""

from forefolio.core.numerics import CUBE, OUT_PANEL, PANEL, VECTOR, Integer, kernel
from forefolio.core.units import Array


@kernel((CUBE, VECTOR, PANEL, Integer, Integer, OUT_PANEL, OUT_PANEL, OUT_PANEL))
def follow(
    returns: Array,
    weights: Array,
    money: Array,
    stride: int,
    every: int,
    held: Array,
    values: Array,
    extremes: Array,
) -> None:
    """Buy `weights` (N,) with a value of 1 and hold them over `returns` (P, H, N).

    `money` (1, 3) is the cash kept, what it earns per session, and what is paid in after every
    `every` sessions (taken out, if negative), in the proportions held. Every `stride` sessions,
    and at the last, the value is written to `values` (P, K). `extremes` (P, 2) become the lowest
    value at any close, and the deepest fall from a peak, payments aside. An asset loses all it is
    worth at most, and a portfolio that is worth nothing stays so. `held` (1, N) is room to work in.
    """
    paths, horizon, assets = returns.shape
    start, earned, flow = money[0]
    for path in range(paths):
        for asset in range(assets):
            held[0, asset] = weights[asset]
        cash, least, value = start, 1.0, 1.0
        peak, deepest = 1.0, 1.0  # the highest value, payments taken off it; the least share of it
        for session in range(horizon):
            cash *= 1.0 + earned
            for asset in range(assets):
                held[0, asset] *= max(1.0 + returns[path, session, asset], 0.0)
            value, other = cash, 0.0  # two sums, neither of which waits for the other
            for asset in range(0, assets - 1, 2):
                value += held[0, asset]
                other += held[0, asset + 1]
            value += other + (held[0, assets - 1] if assets % 2 else 0.0)
            if value > peak:
                peak = value
            elif value < deepest * peak:
                deepest = max(value, 0.0) / peak
            if flow != 0.0 and (session + 1) % every == 0 and value > 0.0:
                factor = max(1.0 + flow / value, 0.0)
                cash, peak, value = cash * factor, peak * factor, value * factor
                held[0, :] *= factor
            if value <= 0.0:
                held[0, :] = 0.0
                cash, value = 0.0, 0.0
            least = min(least, value)
            if (session + 1) % stride == 0 or session + 1 == horizon:
                values[path, session // stride] = value
        extremes[path, 0], extremes[path, 1] = least, 1.0 - deepest
