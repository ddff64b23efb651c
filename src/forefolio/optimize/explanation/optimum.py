"""Where a mean-variance portfolio stands: what binds, at what price, how it answers to forecasts.

1. Every such objective is a curvature and a slope over rows; a target of return, a cap on
   volatility and the gain of a ratio are rows like any other (a ratio has one unknown more).
2. The prices of tight rows are those that balance the slope: non-negative least squares.
3. Along the rows that bind, the optimality conditions are differentiated by the expected returns
   (Fiacco 1983, "Introduction to sensitivity and stability analysis", theorem 2.4.4).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from forefolio.core.errors import InputError
from forefolio.core.lazy import lazy
from forefolio.core.units import Array, Flags, read_only
from forefolio.optimize.base import Optimizer, Outlook
from forefolio.optimize.constraints.holdings import MaximumNames, MinimumNames, MinimumPosition
from forefolio.optimize.constraints.limits import VolatilityCap
from forefolio.optimize.constraints.linear import Constraint
from forefolio.optimize.constraints.risk_contribution import RiskContribution
from forefolio.optimize.exact.aims import GreatestRatio, gradient
from forefolio.optimize.objectives.mean_variance import MeanVariance
from forefolio.optimize.program.symbols import Symbols, symbols

optimize: Any = lazy("scipy.optimize")

TIGHT = 1e-7  # a row with less room binds, if it costs something
BALANCED = 1e-5  # what prices may leave of the slope, beside it
FELT = 1e-7  # a price below, beside the slope, is rounding


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Optimum:
    """What holds N weights where they are; R rows bind.

    `prices` are in the objective's own unit per unit that the row gives: of return over the
    horizon, of variance, or of the variance of a given gain. `tolerance` is what a unit of
    expected return is worth in it. `response[i, j]` is how weight i answers to the expected
    return of asset j over the horizon.
    """

    names: tuple[str, ...]  # (R,)
    prices: Array  # (R,)
    exact: Flags  # (R,)
    alone: Array  # (R,) the only asset that the row is about, or -1
    tolerance: float
    response: Array  # (N, N)

    def __post_init__(self) -> None:
        read_only(self.prices, self.alone, self.response)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Rows:
    """Linear statements about V unknowns at a portfolio: `matrix @ z` <= 0 or == 0 beside it."""

    names: tuple[str, ...]
    matrix: Array  # (R, V)
    exact: Flags  # (R,)
    by_mean: Array  # (R,) how the coefficient of an asset changes with its expected return

    def __getitem__(self, which: Flags) -> "_Rows":
        return _Rows(
            names=tuple(n for n, on in zip(self.names, which, strict=True) if on),
            matrix=self.matrix[which],
            exact=self.exact[which],
            by_mean=self.by_mean[which],
        )

    def with_row(self, name: str, row: Array, by_mean: float) -> "_Rows":
        """One statement more."""
        return _Rows(
            names=(*self.names, name),
            matrix=np.vstack([self.matrix, row]),
            exact=np.append(self.exact, False),
            by_mean=np.append(self.by_mean, by_mean),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Problem:
    """Minimise z'Hz/2 + g'z beside a portfolio, over rows of which all are tight."""

    rows: _Rows
    curvature: Array  # (V, V)
    slope: Array  # (V,) of the objective at the portfolio
    by_mean: float = 0.0  # how the slope falls with the expected return of an asset
    curved: int = -1  # the row that has half the curvature for each unit of its price


def optimum_of(optimizer: Optimizer, outlook: Outlook, weights: Array) -> Optimum:
    """What holds `weights` (N,) where they are.

    Raises:
        InputError: the objective or a constraint is of another kind, or the weights are not what
            the optimiser chooses.
    """
    problem = _problem(optimizer, outlook, weights)
    prices = _prices(problem, type(optimizer).__name__)
    if problem.curved >= 0:
        problem = replace(problem, curvature=problem.curvature * prices[problem.curved])
    binds = problem.rows.exact | (prices > FELT * float(np.abs(problem.slope).max()))
    rows, binding = problem.rows[binds], prices[binds]
    tolerance = problem.by_mean - float(binding @ rows.by_mean)
    count = len(weights)
    return Optimum(
        names=rows.names,
        prices=binding,
        exact=rows.exact,
        alone=_alone(rows.matrix, count),
        tolerance=tolerance,
        response=_response(problem.curvature, rows, tolerance, weights),
    )


def _problem(optimizer: Optimizer, outlook: Outlook, weights: Array) -> _Problem:
    """The objective in numbers, over the rows that are tight."""
    aim = optimizer.aim if isinstance(optimizer, MeanVariance) else None
    if aim is None:
        kind = str(getattr(optimizer, "kind", type(optimizer).__name__)).replace("_", " ")
        raise InputError(f"the objective {kind} is none of those that can be explained in numbers")
    stated = getattr(optimizer, "constraints", ())
    risk, excess = outlook.risk, outlook.mean - outlook.risk_free
    slope = gradient(aim.risk, aim.reward, outlook, weights)
    if isinstance(aim, GreatestRatio):
        if not excess @ weights > 0:
            raise InputError("nothing that is held is expected to beat cash, so no ratio can grow")
        rows = _tight(stated, outlook, weights, ratio=True)
        gain = rows.with_row("gain", np.append(-excess, 0.0), -1.0)
        curvature = np.zeros((len(weights) + 1,) * 2)
        curvature[:-1, :-1] = aim.risk * risk
        return _Problem(rows=gain, curvature=curvature, slope=np.append(slope, 0.0))
    if isinstance(aim.limit, VolatilityCap):
        rows, curved = _tight(stated, outlook, weights), -1
        variance, most = weights @ risk @ weights, aim.limit.at_most**2 / _per_year(outlook)
        if variance >= (1 - TIGHT) * most:
            rows = rows.with_row(aim.limit.statement, 2 * risk @ weights, 0.0)
            curved = len(rows.names) - 1
        return _Problem(
            rows=rows, curvature=2 * risk, slope=slope, by_mean=aim.reward, curved=curved
        )
    limits = (*stated, aim.limit) if aim.limit else stated
    rows = _tight(limits, outlook, weights)
    return _Problem(rows=rows, curvature=aim.risk * risk, slope=slope, by_mean=aim.reward)


def _tight(
    constraints: Sequence[Constraint], outlook: Outlook, weights: Array, *, ratio: bool = False
) -> _Rows:
    """The rows of `constraints` that have no room left."""
    searched = MaximumNames | MinimumNames | MinimumPosition
    if few := [c for c in constraints if isinstance(c, searched)]:
        raise InputError(f"{few[0]} is kept by a search among names")
    if parts := [c for c in constraints if isinstance(c, RiskContribution)]:
        raise InputError(f"{parts[0]} is not linear in the weights")
    point = np.append(weights, 1.0)[: len(weights) + ratio]
    before, moved = (
        list(_linear(constraints, symbols(o, ratio=ratio), len(point)))
        for o in (outlook, outlook.with_mean(outlook.mean + 1.0))
    )
    kept = [
        (name, row, exact, float((other - row)[: len(weights)].mean()))
        for (name, row, constant, exact), (_, other, *_) in zip(before, moved, strict=True)
        if exact or row @ point + constant > -TIGHT
    ]
    return _Rows(
        names=tuple(name for name, *_ in kept),
        matrix=np.array([row for _, row, *_ in kept]).reshape(len(kept), len(point)),
        exact=np.array([exact for *_, exact, _ in kept], dtype=np.bool_),
        by_mean=np.array([by_mean for *_, by_mean in kept]),
    )


def _linear(
    constraints: Sequence[Constraint], s: Symbols, width: int
) -> Iterator[tuple[str, Array, float, bool]]:
    for constraint in constraints:
        for rows in constraint.rows(s):
            if rows.excess.width > width:
                raise InputError(f"the limit {rows.name} is not linear in the weights")
            matrix, constants = rows.excess.wide(width), rows.excess.constant
            for name, row, constant in zip(rows.row_names, matrix, constants, strict=True):
                yield name, row, float(constant), rows.exact


def _prices(problem: _Problem, who: str) -> Array:
    """What each row costs (R,), so that nothing of the slope is left.

    Raises:
        InputError: something is left: the portfolio is not the optimum.
    """
    rows = problem.rows
    sides = np.vstack([rows.matrix, -rows.matrix[rows.exact]])
    size = np.linalg.norm(sides, axis=1)
    steep = float(np.abs(problem.slope).max())
    if not steep > 0:  # nothing would move: no row costs anything
        return np.zeros(len(rows.names))
    multipliers, left = optimize.nnls((sides / size[:, None]).T, -problem.slope / steep)
    if left > BALANCED:
        raise InputError(f"these weights are not what {who} chooses: nothing holds them there")
    prices = multipliers / size * steep
    count = len(rows.names)
    whole: Array = prices[:count].copy()
    whole[rows.exact] -= prices[count:]
    return whole


def _response(curvature: Array, rows: _Rows, tolerance: float, weights: Array) -> Array:
    """How weights (N,) answer to expected returns (N,), while the same rows bind."""
    count, unknowns = len(weights), len(curvature)
    pushed = tolerance * np.eye(unknowns, count)
    shifted = -np.outer(rows.by_mean, weights)
    left, values, right = np.linalg.svd(rows.matrix, full_matrices=True)
    rank = int((values > 1e-10 * values.max(initial=0.0)).sum())
    spanned = (left[:, :rank] / values[:rank]).T @ shifted
    needed = right[:rank].T @ spanned
    free = right[rank:].T
    bent = free.T @ curvature @ free
    moved = np.linalg.pinv(bent, rcond=1e-12, hermitian=True) @ (
        free.T @ (pushed - curvature @ needed)
    )
    change: Array = needed + free @ moved
    if unknowns == count:
        return change
    unscaled: Array = change[:count] - np.outer(weights, change[count])
    return unscaled


def _alone(matrix: Array, count: int) -> Array:
    """The only asset that each row is about, or -1."""
    about = np.abs(matrix[:, :count]) > 0
    return np.where(about.sum(axis=1) == 1, about.argmax(axis=1), -1)


def _per_year(outlook: Outlook) -> float:
    return outlook.periods_per_year / outlook.forecast.horizon
