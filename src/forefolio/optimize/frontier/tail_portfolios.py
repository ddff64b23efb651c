"""Portfolios of a frontier against CVaR, from the simplex on its kinks, or from a solver."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from forefolio.core.errors import Infeasible, SolverFailed
from forefolio.core.mends import PER_YEAR, mend_between
from forefolio.optimize.base import Allocation, without_rounding
from forefolio.optimize.exact.tail_or_solved import BY, is_proven, relative_gap
from forefolio.optimize.exact.tail_problem import Proven, TailProblem
from forefolio.optimize.exact.tail_search import TailSearch
from forefolio.optimize.frontier.portfolios_on import ROUNDING, Ask, ConvexSolver
from forefolio.optimize.objectives.ratio import NOTHING_TO_GAIN, WITHOUT_RISK
from forefolio.optimize.objectives.risk_measures import expected_annual, horizons_per_year

STEPS = 50  # of the search for the greatest ratio, at most
SAME = 1e-12  # beside its size: ratios nearer to each other are one


class TailSolver:
    """Portfolios of least CVaR, each from the vertex before; one not proven is solved in `general`.

    Targets that rise go on from the one before; another begins at the least CVaR again.
    """

    def __init__(self, problem: TailProblem, general: ConvexSolver) -> None:
        self.problem, self.general = problem, general
        self._first = TailSearch(problem)
        self._least = self._first.optimum()
        self._search, self._last = self._first.copy(), -np.inf

    @property
    def notes(self) -> tuple[str, ...]:
        """What readers should know about all of them."""
        return self.general.notes

    def annual(self, allocation: Allocation) -> float:
        """The annual return of a portfolio."""
        return expected_annual(allocation.weights, self.general.outlook)

    def least_risk(self) -> Allocation:
        """The least CVaR."""
        return self._proven(self._least) or self.general.least_risk()

    def greatest_return(self) -> Allocation:
        """The greatest return; of several portfolios the one of least CVaR."""
        found = self._reached(np.inf)
        if found is None or self.problem.richest - self._earned(found) > self._rounding:
            return self.general.greatest_return()
        return self._proven(found) or self.general.greatest_return()

    def at(self, target: float, top: float) -> Allocation:
        """The least CVaR at an annual return of at least `target`."""
        if target > top + ROUNDING:
            raise Infeasible([mend_between("the target return", target, top, PER_YEAR)])
        outlook = self.general.outlook
        excess = min(target, top) / horizons_per_year(outlook) - outlook.risk_free
        found = self._least if self._earned(self._least) >= excess else self._reached(excess)
        if found is None or excess - self._earned(found) > self._rounding:
            return self.general.at(target, top)
        return self._proven(found) or self.general.at(target, top)

    def along(self, targets: Sequence[float], top: float) -> Iterator[Ask]:
        """One after the other."""
        return (partial(self.at, target, top) for target in targets)

    def best(self, lowest: Allocation) -> Allocation:
        """The greatest ratio of excess return to CVaR, by rewards that are its inverse so far.

        Dinkelbach 1967, "On nonlinear fractional programming".
        """
        if not self.problem.richest > self._rounding:
            return lowest.noted(NOTHING_TO_GAIN)
        try:
            found = self._best()
        except SolverFailed:
            found = None
        if found is None:
            return self.general.best(lowest)
        if not self._risk(found) > 0 and self._earned(found) > 0:
            return lowest.noted(WITHOUT_RISK)
        return self._proven(found) or self.general.best(lowest)

    def _best(self) -> Proven | None:
        search = self._first.copy()
        found = search.reach(np.inf)
        for _ in range(STEPS):
            risk, earned = self._risk(found), self._earned(found)
            if not (risk > 0 and earned > 0):
                return found if earned > 0 else None
            better = search.optimum(risk / earned)
            if self._earned(better) / self._risk(better) <= (1 + SAME) * earned / risk:
                return better
            found = better
        return None

    def _reached(self, excess: float) -> Proven | None:
        if excess < self._last:
            self._search = self._first.copy()
        self._last = excess
        try:
            return self._search.reach(excess)
        except SolverFailed:
            self._last = np.inf  # so that the next begins afresh
            return None

    def _earned(self, found: Proven) -> float:
        return float(found.weights @ self.problem.expected)

    def _risk(self, found: Proven) -> float:
        """The CVaR of a session, what cash earns included."""
        outlook = self.general.outlook
        return found.cvar - outlook.risk_free / outlook.forecast.horizon

    @property
    def _rounding(self) -> float:
        return SAME * float(np.abs(self.problem.expected).max())

    def _proven(self, found: Proven) -> Allocation | None:
        if not is_proven(found, self.problem):
            return None
        outlook = self.general.outlook
        return Allocation(
            assets=outlook.assets,
            weights=without_rounding(found.weights),
            method="least_cvar",
            notes=outlook.repairs,
            status=BY,
            gap=relative_gap(found, self.problem),
        )
