"""How long whole-share orders take, and how near they are to their targets.

`python benchmarks/orders.py`; the bar is that of 50 names.
"""

import numpy as np
from _report import Line, report, timed

from forefolio.optimize import Orders, whole_shares

SIZES = (5, 20, 50, 500)
BARS = {50: 0.050}
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

    return Line(
        work=f"{count} names",
        ours=timed(orders, 5),
        bar=BARS.get(count),
        accuracy=f"{orders().error:.2%} from the targets in all",
    )


if __name__ == "__main__":
    main()
