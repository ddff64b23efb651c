"""The loss of a covariance forecast, by the returns realised after it."""

from typing import Any

import numpy as np

from forefolio.core.errors import InputError
from forefolio.core.lazy import lazy
from forefolio.core.units import Array

linalg: Any = lazy("scipy.linalg")


def covariance_loss(matrix: Array, returns: Array) -> float:
    """QLIKE loss of a covariance C (N, N) per session, for H later returns (H, N): less is better.

    log det C + mean over sessions of r' C^-1 r. Its expectation is smallest for the true
    covariance, however few the returns. Source: Patton and Sheppard (2009), "Evaluating volatility
    and correlation forecasts".

    >>> import numpy as np
    >>> covariance_loss(np.eye(2), np.array([[1.0, 1.0], [0.0, 0.0]]))
    1.0

    Raises:
        InputError: the matrix is not positive definite, or a number is not known.
    """
    if returns.ndim != 2 or matrix.shape != (returns.shape[1],) * 2 or not len(returns):
        raise InputError(
            f"the covariance has shape {matrix.shape}, the returns {returns.shape}; "
            "give a return per session and asset"
        )
    if not (np.isfinite(returns).all() and np.isfinite(matrix).all()):
        raise InputError("a return or a covariance is not known; leave out that asset or session")
    try:
        root = np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        raise InputError(
            "the covariance is not positive definite: some portfolio has no risk"
        ) from None
    lengths = linalg.solve_triangular(root, returns.T, lower=True)
    return float(2 * np.log(np.diag(root)).sum() + (lengths**2).sum() / len(returns))
