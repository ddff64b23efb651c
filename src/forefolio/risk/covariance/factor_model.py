"""Covariance by principal components: common factors and specific variances.

1. Standardised returns have as many factors as eigenvalues above the Marchenko-Pastur edge
   (1967; Laloux et al. 1999, "Noise dressing of financial correlation matrices"), or a given
   number.
2. The variance that the factors do not explain is specific to the asset, at least a floor.
"""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import NotEnoughHistory
from forefolio.core.units import Array, Share
from forefolio.market import Market
from forefolio.risk.base import FactorCovariance
from forefolio.risk.covariance.moments import MINIMUM, recent_returns
from forefolio.risk.covariance.windowed import Window

STILL = 1e-6  # specific variance of an asset whose price never moves, beside the median variance


class FactorModel(Component):
    """Principal components of the last `window` sessions plus specific variances: B F B' + D.

    Solvers that use factors handle thousands of assets without building the matrix.

    >>> from forefolio.market import simulated_market
    >>> FactorModel(factors=1)(simulated_market(seed=0, sessions=300, assets=4)).loadings.shape
    (4, 1)
    """

    kind: Literal["factor_model"] = "factor_model"
    window: Window = Field(
        250, description="Sessions of returns that the covariance is estimated from."
    )
    factors: Annotated[int, Field(ge=1)] | None = Field(
        None,
        description="Number of principal components; by the Marchenko-Pastur edge if not given.",
    )
    floor: Share = Field(
        0.05, description="Smallest share of each asset's variance that is specific to it."
    )

    def __call__(self, market: Market) -> FactorCovariance:
        """Covariance of every asset, in factor form.

        Raises:
            NotEnoughHistory: an asset has fewer than 60 known returns in the window.
        """
        returns = recent_returns(market, self.window)
        finite = np.isfinite(returns)
        count = np.count_nonzero(finite, axis=0)
        _enough(count, market.assets)
        centred = np.where(finite, returns - np.nansum(returns, axis=0) / count, 0.0)
        variance = (centred**2).sum(axis=0) / (count - 1)
        moves = variance > 0
        scale = np.where(moves, np.sqrt(np.where(moves, variance, 1.0) * (count - 1)), 1.0)
        values, vectors = _components(centred / scale)
        kept = self._kept(values, len(returns), len(count))
        std = np.sqrt(variance)[:, None]
        explained = (vectors[:, :kept] ** 2 * values[:kept]).sum(axis=1)
        specific = variance * np.maximum(1 - explained, max(self.floor, STILL))
        still = STILL * (float(np.median(variance[moves])) if moves.any() else 1.0)
        return FactorCovariance(
            assets=market.assets,
            loadings=std * vectors[:, :kept],
            factors=np.diag(values[:kept]),
            specific=np.where(moves, specific, still),
        )

    def _kept(self, values: Array, sessions: int, assets: int) -> int:
        if self.factors is not None:
            return min(self.factors, len(values))
        noise = (1 + np.sqrt(assets / sessions)) ** 2
        return max(int(np.count_nonzero(values > noise)), 1)


def _enough(count: Array, assets: tuple[str, ...]) -> None:
    too_short = [a for a, sessions in zip(assets, count, strict=True) if sessions < MINIMUM]
    if too_short:
        what = f"the covariance of {', '.join(too_short[:5])}"
        raise NotEnoughHistory(MINIMUM, int(count.min()), what)


def _components(scaled: Array) -> tuple[Array, Array]:
    """Eigenvalues (R,), falling, and eigenvectors (N, R) of scaled.T @ scaled, above rounding.

    Each vector is turned so that its largest entry is positive.
    """
    sessions, assets = scaled.shape
    values, vectors = np.linalg.eigh(scaled @ scaled.T if sessions < assets else scaled.T @ scaled)
    values, vectors = values[::-1], vectors[:, ::-1]
    real = max(int(np.count_nonzero(values > 1e-10 * max(float(values[0]), 1e-300))), 1)
    values, vectors = np.maximum(values[:real], 0.0), vectors[:, :real]
    if sessions < assets:
        vectors = scaled.T @ (vectors / np.sqrt(np.maximum(values, 1e-300)))
    largest = np.take_along_axis(vectors, np.abs(vectors).argmax(axis=0)[None], axis=0)
    return values, vectors * np.where(largest < 0, -1.0, 1.0)
