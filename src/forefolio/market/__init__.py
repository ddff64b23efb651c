"""Market data: what was known, and when."""

from forefolio.market.panel import BARS, Market
from forefolio.market.synthetic import simulated_market

__all__ = ["BARS", "Market", "simulated_market"]
