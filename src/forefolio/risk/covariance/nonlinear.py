"""Nonlinear shrinkage: each eigenvalue is moved by what is known of the noise around it."""

from typing import Literal

import numpy as np

from forefolio.core.units import Array
from forefolio.risk.covariance.moments import Pairs
from forefolio.risk.covariance.windowed import WindowedCovariance

EDGE = np.sqrt(5.0)  # where the Epanechnikov kernel ends
SMALLEST = 1e-12  # of the largest eigenvalue: less is rounding


class NonlinearShrinkage(WindowedCovariance):
    """The sample covariance with every eigenvalue shrunk by a formula of its own.

    Small eigenvalues rise and large ones fall, by a kernel estimate of their limiting density and
    its Hilbert transform; optimal as assets and sessions grow together, more assets than sessions
    included. With missing returns, the sessions of an average pair count. Source: Ledoit and Wolf
    (2020), "Analytical nonlinear shrinkage of large-dimensional covariance matrices", section 4.

    >>> from forefolio.market import simulated_market
    >>> NonlinearShrinkage()(simulated_market(seed=0, sessions=300, assets=3)).matrix.shape
    (3, 3)
    """

    kind: Literal["nonlinear_shrinkage"] = "nonlinear_shrinkage"

    def matrix(self, pairs: Pairs) -> Array:
        """The covariances (N, N) of paired returns."""
        sessions = float(pairs.count.mean()) - 1.0  # one is spent on the means
        sample = pairs.second * (sessions + 1.0) / sessions
        moves = np.ix_(*[np.flatnonzero(np.diag(sample))] * 2)  # what never moves has no noise
        values, vectors = np.linalg.eigh(sample[moves])
        shrunk = np.zeros_like(sample)
        shrunk[moves] = (vectors * _shrunk(values, sessions)) @ vectors.T
        return shrunk


def _shrunk(values: Array, sessions: float) -> Array:
    """Eigenvalues (N,), in ascending order, as they should be."""
    assets = len(values)
    zeros = max(assets - int(sessions), 0)
    positive = np.maximum(values[zeros:], SMALLEST * values[-1])
    ratio = assets / sessions
    density, transform = _density_and_transform(positive, sessions)
    if ratio <= 1.0:
        real = 1.0 - ratio - np.pi * ratio * positive * transform
        shrunk: Array = positive / ((np.pi * ratio * positive * density) ** 2 + real**2)
        return shrunk
    null = 1.0 / (np.pi * (ratio - 1.0) * _transform_at_zero(positive, sessions))
    rest = positive / (np.pi**2 * positive**2 * (density**2 + transform**2))
    return np.concatenate([np.full(zeros, null), rest])


def _density_and_transform(values: Array, sessions: float) -> tuple[Array, Array]:
    """The density of the eigenvalues (N,) and its Hilbert transform, by an Epanechnikov kernel."""
    width = sessions ** (-1.0 / 3.0) * values  # (N,), in proportion to each eigenvalue
    x = (values[:, None] - values) / width
    density = 0.75 / EDGE * np.maximum(1.0 - x**2 / 5.0, 0.0) / width
    at_edge = np.isclose(np.abs(x), EDGE, rtol=1e-14)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = (1.0 - x**2 / 5.0) * np.log(np.abs((EDGE - x) / (EDGE + x)))
    linear = -0.3 / np.pi * x
    transform = (linear + 0.75 / EDGE / np.pi * np.where(at_edge, 0.0, logs)) / width
    return density.mean(axis=1), transform.mean(axis=1)


def _transform_at_zero(values: Array, sessions: float) -> float:
    """The Hilbert transform at zero, where the sample has more assets than sessions."""
    h = sessions ** (-1.0 / 3.0)
    inside = 0.3 / h**2 + 0.75 / EDGE / h * (1.0 - 0.2 / h**2) * np.log(
        (1.0 + EDGE * h) / (1.0 - EDGE * h)
    )
    return float(inside / np.pi * np.mean(1.0 / values))
