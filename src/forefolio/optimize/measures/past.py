"""What every risk measure of past sessions is: a formula for a plan, and a number of returns.

A new one is a class in `sessions.py` or `drawdowns.py` with `loss` and `measured`, and its name in
`PAST_MEASURES`. It is then an objective, a term, a limit, and what a frontier is drawn against.
"""

from abc import abstractmethod
from typing import ClassVar, Protocol, runtime_checkable

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.units import Array
from forefolio.optimize.base import Outlook
from forefolio.optimize.program.affine import Affine
from forefolio.optimize.program.scenarios import Window
from forefolio.optimize.program.symbols import Symbols


@runtime_checkable
class PastRisk(Protocol):
    """A risk of past sessions, as a formula and as a number."""

    @property
    def called(self) -> str:
        """What messages call it, such as "the ulcer index"."""
        ...

    def loss(self, s: Symbols) -> Affine:
        """The risk (1,) as a convex formula, homogeneous in (x, scale)."""
        ...

    def measured(self, returns: Array) -> float:
        """The risk of simple returns (T,) of sessions, as a fraction."""
        ...


class PastMeasure(Component):
    """A risk measure of the last `window` sessions, cash included; zero for cash alone."""

    kind: str
    window: Window = Field(
        500, description="Past sessions that are looked at.", json_schema_extra={"advanced": True}
    )

    called: ClassVar[str]  # by messages and pictures, such as "the ulcer index"
    weighs: ClassVar[bool] = False  # sessions by what views say of their probabilities

    @abstractmethod
    def loss(self, s: Symbols) -> Affine:
        """The risk (1,) as a convex formula, homogeneous in (x, scale)."""

    @abstractmethod
    def measured(self, returns: Array) -> float:
        """The risk of simple returns (T,) of sessions, as a fraction."""

    def of(self, weights: Array, outlook: Outlook) -> float:
        """The risk of weights (N,), as a fraction of the portfolio's value."""
        return self.measured(outlook.scenarios(self.window) @ weights + _of_cash(weights, outlook))

    def neutral(self, outlook: Outlook) -> Array:
        """Cash."""
        return np.zeros(len(outlook.assets))


class OfASession(PastMeasure):
    """A risk measure of single sessions, whatever their order."""

    @property
    def ratio_is(self) -> str:
        """What the ratio of return to this risk is."""
        return f"expected return beyond cash by {self.called}, both of one session"

    def periods_per_year(self, outlook: Outlook) -> float:
        """As many as sessions: it is a loss of a session."""
        return outlook.periods_per_year


class OfWeighedSessions(OfASession):
    """One that counts sessions by their probabilities, where views say something of these."""

    weighs: ClassVar[bool] = True

    @abstractmethod
    def measured(self, returns: Array, chances: Array | None = None) -> float:
        """The risk of simple returns (T,) of sessions, as a fraction.

        They have the probabilities `chances` (T,), or are all alike.
        """

    def of(self, weights: Array, outlook: Outlook) -> float:
        """The risk of weights (N,), as a fraction of the portfolio's value."""
        returns, chances = outlook.likely(self.window)
        return self.measured(returns @ weights + _of_cash(weights, outlook), chances)


class OfDrawdowns(PastMeasure):
    """A risk measure of how far returns added up fall below their peak."""

    @property
    def ratio_is(self) -> str:
        """What the ratio of return to this risk is."""
        return f"expected return a year beyond cash, by {self.called}"

    def periods_per_year(self, outlook: Outlook) -> float:  # noqa: ARG002
        """One: returns a year are set beside it."""
        return 1.0


def _of_cash(weights: Array, outlook: Outlook) -> float:
    """What the cash that weights (N,) leave earns in a session."""
    return outlook.risk_free / outlook.forecast.horizon * (1.0 - float(weights.sum()))
