"""The inner loops of a dynamic conditional correlation (cDCC): its scales, its likelihood, its end.

Standardised returns e (N, T) are NaN where unknown; such a session counts as an expected one. The
matrix Q[t+1] = (1 - a - b) S + a x[t] x[t]' + b Q[t] with x = sqrt(diag Q) e begins at S, and is
looked at element by element.
"""

import math

import numpy as np
from numpy.typing import NDArray

from forefolio.core.numerics import (
    INDEX_PANEL,
    OUT_PANEL,
    PANEL,
    Scalar,
    kernel,
)
from forefolio.core.units import Array

LARGEST = 0.9999  # correlation of two assets that a likelihood is asked for


@kernel((PANEL, Scalar, Scalar, OUT_PANEL))
def diagonal_roots(standard: Array, a: float, b: float, out: Array) -> None:
    """Roots (N, T + 1) of the diagonal of Q at each session and at the one after the last."""
    assets, sessions = standard.shape
    for asset in range(assets):
        q = 1.0
        for row in range(sessions):
            out[asset, row] = math.sqrt(q)
            square = standard[asset, row] ** 2
            if not np.isfinite(square):
                square = 1.0
            q = 1.0 - a - b + (a * square + b) * q
        out[asset, sessions] = math.sqrt(q)


@kernel((PANEL, PANEL, INDEX_PANEL, Scalar, Scalar))
def pairwise_loss(
    scaled: Array, roots: Array, pairs: NDArray[np.int64], a: float, b: float
) -> float:
    """Negative Gaussian log likelihood of `pairs` (P, 2) of assets, per pair and session.

    `scaled` (N, T) are the x, `roots` (N, T + 1) those of the diagonal of Q. Constants and what
    does not depend on the correlation are left out.
    """
    total, count = 0.0, 0
    sessions = scaled.shape[1]
    for pair in range(len(pairs)):
        x, y = scaled[pairs[pair, 0]], scaled[pairs[pair, 1]]
        one, other = roots[pairs[pair, 0]], roots[pairs[pair, 1]]
        xx, yy, xy = 0.0, 0.0, 0.0
        for row in range(sessions):
            if np.isfinite(x[row] + y[row]):
                xx += x[row] * x[row]
                yy += y[row] * y[row]
                xy += x[row] * y[row]
        usual = xy / math.sqrt(xx * yy) if xx * yy > 0.0 else 0.0
        q = usual
        for row in range(sessions):
            scale = one[row] * other[row]
            rho = min(max(q / scale, -LARGEST), LARGEST)
            product = x[row] * y[row]
            if not np.isfinite(product):
                q = (1.0 - a - b) * usual + (a + b) * q
                continue
            left, right = x[row] / one[row], y[row] / other[row]
            rest = 1.0 - rho * rho
            square = left * left + right * right
            total += math.log(rest) + (square - 2.0 * rho * left * right) / rest - square
            count += 1
            q = (1.0 - a - b) * usual + a * product + b * q
    return 0.5 * total / max(count, 1)


@kernel((PANEL, PANEL, Scalar, Scalar, OUT_PANEL))
def filtered(scaled: Array, usual: Array, a: float, b: float, out: Array) -> None:
    """Q (N, N) after the last session, with `usual` (N, N) for S."""
    assets, sessions = scaled.shape
    for i in range(assets):
        for j in range(i + 1):
            q = usual[i, j]
            for row in range(sessions):
                product = scaled[i, row] * scaled[j, row]
                if not np.isfinite(product):
                    product = q
                q = (1.0 - a - b) * usual[i, j] + a * product + b * q
            out[i, j] = q
            out[j, i] = q
