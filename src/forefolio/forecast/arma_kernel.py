"""The inner loops of ARMA(p, q) with p, q at most two: errors, their slopes, and forecasts.

With x the return's deviation from its mean and e the error,
x[t] = ar1 x[t-1] + ar2 x[t-2] + e[t] + ma1 e[t-1] + ma2 e[t-2].
Parameters are always (mean, ar1, ar2, ma1, ma2); a lower order has zeros among them.
"""

import numpy as np

from forefolio.numerics import OUT_PANEL, OUT_VECTOR, PANEL, VECTOR, Integer, kernel
from forefolio.units import Array

PARAMETERS = 5


@kernel((VECTOR, VECTOR, OUT_VECTOR, OUT_PANEL))
def squared_errors(returns: Array, parameters: Array, slope: Array, curvature: Array) -> float:
    """Half the mean squared error, with its slope (5,) and Gauss-Newton curvature (5, 5) put out.

    The first two returns are taken as given and their errors as zero (conditional least squares).
    """
    mean, ar1, ar2, ma1, ma2 = parameters
    drive, change = np.empty(5), np.empty(5)
    last, before = np.zeros(5), np.zeros(5)  # d error / d parameter, one and two sessions ago
    x1, x2, error1, error2, total = returns[1] - mean, returns[0] - mean, 0.0, 0.0, 0.0
    slope[:] = 0.0
    curvature[:] = 0.0
    for row in range(2, len(returns)):
        x = returns[row] - mean
        error = x - ar1 * x1 - ar2 * x2 - ma1 * error1 - ma2 * error2
        drive[0], drive[1], drive[2] = ar1 + ar2 - 1.0, -x1, -x2
        drive[3], drive[4] = -error1, -error2
        for one in range(5):
            change[one] = drive[one] - ma1 * last[one] - ma2 * before[one]
            before[one], last[one] = last[one], change[one]
            slope[one] += error * change[one]
            for other in range(one + 1):
                curvature[one, other] += change[one] * change[other]
        total += error * error
        x1, x2, error1, error2 = x, x1, error, error1
    count = len(returns) - 2
    for one in range(5):
        slope[one] /= count
        for other in range(one + 1):
            curvature[one, other] /= count
            curvature[other, one] = curvature[one, other]
    return 0.5 * total / count


@kernel((PANEL, PANEL, Integer, Integer, OUT_PANEL))
def expected_sums(returns: Array, parameters: Array, skip: int, horizon: int, out: Array) -> None:
    """Expected sum of `horizon` returns, after `skip` more, at each of the last rows of `returns`.

    `returns` (T, N) are filtered forward from the first, passing over sessions without one;
    `parameters` are (N, 5), and `out` (R, N) takes the sums for the last R sessions.
    """
    first = len(returns) - len(out)
    for column in range(returns.shape[1]):
        mean, ar1, ar2, ma1, ma2 = parameters[column]
        x1, x2, error1, error2 = 0.0, 0.0, 0.0, 0.0
        for row in range(len(returns)):
            x = returns[row, column] - mean
            if np.isfinite(x):
                error = x - ar1 * x1 - ar2 * x2 - ma1 * error1 - ma2 * error2
                x1, x2, error1, error2 = x, x1, error, error1
            if row < first:
                continue
            ahead1, ahead2, shock1, shock2, total = x1, x2, error1, error2, 0.0
            for step in range(skip + horizon):
                ahead = ar1 * ahead1 + ar2 * ahead2 + ma1 * shock1 + ma2 * shock2
                ahead1, ahead2, shock1, shock2 = ahead, ahead1, 0.0, shock1
                if step >= skip:
                    total += ahead
            out[row - first, column] = horizon * mean + total
