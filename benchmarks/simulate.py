"""How long a Monte Carlo of 100,000 paths x 252 sessions x 20 assets takes.

`python benchmarks/simulate.py`; rebalanced every session, and bought and held.
"""

import numpy as np
from _report import Line, report, timed

from forefolio.market import simulated_market
from forefolio.risk import RETURN_MODELS, MonteCarlo, ReturnModel

PATHS, HORIZON, ASSETS = 100_000, 252, 20
BAR = 2.0


def main() -> None:
    """Print the table."""
    lines = [
        line(model, rebalanced)
        for rebalanced in (True, False)
        for model in (model() for model in RETURN_MODELS)
    ]
    report(f"Monte Carlo, {PATHS:,} x {HORIZON} x {ASSETS}, CPU time", lines)


def line(model: ReturnModel, rebalanced: bool) -> Line:
    """One law, one way of holding."""
    history = simulated_market(sessions=2501, assets=ASSETS).returns[1:]
    weights = np.full(ASSETS, 1.0 / ASSETS)
    plan = MonteCarlo(horizon=HORIZON, paths=PATHS, model=model, rebalanced=rebalanced)
    told = plan.run(weights, history).probability_of_loss
    return Line(
        work=f"{type(model).__name__}, {'rebalanced' if rebalanced else 'bought and held'}",
        ours=timed(lambda: plan.run(weights, history), 3, warm=False),
        bar=BAR,
        accuracy=f"probability of loss {told.value:.4f} ± {told.error:.4f}",
    )


if __name__ == "__main__":
    main()
