"""The inner loop of the simulation: what is held grows, session by session and path by path."""

from forefolio.numerics import CUBE, OUT_PANEL, OUT_VECTOR, VECTOR, Integer, Scalar, kernel
from forefolio.units import Array


@kernel((CUBE, VECTOR, Scalar, Scalar, Integer, OUT_PANEL, OUT_PANEL, OUT_VECTOR))
def follow(
    returns: Array,
    weights: Array,
    cash: float,
    cash_return: float,
    stride: int,
    held: Array,
    values: Array,
    lowest: Array,
) -> None:
    """Buy `weights` (N,) with a value of 1, keep `cash`, and hold them over `returns` (P, H, N).

    Every `stride` sessions, and at the last, the value is written to `values` (P, K); `lowest`
    (P,) becomes the lowest at any close. An asset loses all it is worth at most, and a portfolio
    that is worth nothing stays so. `held` (1, N) is room to work in.
    """
    paths, horizon, assets = returns.shape
    for path in range(paths):
        for asset in range(assets):
            held[0, asset] = weights[asset]
        money, least = cash, 1.0
        for session in range(horizon):
            money *= 1.0 + cash_return
            for asset in range(assets):
                held[0, asset] *= max(1.0 + returns[path, session, asset], 0.0)
            value, other = money, 0.0  # two sums, neither of which waits for the other
            for asset in range(0, assets - 1, 2):
                value += held[0, asset]
                other += held[0, asset + 1]
            value += other + (held[0, assets - 1] if assets % 2 else 0.0)
            if value <= 0.0:
                held[0, :] = 0.0
                money, value = 0.0, 0.0
            least = min(least, value)
            if (session + 1) % stride == 0 or session + 1 == horizon:
                values[path, session // stride] = value
        lowest[path] = least
