"""How long a Monte Carlo of 100,000 paths x 252 sessions x 20 assets takes.

`python benchmarks/simulate.py`; rebalanced every session, and bought and held. The peer is numpy as
one would write it: it draws, multiplies up and sorts, a tenth of the paths at a time.
"""

import numpy as np
from _report import Line, report, timed

from forefolio.core.units import Array
from forefolio.market import simulated_market
from forefolio.risk import RETURN_MODELS, Gaussian, MonteCarlo, ReturnModel, StudentT

PATHS, HORIZON, ASSETS = 100_000, 252, 20
DRAWN = (Gaussian, StudentT)  # laws whose numbers are drawn, not taken from the past
BARS = {True: 0.8, False: 2.0}  # seconds, of these laws: rebalanced, bought and held
BAR = 2.0
PART = 10


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
    loses = plan.run(weights, history).probability_of_loss
    held = history @ weights[:, None] if rebalanced else history
    return Line(
        work=f"{type(model).__name__}, {'rebalanced' if rebalanced else 'bought and held'}",
        ours=timed(lambda: plan.run(weights, history), 3, warm=False),
        bar=BARS[rebalanced] if isinstance(model, DRAWN) else BAR,
        peer=f"numpy, {PATHS // PART:,} paths x {PART}" if isinstance(model, Gaussian) else "",
        theirs=timed(lambda: _in_numpy(held), 1) * PART if isinstance(model, Gaussian) else None,
        accuracy=f"probability of loss {loses.value:.4f} ± {loses.error:.4f}",
    )


def _in_numpy(history: Array) -> Array:
    """Sorted values of a part of the paths at every fourth session, from normal returns."""
    rng, assets = np.random.default_rng(0), history.shape[1]
    root = np.linalg.cholesky(np.atleast_2d(np.cov(history.T)) + 1e-16 * np.eye(assets))
    normal = rng.standard_normal((PATHS // PART, HORIZON, assets))
    grown = np.cumprod(1.0 + history.mean(axis=0) + normal @ root.T, axis=1)
    return np.sort(grown.mean(axis=2)[:, ::4], axis=0)


if __name__ == "__main__":
    main()
