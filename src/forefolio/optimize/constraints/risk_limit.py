"""A limit on what a portfolio would have risked over past sessions."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from forefolio.core.component import Component
from forefolio.optimize import text
from forefolio.optimize.constraints.limited import PositiveLoss, between
from forefolio.optimize.measures.catalog import AnyPastMeasure
from forefolio.optimize.measures.sessions import ConditionalValueAtRisk
from forefolio.optimize.program.problem import Rows
from forefolio.optimize.program.symbols import Symbols


class RiskLimit(Component):
    """A risk of past sessions is at most so much, such as the CVaR or the maximum drawdown.

    It is that of the weights, held all the time; the future may be worse.

    >>> print(RiskLimit(risk_measure="maximum_drawdown", at_most=0.15))
    maximum drawdown <= 15%
    >>> import forefolio as ff
    >>> market = ff.simulated_market(seed=1, sessions=300, assets=4)
    >>> best = ff.optimize(market, constraints="cvar <= 2%")
    >>> round(sum(best.weights.values()), 6)
    1.0
    """

    kind: Literal["risk_limit"] = "risk_limit"
    risk_measure: AnyPastMeasure = Field(
        ConditionalValueAtRisk(), description="Risk of past sessions that is limited."
    )
    at_most: PositiveLoss = Field(
        0.02, description="Greatest risk, a fraction of the portfolio's value."
    )

    def __str__(self) -> str:
        """Such as "cvar <= 2%" or "cvar(level=0.99) <= 3%"."""
        return text.within(text.measure(self.risk_measure), None, self.at_most)

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """One row over the formula of the measure."""
        called = self.risk_measure.called
        limits = (None, self.at_most)
        yield from between(
            called.removeprefix("the "), self.risk_measure.loss(s), limits, s, called=called
        )
