"""How long whole-share orders take, and how near they are to their targets.

`python benchmarks/orders.py`; beside PyPortfolioOpt's greedy allocation where that is installed,
which spends what is left on the next best name and looks no further. Where prices differ by orders
of magnitude it is the slowest of 40 accounts.
"""

from importlib.util import find_spec
from typing import Any

import numpy as np
from _report import Line, report, timed

from forefolio.core.units import Array
from forefolio.optimize import Orders, whole_shares

Account = tuple[dict[str, float], dict[str, float], float]  # weights, prices, capital

SIZES = (5, 20, 50, 100, 500)
BARS = {
    "20 names": 0.0003,
    "50 names": 0.050,
    "100 names": 0.002,
    "50 names, prices from 1 to 1,500": 0.050,
}
CAPITAL_A_NAME = 1_000.0  # money


ACCOUNTS, SPREAD = 40, 1.5  # of the logarithms of prices


def main() -> None:
    """Print the table."""
    lines = [_line(f"{count} names", *_account(count)) for count in SIZES]
    lines += [_line(f"{count} names, prices from 1 to 1,500", *_slowest(count)) for count in SIZES]
    report("Whole-share orders, CPU time", lines)


def _account(count: int) -> Account:
    rng = np.random.default_rng(count)
    weights = rng.dirichlet(np.full(count, 3.0))
    return _by_name(weights, rng.uniform(5, 400, count), CAPITAL_A_NAME * count)


def _slowest(count: int) -> Account:
    """Of small accounts, whose prices differ by orders of magnitude, the one that takes longest."""
    accounts = []
    for seed in range(ACCOUNTS):
        rng = np.random.default_rng(seed)
        weights = rng.dirichlet(np.full(count, 3.0))
        prices = np.exp(rng.normal(4.0, SPREAD, count))
        accounts.append(_by_name(weights, prices, 0.3 * CAPITAL_A_NAME * count))
    return max(accounts, key=lambda account: timed(lambda: _ordered(*account), 2).best)


def _by_name(weights: Array, prices: Array, capital: float) -> Account:
    names = [f"A{k}" for k in range(len(weights))]
    return (
        dict(zip(names, weights.tolist(), strict=True)),
        dict(zip(names, prices.tolist(), strict=True)),
        capital,
    )


def _ordered(weights: dict[str, float], prices: dict[str, float], capital: float) -> Orders:
    return whole_shares(weights, prices, capital, cost_bps=10.0)


def _line(work: str, weights: dict[str, float], prices: dict[str, float], capital: float) -> Line:
    def orders() -> Orders:
        return _ordered(weights, prices, capital)

    greedy = _greedy(weights, prices, capital)
    ours = _missed(_bought(orders()), weights, prices, capital)
    theirs = "" if greedy is None else f", greedy {_missed(greedy(), weights, prices, capital):.2%}"
    return Line(
        work=work,
        ours=timed(orders, 5),
        bar=BARS.get(work),
        peer="" if greedy is None else "PyPortfolioOpt, greedy",
        theirs=None if greedy is None else timed(greedy, 5),
        accuracy=f"{ours:.2%} from the targets{theirs}",
    )


def _greedy(weights: dict[str, float], prices: dict[str, float], capital: float) -> Any:
    if not find_spec("pypfopt"):
        return None
    import pandas as pd  # noqa: PLC0415 (with what may be absent)
    from pypfopt import DiscreteAllocation  # noqa: PLC0415

    latest = pd.Series(prices)
    return lambda: DiscreteAllocation(weights, latest, capital).greedy_portfolio()[0]


def _bought(orders: Orders) -> dict[str, int]:
    return dict(zip(orders.assets, orders.shares.astype(int).tolist(), strict=True))


def _missed(
    shares: dict[str, int], weights: dict[str, float], prices: dict[str, float], capital: float
) -> float:
    """How far the weights bought, and cash, are from those wanted, in all; costs are no cash."""
    bought = {name: shares.get(name, 0) * prices[name] / capital for name in weights}
    away = sum(abs(bought[name] - weight) for name, weight in weights.items())
    return away + 1.0 - sum(bought.values())


if __name__ == "__main__":
    main()
