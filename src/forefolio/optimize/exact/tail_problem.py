"""A mean-CVaR problem within a polyhedron, and the proof of an answer to it.

The proof rests on nothing but prices of scenarios, made probabilities, and of rows: they bound
every portfolio from below (the dual of Rockafellar and Uryasev 2000, "Optimization of conditional
value-at-risk"). It would catch any fault of the simplex that the prices come from.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from forefolio.core.errors import Infeasible, SolverFailed
from forefolio.core.mends import Mend
from forefolio.core.units import Array, Flags, read_only
from forefolio.optimize.exact.cvar_selection import probabilities
from forefolio.optimize.exact.polyhedron import Pieces, Polyhedron, pieces
from forefolio.optimize.exact.vertex_kernel import INFEASIBLE, UNBOUNDED, vertex
from forefolio.optimize.measures.of_losses import conditional_value_at_risk

NO_PORTFOLIO = "the limits together"

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Proven:
    """Weights, and how much better any portfolio could be at the most."""

    weights: Array  # (N,)
    cvar: float
    gap: float  # in the objective: CVaR less `reward` times the mean, and costs
    reward: float
    miss: float  # how far the weights are from a limit, at worst
    worst: Array  # (S,) probabilities
    prices: Array  # (m,) of the rows of the pieces: what a unit more of its limit gains


@dataclass(frozen=True, eq=False)
class TailProblem:
    """Minimise the CVaR less a reward of the mean, and what distances cost, over portfolios."""

    returns: Array  # (S, N) of equally likely scenarios
    expected: Array  # (N,)
    level: float
    within: Polyhedron
    parts: Pieces = field(init=False, repr=False)

    def __post_init__(self) -> None:
        read_only(self.returns, self.expected)
        object.__setattr__(self, "parts", pieces(self.within, np.zeros(len(self.expected))))
        if not self.parts.possible:
            raise Infeasible([Mend(what="the limits of one asset or row", by=0.0)])

    def share(self, count: int) -> float:
        """The most that one of so many scenarios counts."""
        return 1.0 / max((1.0 - self.level) * count, 1.0)

    @cached_property
    def unit(self) -> float:
        """The largest return of some scenarios."""
        return float(np.abs(self.returns[:: max(len(self.returns) // 500, 1)]).max()) or 1.0

    def corner(self, gain: Array) -> "Corner":
        """Where most is gained, if assets gain so much (N,).

        Raises:
            Infeasible: no portfolio is within.
            SolverFailed: nothing limits it.
        """
        parts = self.parts
        size = len(parts.asset) + len(parts.rows)
        side = np.concatenate([parts.full, np.zeros(len(parts.rows), np.bool_)]).astype(np.int64)
        moving, price = np.zeros(size, np.bool_), np.zeros(size)
        amounts = np.zeros(len(parts.asset))
        code = vertex(
            np.ascontiguousarray(gain[parts.asset]),
            parts.low,
            parts.high,
            parts.rows,
            parts.joined,
            side,
            moving,
            amounts,
            price,
        )
        if code == INFEASIBLE:
            raise Infeasible([Mend(what=NO_PORTFOLIO, by=0.0)])
        if code == UNBOUNDED:
            raise SolverFailed("nothing limits the portfolio: add a Budget, LongOnly or Bounds")
        if code < 0:
            raise stalled()
        return Corner(amounts=amounts, side=side, moving=moving)

    @cached_property
    def richest(self) -> float:
        """The greatest mean."""
        return float(self.weights(self.corner(self.expected).amounts) @ self.expected)

    def weights(self, amounts: Array) -> Array:
        """Weights (N,) of so much (n,) of each piece."""
        summed: Array = np.bincount(self.parts.asset, amounts, len(self.expected)).astype(
            np.float64
        )
        return self.within.clipped(summed)

    def proven(self, amounts: Array, reward: float, scenarios: Array, prices: Array) -> Proven:
        """The portfolio of `amounts` (n,), and the proof from prices of scenarios and rows."""
        worst = probabilities(scenarios, self.share(len(scenarios)))
        return self._proven(self.weights(amounts), reward, worst, prices)

    def reproven(self, weights: Array, by: Proven) -> Proven:
        """Other weights (N,), and the proof of them by what proves another answer."""
        return self._proven(weights, by.reward, by.worst, by.prices * self.parts.size)

    def _proven(self, weights: Array, reward: float, worst: Array, prices: Array) -> Proven:
        held = np.flatnonzero(weights)
        losses = -(self.returns[:, held] @ weights[held])
        some = np.flatnonzero(worst)
        rises = worst[some] @ self.returns[some] + reward * self.expected
        cvar = conditional_value_at_risk(losses, self.level)
        parts = self.parts
        short = parts.shortfall(weights, rises[parts.asset] + parts.gain, -prices)
        return Proven(
            weights=weights,
            cvar=cvar,
            gap=max(cvar - float(worst[some] @ losses[some]), 0.0) + max(short, 0.0),
            reward=reward,
            miss=float(self.within.miss(weights[None])[0]),
            worst=worst,
            prices=prices / parts.size,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Corner:
    """A vertex of the limits: how much of each piece, which side it rests at, and what moves."""

    amounts: Array  # (n,)
    side: Indices  # (n + m,)
    moving: Flags  # (n + m,)


def stalled() -> SolverFailed:
    """What is said where rounding keeps the simplex from its end."""
    return SolverFailed("rounding keeps the least CVaR from its proof; look for extreme returns")
