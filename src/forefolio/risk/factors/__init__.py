"""Factor exposures of a portfolio, and contributions to its risk."""
