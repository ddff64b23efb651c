"""Along a mean-CVaR frontier by chords, between two of its portfolios."""

from collections.abc import Callable
from typing import Protocol

from forefolio.optimize.exact.tail_problem import Proven, TailProblem, stalled

CHORDS = 100  # between which a portfolio is looked for, at most
ROUNDING = 1e-12
STEEPER = 16.0  # a reward that is too small is followed by one so many times as large
LARGEST = 1e12


class Search(Protocol):
    """What finds the best portfolio for a reward of return."""

    def optimum(self, reward: float = 0.0) -> Proven:
        """The least CVaR less `reward` times the mean."""


def at_level(
    problem: TailProblem,
    search: Search,
    ends: tuple[Proven, Proven],
    level_of: Callable[[Proven], float],
    level: float,
) -> Proven:
    """The portfolio of the frontier between its `ends` where what rises along it is `level`.

    The chord between two portfolios is the next reward: it ends where the chord is an edge of the
    frontier, on which the answer lies.

    Raises:
        SolverFailed: rounding keeps the chords from an edge.
    """
    low, high = ends
    for _ in range(CHORDS):
        rise = float((high.weights - low.weights) @ problem.expected)
        if level_of(high) <= level or not (rise > 0 and high.cvar > low.cvar):
            return high if level_of(high) <= level else low
        reward = (high.cvar - low.cvar) / rise
        best = search.optimum(reward)
        chord = low.cvar - reward * float(low.weights @ problem.expected)
        below = chord - ROUNDING * abs(low.cvar)
        if best.cvar - reward * float(best.weights @ problem.expected) >= below:
            part = (level - level_of(low)) / (level_of(high) - level_of(low))
            return problem.reproven(low.weights + part * (high.weights - low.weights), best)
        low, high = (best, high) if level_of(best) <= level else (low, best)
    raise stalled()


def at_mean(problem: TailProblem, search: Search, target: float) -> Proven:
    """The least CVaR at a mean of `target`; where no portfolio earns so much, the greatest mean.

    Raises:
        SolverFailed: rounding keeps the chords from an edge.
    """

    def earned(one: Proven) -> float:
        return float(one.weights @ problem.expected)

    reward, low = 1.0, search.optimum()
    most = min(target, problem.richest)
    enough = most - ROUNDING * abs(most)
    high = low
    while earned(high) < enough and reward < LARGEST:
        low, high, reward = high, search.optimum(reward), STEEPER * reward
    return at_level(problem, search, (low, high), earned, most)
