"""Which scenarios and assets matter to the least CVaR, found while proving it.

1. Only scenarios in the tail, and assets that do well in it, can matter: a small problem about a
   few of both is solved by an interior point.
2. Its weights have a CVaR on all scenarios; its prices of the scenarios give a bound that no
   portfolio of all assets is below (the dual of Rockafellar and Uryasev 2000).
3. While the two differ, scenarios beyond the quantile and assets that would earn more than those
   held come in. What is proven does not depend on how it was found.
4. Where rounding keeps the interior point from closing the proof, the simplex method goes on.
"""

from typing import Protocol, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forefolio.core.errors import SolverFailed
from forefolio.core.units import Array, Flags
from forefolio.optimize.exact.box import Box
from forefolio.optimize.exact.critical_line import exact_frontier
from forefolio.optimize.exact.cvar_interior import EXACT, Solved, Tail, interior_point
from forefolio.optimize.exact.cvar_simplex import simplex
from forefolio.optimize.measures.of_losses import conditional_value_at_risk

Positions: TypeAlias = NDArray[np.intp]

PROVEN = 1e-9  # the gap at which it ends, beside the CVaR or, where that is none, the losses
ENOUGH = 1e-8  # the gap that an answer may have
MOST_ROUNDS = 60
ASSETS = 120  # in the first small problem
MORE_ASSETS = 60  # that may come in at once
FEW = 200  # newcomers: from then on small problems are solved to the end
LOOSE = 1e-3  # what is left of complementarity before
BY_SIMPLEX = "rounding kept the interior point from the proof: closed by the simplex method"


class ScenarioSource(Protocol):
    """What a portfolio is chosen from."""

    @property
    def scenarios(self) -> Array:
        """Returns (S, N)."""
        ...

    @property
    def expected(self) -> Array:
        """Expected returns (N,)."""
        ...

    @property
    def level(self) -> float:
        """Of the CVaR."""
        ...

    @property
    def box(self) -> Box:
        """Budget and bounds."""
        ...


class ScenarioSelection:
    """The scenarios and assets that matter so far, the best weights and the best bound."""

    def __init__(
        self, frontier: ScenarioSource, box: Box | None = None, target: float | None = None
    ) -> None:
        self.frontier, self.target = frontier, target
        self.box = frontier.box if box is None else box
        returns = frontier.scenarios
        self.cost = 1.0 / max((1 - frontier.level) * len(returns), 1.0)
        self.tail = int(np.ceil(1 / self.cost - 1e-9))
        if self.box.settled:
            self.best, _ = self.box.richest(frontier.expected)
            self.box = self.box.fixed(self.best, np.zeros(len(self.best), dtype=np.bool_))
        else:
            self.best = _least_variance(returns, self.box)
        self.movable = self.box.upper > self.box.lower
        losses = -(returns @ self.best)
        some = returns[:: max(len(returns) // 100, 1)]
        self.unit = max(float(losses.std()), 0.1 * float(np.abs(some).mean())) or 1.0
        order = np.argsort(-losses, kind="stable")
        self.scenarios = _marked(len(returns), order[: 2 * self.tail])
        self.inside = self._first_assets(returns[order[: self.tail]].mean(axis=0))
        self.exact, self.note = LOOSE, ""
        self.cvar = np.inf
        self.bound, self.worst = -np.inf, np.full(len(returns), 1 / len(returns))

    def _first_assets(self, gain: Array) -> Flags:
        """Those that do best in the tail, enough of them to leave a choice."""
        order = np.argsort(-np.where(self.movable, gain, -np.inf), kind="stable")
        room = np.cumsum((self.box.upper - self.box.lower)[order])
        count = max(ASSETS, int(np.searchsorted(room, 2 * self.box.spare)) + 1)
        inside = (_marked(len(gain), order[:count]) | (self.best > self.box.lower)) & self.movable
        if self.target is not None:
            weights, _ = self.box.richest(self.frontier.expected)
            inside |= self.movable & (weights > self.box.lower)
        return inside

    def run(self) -> Self:
        """Grow until the proof closes.

        Raises:
            SolverFailed: rounding keeps it from closing.
        """
        self._grow()
        if not self._gap() <= ENOUGH:
            self.note = BY_SIMPLEX
            self._grow()
        if not self._gap() <= ENOUGH:
            raise SolverFailed(
                f"the least CVaR is not proven: {self.cvar:.6g}, at least {self.bound:.6g}; "
                "look for extreme returns"
            )
        return self

    def _grow(self) -> None:
        for _ in range(MOST_ROUNDS):
            if not self._round() or self._gap() <= PROVEN:
                break

    @property
    def miss(self) -> float:
        """How far the weights are from the budget, a bound or the target, at worst."""
        mean = float(self.best @ self.frontier.expected)
        short = 0.0 if self.target is None else self.target - mean
        return max(float(self.box.miss(self.best[None])[0]), short)

    def _gap(self) -> float:
        return (self.cvar - self.bound) / max(abs(self.cvar), 1e-3 * self.unit)

    def _round(self) -> bool:
        """Solve for what is inside; False where nothing is left to come in."""
        chosen, rows = np.flatnonzero(self.inside), np.flatnonzero(self.scenarios)
        returns = self.frontier.scenarios
        solved = self._solved(chosen, rows)
        weights = self._weights(solved.x, chosen)
        held = np.flatnonzero(weights)
        losses = -(returns[:, held] @ weights[held])
        cvar = conditional_value_at_risk(losses, self.frontier.level)
        if cvar < self.cvar:
            self.cvar, self.best = cvar, weights
        gain = self._prove(solved, rows)
        quantile = solved.quantile * self.unit
        added = self._more_scenarios(losses, quantile) + self._more_assets(gain, weights)
        done, self.exact = not added and self.exact == EXACT, EXACT if added <= FEW else self.exact
        return not done

    def _solved(self, chosen: Positions, rows: Positions) -> Solved:
        frontier, lower = self.frontier, self.box.lower
        returns = frontier.scenarios[rows]
        if not len(chosen):
            ahead = np.argsort(np.argsort(returns @ lower, kind="stable"))
            tail = np.clip(1.0 - self.cost * ahead, 0.0, self.cost)
            return Solved(np.empty(0), np.inf, tail, np.zeros(2))
        base = -(returns @ lower) / self.unit if lower.any() else np.zeros(len(rows))
        limits, wanted = [np.ones(len(chosen))], [self.box.spare]
        if self.target is not None:
            reach = float(np.abs(frontier.expected).max())
            limits.append(frontier.expected[chosen] / reach)
            wanted.append((self.target - float(frontier.expected @ lower)) / reach)
        width = (self.box.upper - lower)[chosen]
        tail = Tail(
            gains=np.ascontiguousarray(returns[:, chosen]) / self.unit,
            base=base,
            cost=self.cost if self.cost < 1 else 2.0,  # the worst scenario alone: any above 1
            rows=np.array(limits),
            wanted=np.array(wanted),
            width=np.where(width < self.box.spare, width, np.inf),
        )
        return simplex(tail) if self.note else interior_point(tail, self.exact)

    def _weights(self, x: Array, chosen: Positions) -> Array:
        """Weights (N,) that hold the budget and the bounds to rounding."""
        weights, width = self.box.lower.copy(), (self.box.upper - self.box.lower)[chosen]
        above = np.clip(x, 0.0, width)
        above[above < 1e-11 * self.box.spare] = 0.0
        for _ in range(3):  # where a bound is met the rest is given to the others
            missing = self.box.spare - float(above.sum())
            share = above * (width - above) if missing > 0 else above
            above = np.clip(above + missing * share / (float(share.sum()) or 1.0), 0.0, width)
        weights[chosen] += above
        return self._reaching(weights)

    def _reaching(self, weights: Array) -> Array:
        """As much of the portfolio of greatest mean as it takes to reach the target exactly."""
        expected = self.frontier.expected
        if self.target is None or weights @ expected >= self.target:
            return weights
        richest, _ = self.box.richest(expected)
        short = self.target - float(weights @ expected)
        rise = float((richest - weights) @ expected)
        reached: Array = weights + min(short / rise, 1.0) * (richest - weights)
        return reached

    def _prove(self, solved: Solved, rows: Positions) -> Array:
        """Raise the bound where the scenarios' prices allow it; return what each asset gains."""
        prices = probabilities(solved.scenarios, self.cost)
        gain: Array = prices @ self.frontier.scenarios[rows]
        bound = 0.0
        if self.target is not None:
            reach = float(np.abs(self.frontier.expected).max())
            price = max(float(solved.prices[1]), 0.0) * self.unit / reach
            gain, bound = gain + price * self.frontier.expected, price * self.target
        best, _ = self.box.richest(gain)
        bound -= float(best @ gain)
        if bound > self.bound:
            self.bound, self.worst = bound, np.zeros(len(self.scenarios))
            self.worst[rows] = prices
        return gain

    def _more_scenarios(self, losses: Array, quantile: float) -> int:
        beyond = np.flatnonzero((losses > quantile - 1e-9 * self.unit) & ~self.scenarios)
        beyond = beyond[np.argsort(-losses[beyond], kind="stable")[: 2 * self.tail]]
        self.scenarios[beyond] = True
        return len(beyond)

    def _more_assets(self, gain: Array, weights: Array) -> int:
        width = self.box.upper - self.box.lower
        above = weights - self.box.lower
        partly = (above > 1e-7 * self.box.spare) & (above < width)
        margin = gain[partly] if partly.any() else gain[self.inside]
        price = float(np.median(margin)) if len(margin) else np.inf
        better = np.flatnonzero((gain > price) & self.movable & ~self.inside)
        better = better[np.argsort(-gain[better], kind="stable")[:MORE_ASSETS]]
        self.inside[better] = True
        return len(better)


def _least_variance(returns: Array, box: Box) -> Array:
    """Where to begin: the least variance over some of the scenarios, spread evenly over all."""
    count = returns.shape[1]
    some = returns[:: max(len(returns) // (4 * count + 40), 1)]
    centred = some - some.mean(axis=0)
    covariance = centred.T @ centred
    frontier = exact_frontier(np.zeros(count), covariance, *box.bounds, box.invested)
    least: Array = frontier.weights[-1]
    return least


def _marked(count: int, positions: Positions) -> Flags:
    marked = np.zeros(count, dtype=np.bool_)
    marked[positions] = True
    return marked


def probabilities(prices: Array, cost: float) -> Array:
    """The nearest weights of the scenarios that sum to one and stay between 0 and `cost`."""
    inside = np.clip(prices, 0.0, cost)
    missing = 1.0 - float(inside.sum())
    share = cost - inside if missing > 0 else inside
    inside += missing * share / (float(share.sum()) or 1.0)
    inside = np.clip(inside, 0.0, cost)
    return inside
