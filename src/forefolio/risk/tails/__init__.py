"""Value at risk and expected shortfall, and their backtests."""
