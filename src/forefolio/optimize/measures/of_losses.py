"""What losses, and falls below a peak, come to in one number."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from forefolio.core.lazy import lazy
from forefolio.core.units import Array

optimize: Any = lazy("scipy.optimize")


def conditional_value_at_risk(losses: ArrayLike, level: float = 0.95) -> float:
    """The expected shortfall (CVaR): the mean of the worst 1 - `level` of `losses` (S,).

    Losses are positive where money is lost, and equally likely; the last of the worst counts in
    part. In a formula: min over t of `t + sum max(loss - t, 0) / ((1 - level) S)` (Rockafellar and
    Uryasev 2000, "Optimization of conditional value-at-risk").

    Example:
        >>> conditional_value_at_risk([0.01, 0.04, -0.02, 0.02], level=0.5)
        0.03
    """
    loss = np.asarray(losses, dtype=np.float64)
    size = (1 - level) * len(loss)
    count = max(int(np.ceil(size - 1e-9)), 1)
    worst = -np.partition(-loss, count - 1)[:count]
    quantile = float(worst.min())
    return quantile + float((worst - quantile).sum()) / max(size, 1.0)


def below_peak(total: Array) -> Array:
    """How far a running total (T,) that begins at zero is below its peak at each session."""
    falls: Array = np.maximum(np.maximum.accumulate(total), 0.0) - total
    return falls


def entropic_mean(losses: Array, level: float) -> float:
    """The entropic value at risk of losses (S,): `EntropicValueAtRisk` has the formula."""
    worst, size = float(losses.max()), float(np.ptp(losses))
    if not size > 0:
        return worst

    def bound(exponent: float) -> float:
        t = size * np.exp(exponent)
        mean = np.exp((losses - worst) / t).mean()
        return float(worst + t * np.log(mean / (1.0 - level)))

    found = optimize.minimize_scalar(
        bound, bounds=(-15.0, 15.0), method="bounded", options={"xatol": 1e-10}
    )
    return min(float(found.fun), worst)
