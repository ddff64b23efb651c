"""Portfolios from a tree of clusters: risk parity along it, or what skfolio builds of it.

skfolio asks for returns. It is given some whose sample covariance is exactly the one at hand:
plus and minus the rows of its root, so that the mean is zero too. Assets are handed over in the
order of their names, because a tree's branches have no order of their own.
"""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import DataError, SolverFailed
from forefolio.core.lazy import lazy
from forefolio.core.units import Array
from forefolio.optimize.base import Allocation, Outlook
from forefolio.optimize.names import Universe, check_names
from forefolio.optimize.objectives.bisection import bisected
from forefolio.optimize.objectives.leaf_order import Positions, leaf_order
from forefolio.optimize.objectives.risk_measures import AnyRiskMeasure

optimization: Any = lazy("skfolio.optimization")
exceptions: Any = lazy("skfolio.exceptions")


class HierarchicalRiskParity(Component):
    """Weights split from the top of a tree of similar assets, in inverse proportion to risk.

    Lopez de Prado 2016, "Building diversified portfolios that outperform out of sample": the
    distance of two assets is sqrt((1 - correlation) / 2), a half of the leaves is weighed against
    the other half, and so on; within a half, weights are inverse to each asset's own risk. Long
    only; it needs no expected returns and inverts no matrix.

    >>> import forefolio as ff
    >>> mu, cov = {'bonds': 0.03, 'stocks': 0.08}, [[0.0025, 0.001], [0.001, 0.0225]]
    >>> best = ff.optimize(mu=mu, cov=cov, objective="hierarchical_risk_parity")
    >>> {name: round(weight, 2) for name, weight in best.weights.items()}
    {'bonds': 0.9, 'stocks': 0.1}
    """

    kind: Literal["hierarchical_risk_parity"] = "hierarchical_risk_parity"
    linkage: Literal["ward", "single", "complete", "average"] = Field(
        "ward",
        description=(
            "How far apart two clusters are: ward is by what joining them adds to the variance "
            "within, single by their nearest, complete by their farthest, average by all assets."
        ),
    )
    risk_measure: AnyRiskMeasure | None = Field(
        None, description="Risk that is split, such as cvar; none: the variance."
    )

    def check_names(self, universe: Universe) -> None:
        """Refuse a risk measure about what is no asset."""
        check_names(self.risk_measure, universe)

    def allocate(self, outlook: Outlook) -> Allocation:
        """Weights that do not look at the forecast.

        Raises:
            DataError: an asset has no volatility, or a risk is not above zero.
            NotEnoughHistory: the risk is one of past sessions, of which there are fewer than 60.
        """
        _check_volatility(outlook)
        count = len(outlook.assets)
        by_name = np.argsort(outlook.assets, kind="stable")
        correlation = outlook.covariance.correlation[np.ix_(by_name, by_name)]
        order = by_name[leaf_order(correlation, self.linkage)] if count > 1 else by_name
        weights = np.empty(count)
        weights[order] = bisected(count, self._risk_along(order, outlook))
        return Allocation(
            assets=outlook.assets, weights=weights, method=self.kind, notes=outlook.repairs
        )

    def _risk_along(self, order: Positions, outlook: Outlook) -> Callable[[int, Array], float]:
        """The risk of weights (K,) in the assets of `order` from a position on."""
        measure = self.risk_measure
        if measure is None:
            covariance = outlook.covariance.matrix[np.ix_(order, order)]

            def variance(first: int, weights: Array) -> float:
                own = slice(first, first + len(weights))
                return float(weights @ covariance[own, own] @ weights)

            return variance

        def measured(first: int, weights: Array) -> float:
            whole = np.zeros(len(order))
            whole[order[first : first + len(weights)]] = weights
            return measure.of(whole, outlook)

        return measured


class HierarchicalEqualRisk(Component):
    """Clusters of similar assets share the risk equally, and so do the assets within each.

    Raffinot 2018, "The hierarchical equal risk contribution portfolio". Long only.
    """

    kind: Literal["hierarchical_equal_risk"] = "hierarchical_equal_risk"

    def allocate(self, outlook: Outlook) -> Allocation:
        """Weights that do not look at the forecast.

        Raises:
            DataError: an asset has no volatility.
        """
        return _fitted(outlook, lambda: optimization.HierarchicalEqualRiskContribution(), self.kind)


class NestedClusters(Component):
    """The least variance within clusters of similar assets, and then among the clusters.

    Lopez de Prado 2019, "A robust estimator of the efficient frontier". Long only.
    """

    kind: Literal["nested_clusters"] = "nested_clusters"

    def allocate(self, outlook: Outlook) -> Allocation:
        """Weights that do not look at the forecast.

        Raises:
            DataError: an asset has no volatility.
        """
        return _fitted(outlook, _nested, self.kind)


def _nested() -> Any:
    return optimization.NestedClustersOptimization(
        inner_estimator=optimization.MeanRisk(),
        outer_estimator=optimization.MeanRisk(),
        cv="ignore",
    )


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
        weights[order] = _weights(made(), matrix / matrix.diagonal().mean(), method)
    return Allocation(assets=outlook.assets, weights=weights, method=method, notes=outlook.repairs)


def _weights(estimator: Any, covariance: Array, method: str) -> Array:
    try:
        estimator.fit(1e-2 * _returns(covariance))
    except exceptions.OptimizationError as error:
        raise SolverFailed(f"{method.replace('_', ' ')}: {error}") from None
    return np.asarray(estimator.weights_, dtype=np.float64)


def _returns(covariance: Array) -> Array:
    """Returns (2N, N) whose sample mean is zero and whose sample covariance is the one given."""
    values, vectors = np.linalg.eigh(covariance)
    root = np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T
    half = np.sqrt((2 * len(root) - 1) / 2) * root
    return np.vstack([half, -half])
