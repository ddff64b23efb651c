"""Portfolios of least CVaR within limits on sectors, turnover or leverage, each with its proof."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from forefolio.core.errors import Infeasible, InputError
from forefolio.core.mends import mend_between
from forefolio.optimize.exact.corners import ONE_PORTFOLIO, aims, check_return
from forefolio.optimize.exact.cvar import CVaRPoint, check_scenarios, means_of
from forefolio.optimize.exact.polyhedron import Polyhedron
from forefolio.optimize.exact.tail_chords import at_level
from forefolio.optimize.exact.tail_problem import Proven, TailProblem, stalled
from forefolio.optimize.exact.tail_search import TailSearch

ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class TailFrontier:
    """Portfolios of least CVaR for their mean within a polyhedron, found when they are asked for.

    A target goes on from the one before where it is greater.
    """

    assets: tuple[str, ...]
    problem: TailProblem

    def minimum(self) -> CVaRPoint:
        """The least CVaR.

        Raises:
            Infeasible: no portfolio is within.
            SolverFailed: rounding keeps the simplex from its end.
        """
        return self._point(self._least)

    def at_reward(self, reward: float) -> CVaRPoint:
        """The least CVaR less `reward` times the mean; what distances cost is added.

        Raises:
            InputError: a negative reward.
        """
        if not reward >= 0:
            raise InputError(f"the reward of return is {reward:g}; it is at least 0")
        return self._point(TailSearch(self.problem).optimum(reward))

    def at_return(self, target: float) -> CVaRPoint:
        """The least CVaR at a mean of at least `target`.

        Raises:
            Infeasible: no portfolio earns so much; it names the best attainable.
        """
        return self._reached([target])[0]

    def points(self, count: int = 25) -> tuple[CVaRPoint, ...]:
        """Portfolios evenly spaced in mean, from the least CVaR to the greatest mean.

        Where all that are efficient have one mean it is one portfolio, and its note says so.

        Raises:
            InputError: fewer than two.
        """
        least = self.minimum()
        targets = aims(least.mean, self.problem.richest, count)
        if len(targets) == 1:
            return (replace(least, note=ONE_PORTFOLIO),)
        return (least, *self._reached(targets[1:].tolist()))

    def at_cvar(self, most: float) -> CVaRPoint:
        """The greatest mean at a CVaR of at most `most`.

        Raises:
            Infeasible: every portfolio has a greater CVaR; it names the least attainable.
        """
        low = self._least
        if not most >= low.cvar - ROUNDING * abs(low.cvar):
            raise Infeasible([mend_between("the target CVaR", most, low.cvar)])
        search = self._search.copy()
        ends = (low, search.reach(np.inf))
        return self._point(at_level(self.problem, search, ends, lambda one: one.cvar, most))

    @cached_property
    def _search(self) -> TailSearch:
        """At the least CVaR; it is copied before it goes on."""
        search = TailSearch(self.problem)
        search.optimum()
        return search

    @cached_property
    def _least(self) -> Proven:
        return self._search.optimum()

    def _reached(self, targets: Sequence[float]) -> list[CVaRPoint]:
        """The least CVaR at each of the means, which rise."""
        expected, best = self.problem.expected, self.problem.richest
        check_return(max(targets), best, expected)
        search, points = self._search.copy(), []
        for target in targets:
            enough = float(self._least.weights @ expected) >= target
            found = self._least if enough else search.reach(target)
            short = target - float(found.weights @ expected)
            if short > ROUNDING * float(np.abs(expected).max()):
                raise stalled()
            points.append(self._point(found))
        return points

    def _point(self, found: Proven) -> CVaRPoint:
        return CVaRPoint(
            assets=self.assets,
            weights=found.weights,
            level=self.problem.level,
            cvar=found.cvar,
            bound=found.cvar - found.gap,
            mean=float(found.weights @ self.problem.expected),
            miss=found.miss,
            worst=found.worst,
        )


def tail_frontier(
    scenarios: ArrayLike,
    within: Polyhedron,
    level: float = 0.95,
    assets: Sequence[str] = (),
    means: ArrayLike | None = None,
) -> TailFrontier:
    """Portfolios of least CVaR over equally likely scenarios, under rows and distances.

    Args:
        scenarios: simple returns (S, N) over any one period, such as past sessions.
        within: bounds, rows and distances, such as sector limits, turnover and leverage.
        level: of the CVaR: 0.95 looks at the worst 5 %.
        assets: (N,) labels; their numbers unless given.
        means: expected returns (N,) over the period of a scenario; those of the scenarios unless
            given.

    Raises:
        InputError: shapes do not fit, or a level outside (0, 1).
        DataError: a return or a mean is not known.
        Infeasible: the bounds of an asset or of a row contradict each other.

    Example:
        >>> from forefolio.optimize import Polyhedron
        >>> within = Polyhedron(
        ...     lower=np.zeros(3),
        ...     upper=np.ones(3),
        ...     rows=np.array([[1.0, 1.0, 1.0], [1.0, 0.0, 0.0]]),
        ...     low=np.array([1.0, -np.inf]),
        ...     high=np.array([1.0, 0.5]),  # fully invested, the first at most a half
        ... )
        >>> returns = [[0.01, 0.02, 0.0], [-0.01, -0.05, 0.02], [0.01, 0.03, -0.04]]
        >>> frontier = tail_frontier(returns, within, level=0.6)
        >>> frontier.minimum().weights.round(2).tolist()
        [0.5, 0.14, 0.36]
    """
    returns = np.array(scenarios, dtype=np.float64, order="C")
    names = check_scenarios(returns, level, assets)
    if within.lower.shape != (len(names),):
        raise InputError(f"limits of {len(within.lower)} assets, and returns of {len(names)}")
    problem = TailProblem(returns, means_of(returns, means, names), level, within)
    return TailFrontier(names, problem)
