"""Risk measures of single sessions: tails, deviations and shortfalls."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from forefolio.core.units import Array, Fraction, PositiveFraction
from forefolio.optimize.base import Outlook
from forefolio.optimize.measures.of_losses import (
    conditional_value_at_risk,
    entropic_mean,
    mean_of,
    relativistic_mean,
)
from forefolio.optimize.measures.past import OfASession, OfWeighedSessions
from forefolio.optimize.program.affine import Affine
from forefolio.optimize.program.scenarios import (
    Deformation,
    Level,
    conditional_loss,
    entropic,
    expected,
    likely_earned,
    past_earned,
    relativistic,
    root_mean_square,
)
from forefolio.optimize.program.symbols import Symbols


class ConditionalValueAtRisk(OfWeighedSessions):
    """The mean loss of a session in the worst 1 - `level` of the last `window`.

    Rockafellar and Uryasev 2000, "Optimization of conditional value-at-risk".
    """

    kind: Literal["cvar"] = "cvar"
    level: Level = Field(
        0.95, description="Probability below the tail: 0.95 looks at the worst 5 % of the sessions."
    )

    called: ClassVar[str] = "CVaR"

    def loss(self, s: Symbols) -> Affine:
        """Its formula (`TailLoss`)."""
        return conditional_loss(s, self.level, self.window)

    def measured(self, returns: Array, chances: Array | None = None) -> float:
        """The mean of the worst."""
        return conditional_value_at_risk(-returns, self.level, chances)


class RobustConditionalValueAtRisk(OfWeighedSessions):
    """The worst CVaR of all distributions within a distance of the past: distributionally robust.

    The distance is Wasserstein's: what it takes to move the past sessions to others, the sum over
    assets of how far returns are moved. With a `radius` e the worst is
    CVaR + e / (1 - level) max |w|, the largest weight being where a move hurts most; of a single
    series that weight is one. It spreads the weights, the more the less the past is believed.
    Source: Mohajerin Esfahani and Kuhn (2018), "Data-driven distributionally robust optimization
    using the Wasserstein metric", example of section 7.1, without bounds on returns.
    """

    kind: Literal["robust_cvar"] = "robust_cvar"
    level: Level = Field(
        0.95, description="Probability below the tail: 0.95 looks at the worst 5 % of the sessions."
    )
    radius: PositiveFraction = Field(
        0.001, description="How far sessions may be moved on average, in returns."
    )

    called: ClassVar[str] = "the robust CVaR"

    def loss(self, s: Symbols) -> Affine:
        """The CVaR, and the largest weight."""
        largest, ones = s.program.unknown(), np.ones((len(s.x), 1))
        s.program.at_least(ones @ largest, s.x)
        s.program.at_least(ones @ largest, -s.x)
        return conditional_loss(s, self.level, self.window) + self._price * largest

    def measured(self, returns: Array, chances: Array | None = None) -> float:
        """The mean of the worst, and what one asset adds; a series that never moves is cash."""
        moves = float(np.ptp(returns) > 0.0)
        return conditional_value_at_risk(-returns, self.level, chances) + moves * self._price

    def of(self, weights: Array, outlook: Outlook) -> float:
        """The risk of weights (N,), as a fraction of the portfolio's value."""
        tail = ConditionalValueAtRisk(level=self.level, window=self.window)
        return tail.of(weights, outlook) + self._price * float(np.abs(weights).max())

    @property
    def _price(self) -> float:
        return self.radius / (1.0 - self.level)


class EntropicValueAtRisk(OfWeighedSessions):
    """The least bound on the CVaR that exponential moments of the loss give.

    min over t > 0 of t log(mean exp(loss / t) / (1 - level)): at least the CVaR of that `level`, at
    most the worst loss (Ahmadi-Javid 2012, "Entropic value-at-risk: a new coherent risk measure").
    """

    kind: Literal["evar"] = "evar"
    level: Level = Field(0.95, description="Of the CVaR that it bounds.")

    called: ClassVar[str] = "EVaR"

    def loss(self, s: Symbols) -> Affine:
        """An exponential cone for each session."""
        earned, chances = likely_earned(s, self.window)
        return entropic(-earned, self.level, s, chances)

    def measured(self, returns: Array, chances: Array | None = None) -> float:
        """The bound at the best t."""
        return entropic_mean(-returns, self.level, chances)


class RelativisticValueAtRisk(OfASession):
    """Between the EVaR and the worst loss: the mean loss under the worst tilt of the past.

    max sum q loss over probabilities q (S,) with sum q log(q) <= log(1 / ((1 - level) S)), where
    log v = (v^k - v^-k) / (2k) and k is `kappa`: the EVaR at 0, the worst loss at 1 (Cajas 2023,
    "Portfolio optimization of relativistic value at risk").
    """

    kind: Literal["rlvar"] = "rlvar"
    level: Level = Field(0.95, description="Of the CVaR that it bounds.")
    kappa: Deformation = 0.3

    called: ClassVar[str] = "RLVaR"

    def loss(self, s: Symbols) -> Affine:
        """Two power cones for each session."""
        return relativistic(-past_earned(s, self.window), self.level, self.kappa, s)

    def measured(self, returns: Array) -> float:
        """That of the best t and z of the dual."""
        return relativistic_mean(-returns, self.level, self.kappa)


class WorstLoss(OfASession):
    """The loss in the worst of the last `window` sessions: the worst realisation.

    Young 1998, "A minimax portfolio selection rule with linear programming solution".
    """

    kind: Literal["worst_loss"] = "worst_loss"

    called: ClassVar[str] = "the worst loss"

    def loss(self, s: Symbols) -> Affine:
        """What no loss is above."""
        worst = s.program.unknown()
        s.program.at_least(worst, -past_earned(s, self.window))
        return worst

    def measured(self, returns: Array) -> float:
        """The greatest loss."""
        return float(-returns.min())


class MeanAbsoluteDeviation(OfWeighedSessions):
    """The mean distance |r - mean r| of a session's return from its mean.

    Konno and Yamazaki 1991, "Mean-absolute deviation portfolio optimization model".
    """

    kind: Literal["mean_absolute_deviation"] = "mean_absolute_deviation"

    called: ClassVar[str] = "the mean absolute deviation"

    def loss(self, s: Symbols) -> Affine:
        """Twice what is below the mean: as much is above."""
        earned, chances = likely_earned(s, self.window)
        below = s.program.positive_part(_below_mean(earned, chances))
        return 2.0 * expected(below, chances)

    def measured(self, returns: Array, chances: Array | None = None) -> float:
        """The mean distance."""
        return mean_of(np.abs(returns - mean_of(returns, chances)), chances)


class Semideviation(OfWeighedSessions):
    """The root of the mean square of what a session's return is below its mean.

    sqrt(mean of max(mean r - r, 0)^2): the standard deviation that counts losses alone (Markowitz
    1959, "Portfolio Selection", chapter 9).
    """

    kind: Literal["semideviation"] = "semideviation"

    called: ClassVar[str] = "the semideviation"

    def loss(self, s: Symbols) -> Affine:
        """The length of what is below the mean."""
        earned, chances = likely_earned(s, self.window)
        below = s.program.positive_part(_below_mean(earned, chances))
        return root_mean_square(below, s, chances)

    def measured(self, returns: Array, chances: Array | None = None) -> float:
        """The root of the mean square."""
        below = np.maximum(mean_of(returns, chances) - returns, 0.0)
        return float(np.sqrt(mean_of(below**2, chances)))


class LowerPartialMoment(OfWeighedSessions):
    """What a session's return is below a `target`: the mean, or the root of the mean square.

    `order` 1 is the mean of max(target - r, 0), 2 the root of the mean of its squares (Fishburn
    1977, "Mean-risk analysis with risk associated with below-target returns").
    """

    kind: Literal["lower_partial_moment"] = "lower_partial_moment"
    order: Literal[1, 2] = Field(1, description="1: the mean; 2: the root of the mean square.")
    target: Fraction = Field(0.0, description="Return of a session that is not to be missed.")

    called: ClassVar[str] = "the shortfall below a target"

    def loss(self, s: Symbols) -> Affine:
        """The mean, or the length, of what is missing."""
        earned, chances = likely_earned(s, self.window)
        below = s.program.positive_part(self.target * s.scale - earned)
        return expected(below, chances) if self.order == 1 else root_mean_square(below, s, chances)

    def measured(self, returns: Array, chances: Array | None = None) -> float:
        """The mean, or the root of the mean square."""
        below = np.maximum(self.target - returns, 0.0)
        return float(mean_of(below**self.order, chances) ** (1.0 / self.order))


def _below_mean(earned: Affine, chances: Array | None) -> Affine:
    """How far each return (S,) is below their mean."""
    return expected(earned, chances) - earned
