"""The least mean of the worst drawdowns by an interior point, in steps of the size of the assets.

    minimise v + share * sum(u),  u_t >= peak_t - path_t @ w - v,  u >= 0,
    peak_t >= path_t @ w,  peak_t >= peak_(t-1),  peak_0 = 0

of returns added up (Chekhlov, Uryasev and Zabarankin 2005, "Drawdown measure in portfolio
optimization"). The peaks are a chain, so that eliminating them is a tridiagonal solve: no matrix of
sessions by sessions is made.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from forefolio.core.lazy import lazy
from forefolio.core.units import Array
from forefolio.optimize.exact.drawdown_kernel import (
    BEND,
    BEYOND,
    FLOW,
    OF_WORST,
    PEAK,
    RISE,
    WORST,
    bent,
    complementarity,
    eliminate,
    followed,
    keep_above_zero,
    linearised,
    shorten,
    wanted,
)
from forefolio.optimize.exact.drawdown_limits_kernel import (
    limited,
    off_sessions,
    pressed,
    stepped,
)
from forefolio.optimize.exact.interior import corrected, nearest
from forefolio.optimize.exact.interior_kernel import solve_few
from forefolio.optimize.exact.sided_rows import SidedRows, start

lapack: Any = lazy("scipy.linalg.lapack")

EXACT = 1e-10  # of the drawdown, at which it stops
PATIENT = 20  # steps without progress
RIDGES = (0.0, 1e-13, 1e-11, 1e-9)  # of what is steepest: steps may be off by that, proofs not


@dataclass(slots=True)
class DrawdownPoint:
    """Weights, what happens in each session, and the prices of all that limits them."""

    x: Array  # (n,)
    total: Array  # (T,) the path of these weights
    sessions: Array  # (5, T) as `drawdown_kernel` says: amounts, then prices
    quantile: float
    limits: Array  # (2, 2 n + r) what is left to bounds from below, from above, and of rows; prices
    equal: Array  # (e,) prices of equalities
    missed: tuple[Array, Array, Array] | None = None  # once it is known

    @property
    def worst(self) -> Array:
        """Prices of the drawdowns (T,): probabilities."""
        return np.asarray(self.sessions[WORST])

    @property
    def flow(self) -> Array:
        """Prices of each peak being above the one before (T,)."""
        return np.asarray(self.sessions[FLOW])

    def moved(self, step: "DrawdownPoint", primal: float, dual: float) -> "DrawdownPoint":
        """So far along a step."""
        sessions = self.sessions.copy()
        sessions[:WORST] += primal * step.sessions[:WORST]
        sessions[WORST:] += dual * step.sessions[WORST:]
        return DrawdownPoint(
            self.x + primal * step.x,
            self.total + primal * step.total,
            sessions,
            self.quantile + primal * step.quantile,
            self.limits + np.array([[primal], [dual]]) * step.limits,
            self.equal + dual * step.equal,
        )


@dataclass(frozen=True, slots=True, eq=False)
class DrawdownInterior:
    """The problem over n amounts; no drawdown counts more than `share`."""

    path: Array  # (T, n) returns added up
    returns: Array  # (T, n)
    base: Array  # (T,) the path of what cannot move
    share: float
    rows: SidedRows
    reach: float  # of the path, at most

    def run(self) -> DrawdownPoint:
        """The point at which the conditions are met best."""
        return nearest(self._start(), self._error, self._stepped, EXACT, PATIENT)

    def _start(self) -> DrawdownPoint:
        rows, count = self.rows, len(self.path)
        x = start(rows)
        total = self.base + self.path @ x
        size = 0.1 * float(np.abs(total).mean() + np.abs(self.returns).mean()) + 1e-6
        sessions = np.empty((5, count))
        steps = np.arange(1, count + 1) / count
        sessions[PEAK] = np.maximum(np.maximum.accumulate(total), 0.0) + size * (1.0 + steps)
        fall = sessions[PEAK] - total
        at = max(count - int(max(1.0 / self.share, 1.0)), 0)
        quantile = float(np.partition(fall, at)[at])
        sessions[BEYOND] = np.maximum(fall - quantile, 0.0) + 0.3 * size
        sessions[WORST] = min(1.0 / count, 0.5 * self.share)
        halves = 1.0 - 0.5 ** np.arange(count, 0, -1)  # each hands back half of what it has
        sessions[RISE] = sessions[FLOW] = sessions[WORST] * halves
        left = np.concatenate([x - rows.lower, rows.upper - x, rows.limit - rows.over @ x])
        left[2 * len(x) :] = np.maximum(left[2 * len(x) :], 0.05)
        limits = np.vstack([left, np.full(len(left), 0.1 * size)])
        return DrawdownPoint(x, total, sessions, quantile, limits, np.zeros(len(rows.level)))

    def _total(self, p: DrawdownPoint) -> float:
        """Sum of what is limited, times its price."""
        gap: float = complementarity(p.total, p.sessions, p.quantile, self.share)
        return gap + float(p.limits[0] @ p.limits[1])

    def missed(self, p: DrawdownPoint) -> tuple[Array, Array, Array]:
        """How far weights (n,), what is left of rows (r,) and equalities (e,) are from theirs."""
        if p.missed is None:
            rows, count, priced = self.rows, len(p.x), p.limits[1]
            weights = (p.sessions[RISE] - p.sessions[WORST]) @ self.path - priced[:count]
            weights += priced[count : 2 * count] + priced[2 * count :] @ rows.over
            weights -= p.equal @ rows.equal
            left = rows.limit - rows.over @ p.x - p.limits[0, 2 * count :]
            p.missed = weights, left, rows.level - rows.equal @ p.x
        return p.missed

    def _error(self, p: DrawdownPoint) -> float:
        reach, missed = self.reach, self.missed(p)
        peaks, worst, beyond = off_sessions(p.sessions)
        off = max(float(np.abs(each).max(initial=0.0)) for each in missed)
        bad = max(reach * peaks, reach * abs(1.0 - worst), off, self._total(p))
        value = p.quantile + self.share * beyond
        return bad / max(abs(value), 1e-4 * reach, 1e-12)

    def _stepped(self, p: DrawdownPoint) -> DrawdownPoint:
        """One step: predicted, then corrected."""
        linear = _Linearised.of(self, p)
        count = 4 * len(self.path) + p.limits.shape[1]
        return corrected(p, linear.direction, linear.reach, self._total, count)


@dataclass(frozen=True, slots=True, eq=False)
class _Linearised:
    """The conditions at a point, and their system of equations, factored once for two steps."""

    problem: DrawdownInterior
    point: DrawdownPoint
    terms: Array  # (9, T)
    chain: Array  # (2, T)
    factor: Array  # of the matrix of the weights
    border: Array  # (n, e + 1) equalities, and the quantile
    spread: Array  # (n, e + 1) what they move
    small: Array  # (e + 1, e + 1)
    rates: Array  # (2 n + r,) of prices of limits, as what is left of them changes

    @classmethod
    def of(cls, problem: DrawdownInterior, p: DrawdownPoint) -> "_Linearised":
        """At a point.

        Raises:
            LinAlgError: rounding has lost it.
        """
        rows, path, count = problem.rows, problem.path, len(problem.path)
        terms, chain, lifted = np.empty((9, count)), np.zeros((2, count)), np.empty_like(path)
        if not linearised(p.total, p.sessions, p.quantile, problem.share, terms, chain):
            raise np.linalg.LinAlgError
        bent(problem.returns, terms, chain, lifted)
        rates, n = p.limits[1] / p.limits[0], len(p.x)
        matrix = np.empty((n, n))
        steepest = limited(path.T @ lifted, rows.over, rates, matrix)
        factor = _factored(matrix, steepest)
        solved = terms[OF_WORST].copy()
        eliminate(chain, solved)
        equal = len(rows.level)
        border = np.empty((n, equal + 1))
        border[:, :equal] = rows.equal.T
        border[:, equal] = (terms[OF_WORST] - terms[BEND] * solved) @ path
        spread = lapack.dpotrs(factor, border, lower=1)[0]
        small = border.T @ spread
        small[:-1, -1] *= -1.0
        small[-1, -1] = float(terms[OF_WORST].sum() - terms[OF_WORST] @ solved) - small[-1, -1]
        if not np.isfinite(small).all():
            raise np.linalg.LinAlgError
        spread = np.ascontiguousarray(spread)
        return cls(problem, p, terms, chain, factor, border, spread, small, rates)

    def direction(self, centre: float, last: DrawdownPoint | None) -> DrawdownPoint:
        """The step to products of `centre` each, corrected for what the `last` one curved."""
        p, rows, path, terms = self.point, self.problem.rows, self.problem.path, self.terms
        last = last or _nowhere(p)
        wants, pulls = np.empty_like(p.sessions), np.empty_like(p.total)
        asked = wanted(
            p.sessions,
            terms,
            self.chain,
            centre,
            last.sessions,
            last.total,
            last.quantile,
            wants,
            pulls,
        )
        off_weights, off_rows, off_equal = self.problem.missed(p)
        to, free = np.empty_like(self.rates), np.empty_like(p.x)
        pulled = off_weights + pulls @ path
        pressed(p.limits, last.limits, centre, self.rates, off_rows, pulled, rows.over, to, free)
        direct = lapack.dpotrs(self.factor, free, lower=1)[0]
        right = np.empty(len(self.small))
        right[:-1] = off_equal - rows.equal @ direct
        right[-1] = asked - (1.0 - float(p.sessions[WORST].sum())) - self.border[:, -1] @ direct
        both, x, limits = self._solved(right), np.empty_like(p.x), np.empty_like(p.limits)
        stepped(direct, self.spread, both, to, self.rates, off_rows, rows.over, x, limits)
        moved, sessions, quantile = path @ x, np.empty_like(p.sessions), float(both[-1])
        followed(p.sessions, terms, self.chain, wants, moved, quantile, sessions)
        return DrawdownPoint(x, moved, sessions, quantile, limits, both[:-1])

    def _solved(self, right: Array) -> Array:
        """Prices of equalities, and the quantile (e + 1,); the least where some are not needed."""
        found = np.empty_like(right)
        if solve_few(self.small, right, found):
            return found
        return np.asarray(np.linalg.lstsq(self.small, right, rcond=None)[0])

    def reach(self, step: DrawdownPoint) -> tuple[float, float]:
        """How far what is limited, and the prices, may go."""
        p, far = self.point, np.ones(2)
        shorten(p.sessions, self.terms, step.sessions, step.total, step.quantile, far)
        keep_above_zero(p.limits, step.limits, far)
        return float(far[0]), float(far[1])


def _factored(matrix: Array, steepest: float) -> Array:
    """Cholesky's factor; what rounding beside the steepest has taken from the diagonal is put back.

    Raises:
        LinAlgError: more than rounding is missing.
    """
    for ridge in RIDGES:
        lifted = matrix.copy()
        lifted.flat[:: len(matrix) + 1] += ridge * steepest
        factor, missing = lapack.dpotrf(lifted, lower=1, overwrite_a=1)
        if not missing:
            return np.asarray(factor)
    raise np.linalg.LinAlgError


def _nowhere(p: DrawdownPoint) -> DrawdownPoint:
    """No step at all."""
    limits, weights = np.zeros_like(p.limits), np.zeros_like(p.x)
    sessions, total = np.zeros_like(p.sessions), np.zeros_like(p.total)
    return DrawdownPoint(weights, total, sessions, 0.0, limits, p.equal)
