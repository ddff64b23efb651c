"""A portfolio that is brought back to its weights every session: what it would have earned."""

from dataclasses import dataclass

import numpy as np

from forefolio.core.units import Array, Flags, read_only
from forefolio.market import Market


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rebalanced:
    """Weights (N,) of a market's assets, and what cash earned (T,) per session.

    What the weights leave of 1 is cash; what they go beyond 1 is borrowed at the same rate. The
    market's sessions are those on which something that is held trades (`Market.while_open`).

    >>> from forefolio.market import simulated_market
    >>> market = simulated_market(seed=0, sessions=300, assets=2)
    >>> half = Rebalanced(market=market, weights=np.array([0.5, 0.0]), cash_returns=np.zeros(300))
    >>> half.cash
    0.5
    >>> bool(np.allclose(half.returns[1:], 0.5 * market.returns[1:, 0]))
    True
    """

    market: Market
    weights: Array
    cash_returns: Array

    def __post_init__(self) -> None:
        read_only(self.weights, self.cash_returns)

    @property
    def held(self) -> Flags:
        """Which assets (N,) have a weight."""
        return np.asarray(self.weights != 0)

    @property
    def cash(self) -> float:
        """What the weights leave of 1; negative is borrowed."""
        return 1.0 - float(self.weights.sum())

    @property
    def complete(self) -> Flags:
        """Sessions (T,) on which the returns of all that is held, and of cash, are known."""
        finite = np.isfinite(self.market.held_returns[:, self.held]).all(axis=1)
        return np.asarray(finite & np.isfinite(self.cash_returns))

    @property
    def returns(self) -> Array:
        """Of the portfolio (T,), cash included.

        What is closed or halted earns nothing then, and its whole move when it trades again.
        """
        earned: Array = self.market.held_returns[:, self.held] @ self.weights[self.held]
        return earned + self.cash * self.cash_returns
