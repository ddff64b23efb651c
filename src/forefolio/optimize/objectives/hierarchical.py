"""Portfolios from a tree of clusters, built by skfolio from our own covariance.

skfolio asks for returns. It is given some whose sample covariance is exactly the one at hand:
plus and minus the rows of its root, so that the mean is zero too. Assets are handed over in the
order of their names, because a tree's branches have no order of their own.
"""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from forefolio.core.component import Component
from forefolio.core.errors import DataError, SolverFailed
from forefolio.core.lazy import lazy
from forefolio.core.units import Array
from forefolio.optimize.base import Allocation, Outlook

optimization: Any = lazy("skfolio.optimization")
exceptions: Any = lazy("skfolio.exceptions")


class HierarchicalRiskParity(Component):
    """Weights split from the top of a tree of similar assets, in inverse proportion to variance.

    Lopez de Prado 2016, "Building diversified portfolios that outperform out of sample". Long
    only; it needs no expected returns and inverts no matrix.
    """

    kind: Literal["hierarchical_risk_parity"] = "hierarchical_risk_parity"

    def allocate(self, outlook: Outlook) -> Allocation:
        """Weights that do not look at the forecast.

        Raises:
            DataError: an asset has no volatility.
        """
        return _fitted(outlook, lambda: optimization.HierarchicalRiskParity(), self.kind)


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


def _fitted(outlook: Outlook, made: Callable[[], Any], method: str) -> Allocation:
    std = outlook.covariance.std
    without = [a for a, v in zip(outlook.assets, std, strict=True) if not v > 0]
    if without:
        raise DataError(f"{', '.join(without)}: no volatility to compare; leave it out")
    weights = np.ones(1)
    if len(std) > 1:
        weights = np.empty(len(std))
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
