"""Constraints that say no more than a budget and bounds: the structure that fast solvers need.

1. What each constraint says of each asset is joined; one that says anything else ends it.
2. The frontier over the box is exact: by the critical line, or by the dual of a factor model.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from forefolio.core.errors import Infeasible, InputError
from forefolio.core.units import Array, Flags
from forefolio.optimize import text
from forefolio.optimize.base import Outlook
from forefolio.optimize.constraints.holdings import Forbidden, MustHold
from forefolio.optimize.constraints.linear import (
    Bounds,
    Budget,
    Constraint,
    Level,
    LongOnly,
    Turnover,
)
from forefolio.optimize.exact.box import Box
from forefolio.optimize.exact.critical_line import exact_frontier
from forefolio.optimize.exact.factor_frontier import FactorFrontier, factor_frontier
from forefolio.optimize.exact.frontier import Frontier
from forefolio.optimize.names import check_names
from forefolio.risk import FactorCovariance

AnyFrontier: TypeAlias = Frontier | FactorFrontier
Words: TypeAlias = NDArray[np.object_]

NO_SHORT, NOT_HELD = "no short position", "not held"
TOUCHING = 1e-9  # a weight nearer to a bound is at it
FELT = 1e-8  # a price below, beside the largest slope, is rounding


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Boxed:
    """A box, and what each of its sides is called."""

    box: Box
    assets: tuple[str, ...]
    budget: str
    lower_by: Words  # (N,) what is said of the asset
    upper_by: Words  # (N,)

    def binding(self, weights: Array, slope: Array) -> tuple[tuple[str, float], ...]:
        """What the sides cost at weights (N,) where the objective rises by `slope` (N,).

        The price of the budget is what a free asset would gain; where none is free, halfway
        between the gains that would move one.
        """
        lower, upper = self.box.bounds
        low, high = weights <= lower + TOUCHING, weights >= upper - TOUCHING
        budget = -_marginal(slope, low, high)
        beyond = np.where(low | high, slope + budget, 0.0)
        edge = FELT * float(np.abs(slope).max(initial=0.0))
        priced = [(self.budget, budget)] if abs(budget) > edge else []
        for k in np.flatnonzero(np.abs(beyond) > edge).tolist():
            below = low[k] and not high[k]
            words, price = (self.lower_by, beyond[k]) if below else (self.upper_by, -beyond[k])
            priced.append((f"{self.assets[k]}: {words[k]}", float(price)))
        return tuple(sorted(priced, key=lambda pair: -abs(pair[1])))


def _marginal(slope: Array, low: Flags, high: Flags) -> float:
    free = ~(low | high)
    if free.any():
        return float(slope[free].mean())
    sides = [slope[low & ~high].min(initial=np.inf), slope[high & ~low].max(initial=-np.inf)]
    known = [side for side in sides if np.isfinite(side)]
    return float(np.mean(known)) if known else 0.0


class _Limits:
    """The tightest limits so far, and in which words they were said."""

    def __init__(self, assets: tuple[str, ...]) -> None:
        self.assets = assets
        count = len(assets)
        self.lower, self.upper = np.full(count, -np.inf), np.full(count, np.inf)
        self.lower_by: Words = np.full(count, "", dtype=object)
        self.upper_by: Words = np.full(count, "", dtype=object)
        self.budgets: set[float] = set()

    def within(
        self, what: str, lower: Level, upper: Level, among: Sequence[bool] | None = None
    ) -> None:
        """Let some weights, all unless told, lie between two limits of `what`."""
        here = np.ones(len(self.assets), dtype=np.bool_) if among is None else np.array(among)
        equal = lower is not None and lower == upper
        if lower is not None:
            tighter = here & (self.lower < lower)
            self.lower[tighter] = lower
            self.lower_by[tighter] = _said(what, "at least", lower, equal=equal)
        if upper is not None:
            tighter = here & (self.upper > upper)
            self.upper[tighter] = upper
            self.upper_by[tighter] = _said(what, "at most", upper, equal=equal)

    def said(self, constraint: Constraint, outlook: Outlook) -> bool:
        """Whether a constraint is about budget and bounds alone; if so it is joined."""
        match constraint:
            case Budget(lower=lower, upper=upper) if lower == upper:
                self.budgets.add(lower)
            case LongOnly():
                self.within(NO_SHORT, 0.0, None)
            case Bounds() if constraint.of_sector(outlook.universe):
                return False
            case Bounds(lower=lower, upper=upper, overrides=overrides):
                special = {asset for asset, _, _ in overrides}
                self.within("weight", lower, upper, [a not in special for a in self.assets])
                for asset, least, most in overrides:
                    self.within("weight", least, most, [a == asset for a in self.assets])
            case Forbidden(assets=names):
                self.within(NOT_HELD, 0.0, 0.0, [asset in names for asset in self.assets])
            case MustHold(assets=names, at_least=least):
                self.within("held with", least, None, [asset in names for asset in self.assets])
            case Turnover():
                return not outlook.current.any()
            case _:
                return False
        return True


def _said(what: str, how: str, level: float, *, equal: bool) -> str:
    """The words that the constraint itself has for the limit."""
    if what in (NO_SHORT, NOT_HELD):
        return what
    told = text.spaced_share(level)
    return f"{what} {told}" if equal else f"{what} {how} {told}"


def boxed(constraints: Sequence[Constraint], outlook: Outlook) -> Boxed | None:
    """The budget and bounds that `constraints` come to; None where they say more, or too little.

    Where they contradict each other it is None as well: the general way says which must give.

    Raises:
        UnclearName: one names what the market does not have.
    """
    check_names(tuple(constraints), outlook.universe)
    limits = _Limits(outlook.assets)
    if not all(limits.said(constraint, outlook) for constraint in constraints):
        return None
    if len(limits.budgets) != 1 or not np.isfinite(limits.lower).all():
        return None
    invested = limits.budgets.pop()
    try:
        box = Box.of(limits.lower, limits.upper, invested, outlook.assets)
    except (InputError, Infeasible):
        return None
    return Boxed(
        box=box,
        assets=outlook.assets,
        budget=f"invested {text.spaced_share(invested)}",
        lower_by=limits.lower_by,
        upper_by=limits.upper_by,
    )


def frontier_over(box: Box, outlook: Outlook) -> AnyFrontier:
    """Every efficient portfolio within `box`; means are excess over cash, over the horizon.

    Raises:
        DataError: a moment is not known, or the covariance is not positive semi-definite.
        SolverFailed: rounding keeps the trace from its end.
    """
    excess = outlook.mean - outlook.risk_free
    if isinstance(covariance := outlook.covariance, FactorCovariance):
        over_horizon = FactorCovariance(
            assets=covariance.assets,
            loadings=covariance.loadings,
            factors=covariance.factors * outlook.forecast.horizon,
            specific=covariance.specific * outlook.forecast.horizon,
        )
        return factor_frontier(excess, over_horizon, box.lower, box.upper, box.invested)
    return exact_frontier(excess, outlook.risk, box.lower, box.upper, box.invested, outlook.assets)
