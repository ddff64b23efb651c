"""What losses, and falls below a peak, come to in one number."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from forefolio.core.lazy import lazy
from forefolio.core.units import Array
from forefolio.optimize.program.scenarios import deformed_logarithm

optimize: Any = lazy("scipy.optimize")


def conditional_value_at_risk(
    losses: ArrayLike, level: float = 0.95, chances: ArrayLike | None = None
) -> float:
    """The expected shortfall (CVaR): the mean of the worst 1 - `level` of `losses` (S,).

    Losses are positive where money is lost, and equally likely unless their probabilities
    `chances` (S,) are given; the last of the worst counts in part. In a formula: min over t of
    `t + sum max(loss - t, 0) / ((1 - level) S)` (Rockafellar and Uryasev 2000, "Optimization of
    conditional value-at-risk").

    Example:
        >>> conditional_value_at_risk([0.01, 0.04, -0.02, 0.02], level=0.5)
        0.03
    """
    loss = np.asarray(losses, dtype=np.float64)
    if chances is not None:
        return _tail_mean(loss, level, np.asarray(chances, dtype=np.float64))
    size = (1 - level) * len(loss)
    count = max(int(np.ceil(size - 1e-9)), 1)
    worst = -np.partition(-loss, count - 1)[:count]
    quantile = float(worst.min())
    return quantile + float((worst - quantile).sum()) / max(size, 1.0)


def _tail_mean(loss: Array, level: float, chances: Array) -> float:
    """The mean of the worst `1 - level` of losses (S,) of such probabilities (S,)."""
    worst = np.argsort(-loss, kind="stable")
    so_far = np.cumsum(chances[worst])
    tail = (1.0 - level) * so_far[-1]
    counted = np.diff(np.minimum(so_far, tail), prepend=0.0)
    return float(counted @ loss[worst]) / float(counted.sum())


def mean_of(values: Array, chances: Array | None) -> float:
    """The mean of values (S,), of such probabilities (S,) where they are not equal."""
    return float(values.mean() if chances is None else chances @ values)


def below_peak(total: Array) -> Array:
    """How far a running total (T,) that begins at zero is below its peak at each session."""
    falls: Array = np.maximum(np.maximum.accumulate(total), 0.0) - total
    return falls


def entropic_mean(losses: Array, level: float, chances: Array | None = None) -> float:
    """The entropic value at risk of losses (S,): `EntropicValueAtRisk` has the formula."""
    worst, size = float(losses.max()), float(np.ptp(losses))
    if not size > 0:
        return worst

    def bound(exponent: float) -> float:
        t = size * np.exp(exponent)
        mean = mean_of(np.exp((losses - worst) / t), chances)
        return float(worst + t * np.log(mean / (1.0 - level)))

    found = optimize.minimize_scalar(
        bound, bounds=(-15.0, 15.0), method="bounded", options={"xatol": 1e-10}
    )
    return min(float(found.fun), worst)


def relativistic_mean(losses: Array, level: float, kappa: float) -> float:
    """The relativistic value at risk of losses (S,): `RelativisticValueAtRisk` has the formula.

    Its dual is the least t + z (L + sum f*((loss - t) / z)) over t and z > 0, f* the conjugate of
    f(q) = q log q with that logarithm, and L that of 1 / ((1 - level) S).
    """
    worst, size = float(losses.max()), float(np.ptp(losses))
    if not size > 0:
        return worst
    limit = deformed_logarithm(1.0 / ((1.0 - level) * len(losses)), kappa)
    lowest, highest = -_marginal(1.0, kappa) - 1.0, -_marginal(1.0 / len(losses), kappa)

    def bound(exponent: float) -> float:
        z = size * np.exp(exponent)
        beside = (losses - worst) / z
        t = optimize.brentq(lambda at: _tilt(beside - at, kappa).sum() - 1.0, lowest, highest)
        q = _tilt(beside - t, kappa)
        paid = (q ** (1.0 + kappa) - q ** (1.0 - kappa)) / (2.0 * kappa)
        return float(worst + z * (t + limit + q @ (beside - t) - paid.sum()))

    found = optimize.minimize_scalar(
        bound, bounds=(-15.0, 15.0), method="bounded", options={"xatol": 1e-10}
    )
    return min(float(found.fun), worst)


def _marginal(q: float, kappa: float) -> float:
    """The slope of q log q, with the deformed logarithm."""
    up, down = (1.0 + kappa) * q**kappa, (1.0 - kappa) * q**-kappa
    return float((up - down) / (2.0 * kappa))


def _tilt(slope: Array, kappa: float) -> Array:
    """The q whose `_marginal` is the slope (S,)."""
    root = np.sqrt((kappa * slope) ** 2 + 1.0 - kappa**2)
    size = root + kappa * np.abs(slope)
    power = np.where(slope > 0, size / (1.0 + kappa), (1.0 - kappa) / size)
    tilted: Array = power ** (1.0 / kappa)
    return tilted
