"""Risk measures that weigh the sessions by their order, from the worst to the best."""

from abc import abstractmethod
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from forefolio.core.errors import InputError
from forefolio.core.units import Array
from forefolio.optimize.measures.past import OfASession
from forefolio.optimize.program.affine import Affine
from forefolio.optimize.program.scenarios import Level, Window, ordered, past_earned
from forefolio.optimize.program.symbols import Symbols


class Ordered(OfASession):
    """The losses of all sessions, the worst first, each times the weight of its place."""

    @abstractmethod
    def places(self, sessions: int) -> Array:
        """The weights (sessions,) of the places, from the worst on; nowhere do they increase."""

    def loss(self, s: Symbols) -> Affine:
        """As many rows as sessions, for each weight that differs from the others."""
        losses = -past_earned(s, self.window)
        return ordered(losses, self.places(len(losses)), s)

    def measured(self, returns: Array) -> float:
        """Their weighted sum."""
        return float(np.sort(-returns)[::-1] @ self.places(len(returns)))


class GiniMeanDifference(Ordered):
    """The mean distance |r - r'| between the returns of two sessions.

    By order, the k-th worst of S losses counts 2 (S + 1 - 2k) / (S (S - 1)) (Yitzhaki 1982,
    "Stochastic dominance, mean variance, and Gini's mean difference"). Every pair of sessions
    counts, so a solution takes about a second for 150 of them, and the square of it for more.
    """

    kind: Literal["gini_mean_difference"] = "gini_mean_difference"
    window: Window = Field(
        120, description="Past sessions that are looked at.", json_schema_extra={"advanced": True}
    )

    called: ClassVar[str] = "the Gini mean difference"

    def places(self, sessions: int) -> Array:
        """A straight line, whose sum is zero."""
        line: Array = sessions + 1.0 - 2.0 * np.arange(1.0, sessions + 1.0)
        weights: Array = 2.0 * line / (sessions * (sessions - 1.0))
        return weights


class TailGini(Ordered):
    """The mean of all CVaRs in the worst 1 - `level` of the sessions, those deeper in it less.

    With a = 1 - level, the integral of 2u / a^2 CVaR(1 - u) over u from 0 to a: the k-th worst of S
    losses counts ((a - (k - 1)/S)^2 - (a - k/S)^2) / a^2, what is below zero taken as zero
    (Ogryczak and Ruszczynski 2002, "Dual stochastic dominance and related mean-risk models").
    """

    kind: Literal["tail_gini"] = "tail_gini"
    level: Level = Field(0.95, description="Probability below the tail.")

    called: ClassVar[str] = "the tail Gini"

    def places(self, sessions: int) -> Array:
        """A straight line down to the end of the tail."""
        tail = 1.0 - self.level
        left: Array = np.maximum(tail - np.arange(sessions + 1) / sessions, 0.0) ** 2
        weights: Array = -np.diff(left) / tail**2
        return weights


class OrderedLosses(Ordered):
    """The worst losses, each times a weight of your own: an ordered weighted average (OWA).

    `weights` are those of the worst session, the second worst and so on; all later ones have none.
    They must nowhere increase, or spreading money could raise the risk (Yager 1988, "On ordered
    weighted averaging aggregation operators").

    >>> OrderedLosses(weights=(0.5, 0.3, 0.2)).places(4)
    array([0.5, 0.3, 0.2, 0. ])
    """

    kind: Literal["ordered_losses"] = "ordered_losses"
    weights: Annotated[tuple[Annotated[float, Field(ge=0)], ...], Field(min_length=1)] = Field(
        (0.4, 0.3, 0.2, 0.1), description="Weights of the worst sessions, the worst first."
    )

    called: ClassVar[str] = "the mean of the worst losses"

    @model_validator(mode="after")
    def _check(self) -> Self:
        if any(later > one for one, later in zip(self.weights, self.weights[1:], strict=False)):
            raise ValueError("weights of the worst losses do not increase: the worst counts most")
        return self

    def places(self, sessions: int) -> Array:
        """Those that are given, then nothing."""
        weights: Array = np.zeros(sessions)
        if len(self.weights) > sessions:
            raise InputError(f"{len(self.weights)} weights, but {sessions} sessions to weigh")
        weights[: len(self.weights)] = self.weights
        return weights
