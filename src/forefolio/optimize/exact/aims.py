"""What mean-variance objectives aim at, each stated once.

An aim minimises `risk` / 2 x variance - `reward` x excess return over the horizon, under
constraints and a `limit` of its own. From that follow the terms for a solver (`losses`), the point
of an exact frontier (`point`), the objective's gradient there (`tradeoff`), and the optimality
conditions by which a portfolio is explained (`explanation/optimum.py`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from forefolio.core.units import Array
from forefolio.optimize.base import Outlook
from forefolio.optimize.constraints.limits import VolatilityCap
from forefolio.optimize.constraints.linear import AnnualReturn
from forefolio.optimize.exact.corners import WHOLE_LINE, End
from forefolio.optimize.exact.frontier import FrontierPoint
from forefolio.optimize.exact.of_outlook import AnyFrontier
from forefolio.optimize.exact.proof import check_ratio
from forefolio.optimize.program.affine import Squares
from forefolio.optimize.program.problem import Piece
from forefolio.optimize.program.symbols import Symbols
from forefolio.risk import FactorCovariance

STEEPEST = End(at_best_ratio=True)


class Tradeoff(NamedTuple):
    """What an objective comes to near its optimum: `unit` x (risk / 2 x variance - reward x gain).

    `own` is the price of the objective's own limit, if it has one that binds.
    """

    risk: float
    reward: float = 0.0
    unit: float = 1.0
    own: tuple[tuple[str, float], ...] = ()


class Aim(Protocol):
    """What a mean-variance objective aims at."""

    @property
    def risk(self) -> float:
        """What half the variance counts."""
        ...

    @property
    def reward(self) -> float:
        """What the excess return counts."""
        ...

    @property
    def limit(self) -> AnnualReturn | VolatilityCap | None:
        """A limit of its own."""
        ...

    def end(self, outlook: Outlook) -> End:
        """Where a frontier may end: nothing further down is asked."""
        ...

    def point(self, line: AnyFrontier, outlook: Outlook) -> FrontierPoint:
        """The point of a frontier, whose means are excess over cash, that it aims at."""
        ...

    def tradeoff(self, point: FrontierPoint, outlook: Outlook) -> Tradeoff:
        """The objective near that point, its own limit priced in."""
        ...


def losses(aim: Aim, s: Symbols) -> Sequence[Piece]:
    """The objective as terms for a solver."""
    pieces: list[Piece] = [Squares(s.risk_root @ s.x, aim.risk / 2)] if aim.risk else []
    return [*pieces, -aim.reward * s.expected_return] if aim.reward else pieces


def gradient(risk: float, reward: float, outlook: Outlook, weights: Array) -> Array:
    """How the objective rises with each weight (N,): risk x covariance @ w - reward x excess."""
    rises = risk * risk_times(weights, outlook)
    return rises - reward * (outlook.mean - outlook.risk_free) if reward else rises


def risk_times(weights: Array, outlook: Outlook) -> Array:
    """The covariance over the horizon times weights (N,), not written down if there are factors."""
    covariance, horizon = outlook.covariance, outlook.forecast.horizon
    if isinstance(covariance, FactorCovariance):
        common = covariance.loadings @ (covariance.factors @ (weights @ covariance.loadings))
        marginal = common + covariance.specific * weights
    else:
        marginal = covariance.matrix @ weights
    return np.asarray(marginal if horizon == 1 else marginal * horizon)


@dataclass(frozen=True, slots=True)
class LeastVariance:
    """The least variance; prices are in variance."""

    risk: float = 2.0
    reward: float = 0.0
    limit: None = None

    def end(self, outlook: Outlook) -> End:  # noqa: ARG002
        """All of the frontier."""
        return WHOLE_LINE

    def point(self, line: AnyFrontier, outlook: Outlook) -> FrontierPoint:  # noqa: ARG002
        """The end of the frontier."""
        return line.minimum_variance()

    def tradeoff(self, point: FrontierPoint, outlook: Outlook) -> Tradeoff:  # noqa: ARG002
        """The variance alone."""
        return Tradeoff(risk=self.risk)


@dataclass(frozen=True, slots=True)
class ReturnReached:
    """The least variance at an annual return, cash included; prices are in variance.

    Where the least variance earns as much the target costs nothing.
    """

    limit: AnnualReturn
    risk: float = 2.0
    reward: float = 0.0

    def end(self, outlook: Outlook) -> End:  # noqa: ARG002
        """All of the frontier."""
        return WHOLE_LINE

    def point(self, line: AnyFrontier, outlook: Outlook) -> FrontierPoint:
        """At the target, less what cash earns."""
        return line.at_return(self.limit.at_least / _per_year(outlook) - outlook.risk_free)

    def tradeoff(self, point: FrontierPoint, outlook: Outlook) -> Tradeoff:
        """The target is priced by the tolerance there."""
        reward = 2 * point.tolerance
        binds = reward * point.mean > 1e-9 * point.variance
        own = ((self.limit.statement, reward / _per_year(outlook)),) if binds else ()
        return Tradeoff(risk=self.risk, reward=reward, own=own)


@dataclass(frozen=True, slots=True)
class VolatilityReached:
    """The greatest return at an annual volatility; prices are in return."""

    limit: VolatilityCap
    risk: float = 0.0
    reward: float = 1.0

    def end(self, outlook: Outlook) -> End:
        """Nothing of less variance."""
        return End(variance=self._volatility(outlook) ** 2)

    def point(self, line: AnyFrontier, outlook: Outlook) -> FrontierPoint:
        """At the volatility over the horizon."""
        return line.at_volatility(self._volatility(outlook))

    def tradeoff(self, point: FrontierPoint, outlook: Outlook) -> Tradeoff:
        """The volatility is priced by the tolerance there, if it binds."""
        if point.volatility < self._volatility(outlook) * (1 - 1e-9) or not point.tolerance:
            return Tradeoff(risk=0.0, reward=self.reward)
        price = point.volatility / (point.tolerance * math.sqrt(_per_year(outlook)))
        own = ((self.limit.statement, price),)
        return Tradeoff(risk=1 / point.tolerance, reward=self.reward, own=own)

    def _volatility(self, outlook: Outlook) -> float:
        return self.limit.at_most / math.sqrt(_per_year(outlook))


@dataclass(frozen=True, slots=True)
class GreatestUtility:
    """The greatest `reward` x return less half of `risk` x variance; prices are in return."""

    risk: float  # the aversion to it
    reward: float = 1.0
    limit: None = None

    def end(self, outlook: Outlook) -> End:  # noqa: ARG002
        """Nothing of less tolerance."""
        return End(tolerance=self.reward / self.risk)

    def point(self, line: AnyFrontier, outlook: Outlook) -> FrontierPoint:  # noqa: ARG002
        """At the aversion beside the reward."""
        return line.at_aversion(self.risk / self.reward)

    def tradeoff(self, point: FrontierPoint, outlook: Outlook) -> Tradeoff:  # noqa: ARG002
        """The utility as it is."""
        return Tradeoff(risk=self.risk, reward=self.reward)


@dataclass(frozen=True, slots=True)
class GreatestRatio:
    """The greatest ratio of excess return to volatility; prices are in that ratio.

    As a problem it is the least variance of a given gain, whatever the portfolio's size.
    """

    risk: float = 2.0
    reward: float = 0.0
    limit: None = None

    def end(self, outlook: Outlook) -> End:  # noqa: ARG002
        """Nothing beyond it."""
        return STEEPEST

    def point(self, line: AnyFrontier, outlook: Outlook) -> FrontierPoint:  # noqa: ARG002
        """The point at which a line from cash touches the frontier."""
        return line.maximum_sharpe()

    def tradeoff(self, point: FrontierPoint, outlook: Outlook) -> Tradeoff:
        """The ratio's gradient.

        Raises:
            InputError: there is a gain and no volatility.
        """
        variance, gain = point.variance, point.mean
        check_ratio(outlook, point.weights, gain, variance)
        unit = gain / (2 * variance * math.sqrt(variance))
        return Tradeoff(risk=self.risk, reward=2 * variance / gain, unit=unit)


def _per_year(outlook: Outlook) -> float:
    return outlook.periods_per_year / outlook.forecast.horizon
