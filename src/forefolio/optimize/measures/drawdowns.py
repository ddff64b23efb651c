"""Risk measures of drawdowns, of returns added up, not compounded."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from forefolio.core.units import Array
from forefolio.optimize.measures.of_losses import (
    below_peak,
    conditional_value_at_risk,
    entropic_mean,
    relativistic_mean,
)
from forefolio.optimize.measures.past import OfDrawdowns
from forefolio.optimize.program.affine import Affine
from forefolio.optimize.program.scenarios import (
    Deformation,
    Level,
    conditional_drawdown,
    drawdowns,
    entropic,
    relativistic,
    root_mean_square,
)
from forefolio.optimize.program.symbols import Symbols


class ConditionalDrawdown(OfDrawdowns):
    """The mean drawdown in the worst 1 - `level` of the last `window` sessions.

    Chekhlov, Uryasev and Zabarankin 2005, "Drawdown measure in portfolio optimization".
    """

    kind: Literal["cdar"] = "cdar"
    level: Level = Field(
        0.95, description="Probability below the tail: 0.95 looks at the worst 5 % of the sessions."
    )

    called: ClassVar[str] = "the mean of the worst drawdowns"

    def loss(self, s: Symbols) -> Affine:
        """Its formula (`DrawdownLoss`)."""
        return conditional_drawdown(s, self.level, self.window)

    def measured(self, returns: Array) -> float:
        """The mean of the worst."""
        return conditional_value_at_risk(_falls(returns), self.level)


class EntropicDrawdown(OfDrawdowns):
    """The entropic value at risk of the drawdowns of the last `window` sessions: EDaR.

    `EntropicValueAtRisk` has the formula: at least the CDaR of that `level`, at most the maximum.
    """

    kind: Literal["edar"] = "edar"
    level: Level = Field(0.95, description="Of the mean of the worst drawdowns that it bounds.")

    called: ClassVar[str] = "EDaR"

    def loss(self, s: Symbols) -> Affine:
        """An exponential cone for each session."""
        return entropic(drawdowns(s, self.window), self.level, s)

    def measured(self, returns: Array) -> float:
        """The bound at the best t."""
        return entropic_mean(_falls(returns), self.level)


class RelativisticDrawdown(OfDrawdowns):
    """The relativistic value at risk of the drawdowns of the last `window` sessions: RLDaR.

    `RelativisticValueAtRisk` has the formula: at least the EDaR, at most the maximum.
    """

    kind: Literal["rldar"] = "rldar"
    level: Level = Field(0.95, description="Of the mean of the worst drawdowns that it bounds.")
    kappa: Deformation = 0.3

    called: ClassVar[str] = "RLDaR"

    def loss(self, s: Symbols) -> Affine:
        """Two power cones for each session."""
        return relativistic(drawdowns(s, self.window), self.level, self.kappa, s)

    def measured(self, returns: Array) -> float:
        """That of the best t and z of the dual."""
        return relativistic_mean(_falls(returns), self.level, self.kappa)


class MaximumDrawdown(OfDrawdowns):
    """The deepest drawdown of the last `window` sessions."""

    kind: Literal["maximum_drawdown"] = "maximum_drawdown"

    called: ClassVar[str] = "the maximum drawdown"

    def loss(self, s: Symbols) -> Affine:
        """What no drawdown is above."""
        deepest = s.program.unknown()
        s.program.at_least(deepest, drawdowns(s, self.window))
        return deepest

    def measured(self, returns: Array) -> float:
        """The deepest."""
        return float(_falls(returns).max())


class AverageDrawdown(OfDrawdowns):
    """The mean drawdown over all of the last `window` sessions."""

    kind: Literal["average_drawdown"] = "average_drawdown"

    called: ClassVar[str] = "the average drawdown"

    def loss(self, s: Symbols) -> Affine:
        """Their mean."""
        falls = drawdowns(s, self.window)
        return (1.0 / len(falls)) * falls.sum()

    def measured(self, returns: Array) -> float:
        """Their mean."""
        return float(_falls(returns).mean())


class UlcerIndex(OfDrawdowns):
    """The root of the mean square of the drawdowns of the last `window` sessions.

    Martin and McCann 1989, "The Investor's Guide to Fidelity Funds"; as a fraction.
    """

    kind: Literal["ulcer_index"] = "ulcer_index"

    called: ClassVar[str] = "the ulcer index"

    def loss(self, s: Symbols) -> Affine:
        """Their length."""
        return root_mean_square(drawdowns(s, self.window), s)

    def measured(self, returns: Array) -> float:
        """The root of their mean square."""
        return float(np.sqrt((_falls(returns) ** 2).mean()))


def _falls(returns: Array) -> Array:
    """How far returns (T,) added up are below their peak, zero at first."""
    return below_peak(np.cumsum(returns))
