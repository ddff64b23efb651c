"""Models of volatility: the standard deviation of each asset over the horizon."""
