"""How long whole-share orders take, and how near they are to their targets.

`python benchmarks/orders.py`; beside PyPortfolioOpt's greedy allocation where that is installed,
which spends what is left on the next best name and looks no further.
"""

from importlib.util import find_spec
from typing import Any

import numpy as np
from _report import Line, report, timed

from forefolio.optimize import Orders, whole_shares

SIZES = (5, 20, 50, 100, 500)
BARS = {20: 0.0003, 50: 0.050, 100: 0.002}
CAPITAL_A_NAME = 1_000.0  # money


def main() -> None:
    """Print the table."""
    report("Whole-share orders, CPU time", [_line(count) for count in SIZES])


def _line(count: int) -> Line:
    rng = np.random.default_rng(count)
    names = [f"A{k}" for k in range(count)]
    weights = dict(zip(names, rng.dirichlet(np.full(count, 3.0)).tolist(), strict=True))
    prices = dict(zip(names, rng.uniform(5, 400, count).tolist(), strict=True))
    capital = CAPITAL_A_NAME * count

    def orders() -> Orders:
        return whole_shares(weights, prices, capital, cost_bps=10.0)

    greedy = _greedy(weights, prices, capital)
    theirs = "" if greedy is None else f", greedy {_missed(greedy(), weights, prices, capital):.2%}"
    return Line(
        work=f"{count} names",
        ours=timed(orders, 5),
        bar=BARS.get(count),
        peer="" if greedy is None else "PyPortfolioOpt, greedy",
        theirs=None if greedy is None else timed(greedy, 5),
        accuracy=f"{orders().error:.2%} from the targets in all{theirs}",
    )


def _greedy(weights: dict[str, float], prices: dict[str, float], capital: float) -> Any:
    if not find_spec("pypfopt"):
        return None
    import pandas as pd  # noqa: PLC0415 (with what may be absent)
    from pypfopt import DiscreteAllocation  # noqa: PLC0415

    latest = pd.Series(prices)
    return lambda: DiscreteAllocation(weights, latest, capital).greedy_portfolio()[0]


def _missed(
    shares: dict[str, int], weights: dict[str, float], prices: dict[str, float], capital: float
) -> float:
    """How far the weights bought are from those wanted, in all."""
    bought = {name: shares.get(name, 0) * prices[name] / capital for name in weights}
    return sum(abs(bought[name] - weight) for name, weight in weights.items())


if __name__ == "__main__":
    main()
