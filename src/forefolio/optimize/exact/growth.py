"""The greatest mean logarithm of wealth within a polyhedron, with the proof that it is.

1. A primal-dual Newton method (`interior`) on the assets that matter: what is at its lower bound
   and not wanted stays outside.
2. It is damped, so that no step goes nine tenths of the way to ruin.
3. The proof is the tangent: no portfolio grows faster than this one plus what its gradient promises
   elsewhere, which prices of the rows bound; it looks at all assets.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forefolio.core.lazy import lazy
from forefolio.core.units import Array, Flags
from forefolio.optimize.exact.growth_kernel import newton_step, slopes
from forefolio.optimize.exact.interior import INSIDE, inverse_of_few, nearest
from forefolio.optimize.exact.interior_kernel import accumulate
from forefolio.optimize.exact.limits_kernel import limited, missing, spread_over
from forefolio.optimize.exact.polyhedron import Pieces, Polyhedron, pieces
from forefolio.optimize.exact.sided_rows import SidedRows, movable, sided_rows, start

lapack: Any = lazy("scipy.linalg.lapack")

FEW = 60  # assets of a kind that are looked at first
MORE = 1e-13  # of growth: what an asset outside must promise to come in
ROUNDS = 20
EXACT = 1e-15  # of growth a session, at which it stops
PATIENT = 12  # steps without progress
RUIN = 0.05  # of wealth, that a start leaves in every session


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Growth:
    """Weights, the growth per session that they had, and how much more any could have had."""

    weights: Array  # (N,)
    growth: float
    gap: float
    miss: float
    gradient: Array  # (N,) what a unit more of each asset adds
    prices: Array  # (m,) what a unit more of each row's limit adds, of an equality's level


class _Point(NamedTuple):
    """Amounts, what is left to their limits with the prices of these, and those of equalities."""

    x: Array  # (n,)
    limits: Array  # (2, 2 n + r) as `limits_kernel` says
    equal: Array  # (e,)


class _At(NamedTuple):
    """What holds at a point: wealth, and how far its conditions are missed."""

    point: _Point
    wealth: Array  # (T,)
    off: Array  # (n,) the gradient from what prices say
    off_rows: Array  # (r,)
    off_equal: Array  # (e,)
    error: float  # the worst of it


@dataclass(frozen=True, slots=True, eq=False)
class _Newton:
    """Maximise the mean of log(base + returns @ x) within bounds, equalities and rows."""

    returns: Array  # (T, n)
    base: Array  # (T,)
    rows: SidedRows
    size: float  # of returns

    def run(self) -> _Point:
        """The point at which the conditions are met best."""
        begun = self._at(self._start())
        return nearest(begun, lambda at: at.error, self._stepped, EXACT, PATIENT).point

    def _start(self) -> _Point:
        rows, width = self.rows, self.rows.upper - self.rows.lower
        x = start(rows)
        safe = np.clip(0.0, rows.lower + 1e-3 * width, rows.upper - 1e-3 * width)
        for _ in range(60):  # a start that is not ruined
            if (self.base + self.returns @ x).min() > RUIN:
                break
            x = 0.5 * (x + safe)
        spare = np.maximum(rows.limit - rows.over @ x, 0.05)
        left = np.concatenate([x - rows.lower, rows.upper - x, spare])
        limits = np.array([left, np.full(len(left), 0.1 * self.size)])
        return _Point(x, limits, np.zeros(len(rows.level)))

    def _at(self, point: _Point) -> _At:
        (x, limits, equal), rows = point, self.rows
        wealth, off = np.empty(len(self.base)), np.empty(len(x))
        off_rows, off_equal = np.empty(len(rows.limit)), np.empty(len(rows.level))
        accumulate(self.returns, self.base, x, wealth)
        slope = slopes(self.returns, wealth, limits, equal, rows.equal, rows.over, off)
        level = missing(
            x, limits, rows.equal, rows.level, rows.over, rows.limit, off_rows, off_equal
        )
        error = max(float(limits[0] @ limits[1]), slope, self.size * level)
        return _At(point, wealth, off, off_rows, off_equal, error)

    def _stepped(self, at: _At) -> _At:
        """One step: predicted, then corrected."""
        (x, limits, equal), rows = at.point, self.rows
        scaled, matrix = self.returns / at.wealth[:, None], np.empty((len(x), len(x)))
        curved = scaled.T @ scaled / len(scaled)
        limited(curved, rows.over, limits[1] / limits[0], matrix)
        factor, lacking = lapack.dpotrf(matrix.T, lower=1, clean=0, overwrite_a=1)
        if lacking:
            raise np.linalg.LinAlgError
        spread = np.empty((len(x), len(equal)))
        spread_over(factor.T, rows.equal, spread)
        moved = np.empty_like(x), np.empty_like(equal), np.empty_like(limits)
        primal, dual = newton_step(
            self.returns,
            at.wealth,
            limits,
            at.off,
            at.off_rows,
            at.off_equal,
            rows.equal,
            rows.over,
            factor.T,
            spread,
            inverse_of_few(rows.equal @ spread),
            *moved,
        )
        by_x, by_equal, by_limits = moved
        primal, dual = INSIDE * primal, INSIDE * dual
        by_limits[0] *= primal
        by_limits[1] *= dual
        return self._at(_Point(x + primal * by_x, limits + by_limits, equal + dual * by_equal))


def greatest_growth(returns: Array, base: Array, within: Polyhedron) -> Growth:
    """The weights within a polyhedron whose mean log(base + returns @ weights) is greatest.

    `base` (T,) is what a unit of cash becomes in each session.

    Raises:
        Infeasible: no portfolio is within.
        SolverFailed: a weight has no bound.
    """
    parts = pieces(within, np.zeros(returns.shape[1]))
    inside = _first(returns, parts) & movable(parts)
    for _ in range(ROUNDS):
        at = np.flatnonzero(inside)
        amounts, priced = _solved(returns, base, parts, at)
        summed = np.bincount(parts.asset, amounts, returns.shape[1])
        weights = within.clipped(summed.astype(np.float64))
        wealth = base + returns @ weights
        gradient: Array = (1.0 / wealth) @ returns / len(wealth)
        gap = parts.shortfall(weights, gradient[parts.asset], priced)
        promised = gradient[parts.asset] - priced @ parts.rows
        coming = np.flatnonzero(~inside & movable(parts) & (promised > MORE))
        if not len(coming) or gap < EXACT:
            break
        inside[coming[np.argsort(-promised[coming])[:FEW]]] = True
    return Growth(
        weights=weights,
        growth=float(np.log(wealth).mean()) if wealth.min() > 0 else -np.inf,
        gap=max(gap, 0.0),
        miss=float(within.miss(weights[None])[0]),
        gradient=gradient,
        prices=priced / parts.size,
    )


def _solved(
    returns: Array, base: Array, parts: Pieces, at: NDArray[np.intp]
) -> tuple[Array, Array]:
    """Amounts (n,) of pieces and prices (m,) of rows, where only pieces `at` may leave a bound."""
    resting = parts.low[: len(parts.asset)].copy()
    resting[at] = 0.0
    held = np.bincount(parts.asset, resting, returns.shape[1])
    rows = sided_rows(parts, at, parts.rows @ resting)
    own = np.ascontiguousarray(returns[:, parts.asset[at]])
    size = float(np.abs(own).mean())
    point = _Newton(own, base + returns @ held if held.any() else base, rows, size).run()
    resting[at] = np.clip(point.x, parts.low[at], parts.high[at])
    return resting, rows.prices(point.equal, point.limits[1, 2 * len(at) :])


def _first(returns: Array, parts: Pieces) -> Flags:
    """Pieces that may matter: those that do best for their risk, some of every row, kinked ones."""
    count = len(parts.asset)
    inside = np.asarray((parts.low[:count] != 0.0) | parts.full | (count <= 2 * FEW))
    if not inside.all():
        mean, std = returns.mean(axis=0)[parts.asset], returns.std(axis=0)[parts.asset]
        for score in (mean / (std + 1e-12), mean):
            inside[np.argsort(-score)[:FEW]] = True
        for row in parts.rows:
            some = np.flatnonzero(row)
            inside[some[np.argsort(-mean[some])[:8]]] = True
    return inside
