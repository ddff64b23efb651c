"""An objective, its constraints and a risk model, asked about any prices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from forefolio.optimize.base import Optimizer, Outlook
from forefolio.optimize.constraints.linear import Constraint
from forefolio.optimize.explanation.explain import explain
from forefolio.optimize.explanation.explanation import Explanation
from forefolio.optimize.frontier.curve import FrontierCurve
from forefolio.optimize.frontier.efficient import EfficientFrontier
from forefolio.optimize.objectives.mean_variance import MaximumSharpe
from forefolio.optimize.portfolio import (
    PortfolioResult,
    check_objective,
    constrained,
    expected_outlook,
    limits_beside,
    market_of,
    only_alive,
    optimize_portfolio,
)
from forefolio.optimize.words.usual import Constraints, with_usual
from forefolio.risk import LedoitWolf, RiskModel

if TYPE_CHECKING:
    from forefolio.market import Market, Prices
    from forefolio.optimize.portfolio import Expected


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioOptimizer:
    """`optimize_portfolio` with its settings kept, its frontier, and its reasons.

    Words will do for constraints, such as "tech <= 30%"; they stand instead of the objective's own,
    beside full investment and no short positions unless they speak of these. Forecasts are annual
    expected returns by ticker; None means past means, shrunk.

    Example:
        >>> from forefolio.market import simulated_market
        >>> market, optimizer = simulated_market(), PortfolioOptimizer(constraints="w <= 30%")
        >>> annual = dict(zip(market.assets, (0.02, 0.04, 0.06, 0.08, 0.1, 0.12), strict=True))
        >>> frame = optimizer.frontier(market, annual).to_frame()
        >>> len(frame), bool(frame["volatility"].is_monotonic_increasing)
        (25, True)
    """

    objective: Optimizer = field(default_factory=MaximumSharpe)
    constraints: Constraints | None = None
    risk: RiskModel = field(default_factory=LedoitWolf)
    horizon: int = 21  # sessions until the portfolio is chosen again

    def __post_init__(self) -> None:
        check_objective(self.objective)

    def optimize(
        self, prices: Market | Prices, forecasts: Expected | None = None
    ) -> PortfolioResult:
        """Choose weights; what goes wrong is what goes wrong in `optimize_portfolio`."""
        return optimize_portfolio(
            prices,
            forecasts,
            objective=self.objective,
            constraints=self.constraints,
            risk=self.risk,
            horizon=self.horizon,
        )

    def explain(self, prices: Market | Prices, forecasts: Expected | None = None) -> Explanation:
        """Say why each weight is what it is, before the smallest are left out."""
        outlook = self._outlook(prices, forecasts)
        optimizer = constrained(self.objective, self.constraints)
        return explain(optimizer.allocate(outlook), outlook, optimizer)

    def frontier(
        self,
        prices: Market | Prices,
        forecasts: Expected | None = None,
        frontier: EfficientFrontier | None = None,
    ) -> FrontierCurve:
        """The efficient frontier under the same constraints: 25 points, or as `frontier` says."""
        asked = frontier or EfficientFrontier()
        own: Sequence[Constraint] = getattr(self.objective, "constraints", with_usual(()))
        limits = tuple(own)
        if self.constraints is not None:
            limits = limits_beside(self.objective, self.constraints)
        asked = asked.model_copy(update={"constraints": limits})
        return asked.curve(self._outlook(prices, forecasts))

    def _outlook(self, prices: Market | Prices, forecasts: Expected | None) -> Outlook:
        whole, _ = market_of(prices)
        market, _ = only_alive(whole, forecasts)
        outlook = expected_outlook(market, forecasts, self.risk, self.horizon, None)
        return outlook.listed_in(whole)
