"""Position sizes by the Kelly criterion, in part and capped.

The growth-optimal fraction of a bet with excess mean m and variance v is m / v (Kelly 1956; Thorp
2006, "The Kelly criterion in blackjack, sports betting, and the stock market", section 7). Means
are forecasts with error, and betting too much costs more than betting too little, so a fraction is
taken and no position exceeds a cap.
"""

from typing import Annotated, Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
from pydantic import Field

from forefolio.core.component import Component, OneOf
from forefolio.core.numerics import OUT_VECTOR, PANEL, VECTOR, Integer, Scalar, kernel
from forefolio.core.units import Array, PositiveFraction, PositiveShare

SWEEPS = 10_000
SETTLED = 1e-12  # largest change of a size in a sweep, of the cap


@runtime_checkable
class Sizing(Protocol):
    """Turns expected excess returns and a covariance of N assets into position sizes."""

    def size(self, excess: Array, covariance: Array, direction: Array) -> Array:
        """Sizes (N,), fractions of the portfolio's value, of the sign of `direction` or zero.

        `excess` (N,) is the mean over cash and `covariance` (N, N), both over the same horizon.
        """
        ...


class Kelly(Component):
    """Each asset by itself: `fraction` x mean / variance, at most `cap`, together at most `gross`.

    Correlations are ignored; `JointKelly` uses them.

    >>> import numpy as np
    >>> Kelly().size(np.array([0.01]), np.array([[0.04]]), np.array([1.0])).round(4).tolist()
    [0.0625]
    """

    kind: Literal["kelly"] = "kelly"
    fraction: PositiveShare = Field(
        0.25, description="Share of the Kelly-optimal size that is taken; 0.25 is quarter Kelly."
    )
    cap: PositiveShare = Field(
        0.1, description="Largest size of one position, as a fraction of the portfolio's value."
    )
    gross: PositiveFraction = Field(
        1.0,
        description="Largest sum of absolute sizes, as a fraction of the portfolio's value.",
    )

    def size(self, excess: Array, covariance: Array, direction: Array) -> Array:
        """Mean over variance, taken in part, capped, and scaled to the gross limit."""
        variance = np.diag(covariance)
        bet = np.divide(excess, variance, out=np.zeros(len(excess)), where=variance > 0)
        kept = np.where(np.sign(bet) == direction, self.fraction * bet, 0.0)
        return _within(np.clip(kept, -self.cap, self.cap), self.gross)


class JointKelly(Component):
    """All assets jointly: the fractional growth-optimal (Kelly) portfolio.

    Maximises `fraction` x mean - variance / 2 with every position at most `cap`, then scales the
    sizes to `gross`. Without caps that is `fraction` x inverse covariance x mean.

    >>> import numpy as np
    >>> sizes = JointKelly().size(np.array([0.01, 0.01]), 0.04 * np.eye(2), np.ones(2))
    >>> sizes.round(4).tolist()
    [0.0625, 0.0625]
    """

    kind: Literal["joint_kelly"] = "joint_kelly"
    fraction: PositiveShare = Field(
        0.25, description="Share of the Kelly-optimal size that is taken; 0.25 is quarter Kelly."
    )
    cap: PositiveShare = Field(
        0.1, description="Largest size of one position, as a fraction of the portfolio's value."
    )
    gross: PositiveFraction = Field(
        1.0,
        description="Largest sum of absolute sizes, as a fraction of the portfolio's value.",
    )

    def size(self, excess: Array, covariance: Array, direction: Array) -> Array:
        """The best sizes within the caps, by coordinate ascent, then the gross limit."""
        low = np.where(direction < 0, -self.cap, 0.0)
        high = np.where(direction > 0, self.cap, 0.0)
        scale = float(np.diag(covariance).max(initial=0.0))
        if scale <= 0:
            return np.zeros(len(excess))
        sizes = np.zeros(len(excess))
        best_in_box(
            np.ascontiguousarray(covariance) / scale,
            self.fraction * excess / scale,
            low,
            high,
            SWEEPS,
            SETTLED * self.cap,
            sizes,
        )
        return _within(sizes, self.gross)


@kernel((PANEL, VECTOR, VECTOR, VECTOR, Integer, Scalar, OUT_VECTOR))
def best_in_box(
    curvature: Array,
    slope: Array,
    low: Array,
    high: Array,
    sweeps: int,
    settled: float,
    sizes: Array,
) -> None:
    """Maximise slope . x - x . curvature . x / 2 for low <= x <= high, from `sizes`, in place.

    Coordinate ascent: exact along each asset in turn, until a sweep moves nothing.
    """
    gradient = slope.copy()
    for asset in range(len(sizes)):
        for other in range(len(sizes)):
            gradient[other] -= curvature[other, asset] * sizes[asset]
    for _ in range(sweeps):
        moved = 0.0
        for asset in range(len(sizes)):
            bend = curvature[asset, asset]
            if bend <= 0.0:
                continue
            wanted = sizes[asset] + gradient[asset] / bend
            step = min(max(wanted, low[asset]), high[asset]) - sizes[asset]
            if step != 0.0:
                sizes[asset] += step
                for other in range(len(sizes)):
                    gradient[other] -= curvature[asset, other] * step
                moved = max(moved, abs(step))
        if moved <= settled:
            break


def _within(sizes: Array, gross: float) -> Array:
    gross_size = float(np.abs(sizes).sum())
    return sizes * (gross / gross_size) if gross_size > gross else sizes


AnySizing: TypeAlias = Annotated[Sizing, OneOf(Kelly, JointKelly)]
SIZINGS: tuple[type[Component], ...] = (Kelly, JointKelly)
