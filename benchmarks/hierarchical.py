"""How long hierarchical risk parity and the covariance before it take, beside skfolio and sklearn.

`python benchmarks/hierarchical.py`; every package starts from the same returns. The peer's leaves
are in the order that scipy calls optimal: whose sum of distances is least is said, ours beside it.
"""

import numpy as np
from _report import Line, report, timed_often
from scipy.cluster.hierarchy import linkage, optimal_leaf_ordering
from scipy.spatial.distance import squareform
from skfolio.optimization import HierarchicalRiskParity as Peer
from sklearn.covariance import ledoit_wolf

from forefolio.core.units import Array
from forefolio.market import Market, simulated_market
from forefolio.optimize import HierarchicalRiskParity
from forefolio.optimize.objectives.leaf_order import leaf_order
from forefolio.optimize.portfolio import expected_outlook
from forefolio.risk import LedoitWolf, SampleCovariance

SIZES, SESSIONS = (20, 100, 500), 300
BARS = {20: 0.0005, 100: 0.003, 500: 0.060}
SHRINKING = {20: None, 100: 0.0015, 500: 0.020}


def main() -> None:
    """Print the tables."""
    lines = [line for count in SIZES for line in _lines(count)]
    report("Hierarchical risk parity and covariances, CPU time", lines, ["skfolio", "scikit-learn"])


def _lines(count: int) -> list[Line]:
    market = simulated_market(seed=0, sessions=SESSIONS, assets=count)
    returns = market.returns[-250:]
    zero = dict.fromkeys(market.assets, 0.0)
    outlook = expected_outlook(market, zero, SampleCovariance(), 1, None)
    correlation = outlook.covariance.correlation
    shorter = _shorter(correlation)
    return [
        Line(
            work=f"N = {count}, hierarchical risk parity",
            ours=timed_often(lambda: HierarchicalRiskParity().allocate(outlook)),
            bar=BARS[count],
            peer="skfolio",
            theirs=timed_often(lambda: Peer().fit(returns)),
            accuracy=f"leaves {shorter:.2%} nearer",
        ),
        Line(
            work=f"N = {count}, Ledoit-Wolf",
            ours=timed_often(lambda: _estimated(market)),
            bar=SHRINKING[count],
            peer="sklearn, towards equal variances",
            theirs=timed_often(lambda: ledoit_wolf(returns)),
        ),
        Line(
            work=f"N = {count}, sample covariance",
            ours=timed_often(lambda: SampleCovariance()(market)),
            peer="numpy, without a check of it",
            theirs=timed_often(lambda: np.cov(returns.T)),
        ),
    ]


def _estimated(market: Market) -> object:
    return LedoitWolf()(market)


def _shorter(correlation: Array) -> float:
    """How much nearer to each other neighbours are than in scipy's order."""
    distance = np.sqrt(np.clip((1 - correlation) / 2, 0, 1))
    condensed = squareform(distance, checks=False)
    tree = optimal_leaf_ordering(linkage(condensed, "ward"), condensed)
    theirs = np.array(_leaves(tree, 2 * len(distance) - 2), dtype=int)
    ours = leaf_order(correlation, "ward")
    return 1.0 - float(_length(distance, ours) / _length(distance, theirs))


def _leaves(tree: Array, cluster: int) -> list[int]:
    count = len(tree) + 1
    if cluster < count:
        return [cluster]
    first, second = (_leaves(tree, int(branch)) for branch in tree[cluster - count, :2])
    return first + second


def _length(distance: Array, order: Array) -> float:
    return float(distance[order[:-1], order[1:]].sum())


if __name__ == "__main__":
    main()
