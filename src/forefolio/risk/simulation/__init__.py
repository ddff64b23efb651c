"""Monte Carlo simulation of a portfolio, and the models its returns are drawn from."""
