"""Minimum CVaR by an interior point whose linear systems have the size of the assets.

Minimise v + cost * sum(u) over x, u >= 0 and v, subject to u >= base - gains @ x - v,
rows @ x = wanted and x <= width (Rockafellar and Uryasev 2000, "Optimization of conditional
value-at-risk", eq. 17).

1. A step is predicted, then corrected (`interior`); the start need not satisfy anything.
2. The unknowns of the scenarios are eliminated one by one. What is left is gains' Theta gains and
   a diagonal: positive definite, whatever is degenerate.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from forefolio.core.lazy import lazy
from forefolio.core.units import Array
from forefolio.optimize.exact.interior import corrected, nearest
from forefolio.optimize.exact.interior_kernel import longest

linalg: Any = lazy("scipy.linalg")

PATIENCE = 8  # steps without getting nearer
RIDGES = (0.0, 1e-13, 1e-11)  # added to the diagonal, beside it: copies of an asset need one
EXACT = 1e-11  # what is left of complementarity and rows, where losses have size one


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tail:
    """The problem for S scenarios, N assets and M equalities; losses have size one."""

    gains: Array  # (S, N)
    base: Array  # (S,) losses that no choice changes
    cost: float  # 1 / ((1 - level) * the number of scenarios)
    rows: Array  # (M, N)
    wanted: Array  # (M,)
    width: Array  # (N,), inf where nothing limits


class Solved(NamedTuple):
    """Weights above the lower bounds (N,), quantile of the loss, prices of scenarios and rows."""

    x: Array  # (N,)
    quantile: float
    scenarios: Array  # (S,) between 0 and the cost, sum 1
    prices: Array  # (M,)


class _Place(NamedTuple):
    x: Array  # (N,)
    z: Array  # (N,) price of x >= 0
    room: Array  # (N,) width - x
    cap: Array  # (N,) price of room >= 0; zero where nothing limits
    u: Array  # (S,) losses beyond v
    spare: Array  # (S,) price of u >= 0: cost - q
    slack: Array  # (S,) of u >= base - gains @ x - v
    q: Array  # (S,) price of the slack
    prices: Array  # (M,) of the equalities
    v: Array  # (1,) the quantile of the loss

    def moved(self, step: "_Place", primal: float, dual: float) -> "_Place":
        shares = (primal, dual, primal, dual, primal, dual, primal, dual, dual, primal)
        return _Place(*(a + share * b for a, share, b in zip(self, shares, step, strict=True)))

    def complementarity(self) -> float:
        pairs = self.q @ self.slack + self.spare @ self.u
        return float(pairs + self.x @ self.z + self.room @ self.cap)

    def reach(self, step: "_Place") -> tuple[float, float]:
        """How far a step may go before something turns negative: what is chosen, and prices."""
        chosen = (self.x, step.x), (self.room, step.room), (self.u, step.u)
        prices = (self.z, step.z), (self.cap, step.cap), (self.q, step.q)
        primal = min(longest(*pair) for pair in (*chosen, (self.slack, step.slack)))
        return primal, min(longest(*pair) for pair in (*prices, (self.spare, step.spare)))


def interior_point(tail: Tail, exact: float = EXACT) -> Solved:
    """The optimum, as near as `exact` or rounding: a certificate has to say how near that is."""
    begun, limited = _start(tail), np.isfinite(tail.width)
    count = 2 * len(tail.base) + len(tail.width) + int(np.count_nonzero(limited))

    def stepped(system: "_System") -> "_System":
        system.factorise()
        at = corrected(system.at, system.step, system.at.reach, _Place.complementarity, count)
        return _System(tail, at, limited)

    best = nearest(_System(tail, begun, limited), _System.error, stepped, exact, PATIENCE).at
    return Solved(best.x, float(best.v[0]), best.q, best.prices)


def _start(tail: Tail) -> _Place:
    count, spare = len(tail.width), float(tail.wanted[0])
    limited = np.isfinite(tail.width)
    x = np.minimum(spare / count, tail.width / 2)
    loss = tail.base - tail.gains @ x
    beyond = min(1.0, 1.0 / (tail.cost * len(loss)))
    v = float(np.quantile(loss, 1.0 - beyond))
    size = max(float(loss.std()), 0.1 * float(np.abs(tail.gains).mean())) + 1e-3
    u = np.maximum(loss - v, 0.0) + 0.3 * size
    q = np.full(len(loss), min(1.0 / len(loss), 0.5 * tail.cost))
    prices = np.zeros(len(tail.wanted))
    prices[0] = float((-(q @ tail.gains)).min()) - 0.1 * size
    return _Place(
        x=x,
        z=np.full(count, 0.1 * size),
        room=np.where(limited, tail.width - x, 1.0),
        cap=np.where(limited, 0.1 * size, 0.0),
        u=u,
        spare=tail.cost - q,
        slack=u - loss + v,
        q=q,
        prices=prices,
        v=np.array([v]),
    )


def _factor(matrix: Array, ridge: float) -> Any:
    """Cholesky's factor, None where rounding has left the matrix indefinite."""
    damped = matrix.copy()
    damped.reshape(-1)[:: len(matrix) + 1] *= 1 + ridge
    try:
        return linalg.cho_factor(damped, lower=True, overwrite_a=True, check_finite=False)
    except np.linalg.LinAlgError:
        return None


class _System:
    """The linear system of a step: residuals of every condition, and the eliminated matrix."""

    def __init__(self, tail: Tail, at: _Place, limited: Array) -> None:
        gains = tail.gains
        width = np.where(limited, tail.width, at.x + at.room)
        self.tail, self.at, self.limited = tail, at, limited
        self.off_slack = at.u + gains @ at.x + at.v - tail.base - at.slack
        self.off_stationary = at.cap - at.z - at.q @ gains - at.prices @ tail.rows
        self.off_room = width - at.x - at.room
        self.off_rows = tail.wanted - tail.rows @ at.x
        self.off_sum = 1.0 - float(at.q.sum())
        residuals = self.off_slack, self.off_stationary, self.off_room, self.off_rows
        self.missed = max(abs(self.off_sum), *(float(np.abs(r).max()) for r in residuals))
        self.weight = at.slack + at.q * at.u / at.spare
        self.theta = at.q / self.weight

    def error(self) -> float:
        """How far the place is from the optimum."""
        return max(self.at.complementarity(), self.missed)

    def factorise(self) -> None:
        """Build and factorise the matrix of the assets.

        Raises:
            LinAlgError: rounding does not allow it.
        """
        at, gains = self.at, self.tail.gains
        scaled = np.sqrt(self.theta)[:, None] * gains
        matrix = scaled.T @ scaled
        matrix.reshape(-1)[:: len(matrix) + 1] += at.z / at.x + at.cap / at.room
        factor = next(filter(None, (_factor(matrix, ridge) for ridge in RIDGES)), None)
        if factor is None:
            raise np.linalg.LinAlgError
        self.factor = factor
        border = np.vstack([self.tail.rows, -(self.theta @ gains)])
        solved = linalg.cho_solve(self.factor, border.T, check_finite=False)
        small = border @ solved
        small[-1, -1] -= float(self.theta.sum())
        if not np.isfinite(small).all():
            raise np.linalg.LinAlgError
        self.border, self.solved, self.small = border, solved, small

    def step(self, centre: float, predicted: _Place | None) -> _Place:
        """The step to complementarity `centre`, corrected for what the predicted one curved."""
        tail, at = self.tail, self.at
        over = predicted or _Place(*(0.0 * part for part in at))
        of_slack = centre - at.q * at.slack - over.q * over.slack
        of_u = centre - at.spare * at.u - over.spare * over.u
        of_x = centre - at.x * at.z - over.x * over.z
        of_room = self.limited * centre - at.room * at.cap - over.room * over.cap
        residual = (of_slack - at.q * (of_u / at.spare + self.off_slack)) / self.weight
        right = of_x / at.x - (of_room - at.cap * self.off_room) / at.room
        right += residual @ tail.gains - self.off_stationary
        direct = linalg.cho_solve(self.factor, right, check_finite=False)
        wanted = np.append(self.off_rows, self.off_sum - float(residual.sum()))
        bordered = np.linalg.solve(self.small, wanted - self.border @ direct)
        x = direct + self.solved @ bordered
        v = bordered[-1:]
        lift = tail.gains @ x + v
        q = residual - self.theta * lift
        u = (of_u + at.u * q) / at.spare
        room = self.limited * (self.off_room - x)
        return _Place(
            x=x,
            z=(of_x - at.z * x) / at.x,
            room=room,
            cap=(of_room - at.cap * room) / at.room,
            u=u,
            spare=-q,
            slack=u + lift + self.off_slack,
            q=q,
            prices=bordered[:-1],
            v=v,
        )
