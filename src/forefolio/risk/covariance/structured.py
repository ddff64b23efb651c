"""Covariances with a market in them: one that moves all assets, or one that is taken out."""

from typing import Literal

import numpy as np

from forefolio.core.units import Array
from forefolio.risk.covariance.moments import Pairs, split
from forefolio.risk.covariance.windowed import WindowedCovariance


class SingleIndex(WindowedCovariance):
    """One market moves all assets: b b' s^2 + D, with the mean of all returns as the market.

    b are the betas to it, s^2 is its variance, and D holds what it does not explain of each.
    Source: Sharpe (1963), "A simplified model for portfolio analysis".

    >>> from forefolio.market import simulated_market
    >>> SingleIndex()(simulated_market(seed=0, sessions=300, assets=3)).matrix.shape
    (3, 3)
    """

    kind: Literal["single_index"] = "single_index"

    def matrix(self, pairs: Pairs) -> Array:
        """The covariances (N, N) of paired returns."""
        several = np.maximum(pairs.observed.sum(axis=1), 1.0)
        market = pairs.centred.sum(axis=1) / several
        variance = float(np.mean(market**2))
        if variance == 0.0:
            return np.diag(np.diag(pairs.second))
        betas = pairs.centred.T @ market / (pairs.observed.T @ market**2)
        covariance = np.outer(betas, betas) * variance
        np.fill_diagonal(covariance, np.maximum(np.diag(pairs.second), np.diag(covariance)))
        return covariance


class Detoned(WindowedCovariance):
    """The sample covariance without its first principal component, which moves all assets.

    What is left says which assets are alike beyond the market: for clustering and for hierarchies;
    it has no risk in the direction of the market. The variances of the sample are kept. Source:
    Lopez de Prado (2020), "Machine learning for asset managers", section 2.6.

    >>> from forefolio.market import simulated_market
    >>> Detoned()(simulated_market(seed=0, sessions=300, assets=3)).matrix.shape
    (3, 3)
    """

    kind: Literal["detoned"] = "detoned"

    def matrix(self, pairs: Pairs) -> Array:
        """The covariances (N, N) of paired returns."""
        std, correlation = split(pairs.second)
        if len(std) == 1:
            return pairs.second
        values, vectors = np.linalg.eigh(correlation)
        rest_values = np.maximum(values[:-1], 0.0)
        _, rest = split((vectors[:, :-1] * rest_values) @ vectors[:, :-1].T)
        covariance: Array = np.outer(std, std) * rest
        return covariance
