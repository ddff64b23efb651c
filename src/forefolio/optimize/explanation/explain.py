"""Why an optimiser chooses what it chooses.

1. Prices and sensitivities: exact, from what binds, where objective and constraints allow it.
2. What is not held: the forecast from which on it would be, by the price of not holding it.
3. What is held: the forecasts at which it would double or vanish, by asking again.
"""

import math

import numpy as np

from forefolio.core.errors import InputError
from forefolio.core.units import Array
from forefolio.optimize.base import Allocation, Optimizer, Outlook
from forefolio.optimize.explanation.explanation import (
    BindingLimit,
    Entrant,
    Explanation,
    PositionReason,
)
from forefolio.optimize.explanation.optimum import Optimum, optimum_of
from forefolio.optimize.explanation.what_if import FARTHEST, reforecast, to_double, to_vanish
from forefolio.optimize.frontier.curve import SHOWN
from forefolio.optimize.objectives.risk_measures import horizons_per_year

MOST_ASKED = 30


def explain(
    allocation: Allocation, outlook: Outlook, optimizer: Optimizer, positions: int = MOST_ASKED
) -> Explanation:
    """Say what holds `allocation` where it is: it is what `optimizer` made of `outlook`.

    Prices and sensitivities are exact for utility, minimum variance, a target of return or of
    volatility, and the maximum Sharpe ratio, under constraints that are linear in the weights;
    for others `missing` says why there are none. The optimiser is asked again for so many
    `positions`, the largest; the rest is left out.

    Raises:
        InputError: the outlook does not say how many sessions a year has.
    """
    if math.isnan(outlook.periods_per_year):
        raise InputError("to explain needs Outlook(periods_per_year=market.periods_per_year)")
    missing: tuple[str, ...] = ()
    optimum: Optimum | None = None
    try:
        optimum = optimum_of(optimizer, outlook, allocation.weights)
    except InputError as reason:
        if len(outlook.assets) > 1:  # of one asset there is nothing to choose
            missing = (
                f"What limits cost, and how weights respond to forecasts, is not known: {reason}.",
            )
    years = horizons_per_year(outlook)
    sensitivities = None if optimum is None else optimum.response / years
    return Explanation(
        objective=str(getattr(optimizer, "kind", type(optimizer).__name__)),
        assets=outlook.assets,
        limits=() if optimum is None else _limits(optimum, outlook, allocation, optimizer),
        positions=tuple(
            _position(place, outlook, optimizer, float(allocation.weights[place]), sensitivities)
            for place in _largest(allocation.weights, positions)
        ),
        entrants=() if optimum is None else _entrants(optimum, outlook, allocation),
        sensitivities=sensitivities,
        missing=missing,
    )


def _limits(
    optimum: Optimum, outlook: Outlook, allocation: Allocation, optimizer: Optimizer
) -> tuple[BindingLimit, ...]:
    unit = _unit(outlook, allocation, str(getattr(optimizer, "kind", "")))
    named = zip(optimum.names, optimum.prices * unit, optimum.exact, strict=True)
    limits = [
        BindingLimit(name=name, price=float(price), exact=bool(exact))
        for name, price, exact in named
        if name != "gain"
    ]
    return tuple(sorted(limits, key=lambda limit: -abs(limit.price)))


def _unit(outlook: Outlook, allocation: Allocation, kind: str) -> float:
    """A unit of the objective, in units that people read: ratio, volatility or return."""
    weights, years = allocation.weights, horizons_per_year(outlook)
    variance = outlook.covariance.variance(weights) * outlook.forecast.horizon
    if kind == "maximum_sharpe":
        gain = float((outlook.mean - outlook.risk_free) @ weights)
        return gain / (2 * variance * math.sqrt(variance)) * math.sqrt(years)
    if kind in ("minimum_variance", "target_return"):
        return math.sqrt(years / variance) / 2 if variance > 0 else 0.0
    return years


def _largest(weights: Array, count: int) -> list[int]:
    order = np.argsort(-np.abs(weights), kind="stable")[:count].tolist()
    return [place for place in order if abs(weights[place]) >= SHOWN]


def _position(
    place: int, outlook: Outlook, optimizer: Optimizer, weight: float, by_mean: Array | None
) -> PositionReason:
    now = float(outlook.mean[place]) * horizons_per_year(outlook)
    more = to_double(optimizer, outlook, place, weight)
    less = to_vanish(optimizer, outlook, place, weight)
    return PositionReason(
        asset=outlook.assets[place],
        weight=weight,
        expected_return=now,
        sensitivity=None if by_mean is None else float(by_mean[place, place]),
        doubles_at=None if more is None else now + more,
        vanishes_at=None if less is None else now + less,
        capped_by=_cap(optimizer, outlook, place) if more is None else "",
    )


def _cap(optimizer: Optimizer, outlook: Outlook, place: int) -> str:
    """The limit that binds when much is expected of an asset."""
    promising = optimizer.allocate(reforecast(outlook, place, FARTHEST))
    return next(
        (name for name, price in promising.binding if price > 0 and "no short" not in name), ""
    )


def _entrants(optimum: Optimum, outlook: Outlook, allocation: Allocation) -> tuple[Entrant, ...]:
    """Assets without a weight, by how little more would have to be expected of them."""
    if optimum.tolerance <= 0:
        return ()
    years, entrants = horizons_per_year(outlook), []
    for asset, price in zip(optimum.alone.tolist(), optimum.prices, strict=True):
        if asset >= 0 and price > 0 and abs(allocation.weights[asset]) < SHOWN:
            now = float(outlook.mean[asset]) * years
            entrants.append((float(price) / optimum.tolerance * years, asset, now))
    return tuple(
        Entrant(asset=outlook.assets[asset], expected_return=now, enters_at=now + more)
        for more, asset, now in sorted(entrants)
    )
