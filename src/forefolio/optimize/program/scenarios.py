"""Tails, drawdowns and growth over past sessions, as formulas: for objectives and for terms.

A scenario is one past session; what a portfolio would have earned in it, its cash included, is
linear in the weights. The market as it was known at the decision says which they are.
"""

import math
from typing import Annotated, Literal, TypeAlias

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import InputError
from forefolio.core.units import Array, Days, Probability
from forefolio.optimize.program.affine import Affine
from forefolio.optimize.program.symbols import Symbols

Window: TypeAlias = Annotated[Days, Field(ge=60)]
Level: TypeAlias = Probability
Deformation: TypeAlias = Annotated[
    float,
    Field(gt=0, lt=1, description="How near to the worst: near 0 the entropic bound, near 1 it."),
]
PER_CENT = 0.01
MOST_PAIRS = 100_000  # of sessions and places, each a row of a problem


class TailLoss(Component):
    """Minus `aversion` times the expected shortfall (CVaR) over the last `window` sessions.

    It is the mean loss of a session in the worst 1 - `level` of them (`conditional_value_at_risk`),
    times the root of the horizon.
    """

    kind: Literal["tail_loss"] = "tail_loss"
    aversion: Annotated[float, Field(gt=0)] = Field(
        1.0, description="How much a unit of tail loss counts against a unit of return."
    )
    level: Level = Field(
        0.95, description="Probability below the tail: 0.95 looks at the worst 5 % of the sessions."
    )
    window: Window = Field(
        500, description="Past sessions that are looked at.", json_schema_extra={"advanced": True}
    )

    def expression(self, s: Symbols) -> Affine:
        """Minus a convex function of the weights."""
        loss = conditional_loss(s, self.level, self.window)
        return -self.weight(s.outlook.forecast.horizon) * loss

    def weight(self, horizon: int) -> float:
        """How much a unit of a session's tail loss counts over so many sessions."""
        return self.aversion * math.sqrt(horizon)


class DrawdownLoss(Component):
    """Minus `aversion` times the mean drawdown in the worst 1 - `level` of the sessions.

    The conditional drawdown at risk (Chekhlov, Uryasev and Zabarankin 2005, "Drawdown measure in
    portfolio optimization"), of returns added up over the last `window` sessions.
    """

    kind: Literal["drawdown_loss"] = "drawdown_loss"
    aversion: Annotated[float, Field(gt=0)] = Field(
        0.1, description="How much a unit of drawdown counts against a unit of return."
    )
    level: Level = Field(
        0.95, description="Probability below the tail: 0.95 looks at the worst 5 % of the sessions."
    )
    window: Window = Field(
        500, description="Past sessions that are looked at.", json_schema_extra={"advanced": True}
    )

    def expression(self, s: Symbols) -> Affine:
        """Minus a convex function of the weights."""
        return -self.aversion * conditional_drawdown(s, self.level, self.window)


class LogGrowth(Component):
    """The expected logarithm of what a unit of money becomes: full Kelly.

    Over the last `window` sessions, moved so that their mean is what is expected of each asset
    (Kelly 1956; Breiman 1961, "Optimal gambling systems for favorable games"), times the horizon.
    """

    kind: Literal["log_growth"] = "log_growth"
    window: Window = Field(
        500, description="Past sessions that are looked at.", json_schema_extra={"advanced": True}
    )

    def expression(self, s: Symbols) -> Affine:
        """A concave function of the weights."""
        horizon = s.outlook.forecast.horizon
        past, chances = s.outlook.likely(self.window)
        if chances is None:
            past = past - past.mean(axis=0) + s.mean / horizon
        logarithms = s.program.logarithm(s.scale + _earned(past, s), s.scale)
        return horizon * expected(logarithms, chances)


def conditional_loss(s: Symbols, level: float, window: int) -> Affine:
    """The mean loss (1,) of the worst 1 - `level` of the sessions."""
    earned, chances = likely_earned(s, window)
    return _worst(-earned, level, s, chances)


def conditional_drawdown(s: Symbols, level: float, window: int) -> Affine:
    """The mean drawdown (1,) of the worst 1 - `level` of the sessions."""
    return _worst(drawdowns(s, window), level, s)


def drawdowns(s: Symbols, window: int) -> Affine:
    """How far returns added up are below their peak (S,), or more: equal where less is better."""
    sums = past_earned(s, window)
    total = Affine(np.cumsum(sums.matrix, axis=0), np.cumsum(sums.constant))
    peak = s.program.unknown(len(total))
    earlier = np.eye(len(total), k=-1) @ peak
    s.program.at_least(peak, total)
    s.program.at_least(peak, earlier)
    return peak - total


def entropic(
    losses: Affine, level: float, s: Symbols, probabilities: Array | None = None
) -> Affine:
    """The entropic value at risk (1,) of losses (S,) at the level.

    The least t log(sum exp(loss / t) / ((1 - level) S)) over t > 0 (Ahmadi-Javid 2012, "Entropic
    value-at-risk"), with an exponential cone for each of them. In per cent, losses
    have about the size that the solver's tolerances are for.
    """
    top, spread = s.program.unknown(), s.program.unknown()
    parts = s.program.unknown(len(losses))
    s.program.at_least(top + s.program.logarithm(parts, spread), losses * (1.0 / PER_CENT))
    if probabilities is None:
        s.program.at_least(spread, parts.sum())
        return PER_CENT * (top - math.log((1.0 - level) * len(losses)) * spread)
    s.program.at_least(spread, probabilities @ parts)
    return PER_CENT * (top - math.log(1.0 - level) * spread)


def relativistic(losses: Affine, level: float, kappa: float, s: Symbols) -> Affine:
    """The relativistic value at risk (1,) of losses (S,): `relativistic_mean` has the formula.

    Two power cones for each loss (Cajas 2023, "Portfolio optimization of relativistic value at
    risk"), in per cent as in `entropic`.
    """
    program, count = s.program, len(losses)
    top, spread = program.unknown(), program.unknown()
    far, near, price_far, price_near = (program.unknown(count) for _ in range(4))
    ones = np.ones((count, 1))
    program.at_least(ones @ top, losses * (1.0 / PER_CENT) + far + near)
    growth, decay = spread * ((1 + kappa) / (2 * kappa)), ones @ spread * (0.5 / kappa)
    program.within_power(far, growth, price_far * ((1 + kappa) / kappa), 1 / (1 + kappa))
    program.within_power(decay, near * (1 / (1 - kappa)), price_near * (1 / kappa), 1 - kappa)
    size = deformed_logarithm(1.0 / ((1.0 - level) * count), kappa)
    return PER_CENT * (top + size * spread + price_far.sum() + price_near.sum())


def deformed_logarithm(value: float, kappa: float) -> float:
    """(v^k - v^-k) / (2 k): between a power and the logarithm, which it is at k = 0."""
    return float((value**kappa - value**-kappa) / (2.0 * kappa))


def ordered(losses: Affine, weights: Array, s: Symbols) -> Affine:
    """The sum (1,) of losses (S,), the worst first, each times the weight (S,) of its place.

    Weights that nowhere increase make it convex: it is the dearest assignment of places to losses,
    and is written as the dual of that (Chassein and Goerigk 2015, "Alternative formulations for the
    ordered weighted averaging objective"); places of equal weight share a price.

    Raises:
        InputError: there are too many pairs of a session and a weight that differs.
    """
    program, least = s.program, float(weights.min())
    levels, many = np.unique(weights - least, return_counts=True)
    if len(levels) * len(losses) > MOST_PAIRS:
        raise InputError(
            f"{len(losses)} sessions that are each compared with {len(levels)} are too many; let "
            "the risk look at a window of 300 at most"
        )
    each, own, places = (program.unknown(k) for k in (len(losses), len(losses), len(levels)))
    program.at_least(each, losses * (1.0 / PER_CENT))
    unit = float(levels.max()) or 1.0
    ones = np.ones((len(losses), 1))
    for k, level in enumerate(levels / unit):
        program.at_least(own + ones @ places[[k]], each * float(level))
    dearest = own.sum() + many.astype(np.float64) @ places
    return PER_CENT * unit * dearest + least * losses.sum()


def root_mean_square(of: Affine, s: Symbols, probabilities: Array | None = None) -> Affine:
    """The root (1,) of the mean square of `of` (S,), or more: equal where less is better."""
    if probabilities is None:
        return (1.0 / math.sqrt(len(of))) * s.program.norm(of)
    return s.program.norm(np.diag(np.sqrt(probabilities)) @ of)


def expected(of: Affine, probabilities: Array | None) -> Affine:
    """The mean (1,) of `of` (S,), which are equally likely where no probabilities are given."""
    return (1.0 / len(of)) * of.sum() if probabilities is None else probabilities @ of


def past_earned(s: Symbols, window: int) -> Affine:
    """What the portfolio would have earned (S,) in each past session, its cash included."""
    return _earned(s.outlook.scenarios(window), s)


def likely_earned(s: Symbols, window: int) -> tuple[Affine, Array | None]:
    """What the portfolio earns (S,) in sessions as views weigh them, and their probabilities."""
    returns, chances = s.outlook.likely(window)
    return _earned(returns, s), chances


def _earned(returns: Array, s: Symbols) -> Affine:
    """What the portfolio earns (S,) in each scenario, its cash included."""
    cash = s.outlook.risk_free / s.outlook.forecast.horizon
    invested: Affine = returns @ s.x
    rested: Affine = np.full((len(returns), 1), cash) @ s.cash
    return invested + rested


def _worst(losses: Affine, level: float, s: Symbols, chances: Array | None = None) -> Affine:
    """The mean of the worst 1 - `level`, by the threshold that makes it least."""
    threshold = s.program.unknown()
    beyond = s.program.positive_part(losses - threshold)
    if chances is None:
        return threshold + beyond.sum() * (1.0 / ((1.0 - level) * len(losses)))
    return threshold + (1.0 / (1.0 - level)) * (chances @ beyond)
