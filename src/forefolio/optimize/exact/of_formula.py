"""The best portfolio by a formula, from an exact line where the formula and the limits have one.

1. Minimise r/2 |R(w - b)|^2 - g'w + costs, under a cap |R(w - c)| <= k. Where the cap has the price
   p, and s = 1 / (r + p), that is |R(w - c)|^2 / 2 - s (g - r C (c - b))'w + s costs: a line in s
   about c. The best is at s = 1 / r, or below it where the variance meets the cap.
2. The greatest gain for its volatility is where a ray touches the line about zero.
3. The point carries its proof; where that does not close there is none.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np

from forefolio.core.errors import DataError, Infeasible, InputError, SolverFailed
from forefolio.core.mends import mend_between
from forefolio.optimize.base import Allocation, Outlook
from forefolio.optimize.constraints.linear import Constraint
from forefolio.optimize.exact.aims import STEEPEST, risk_times
from forefolio.optimize.exact.corners import NOTHING_BEATS_CASH, WHOLE_LINE, End
from forefolio.optimize.exact.formula import Formula, minus, read_formula
from forefolio.optimize.exact.frontier import FrontierPoint
from forefolio.optimize.exact.of_outlook import LINE, MOST_DENSE, ExactFrontier, frontier_of
from forefolio.optimize.exact.proof import PROVEN, Proof, check_ratio, least_size, proved_gap
from forefolio.optimize.exact.reading import read_structure
from forefolio.optimize.exact.row_frontier import RowFrontier, rows_traced
from forefolio.optimize.exact.structure import RiskCap, Structure
from forefolio.optimize.program.affine import Affine
from forefolio.optimize.program.problem import Piece
from forefolio.optimize.program.symbols import Symbols

UNFIT = (DataError, InputError, SolverFailed)
NO_ANSWER = (Infeasible, *UNFIT)


def least_on_line(
    outlook: Outlook,
    losses: Callable[[Symbols], Sequence[Piece]],
    constraints: Sequence[Constraint],
    method: str,
) -> Allocation | None:
    """The least sum of `losses`; None where no exact line has it, or it is not proved there.

    Raises:
        Infeasible: no portfolio is within the limits; of a cap on risk it says what there is.
    """
    limits, formula = read_structure(constraints, outlook), read_formula(losses, outlook)
    if limits is None or formula is None or len(outlook.assets) > MOST_DENSE:
        return None
    if not formula.risk and not limits.cap:
        return None  # nothing but a linear programme
    if formula.costs:
        limits = replace(limits, distances=(*limits.distances, *formula.costs))
    ways = (_least, _least_risk) if formula.is_risk_alone and not limits.cap else (_least,)
    for way in ways:
        with suppress(*UNFIT):  # for which there is the general way
            point = way(formula, limits, outlook)
            gap = proved_gap(point, least_size(outlook))
            if gap is not None and (not limits.cap or point.tolerance > 0):
                return _priced(point, formula, limits, outlook, Proof(method, gap))
    return None


def steepest_on_line(
    outlook: Outlook,
    gain: Callable[[Symbols], Affine],
    constraints: Sequence[Constraint],
    method: str,
) -> Allocation | None:
    """The greatest gain for its volatility; None where no exact line has it, proved."""
    formula = read_formula(minus(gain), outlook)
    return None if formula is None else steepest_by(outlook, formula, constraints, method)


def steepest_by(
    outlook: Outlook, formula: Formula, constraints: Sequence[Constraint], method: str
) -> Allocation | None:
    """The same of a gain that is known."""
    limits = read_structure(constraints, outlook)
    if limits is None or limits.cap or formula.risk:
        return None
    if formula.costs:
        limits = replace(limits, distances=(*limits.distances, *formula.costs))
    try:
        exact = frontier_of(limits, outlook, formula.gain, STEEPEST)
        point = exact.line.maximum_sharpe(0.0) if exact and not formula.sure else None
    except NO_ANSWER:
        return None
    if exact is None or point is None or point.note == NOTHING_BEATS_CASH:
        return None
    gap = proved_gap(point, least_size(outlook))
    if not point.variance > 0 or gap is None:
        return None
    return _steepest(exact, point, formula, outlook, Proof(method, gap))


def _least(formula: Formula, limits: Structure, outlook: Outlook) -> FrontierPoint:
    """The point of the line at which the losses are least."""
    cap, risk = limits.cap, formula.risk
    if cap is None:
        return _line(formula, limits, outlook, End(tolerance=1.0 / risk)).at_aversion(risk)
    line = _line(formula, limits, outlook, End(variance=cap.at_most**2))
    _check_reached(cap, float(line.variance[-1]))
    if risk and line.tolerance[-1] * risk > 1.0:  # the cap is kept before the end, and on from it
        return _line(formula, limits, outlook, End(tolerance=1.0 / risk)).at_aversion(risk)
    if risk and (point := line.at_aversion(risk)).volatility <= cap.at_most:
        return point
    return line.at_volatility(cap.at_most)


def _check_reached(cap: RiskCap, least: float) -> None:
    """Refuse a cap that the `least` variance of the line is above, in the cap's own words."""
    volatility = np.sqrt(least)
    if volatility > cap.at_most * (1.0 + PROVEN):
        limit, needed = cap.at_most / cap.units, float(volatility) / cap.units
        raise Infeasible([mend_between(repr(cap.name), limit, needed)])


def _least_risk(formula: Formula, limits: Structure, outlook: Outlook) -> FrontierPoint:
    """The end of a line whose assets gain differently: without gain its start is no corner."""
    line = _line(replace(formula, gain=outlook.covariance.std), limits, outlook, WHOLE_LINE)
    return line.minimum_variance()


def _line(formula: Formula, limits: Structure, outlook: Outlook, end: End) -> RowFrontier:
    """The line on which the least losses lie, from the greatest gain down to `end`."""
    base = limits.cap.centre if limits.cap else formula.centre
    gain = formula.gain
    if formula.risk and (base != formula.centre).any():
        gain = gain - formula.risk * risk_times(base - formula.centre, outlook)
    origin = base if base.any() else None
    own, risk = np.ascontiguousarray(gain), np.ascontiguousarray(outlook.risk)
    return rows_traced(own, risk, limits.polyhedron, outlook.assets, origin, end)


def _priced(
    point: FrontierPoint,
    formula: Formula,
    limits: Structure,
    outlook: Outlook,
    proof: Proof,
) -> Allocation | None:
    """The portfolio of a point with what limits cost there, in units of the losses."""
    weights, cap, own = point.weights, limits.cap, []
    slope = -formula.gain
    if formula.risk:
        slope = slope + formula.risk * risk_times(weights - formula.centre, outlook)
    size = 1.0 / point.tolerance if cap is not None else formula.risk
    if cap is not None:
        away = weights - cap.centre
        if point.volatility > cap.at_most * (1.0 + PROVEN):
            return None
        if point.volatility >= cap.at_most * (1.0 - PROVEN):
            price = max(size - formula.risk, 0.0)
            slope = slope + price * risk_times(away, outlook)
            own = [(cap.name, price * point.volatility * cap.units)]
    return Allocation(
        assets=outlook.assets,
        weights=point.rounded,
        method=proof.method,
        notes=outlook.repairs,
        binding=_by_price([*limits.binding(weights, slope, size * point.prices), *own]),
        status=LINE,
        gap=proof.gap,
    )


def _steepest(
    exact: ExactFrontier,
    point: FrontierPoint,
    formula: Formula,
    outlook: Outlook,
    proof: Proof,
) -> Allocation:
    """The portfolio of a point with what limits cost there, in units of the ratio."""
    variance, gained = point.variance, float(formula.gain @ point.weights)
    gained -= sum(float(np.sum(d.rate * np.abs(point.weights - d.centre))) for d in formula.costs)
    check_ratio(outlook, point.weights, gained, variance)
    unit = gained / variance**1.5  # the ratio falls by so much with half the variance
    reward = unit * variance / gained
    slope = unit * risk_times(point.weights, outlook) - reward * formula.gain
    if formula.costs:
        limited = [d for d in exact.limits.distances if d.limit < np.inf]
        costs = [replace(d, rate=reward * d.rate) for d in formula.costs]
        limits = replace(exact.limits, distances=(*limited, *costs))
        exact = replace(exact, limits=limits)
    binding = exact.binding(point, slope, unit, reward)
    return Allocation(
        assets=outlook.assets,
        weights=point.rounded,
        method=proof.method,
        notes=outlook.repairs,
        binding=binding,  # the dearest comes first
        status=exact.by,
        gap=proof.gap,
    )


def _by_price(binding: Sequence[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    noticeable = [pair for pair in binding if pair[1]]
    return tuple(sorted(noticeable, key=lambda pair: -abs(pair[1])))
