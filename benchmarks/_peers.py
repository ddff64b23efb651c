"""Quadratic solvers that benchmarks stand beside where they are installed: DAQP and PIQP.

Both are dense. They minimise w'Cw / 2 within bounds and rows, and know nothing of portfolios.
"""

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np

from forefolio.core.units import Array
from forefolio.optimize import Polyhedron

Solver = Callable[[Array, Polyhedron], Array]

EQUALITY = 5  # what DAQP calls one


def quadratic_solvers() -> dict[str, Solver]:
    """Those that are installed, by name."""
    solvers = {"DAQP": _daqp, "PIQP": _piqp}
    return {name: each for name, each in solvers.items() if find_spec(name.lower())}


def steepest(gain: Array, within: Polyhedron) -> Polyhedron:
    """The rows within which the least variance has the greatest `gain` for its volatility.

    The weights have a size of their own: they gain one, and bounds and rows hold for them beside
    their sum. Lower bounds are zero.
    """
    count = len(gain)
    limits = np.vstack([np.eye(count), within.rows[1:]])
    high = np.concatenate([within.upper, within.high[1:]])
    limited = np.isfinite(high) & (high < 1.0)
    homogeneous = limits[limited] - high[limited, None]
    return Polyhedron(
        lower=np.zeros(count),
        upper=np.full(count, np.inf),
        rows=np.vstack([gain, homogeneous]),
        low=np.array([1.0, *[-np.inf] * len(homogeneous)]),
        high=np.array([1.0, *[0.0] * len(homogeneous)]),
    )


def _daqp(covariance: Array, within: Polyhedron) -> Array:
    import daqp  # noqa: PLC0415 (it may be absent)

    low, high = np.r_[within.lower, within.low], np.r_[within.upper, within.high]
    sense = np.where(low == high, EQUALITY, 0).astype(np.int32)
    large = 1e30  # its infinity
    weights, _, flag, _ = daqp.solve(
        covariance.copy(),  # it wants to be able to write
        np.zeros(len(covariance)),
        within.rows.copy(),
        np.minimum(high, large),
        np.maximum(low, -large),
        sense,
    )
    return np.asarray(weights) if flag > 0 else np.full(len(covariance), np.nan)


def _piqp(covariance: Array, within: Polyhedron) -> Array:
    import piqp  # noqa: PLC0415 (it may be absent)

    exact = within.low == within.high
    solver = piqp.DenseSolver()
    solver.setup(
        np.asfortranarray(covariance),
        np.zeros(len(covariance)),
        np.asfortranarray(within.rows[exact]),
        within.low[exact],
        np.asfortranarray(within.rows[~exact]),
        within.low[~exact],
        within.high[~exact],
        within.lower,
        within.upper,
    )
    solver.solve()
    return np.asarray(solver.result.x)
