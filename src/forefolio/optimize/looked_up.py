"""Mean-variance objectives over a box: looked up on the exact frontier, if that is proved.

1. The structure of the constraints decides, never the user: a budget and bounds, nothing else.
2. The answer carries its proof; where that does not close, the general way is gone, and a note
   says so. Prices of the sides follow from the slope of the objective at the weights.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from forefolio.errors import DataError, Infeasible, InputError, SolverFailed
from forefolio.optimize.base import Allocation, Outlook
from forefolio.optimize.boxed import AnyFrontier, boxed, frontier_over
from forefolio.optimize.constraints import Constraint
from forefolio.optimize.frontier import NOTHING_BEATS_CASH, FrontierPoint
from forefolio.optimize.solving import TINY, repairs
from forefolio.risk import FactorCovariance
from forefolio.units import Array

PROVEN = 1e-9  # the gap an answer may have, beside its variance


class Slope(NamedTuple):
    """The objective's slope at a portfolio: `fear` x covariance x weights - `wish` x excess.

    Prices are in `unit` of it; `own` is what the objective's own limit costs, if it has one.
    """

    fear: float
    wish: float = 0.0
    unit: float = 1.0
    own: tuple[tuple[str, float], ...] = ()


class Question(NamedTuple):
    """What is asked of a frontier whose means are excess over cash, and the slope there."""

    kind: str
    look: Callable[[AnyFrontier], FrontierPoint]
    slope: Callable[[FrontierPoint], Slope]


def looked_up(
    question: Question,
    outlook: Outlook,
    constraints: Sequence[Constraint],
    general: Callable[[], Allocation],
) -> Allocation:
    """The answer from the exact frontier where there is one; that of `general` otherwise."""
    within = boxed(constraints, outlook)
    if within is None:
        return general()
    try:
        frontier = frontier_over(within.box, outlook)
        point = question.look(frontier)
    except Infeasible:
        return general()  # which has the words of the constraints
    except (DataError, InputError, SolverFailed) as error:
        return general().noted(f"solved the general way: {error}")
    if point.note == NOTHING_BEATS_CASH:
        return general()
    if not (point.gap <= PROVEN * point.variance and point.miss <= PROVEN):
        return general().noted(f"solved the general way: unproved by {point.gap:.2g} of variance")
    slope = question.slope(point)
    feared = _feared(outlook, point)
    rises = slope.unit * (slope.fear * feared - slope.wish * (outlook.mean - outlook.risk_free))
    binding = (*within.binding(point.weights, rises), *slope.own)
    return Allocation(
        assets=outlook.assets,
        weights=np.where(np.abs(point.weights) < TINY, 0.0, point.weights),
        method=question.kind,
        notes=repairs(outlook),
        binding=tuple(sorted(binding, key=lambda pair: -abs(pair[1]))),
        status="factor Newton" if isinstance(outlook.covariance, FactorCovariance) else LINE,
        gap=point.gap / point.variance if point.variance > 0 else 0.0,
    )


LINE = "critical line"


def _feared(outlook: Outlook, point: FrontierPoint) -> Array:
    """Covariance x weights over the horizon, without the matrix where there are factors."""
    covariance, horizon = outlook.covariance, outlook.forecast.horizon
    if isinstance(covariance, FactorCovariance):
        common = covariance.loadings @ (covariance.factors @ (point.weights @ covariance.loadings))
        feared = common + covariance.specific * point.weights
    else:
        feared = covariance.matrix @ point.weights
    return np.asarray(feared * horizon)


def least_variance(kind: str) -> Question:
    """The least variance; prices are in variance."""
    return Question(kind, lambda f: f.minimum_variance(), lambda _: Slope(fear=2.0))


def wanted_return(kind: str, annual: float, name: str, outlook: Outlook) -> Question:
    """The least variance at an annual return, cash included; `name` is what the target is called.

    Where the least variance earns as much the target costs nothing.
    """
    per_year = outlook.periods_per_year / outlook.forecast.horizon

    def look(frontier: AnyFrontier) -> FrontierPoint:
        cash = outlook.risk_free  # means are beyond it
        return frontier.at_return(annual / per_year - cash)

    def slope(point: FrontierPoint) -> Slope:
        wish = 2 * point.tolerance
        own = ((name, wish / per_year),) if wish * point.mean > 1e-9 * point.variance else ()
        return Slope(fear=2.0, wish=wish, own=own)

    return Question(kind, look, slope)


def greatest_utility(kind: str, aversion: float, wish: float) -> Question:
    """The greatest `wish` x return less half the aversion x variance; prices are in return."""
    return Question(
        kind, lambda f: f.at_aversion(aversion / wish), lambda _: Slope(fear=aversion, wish=wish)
    )


def greatest_sharpe(kind: str) -> Question:
    """The greatest ratio of excess return to volatility; prices are in that ratio."""

    def slope(point: FrontierPoint) -> Slope:
        variance, gain = point.variance, point.mean
        unit = gain / (2 * variance * math.sqrt(variance))
        return Slope(fear=2.0, wish=2 * variance / gain, unit=unit)

    return Question(kind, lambda f: f.maximum_sharpe(), slope)


def volatility_reached(kind: str, annual: float, name: str, outlook: Outlook) -> Question:
    """The greatest return at an annual volatility; prices are in return."""
    per_year = outlook.periods_per_year / outlook.forecast.horizon

    def slope(point: FrontierPoint) -> Slope:
        if point.volatility < annual / math.sqrt(per_year) * (1 - 1e-9) or not point.tolerance:
            return Slope(fear=0.0, wish=1.0)
        price = point.volatility / (point.tolerance * math.sqrt(per_year))
        return Slope(fear=1 / point.tolerance, wish=1.0, own=((name, price),))

    return Question(kind, lambda f: f.at_volatility(annual / math.sqrt(per_year)), slope)
