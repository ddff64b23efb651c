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
from forefolio.optimize.exact.interior import corrected, longest, nearest
from forefolio.optimize.exact.sided_rows import SidedRows, start

lapack: Any = lazy("scipy.linalg.lapack")
linalg: Any = lazy("scipy.linalg")

EXACT = 1e-10  # of the drawdown, at which it stops
PATIENT = 20  # steps without progress


@dataclass(slots=True)
class DrawdownPoint:
    """Weights, peaks and what is above the quantile, and the prices of all that limits them."""

    x: Array  # (n,)
    peak: Array  # (T,)
    quantile: float
    beyond: Array  # (T,) by how much a drawdown exceeds the quantile, or more
    slack: Array  # (r,) of rows
    worst: Array  # (T,) prices of the drawdowns: probabilities
    rise: Array  # (T,) prices of a peak being above the path
    flow: Array  # (T,) prices of a peak being above the one before
    low: Array  # (n,)
    high: Array
    over: Array  # (r,)
    equal: Array  # (e,)

    def moved(self, step: "DrawdownPoint", primal: float, dual: float) -> "DrawdownPoint":
        """So far along a step."""
        own = [getattr(self, name) for name in self.__slots__]
        change = [getattr(step, name) for name in self.__slots__]
        far = [primal] * 5 + [dual] * 7
        return DrawdownPoint(*(a + by * b for a, b, by in zip(own, change, far, strict=True)))


@dataclass(frozen=True, slots=True, eq=False)
class DrawdownInterior:
    """The problem over n amounts; no drawdown counts more than `share`."""

    path: Array  # (T, n) returns added up
    returns: Array  # (T, n)
    base: Array  # (T,) the path of what cannot move
    share: float
    rows: SidedRows

    def run(self) -> DrawdownPoint:
        """The point at which the conditions are met best."""
        return nearest(self._start(), self._error, self._stepped, EXACT, PATIENT)

    def _start(self) -> DrawdownPoint:
        rows, sessions = self.rows, len(self.path)
        x = start(rows)
        total = self.base + self.path @ x
        size = 0.1 * float(np.abs(total).mean() + np.abs(self.returns).mean()) + 1e-6
        steps = np.arange(1, sessions + 1) / sessions
        peak = np.maximum(np.maximum.accumulate(total), 0.0) + size * (1.0 + steps)
        fall = peak - total
        at = max(sessions - int(max(1.0 / self.share, 1.0)), 0)
        quantile = float(np.partition(fall, at)[at])
        worst = np.full(sessions, min(1.0 / sessions, 0.5 * self.share))
        flow, rise = np.empty(sessions), np.empty(sessions)
        carried = 0.0
        for t in range(sessions - 1, -1, -1):
            rise[t] = 0.5 * (worst[t] + carried)
            flow[t] = carried = worst[t] + carried - rise[t]
        price = 0.1 * size
        return DrawdownPoint(
            x,
            peak,
            quantile,
            np.maximum(fall - quantile, 0.0) + 0.3 * size,
            np.maximum(rows.limit - rows.over @ x, 0.05),
            worst,
            rise,
            flow,
            np.full(len(x), price),
            np.full(len(x), price),
            np.full(len(rows.limit), price),
            np.zeros(len(rows.level)),
        )

    def _pairs(self, p: DrawdownPoint) -> tuple[tuple[Array, Array], ...]:
        """What is limited, all above zero, and its price."""
        fall = p.peak - self.base - self.path @ p.x
        return (
            (fall, p.rise),
            (np.diff(p.peak, prepend=0.0), p.flow),
            (p.beyond + p.quantile - fall, p.worst),
            (p.beyond, self.share - p.worst),
            (p.x - self.rows.lower, p.low),
            (self.rows.upper - p.x, p.high),
            (p.slack, p.over),
        )

    def _total(self, p: DrawdownPoint) -> float:
        return sum(float(limited @ price) for limited, price in self._pairs(p))

    def _off(self, p: DrawdownPoint) -> tuple[Array, Array, float]:
        """How far peaks (T,), weights (n,) and the quantile are from their conditions."""
        handed = np.append(p.flow[1:], 0.0)
        peaks = p.worst + handed - p.flow - p.rise
        weights = (p.rise - p.worst) @ self.path - p.low + p.high
        weights = weights + p.over @ self.rows.over - p.equal @ self.rows.equal
        return peaks, weights, 1.0 - float(p.worst.sum())

    def _error(self, p: DrawdownPoint) -> float:
        peaks, weights, quantile = self._off(p)
        rows, reach = self.rows, float(np.abs(self.path).max())
        missed = [rows.level - rows.equal @ p.x, rows.limit - rows.over @ p.x - p.slack]
        bad = max(
            reach * float(np.abs(peaks).max()),
            float(np.abs(weights).max()),
            reach * abs(quantile),
            float(np.abs(np.concatenate(missed)).max(initial=0.0)),
            self._total(p),
        )
        value = p.quantile + self.share * float(p.beyond.sum())
        return bad / max(abs(value), 1e-4 * reach, 1e-12)

    def _stepped(self, p: DrawdownPoint) -> DrawdownPoint:
        """One step: predicted, then corrected."""
        rows, path = self.rows, self.path
        (fall, _), (up, _), (spare, _), _, (below, _), (above, _), _ = self._pairs(p)
        rest = self.share - p.worst
        of_rise, of_flow = p.rise / fall, p.flow / up
        of_worst = p.worst / (spare + p.worst * p.beyond / rest)
        bend = of_rise + of_worst
        diagonal = bend + of_flow
        diagonal[:-1] += of_flow[1:]
        chain = lapack.dpttrf(diagonal, -of_flow[1:])
        if chain[2]:
            raise np.linalg.LinAlgError

        def eliminated(right: Array) -> Array:
            return np.asarray(lapack.dpttrs(chain[0], chain[1], right)[0])

        raised = of_flow[:, None] * self.returns  # by differences of returns, where nothing cancels
        raised[:-1] -= of_flow[1:, None] * self.returns[1:]
        matrix = path.T @ (bend[:, None] * eliminated(raised))
        matrix = 0.5 * (matrix + matrix.T)
        matrix += rows.over.T @ (rows.over * (p.over / p.slack)[:, None])
        matrix[np.diag_indices(len(below))] += p.low / below + p.high / above
        factor = linalg.cho_factor(matrix, lower=True, overwrite_a=True, check_finite=False)
        solved = eliminated(of_worst)
        border = np.column_stack([rows.equal.T, (of_worst - bend * solved) @ path])
        spread = linalg.cho_solve(factor, border, check_finite=False)
        small = border.T @ spread
        small[:-1, -1] *= -1.0
        small[-1, -1] = float(of_worst.sum() - of_worst @ solved) - small[-1, -1]
        if not np.isfinite(small).all():
            raise np.linalg.LinAlgError
        off_peak, off_x, off_quantile = self._off(p)
        off_equal = rows.level - rows.equal @ p.x
        off_slack = rows.limit - rows.over @ p.x - p.slack

        def direction(centre: float, last: DrawdownPoint | None) -> DrawdownPoint:
            corrections: list[Array | float] = [0.0] * 7
            if last is not None:
                d_fall = last.peak - path @ last.x
                corrections = [
                    d_fall * last.rise,
                    np.diff(last.peak, prepend=0.0) * last.flow,
                    (last.beyond + last.quantile - d_fall) * last.worst,
                    -last.beyond * last.worst,
                    last.x * last.low,
                    -last.x * last.high,
                    last.slack * last.over,
                ]
            wanted = [
                centre - limited * price - by
                for (limited, price), by in zip(self._pairs(p), corrections, strict=True)
            ]
            to_rise, to_flow = wanted[0] / fall, wanted[1] / up
            to_worst = (wanted[2] - p.worst * wanted[3] / rest) / (
                spare + p.worst * p.beyond / rest
            )
            to_low, to_high = wanted[4] / below, wanted[5] / above
            to_over = (wanted[6] - p.over * off_slack) / p.slack
            later = np.append(to_flow[1:], 0.0)
            right = eliminated(to_rise + to_flow - later - to_worst - off_peak)
            free = -off_x - (to_rise - to_worst - bend * right) @ path
            free = free + to_low - to_high - to_over @ rows.over
            direct = linalg.cho_solve(factor, free, check_finite=False)
            last_row = float(to_worst.sum() + of_worst @ right) - off_quantile
            both = np.linalg.lstsq(
                small,
                np.append(off_equal - rows.equal @ direct, last_row - border[:, -1] @ direct),
                rcond=None,
            )[0]
            equal, quantile = both[:-1], float(both[-1])
            x = direct + spread[:, :-1] @ equal - spread[:, -1] * quantile
            moved = path @ x
            peak = eliminated(bend * moved + of_worst * quantile) + right
            d_fall = peak - moved
            worst = to_worst - of_worst * (quantile - d_fall)
            rate = rows.over @ x
            return DrawdownPoint(
                x,
                peak,
                quantile,
                (wanted[3] + p.beyond * worst) / rest,
                off_slack - rate,
                worst,
                to_rise - of_rise * d_fall,
                to_flow - of_flow * np.diff(peak, prepend=0.0),
                to_low - p.low / below * x,
                to_high + p.high / above * x,
                to_over + p.over / p.slack * rate,
                equal,
            )

        def reach(step: DrawdownPoint) -> tuple[float, float]:
            return self._reach(p, step)

        count = 4 * len(path) + 2 * len(below) + len(rows.limit)
        return corrected(p, direction, reach, self._total, count)

    def _reach(self, p: DrawdownPoint, step: DrawdownPoint) -> tuple[float, float]:
        """How far what is limited, and the prices, may go."""
        after = self._pairs(p.moved(step, 1.0, 1.0))
        primal = dual = 1.0
        for (limited, price), (later, priced) in zip(self._pairs(p), after, strict=True):
            primal = min(primal, longest(limited, later - limited))
            dual = min(dual, longest(price, priced - price))
        return primal, dual
