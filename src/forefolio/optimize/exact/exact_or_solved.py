"""Mean-variance objectives, looked up on the exact frontier, if that is proved.

1. The structure of the constraints decides, never the user: a budget and bounds, or rows and
   distances beside them.
2. The answer carries its proof; where that does not close, the general way is gone, and the
   status of the answer says who gave it. Prices of the sides follow from the slope of the
   objective at the weights.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from forefolio.core.errors import DataError, Infeasible, InputError, SolverFailed
from forefolio.core.units import Array
from forefolio.optimize.base import Allocation, Outlook, without_rounding
from forefolio.optimize.constraints.linear import Constraint
from forefolio.optimize.exact.frontier import NOTHING_BEATS_CASH, FrontierPoint
from forefolio.optimize.exact.of_outlook import Lines, exact_within
from forefolio.optimize.exact.proof import check_ratio, is_proved, relative_gap
from forefolio.risk import FactorCovariance


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
    look: Callable[[Lines], FrontierPoint]
    slope: Callable[[FrontierPoint], Slope]
    end: tuple[float, float] = (0.0, -1.0)  # tolerance and variance below which none is needed
    divides: bool = False  # by the volatility, which must not be zero then


def looked_up(
    question: Question,
    outlook: Outlook,
    constraints: Sequence[Constraint],
    general: Callable[[], Allocation],
) -> Allocation:
    """The answer from the exact frontier where there is one; that of `general` otherwise."""
    try:
        exact = exact_within(constraints, outlook, question.end)
        point = question.look(exact.line) if exact else None
    except Infeasible:
        return general()  # which has the words of the constraints
    except (DataError, InputError, SolverFailed) as error:
        return general().noted(f"solved the general way: {error}")
    if exact is None or point is None or point.note == NOTHING_BEATS_CASH:
        return general()
    if not is_proved(point, outlook) or (question.divides and not point.variance > 0):
        return general()
    slope = question.slope(point)
    feared = _feared(outlook, point)
    rises = slope.unit * (slope.fear * feared - slope.wish * (outlook.mean - outlook.risk_free))
    weighed = (slope.unit * slope.fear, slope.unit * slope.wish)
    binding = (*exact.binding(point, rises, weighed), *slope.own)
    return Allocation(
        assets=outlook.assets,
        weights=without_rounding(point.weights),
        method=question.kind,
        notes=outlook.repairs,
        binding=tuple(sorted(binding, key=lambda pair: -abs(pair[1]))),
        status=exact.by,
        gap=relative_gap(point, outlook),
    )


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

    def look(frontier: Lines) -> FrontierPoint:
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
        kind,
        lambda f: f.at_aversion(aversion / wish),
        lambda _: Slope(fear=aversion, wish=wish),
        end=(wish / aversion, -1.0),
    )


def greatest_sharpe(kind: str, outlook: Outlook) -> Question:
    """The greatest ratio of excess return to volatility; prices are in that ratio.

    Its slope raises InputError where there is a gain and no volatility.
    """

    def slope(point: FrontierPoint) -> Slope:
        variance, gain = point.variance, point.mean
        check_ratio(outlook, point.weights, gain, variance)
        unit = gain / (2 * variance * math.sqrt(variance))
        return Slope(fear=2.0, wish=2 * variance / gain, unit=unit)

    return Question(kind, lambda f: f.maximum_sharpe(), slope, divides=True)


def volatility_reached(kind: str, annual: float, name: str, outlook: Outlook) -> Question:
    """The greatest return at an annual volatility; prices are in return."""
    per_year = outlook.periods_per_year / outlook.forecast.horizon

    def slope(point: FrontierPoint) -> Slope:
        if point.volatility < annual / math.sqrt(per_year) * (1 - 1e-9) or not point.tolerance:
            return Slope(fear=0.0, wish=1.0)
        price = point.volatility / (point.tolerance * math.sqrt(per_year))
        return Slope(fear=1 / point.tolerance, wish=1.0, own=((name, price),))

    wanted = annual / math.sqrt(per_year)
    return Question(kind, lambda f: f.at_volatility(wanted), slope, end=(0.0, wanted**2))
