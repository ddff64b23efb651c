"""The exact mean-variance frontier: budget and bounds, every efficient portfolio, in one trace.

1. The portfolio of greatest return is filled greedily, the best asset first.
2. Where several assets share the marginal return, a first trace, in which only they may move,
   finds the least variance among the portfolios of greatest return.
3. The risk tolerance falls to zero; the corners at which an asset meets or leaves a bound are
   kept, and between them weights are linear in it (Markowitz 1956, "The optimization of a
   quadratic function subject to linear constraints"; Niedermayer and Niedermayer 2010).
"""

from collections.abc import Sequence
from math import isfinite
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forefolio.core.errors import DataError, InputError, SolverFailed
from forefolio.core.lazy import lazy
from forefolio.core.units import Array
from forefolio.optimize.exact.box import TIED, Box
from forefolio.optimize.exact.corners import Corners
from forefolio.optimize.exact.critical_line_kernel import FULL, STALLED, WEIGHT, trace
from forefolio.optimize.exact.frontier import Frontier
from forefolio.optimize.exact.line_ends_kernel import (
    GAIN,
    INDEFINITE,
    TOLERANCE,
    VARIANCE,
    are_moments,
    are_symmetric,
    begin,
    settle,
)

lapack: Any = lazy("scipy.linalg.lapack")

SMALL = 60  # assets, below which LAPACK and numpy take longer than a plain loop
MOST_MISSED = 1e-9  # by which a corner may break the budget
CORNERS_PER_ASSET = 5  # room for that many; where there are more, there is a second attempt
MOST_NUMBERS = 10**9  # in the corners of one frontier: 8 GB

State: TypeAlias = tuple[Array, NDArray[np.int64], NDArray[np.int64]]


def exact_frontier(
    mean: ArrayLike,
    covariance: ArrayLike,
    lower: ArrayLike = 0.0,
    upper: ArrayLike = 1.0,
    invested: float = 1.0,
    assets: Sequence[str] = (),
) -> Frontier:
    """Every portfolio with the least variance for its return, from the greatest return down.

    A singular covariance is no difficulty: where several portfolios have the least variance, the
    frontier ends at the one among them that earns most.

    Args:
        mean: expected simple returns (N,), over any one period.
        covariance: positive semi-definite (N, N), over the same period.
        lower: least weights, one number or (N,); finite.
        upper: greatest weights, one number or (N,); `inf` is no limit.
        invested: what the weights sum to; the rest is cash.
        assets: (N,) labels; their numbers unless given.

    Raises:
        InputError: shapes do not fit, or a lower bound is infinite or above the upper one.
        DataError: a mean or covariance is not known, or the matrix is not positive semi-definite.
        Infeasible: the bounds do not allow `invested`.
        SolverFailed: rounding keeps the trace from its end; the covariance is extremely scaled.

    Example:
        >>> line = exact_frontier([0.03, 0.08], [[0.01, 0.0], [0.0, 0.04]], upper=0.9)
        >>> [point.weights.round(2).tolist() for point in line.points(3)]
        [[0.8, 0.2], [0.45, 0.55], [0.1, 0.9]]
    """
    expected = np.array(mean, dtype=np.float64)
    risk = np.array(covariance, dtype=np.float64, order="C")
    names = tuple(assets) or tuple(map(str, range(expected.size)))
    check_moments(expected, risk, names)
    return traced(expected, risk, Box.of(lower, upper, invested, names), names)


def traced(
    expected: Array, risk: Array, box: Box, names: tuple[str, ...], cash: float = -np.inf
) -> Frontier:
    """The frontier of moments that are known to be those of returns, within `box`.

    Where something beats `cash`, only as far as the greatest Sharpe ratio over it.

    Raises:
        SolverFailed: rounding keeps the trace from its end; the covariance is extremely scaled.
    """
    corners, unit = _corners(expected, risk, box, cash)
    weights, numbers = np.empty((len(corners), len(expected))), np.empty((3, len(corners)))
    missed = settle(corners, expected, box.lower, box.upper, box.invested, unit, weights, numbers)
    if missed > MOST_MISSED:
        raise SolverFailed("rounding breaks the budget; look for extreme variances")
    return Frontier(
        assets=names,
        expected=expected,
        covariance=risk,
        box=box,
        corners=Corners(
            covariance=risk,
            weights=weights,
            gain=numbers[GAIN],
            variance=numbers[VARIANCE],
            tolerance=numbers[TOLERANCE],
            base=np.zeros(len(expected)),
        ),
    )


def check_moments(mean: Array, covariance: Array, names: tuple[str, ...]) -> None:
    """Refuse what are no moments of returns: a proof by duality rests on a convex variance.

    Raises:
        InputError: shapes do not fit.
        DataError: a mean or covariance is not known, or the matrix is not positive semi-definite.
    """
    count = len(names)
    if mean.shape != (count,) or covariance.shape != (count, count) or not count:
        raise InputError(
            f"mean is {mean.shape} and covariance {covariance.shape}; "
            f"for {count} assets they are ({count},) and ({count}, {count}), at least one asset"
        )
    if _are_plainly_moments(mean, covariance):
        return
    size = float(np.abs(covariance).max())
    if not isfinite(size + float(np.abs(mean).max())):
        finite = np.isfinite(mean) & np.isfinite(covariance).all(axis=1)
        unknown = [name for name, on in zip(names, finite, strict=True) if not on]
        raise DataError(f"moments of {', '.join(unknown)} are not known; leave the asset out")
    uneven = (covariance != covariance.T).any()
    if uneven and np.abs(covariance - covariance.T).max() > 1e-10 * size:
        raise DataError("the covariance is not symmetric")
    damped, own = covariance.copy(), covariance.diagonal()
    damped.reshape(-1)[:: count + 1] += INDEFINITE * np.where(own == 0, size or 1.0, np.abs(own))
    _, lacking = lapack.dpotrf(damped.T, lower=1, clean=0, overwrite_a=1)  # numpy's copies twice
    if lacking:
        lowest = np.linalg.eigvalsh(covariance)[0]
        raise DataError(
            f"the covariance is not positive semi-definite (least eigenvalue {lowest:.3g}); "
            "a risk model of forefolio.risk repairs it"
        )


def _are_plainly_moments(mean: Array, covariance: Array) -> bool:
    """Whether there is nothing to say of them; `check_moments` looks again where it is close."""
    damped = np.empty_like(covariance)
    if len(mean) <= SMALL:
        return are_moments(mean, covariance, damped)
    if not are_symmetric(mean, covariance, damped):
        return False
    _, lacking = lapack.dpotrf(damped.T, lower=1, clean=0, overwrite_a=1)
    return not lacking


def _corners(mean: Array, covariance: Array, box: Box, cash: float) -> tuple[Array, float]:
    """Weights, tolerance and variance at the corners (C, N + 2), and the unit of means there."""
    capacity = CORNERS_PER_ASSET * len(mean)
    while capacity * len(mean) <= MOST_NUMBERS:
        corners, unit = _traced(mean, covariance, box, cash, capacity)
        if corners is not None:
            return corners, unit
        capacity *= 4
    raise SolverFailed(f"the frontier of {len(mean)} assets has more corners than memory allows")


def _traced(
    mean: Array, covariance: Array, box: Box, cash: float, capacity: int
) -> tuple[Array | None, float]:
    count = len(mean)
    assets, inverse = np.empty((4, count)), np.empty((count + 1, count + 1))
    free, place = np.empty(count + 1, np.int64), np.empty(count, np.int64)
    order, (lower, upper) = (-mean).argsort(kind="stable"), box.bounds
    first, tied, unit, earned = begin(
        mean,
        lower,
        upper,
        order,
        covariance,
        box.invested,
        TIED,
        assets,
        inverse,
        free,
        place,
    )
    state = inverse, free, place
    excess = earned - cash * box.invested
    beyond = float(mean[first] - cash) * box.invested / unit if excess > 0 else np.inf
    if tied > 1:
        among = box.fixed(assets[WEIGHT], box.tied(mean, first)).bounds
        ranked = np.array([_ranked(mean, first), *among, assets[WEIGHT]])
        flat = _run(covariance, ranked, state, capacity)
        if flat is None:
            return None, unit
        assets[WEIGHT] = flat[-1, :-2]
    return _run(covariance, assets, state, capacity, beyond), unit


def _ranked(mean: Array, first: int) -> Array:
    """Unequal means (N,) for equal ones, the earlier the better; that of `first` is zero."""
    rank = np.empty(len(mean))
    rank[np.argsort(-mean, kind="stable")] = np.arange(len(mean), 0.0, -1.0)
    ranked: Array = (rank - rank[first]) / len(mean)
    return ranked


def _run(
    covariance: Array, assets: Array, state: State, capacity: int, excess: float = np.inf
) -> Array | None:
    """The corners, None where there are more than `capacity`; `state` moves to the line's end."""
    corners = np.empty((capacity, len(covariance) + 2))
    count = trace(covariance, assets, *state, corners, excess)
    if count == STALLED:
        raise SolverFailed("rounding keeps the frontier from its end; look for extreme variances")
    return None if count == FULL else corners[:count]
