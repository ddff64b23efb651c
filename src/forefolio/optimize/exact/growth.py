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
from forefolio.optimize.exact.interior import corrected, nearest
from forefolio.optimize.exact.interior_kernel import longest, solve_few
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


@dataclass(slots=True)
class _Point:
    """Amounts between bounds, slacks of rows, and the prices of all of them."""

    x: Array
    slack: Array
    equal: Array  # prices of equalities
    over: Array  # of rows, above zero
    low: Array  # of bounds, above zero
    high: Array

    def moved(self, step: "_Point", primal: float, dual: float) -> "_Point":
        """So far along a step."""
        return _Point(
            self.x + primal * step.x,
            self.slack + primal * step.slack,
            self.equal + dual * step.equal,
            self.over + dual * step.over,
            self.low + dual * step.low,
            self.high + dual * step.high,
        )


class _At(NamedTuple):
    point: _Point
    wealth: Array  # (T,) there


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
        return nearest(begun, self._error, self._stepped, EXACT, PATIENT).point

    def _at(self, point: _Point) -> _At:
        return _At(point, self.base + self.returns @ point.x)

    def _start(self) -> _Point:
        width = self.rows.upper - self.rows.lower
        x = start(self.rows)
        safe = np.clip(0.0, self.rows.lower + 1e-3 * width, self.rows.upper - 1e-3 * width)
        for _ in range(60):  # a start that is not ruined
            if (self.base + self.returns @ x).min() > RUIN:
                break
            x = 0.5 * (x + safe)
        size = 0.1 * self.size
        return _Point(
            x,
            np.maximum(self.rows.limit - self.rows.over @ x, 0.05),
            np.zeros(len(self.rows.level)),
            np.full(len(self.rows.limit), size),
            np.full(len(x), size),
            np.full(len(x), size),
        )

    def _off(self, point: _Point, wealth: Array) -> Array:
        """How far the gradient is from what prices say (n,)."""
        gradient = (1.0 / wealth) @ self.returns / len(wealth)
        priced = point.over @ self.rows.over - point.equal @ self.rows.equal
        return np.asarray(-gradient - point.low + point.high + priced)

    def _pairs(self, point: _Point) -> float:
        below, above = point.x - self.rows.lower, self.rows.upper - point.x
        return float(below @ point.low + above @ point.high + point.slack @ point.over)

    def _error(self, at: _At) -> float:
        point, wealth = at
        missed = np.concatenate(
            [
                self.rows.level - self.rows.equal @ point.x,
                self.rows.limit - self.rows.over @ point.x - point.slack,
            ]
        )
        off = np.abs(self._off(point, wealth)).max()
        return max(
            self._pairs(point), float(off), self.size * float(np.abs(missed).max(initial=0.0))
        )

    def _stepped(self, at: _At) -> _At:
        """One step: predicted, then corrected."""
        point, wealth = at
        below, above = point.x - self.rows.lower, self.rows.upper - point.x
        scaled = self.returns / wealth[:, None]
        matrix = scaled.T @ scaled / len(wealth)
        matrix += self.rows.over.T @ (self.rows.over * (point.over / point.slack)[:, None])
        matrix[np.diag_indices(len(below))] += point.low / below + point.high / above
        factor, lacking = lapack.dpotrf(matrix, lower=1, overwrite_a=1)
        off = self._off(point, wealth)
        spread = self.rows.equal.T
        if spread.size:  # LAPACK refuses nothing
            spread = lapack.dpotrs(factor, spread, lower=1)[0]
        small = np.ascontiguousarray(self.rows.equal @ spread)
        if lacking or not np.isfinite(small).all():
            raise np.linalg.LinAlgError

        def direction(centre: float, step: _Point | None) -> _Point:
            dx, dslack = (0.0, 0.0) if step is None else (step.x, step.slack)
            low, high, over = (0.0, 0.0, 0.0) if step is None else (step.low, step.high, step.over)
            to_low = (centre - below * point.low - dx * low) / below
            to_high = (centre - above * point.high + dx * high) / above
            missed = self.rows.limit - self.rows.over @ point.x - point.slack
            to_over = (centre - point.slack * point.over - dslack * over - point.over * missed) / (
                point.slack
            )
            right = -off + to_low - to_high - to_over @ self.rows.over
            x = lapack.dpotrs(factor, right, lower=1)[0]
            equal = np.zeros(len(self.rows.level))
            if len(self.rows.level):
                wanted = self.rows.level - self.rows.equal @ (point.x + x)
                if not solve_few(small, wanted, equal):  # one follows from the others
                    equal = np.linalg.lstsq(small, wanted, rcond=None)[0]
                x = x + spread @ equal
            rate = self.rows.over @ x
            return _Point(
                x,
                missed - rate,
                equal,
                to_over + point.over / point.slack * rate,
                to_low - point.low / below * x,
                to_high + point.high / above * x,
            )

        def reach(step: _Point) -> tuple[float, float]:
            return self._reach(point, step, wealth)

        count = 2 * len(below) + len(self.rows.limit)
        return self._at(corrected(point, direction, reach, self._pairs, count))

    def _reach(self, point: _Point, step: _Point, wealth: Array) -> tuple[float, float]:
        """How far amounts and prices may go."""
        primal = min(
            longest(point.x - self.rows.lower, step.x),
            longest(self.rows.upper - point.x, -step.x),
            longest(point.slack, step.slack),
            longest(wealth, self.returns @ step.x / 0.9),
        )
        dual = min(
            longest(point.low, step.low),
            longest(point.high, step.high),
            longest(point.over, step.over),
        )
        return primal, dual


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
    return resting, rows.prices(point.equal, point.over)


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
