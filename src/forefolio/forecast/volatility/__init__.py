"""Models of the volatility: how far each asset may move."""
