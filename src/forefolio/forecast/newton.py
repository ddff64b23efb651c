"""Minimise an average over sessions by damped Gauss-Newton steps; Levenberg, Marquardt (1963).

1. Solve (curvature + damping * its diagonal) * step = slope.
2. If the step lowers the value, take it and trust the curvature more; if not, trust it less.
3. Stop when the slope promises less than the tolerance.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from forefolio.core.units import Array

Local: TypeAlias = tuple[float, Array, Array]
"""Value, slope (K,) and a positive semi-definite curvature (K, K) at a point."""

TOLERANCE = 1e-8
STEPS = 60
FLATTEST = 1e-8  # curvature below which a direction counts as having this much
LEAST_DAMPING = 1e-7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Minimum:
    """Where the search ended, the value there, and whether it is a minimum."""

    at: Array
    value: float
    converged: bool


def minimise(local: Callable[[Array], Local], start: Array) -> Minimum:
    """Search downhill from `start`; a point outside the domain has the value infinity."""
    at, damping = start, 1e-2
    value, slope, curvature = local(at)
    for _ in range(STEPS):
        diagonal = np.diag(np.maximum(curvature.diagonal(), FLATTEST))
        step = np.linalg.solve(curvature + damping * diagonal, slope)
        if slope @ step < TOLERANCE:
            return Minimum(at=at, value=value, converged=bool(np.isfinite(value)))
        candidate = local(at - step)
        if candidate[0] < value:
            at, damping = at - step, max(damping / 10, LEAST_DAMPING)
            value, slope, curvature = candidate
        else:
            damping *= 10
    return Minimum(at=at, value=value, converged=False)
