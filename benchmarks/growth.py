"""How the solvers and simulators grow with assets, factors, scenarios and paths, in one table.

`python benchmarks/growth.py`; CPU time on one thread, the least of two.
"""

from collections.abc import Callable, Iterator

import numpy as np
from _report import Line, report, timed
from cvar import scenarios
from factor_model import model
from frontier import problem

from forefolio.backtest import Trading
from forefolio.backtest.given import follow_weights
from forefolio.market import simulated_market
from forefolio.optimize import factor_frontier, minimum_cvar
from forefolio.risk import MonteCarlo

Work = Callable[[], object]


def main() -> None:
    """Print the table."""
    lines = [Line(work=work, ours=timed(call, 2, warm=False)) for work, call in tasks()]
    report("Growth, CPU time", lines)


def tasks() -> Iterator[tuple[str, Work]]:
    """What is measured, one size after another."""
    for assets in (20, 100, 500, 1_000, 2_000):
        yield f"exact frontier, N = {assets:,}", problem(assets).frontier
    for assets, factors in ((1_000, 50), (10_000, 10), (10_000, 50), (10_000, 200), (100_000, 50)):
        mean, covariance = model(assets, factors)
        frontier = factor_frontier(mean, covariance)
        yield f"factor model, N = {assets:,}, k = {factors}", frontier.minimum_variance
    for size in ((1_000, 100), (10_000, 100), (100_000, 100), (10_000, 500), (10_000, 1_000)):
        returns = scenarios(*size)
        yield f"least CVaR, {size[0]:,} x {size[1]:,}", lambda given=returns: minimum_cvar(given)
    yield from simulations()


def simulations() -> Iterator[tuple[str, Work]]:
    """Paths of a portfolio, and given weights through a market."""
    history, weights = simulated_market(sessions=1_000, assets=20).returns[1:], np.full(20, 0.05)
    for paths in (1_000, 10_000, 100_000):
        plan = MonteCarlo(horizon=252, paths=paths)
        yield f"Monte Carlo, {paths:,} paths", lambda plan=plan: plan.run(weights, history)
    for assets in (20, 100, 500):
        market = simulated_market(sessions=2_520, assets=assets)
        equal, trading = np.full((2_520, assets), 1 / assets), Trading()
        yield (
            f"given weights, {assets} x 2,520",
            lambda given=(equal, market, trading): follow_weights(*given),
        )


if __name__ == "__main__":
    main()
