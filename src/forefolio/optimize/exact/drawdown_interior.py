"""The least mean of the worst drawdowns by an interior point, in steps of the size of the assets.

    minimise v + share * sum(u),  u_t >= peak_t - path_t @ w - v,  u >= 0,
    peak_t >= path_t @ w,  peak_t >= peak_(t-1),  peak_0 = 0

of returns added up (Chekhlov, Uryasev and Zabarankin 2005, "Drawdown measure in portfolio
optimization"). The peaks are a chain, so that eliminating them is a tridiagonal solve: no matrix of
sessions by sessions is made.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from forefolio.core.lazy import lazy
from forefolio.core.units import Array
from forefolio.optimize.exact.drawdown_kernel import (
    BEYOND,
    FLOW,
    PEAK,
    RISE,
    WORST,
    bent,
    complementarity,
    linearised,
    off_sessions,
)
from forefolio.optimize.exact.drawdown_step_kernel import asked_of_worst, chain_step, slopes
from forefolio.optimize.exact.interior import INSIDE, inverse_of_few, nearest
from forefolio.optimize.exact.limits_kernel import limited, missing, spread_over
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

    @property
    def worst(self) -> Array:
        """Prices of the drawdowns (T,): probabilities."""
        return np.asarray(self.sessions[WORST])

    @property
    def flow(self) -> Array:
        """Prices of each peak being above the one before (T,)."""
        return np.asarray(self.sessions[FLOW])


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
        begun = self._at(self._start())
        return nearest(begun, lambda at: at.error, self._stepped, EXACT, PATIENT).point

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

    def _at(self, p: DrawdownPoint) -> "_At":
        rows, reach, off = self.rows, self.reach, np.empty_like(p.x)
        off_rows, off_equal = np.empty(len(rows.limit)), np.empty(len(rows.level))
        slope = slopes(self.path, p.sessions, p.limits, p.equal, rows.equal, rows.over, off)
        level = missing(
            p.x, p.limits, rows.equal, rows.level, rows.over, rows.limit, off_rows, off_equal
        )
        peaks, worst, beyond = off_sessions(p.sessions)
        gap = complementarity(p.total, p.sessions, p.quantile, self.share)
        gap += float(p.limits[0] @ p.limits[1])
        bad = max(gap, slope, level, reach * peaks, reach * abs(1.0 - worst))
        value = p.quantile + self.share * beyond
        error = bad / max(abs(value), 1e-4 * reach, 1e-12)
        return _At(p, off, off_rows, off_equal, error)

    def _stepped(self, at: "_At") -> "_At":
        """One step: predicted, then corrected.

        Raises:
            LinAlgError: rounding has lost the equations.
        """
        p, rows, path, (sessions, n) = at.point, self.rows, self.path, self.path.shape
        terms, chain, lifted = np.empty((9, sessions)), np.zeros((2, sessions)), np.empty_like(path)
        if not linearised(p.total, p.sessions, p.quantile, self.share, terms, chain):
            raise np.linalg.LinAlgError
        bent(self.returns, terms, chain, lifted)
        matrix, border = np.empty((n, n)), np.vstack([rows.equal, np.empty(n)])
        steepest = limited(path.T @ lifted, rows.over, p.limits[1] / p.limits[0], matrix)
        root = _root(matrix, steepest)
        rises, spread = asked_of_worst(path, terms, chain, border[-1]), np.empty((n, len(border)))
        spread_over(root, border, spread)
        spread[:, -1] *= -1.0  # a higher quantile asks for less
        small = border @ spread
        small[-1, -1] += rises
        x, moved, by = np.empty(n), np.empty(sessions), np.empty(len(border))
        step, limits = np.empty_like(p.sessions), np.empty_like(p.limits)
        primal, dual = chain_step(
            path,
            p.total,
            p.sessions,
            p.quantile,
            self.share,
            terms,
            chain,
            p.limits,
            at.off,
            at.off_rows,
            at.off_equal,
            rows.over,
            border,
            root,
            spread,
            inverse_of_few(small),
            x,
            moved,
            step,
            by,
            limits,
        )
        primal, dual = INSIDE * primal, INSIDE * dual
        for each, worst in ((step, WORST), (limits, 1)):  # amounts, then prices
            each[:worst] *= primal
            each[worst:] *= dual
        point = DrawdownPoint(
            p.x + primal * x,
            p.total + primal * moved,
            p.sessions + step,
            p.quantile + primal * float(by[-1]),
            p.limits + limits,
            p.equal + dual * by[:-1],
        )
        return self._at(point)


class _At(NamedTuple):
    """A point, and how far its conditions are missed."""

    point: DrawdownPoint
    off: Array  # (n,) weights from what prices say
    off_rows: Array  # (r,)
    off_equal: Array  # (e,)
    error: float  # the worst of it, beside the drawdown


def _root(matrix: Array, steepest: float) -> Array:
    """Cholesky's root (n, n), upper triangular; what rounding beside the steepest took is put back.

    Raises:
        LinAlgError: more than rounding is missing.
    """
    for ridge in RIDGES:
        lifted = matrix.copy()
        lifted.reshape(-1)[:: len(matrix) + 1] += ridge * steepest
        factor, lacking = lapack.dpotrf(lifted.T, lower=1, clean=0, overwrite_a=1)
        if not lacking:
            return np.asarray(factor.T)
    raise np.linalg.LinAlgError
