"""The inner loops of seasonal ARMA, p and q at most two: errors, their slopes, and forecasts.

With x the return's deviation from its mean, s the season and e the error,
u[t] = x[t] - seasonal x[t-s], and
u[t] = ar1 u[t-1] + ar2 u[t-2] + e[t] + ma1 e[t-1] + ma2 e[t-2].
Parameters are always (mean, ar1, ar2, ma1, ma2, seasonal); what a lower order lacks is zero.
"""

import numpy as np

from forefolio.core.numerics import OUT_PANEL, OUT_VECTOR, PANEL, VECTOR, Integer, kernel
from forefolio.core.units import Array

PARAMETERS = 6


@kernel((VECTOR, VECTOR, Integer, OUT_VECTOR, OUT_PANEL))
def squared_errors(
    returns: Array, parameters: Array, season: int, slope: Array, curvature: Array
) -> float:
    """Half the mean squared error, with its slope (6,) and Gauss-Newton curvature (6, 6) put out.

    The first `season` + 2 returns are taken as given and the errors of the last two of them as
    zero (conditional least squares).
    """
    mean, ar1, ar2, ma1, ma2, seasonal = parameters
    direct, derivative = np.empty(6), np.empty(6)
    last, before = np.zeros(6), np.zeros(6)  # d error / d parameter, one and two sessions ago
    first = season + 2
    error1, error2, total = 0.0, 0.0, 0.0
    old1, old2 = returns[1] - mean, returns[0] - mean  # x a season before u1 and u2
    u1 = returns[first - 1] - mean - seasonal * old1
    u2 = returns[first - 2] - mean - seasonal * old2
    slope[:] = 0.0
    curvature[:] = 0.0
    for row in range(first, len(returns)):
        old = returns[row - season] - mean
        u = returns[row] - mean - seasonal * old
        error = u - ar1 * u1 - ar2 * u2 - ma1 * error1 - ma2 * error2
        direct[0], direct[1], direct[2] = (1.0 - seasonal) * (ar1 + ar2 - 1.0), -u1, -u2
        direct[3], direct[4] = -error1, -error2
        direct[5] = ar1 * old1 + ar2 * old2 - old
        for one in range(6):
            derivative[one] = direct[one] - ma1 * last[one] - ma2 * before[one]
            before[one], last[one] = last[one], derivative[one]
            slope[one] += error * derivative[one]
            for other in range(one + 1):
                curvature[one, other] += derivative[one] * derivative[other]
        total += error * error
        u1, u2, old1, old2, error1, error2 = u, u1, old, old1, error, error1
    count = len(returns) - first
    for one in range(6):
        slope[one] /= count
        for other in range(one + 1):
            curvature[one, other] /= count
            curvature[other, one] = curvature[one, other]
    return 0.5 * total / count


@kernel((PANEL, PANEL, Integer, Integer, Integer, OUT_PANEL))
def expected_sums(
    returns: Array, parameters: Array, season: int, skip: int, horizon: int, out: Array
) -> None:
    """Expected sum of `horizon` returns, after `skip` more, at each of the last rows of `returns`.

    `returns` (T, N) are filtered forward from the first, passing over sessions without one;
    `parameters` are (N, 6), and `out` (R, N) takes the sums for the last R sessions.
    """
    first, steps = len(returns) - len(out), skip + horizon
    x = np.zeros(season + len(returns) + steps)  # deviations: known, then expected
    for column in range(returns.shape[1]):
        mean, ar1, ar2, ma1, ma2, seasonal = parameters[column]
        u1, u2, error1, error2, now = 0.0, 0.0, 0.0, 0.0, season
        for row in range(len(returns)):
            value = returns[row, column] - mean
            if np.isfinite(value):
                x[now] = value
                u = value - seasonal * x[now - season]
                error = u - ar1 * u1 - ar2 * u2 - ma1 * error1 - ma2 * error2
                u1, u2, error1, error2, now = u, u1, error, error1, now + 1
            if row < first:
                continue
            ahead1, ahead2, shock1, shock2, total = u1, u2, error1, error2, 0.0
            for step in range(steps):
                ahead = ar1 * ahead1 + ar2 * ahead2 + ma1 * shock1 + ma2 * shock2
                ahead1, ahead2, shock1, shock2 = ahead, ahead1, 0.0, shock1
                x[now + step] = ahead + seasonal * x[now + step - season]
                if step >= skip:
                    total += x[now + step]
            out[row - first, column] = horizon * mean + total
