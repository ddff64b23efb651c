"""The inner loops of GARCH(1,1) and GJR: the likelihood, the search for its maximum, the filter.

The variance of the next session is omega + (alpha + gamma [r < 0]) r^2 + beta * variance;
gamma is zero in a GARCH. Parameters are always (omega, alpha, gamma, beta).
"""

import numpy as np

from forefolio.core.numerics import OUT_PANEL, OUT_VECTOR, PANEL, VECTOR, Scalar, kernel
from forefolio.core.units import Array
from forefolio.forecast.newton import FLATTEST, LEAST_DAMPING, STEPS, TOLERANCE

LARGEST_COORDINATE = 30.0  # of a coordinate: its exponential still counts beside one


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


@kernel((VECTOR, PANEL, OUT_VECTOR, OUT_PANEL))
def parameters_at(at: Array, roles: Array, parameters: Array, jacobian: Array) -> None:
    """Parameters (4,) at a point (1 + K,) of the search, and their derivatives (4, 1 + K).

    The first coordinate is the logarithm of omega; the others are the log odds of K shares, of
    which `roles` (4, K) make the other parameters.
    """
    odds = np.exp(np.minimum(np.maximum(at, -LARGEST_COORDINATE), LARGEST_COORDINATE))
    total = 1.0 + odds[1:].sum()
    parameters[:] = 0.0
    jacobian[:] = 0.0
    for one in range(roles.shape[0]):
        for k in range(roles.shape[1]):
            parameters[one] += roles[one, k] * odds[k + 1] / total
        for k in range(roles.shape[1]):  # of a share: share (1 - share), and less the others'
            share = odds[k + 1] / total
            jacobian[one, k + 1] = share * (roles[one, k] - parameters[one])
    parameters[0] = jacobian[0, 0] = odds[0]


@kernel((VECTOR, Scalar, PANEL, OUT_VECTOR, OUT_VECTOR))
def likeliest(returns: Array, start: float, roles: Array, at: Array, parameters: Array) -> float:
    """Search downhill from `at` (1 + K,) as `newton.minimise` does; the loss, NaN without an end.

    Writes where it ended to `at`, and the `parameters` (4,) there.
    """
    count = len(at)
    slope, curvature = np.empty(4), np.empty((4, 4))
    jacobian = np.empty((4, count))
    parameters_at(at, roles, parameters, jacobian)
    value, damping = gaussian_loss(returns, parameters, start, slope, curvature), 1e-2
    downhill, bend = slope @ jacobian, jacobian.T @ (curvature @ jacobian)
    for _ in range(STEPS):
        damped = bend.copy()
        for k in range(count):
            damped[k, k] += damping * max(bend[k, k], FLATTEST)
        step = np.linalg.solve(damped, downhill)
        if downhill @ step < TOLERANCE:
            parameters_at(at, roles, parameters, jacobian)
            return value if np.isfinite(value) else np.nan
        trial = at - step
        parameters_at(trial, roles, parameters, jacobian)
        lower = gaussian_loss(returns, parameters, start, slope, curvature)
        if lower < value:
            at[:], value, damping = trial, lower, max(damping / 10, LEAST_DAMPING)
            downhill, bend = slope @ jacobian, jacobian.T @ (curvature @ jacobian)
        else:
            damping *= 10
    return np.nan


@kernel((PANEL, PANEL, VECTOR, OUT_PANEL))
def next_variances(returns: Array, parameters: Array, start: Array, out: Array) -> None:
    """Variance (R, N) of the session after each of the last rows, filtered from `start` (N,).

    It is filtered through all `returns` (T, N). `parameters` are (N, 4). A session without a return
    counts as one of the expected size.
    """
    rows, columns = returns.shape
    wanted = rows - len(out)
    variance = start.copy()
    for row in range(rows):
        for column in range(columns):
            before = variance[column]
            square = returns[row, column] ** 2
            downside = square if returns[row, column] < 0 else 0.0
            if not np.isfinite(square):
                square, downside = before, 0.5 * before
            variance[column] = (
                parameters[column, 0]
                + parameters[column, 1] * square
                + parameters[column, 2] * downside
                + parameters[column, 3] * before
            )
        if row >= wanted:
            out[row - wanted] = variance
