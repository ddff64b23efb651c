"""Portfolios from a tree of clusters: risk parity along it, or what skfolio builds of it.

skfolio asks for returns. It is given some whose sample covariance is exactly the one at hand:
plus and minus the rows of its root, so that the mean is zero too. Assets are handed over in the
order of their names, because a tree's branches have no order of their own.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import DataError, Infeasible, SolverFailed
from forefolio.core.lazy import lazy
from forefolio.core.mends import mend_between
from forefolio.core.units import Array, PositiveShare, Share
from forefolio.optimize.base import TINY, Allocation, Outlook
from forefolio.optimize.names import Universe, check_names
from forefolio.optimize.objectives.bisection import bisected, bisected_by_variance
from forefolio.optimize.objectives.leaf_order import leaf_order
from forefolio.optimize.objectives.leaf_order_kernel import Positions
from forefolio.optimize.objectives.risk_measures import AnyRiskMeasure

cluster: Any = lazy("skfolio.cluster")
distances: Any = lazy("skfolio.distance")
optimization: Any = lazy("skfolio.optimization")
exceptions: Any = lazy("skfolio.exceptions")


Linkage: TypeAlias = Annotated[
    Literal["ward", "single", "complete", "average"],
    Field(
        description="How far apart two clusters are: ward is by what joining them adds to the "
        "variance within, single by their nearest, complete by their farthest, average by all "
        "assets.",
    ),
]
Distance: TypeAlias = Annotated[
    Literal["correlation", "absolute", "squared"],
    Field(
        description="How far apart two assets of correlation c are: sqrt((1 - c) / 2); with what "
        "moves against each other as near as what moves together, the absolute sqrt(1 - |c|) or "
        "the squared sqrt(1 - c^2).",
    ),
]
Clusters: TypeAlias = Annotated[
    int | None,
    Field(
        ge=2,
        description="How many clusters; none: where the second difference of the gap statistic is "
        "greatest (Yue, Wang and Wei 2008).",
        json_schema_extra={"unit": "clusters"},
    ),
]
PEERS: dict[str, dict[str, Any]] = {
    "correlation": {},
    "absolute": {"absolute": True},
    "squared": {"power": 2},
}


class HierarchicalRiskParity(Component):
    """Weights split from the top of a tree of similar assets, in inverse proportion to risk.

    Lopez de Prado 2016, "Building diversified portfolios that outperform out of sample": the
    distance of two assets is sqrt((1 - correlation) / 2), a half of the leaves is weighed against
    the other half, and so on; within a half, weights are inverse to each asset's own risk. Long
    only; it needs no expected returns and inverts no matrix. Between `least` and `most` each split
    keeps what leaves room for the assets of either half.

    >>> import forefolio as ff
    >>> mu, cov = {'bonds': 0.03, 'stocks': 0.08}, [[0.0025, 0.001], [0.001, 0.0225]]
    >>> best = ff.optimize(mu=mu, cov=cov, objective="hierarchical_risk_parity")
    >>> {name: round(weight, 2) for name, weight in best.weights.items()}
    {'bonds': 0.9, 'stocks': 0.1}
    """

    kind: Literal["hierarchical_risk_parity"] = "hierarchical_risk_parity"
    linkage: Linkage = "ward"
    distance: Distance = "correlation"
    risk_measure: AnyRiskMeasure | None = Field(
        None, description="Risk that is split, such as cvar; none: the variance."
    )
    least: Share = Field(0.0, description="Least weight of each asset.")
    most: PositiveShare = Field(1.0, description="Greatest weight of each asset.")

    def check_names(self, universe: Universe) -> None:
        """Refuse a risk measure about what is no asset."""
        check_names(self.risk_measure, universe)

    def allocate(self, outlook: Outlook) -> Allocation:
        """Weights that do not look at the forecast.

        Raises:
            DataError: an asset has no volatility, or a risk is not above zero.
            Infeasible: so many assets have no weights between `least` and `most`.
            NotEnoughHistory: the risk is one of past sessions, of which there are fewer than 60.
        """
        count, bounds = len(outlook.assets), (self.least, self.most)
        _check_room(count, *bounds)
        order = ordered_leaves(outlook, self.linkage, self.distance)
        weights = np.empty(count)
        if self.risk_measure is None:
            weights[order] = bisected_by_variance(
                outlook.covariance.matrix[np.ix_(order, order)], bounds
            )
        else:
            weights[order] = bisected(count, _along(order, self.risk_measure, outlook), bounds)
        return Allocation(
            assets=outlook.assets, weights=weights, method=self.kind, notes=outlook.repairs
        )


class HierarchicalEqualRisk(Component):
    """Clusters of similar assets share the risk equally, and so do the assets within each.

    Raffinot 2018, "The hierarchical equal risk contribution portfolio". Long only.
    """

    kind: Literal["hierarchical_equal_risk"] = "hierarchical_equal_risk"
    linkage: Linkage = "ward"
    distance: Distance = "correlation"
    clusters: Clusters = None

    def allocate(self, outlook: Outlook) -> Allocation:
        """Weights that do not look at the forecast.

        Raises:
            DataError: an asset has no volatility.
        """
        tree = _tree(self.linkage, self.distance, self.clusters)

        def made() -> Any:
            return optimization.HierarchicalEqualRiskContribution(
                hierarchical_clustering_estimator=tree[0], distance_estimator=tree[1]
            )

        return _fitted(outlook, made, self.kind)


class NestedClusters(Component):
    """The least variance within clusters of similar assets, and then among the clusters.

    Lopez de Prado 2019, "A robust estimator of the efficient frontier". Long only.
    """

    kind: Literal["nested_clusters"] = "nested_clusters"
    linkage: Linkage = "ward"
    distance: Distance = "correlation"
    clusters: Clusters = None

    def allocate(self, outlook: Outlook) -> Allocation:
        """Weights that do not look at the forecast.

        Raises:
            DataError: an asset has no volatility.
        """
        tree = _tree(self.linkage, self.distance, self.clusters)

        def made() -> Any:
            return optimization.NestedClustersOptimization(
                inner_estimator=optimization.MeanRisk(),
                outer_estimator=optimization.MeanRisk(),
                clustering_estimator=tree[0],
                distance_estimator=tree[1],
                cv="ignore",
            )

        return _fitted(outlook, made, self.kind)


def ordered_leaves(outlook: Outlook, linkage: str, distance: str) -> Positions:
    """The assets (N,) in the order of their tree, whatever order they are given in.

    Raises:
        DataError: an asset has no volatility.
    """
    _check_volatility(outlook)
    by_name = np.argsort(outlook.assets, kind="stable")
    if len(by_name) < 2:
        return by_name
    correlation = outlook.covariance.correlation[np.ix_(by_name, by_name)]
    order: Positions = by_name[leaf_order(correlation, linkage, distance)]
    return order


def _along(
    order: Positions, measure: AnyRiskMeasure, outlook: Outlook
) -> Callable[[int, Array], float]:
    """The risk of weights (K,) in the assets of `order` from a position on."""

    def measured(first: int, weights: Array) -> float:
        whole = np.zeros(len(order))
        whole[order[first : first + len(weights)]] = weights
        return measure.of(whole, outlook)

    return measured


def _tree(linkage: str, distance: str, clusters: int | None) -> tuple[Any, Any]:
    """A clustering and a distance as skfolio takes them."""
    tree = cluster.HierarchicalClustering(
        max_clusters=clusters, linkage_method=cluster.LinkageMethod(linkage)
    )
    return tree, distances.PearsonDistance(**PEERS[distance])


def _check_room(count: int, least: float, most: float) -> None:
    if least * count > 1.0 + TINY:
        raise Infeasible([mend_between("the least weight of each asset", least, 1.0 / count)])
    if most * count < 1.0 - TINY:
        raise Infeasible([mend_between("the greatest weight of each asset", most, 1.0 / count)])


def _check_volatility(outlook: Outlook) -> None:
    std = outlook.covariance.std
    without = [a for a, v in zip(outlook.assets, std, strict=True) if not v > 0]
    if without:
        raise DataError(f"{', '.join(without)}: no volatility to compare; leave it out")


def _fitted(outlook: Outlook, made: Callable[[], Any], method: str) -> Allocation:
    _check_volatility(outlook)
    weights = np.ones(count := len(outlook.assets))
    if count > 1:
        order = np.argsort(outlook.assets, kind="stable")
        matrix = outlook.covariance.matrix[np.ix_(order, order)]
        weights[order] = _weights(made, matrix, method)
    return Allocation(assets=outlook.assets, weights=weights, method=method, notes=outlook.repairs)


def _weights(made: Callable[[], Any], covariance: Array, method: str) -> Array:
    """In units of the mean variance; of the least where that would leave nothing of it."""
    own = covariance.diagonal()
    for unit in (own.mean(), own.min()):
        estimator = made()
        try:
            estimator.fit(1e-2 * _returns(covariance / unit))
        except (exceptions.NonPositiveVarianceError, ValueError):
            continue
        except exceptions.OptimizationError as error:
            raise SolverFailed(f"{method.replace('_', ' ')}: {error}") from None
        return np.asarray(estimator.weights_, dtype=np.float64)
    calm, wild = (float(np.sqrt(one)) for one in (own.min(), own.max()))
    raise SolverFailed(
        f"{method.replace('_', ' ')}: one asset is {wild / calm:.0e} times as volatile as another, "
        "so that rounding leaves no risk of a cluster; leave out the calmest, or hold it as cash"
    )


def _returns(covariance: Array) -> Array:
    """Returns (2N, N) whose sample mean is zero and whose sample covariance is the one given."""
    values, vectors = np.linalg.eigh(covariance)
    root = np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T
    half = np.sqrt((2 * len(root) - 1) / 2) * root
    return np.vstack([half, -half])
