"""The inner loops of GARCH(1,1) and GJR: the likelihood with its gradient, and the filter.

The variance of the next session is omega + (alpha + gamma [r < 0]) r^2 + beta * variance;
gamma is zero in a GARCH. Parameters are always (omega, alpha, gamma, beta).
"""

import numpy as np

from forefolio.core.numerics import OUT_PANEL, OUT_VECTOR, PANEL, VECTOR, Scalar, kernel
from forefolio.core.units import Array


@kernel((VECTOR, VECTOR, Scalar, OUT_VECTOR, OUT_PANEL))
def gaussian_loss(
    returns: Array, parameters: Array, start: float, gradient: Array, curvature: Array
) -> float:
    """Negative Gaussian log likelihood per session, without its constant.

    Writes its `gradient` (4,) and the expected `curvature` (4, 4), the Fisher information; `start`
    is the variance of the first session.
    """
    omega, alpha, gamma, beta = parameters
    direct, derivative = np.empty(4), np.zeros(4)  # change: d variance / d parameter
    variance, total = start, 0.0
    gradient[:] = 0.0
    curvature[:] = 0.0
    for row in range(len(returns)):
        square = returns[row] * returns[row]
        downside = square if returns[row] < 0 else 0.0
        squared_residual = square / variance
        total += np.log(variance) + squared_residual
        score = 0.5 * (1.0 - squared_residual) / variance
        weight = 0.5 / (variance * variance)
        for one in range(4):
            gradient[one] += score * derivative[one]
            for other in range(one + 1):
                curvature[one, other] += weight * derivative[one] * derivative[other]
        direct[0], direct[1], direct[2], direct[3] = 1.0, square, downside, variance
        for one in range(4):
            derivative[one] = direct[one] + beta * derivative[one]
        variance = omega + alpha * square + gamma * downside + beta * variance
    count = len(returns)
    for one in range(4):
        gradient[one] /= count
        for other in range(one + 1):
            curvature[one, other] /= count
            curvature[other, one] = curvature[one, other]
    return 0.5 * total / count


@kernel((PANEL, PANEL, VECTOR, OUT_PANEL))
def next_variances(returns: Array, parameters: Array, start: Array, out: Array) -> None:
    """Variance (T, N) of the session after each row, filtered forward from `start` (N,).

    `parameters` are (N, 4). A session without a return counts as one of the expected size.
    """
    for column in range(returns.shape[1]):
        omega, alpha, gamma, beta = parameters[column]
        variance = start[column]
        for row in range(returns.shape[0]):
            square = returns[row, column] ** 2
            downside = square if returns[row, column] < 0 else 0.0
            if not np.isfinite(square):
                square, downside = variance, 0.5 * variance
            variance = omega + alpha * square + gamma * downside + beta * variance
            out[row, column] = variance
