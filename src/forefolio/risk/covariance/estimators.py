"""Shrinkage, exponentially weighted and denoised covariances.

1. `OAS` shrinks towards equal variances, by what is best if returns are normal.
2. `EWMACovariance` forgets: half of the weight lies on the last `half_life` sessions.
3. `Denoised` keeps the eigenvalues above the Marchenko-Pastur edge and averages the others.
"""

from typing import Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.units import Array, Days
from forefolio.market import Market
from forefolio.risk.base import Covariance
from forefolio.risk.covariance.moments import (
    HALF_LIVES,
    MINIMUM,
    Pairs,
    recent_returns,
    repaired,
    split,
)
from forefolio.risk.covariance.windowed import WindowedCovariance


class OAS(WindowedCovariance):
    """The covariance of the last `window` sessions, shrunk towards equal variances by the oracle.

    With missing returns, the sessions of an average pair count. Source: Chen, Wiesel, Eldar and
    Hero (2010), "Shrinkage algorithms for MMSE covariance estimation", equation 23.

    >>> OAS(window=120).window
    120
    """

    kind: Literal["oas"] = "oas"

    def matrix(self, pairs: Pairs) -> Array:
        """The covariances (N, N) of paired returns."""
        sample, sessions = pairs.second, float(pairs.count.mean())
        level = float(np.diag(sample).mean())
        share = _oracle(sample, sessions)
        shrunk: Array = (1 - share) * sample + share * level * np.eye(len(sample))
        return shrunk


class EWMACovariance(Component):
    """Exponentially weighted covariance: weights halve every `half_life` sessions.

    RiskMetrics (1996) uses 11 sessions; more assets need a longer half-life.

    >>> EWMACovariance(half_life=42).half_life
    42
    """

    kind: Literal["ewma_covariance"] = "ewma_covariance"
    half_life: Days = Field(
        63, description="Sessions after which the weight of a return has halved."
    )

    def __call__(self, market: Market) -> Covariance:
        """Covariance (N, N) of every asset.

        Raises:
            NotEnoughHistory: a pair of assets has fewer than 60 common sessions.
        """
        window = max(HALF_LIVES * self.half_life, MINIMUM)
        pairs = Pairs.of(recent_returns(market, window), market.assets)
        return repaired(market.assets, pairs.exponentially_weighted(self.half_life))


class Denoised(WindowedCovariance):
    """The correlation matrix of the last `window` sessions with its noise eigenvalues averaged.

    Eigenvalues up to the Marchenko-Pastur edge (1 + sqrt(N / T))^2 cannot be told from noise: they
    are replaced by their mean, which keeps the trace; eigenvalues above it are signal. The
    variances of the sample are kept. Source: Laloux et al. (1999), "Noise dressing of financial
    correlation matrices"; Marchenko and Pastur (1967).

    >>> Denoised(window=500).window
    500
    """

    kind: Literal["denoised"] = "denoised"

    def matrix(self, pairs: Pairs) -> Array:
        """The covariances (N, N) of paired returns."""
        std, correlation = split(pairs.second)
        eigenvalues, eigenvectors = np.linalg.eigh(correlation)
        noise_edge = (1 + np.sqrt(len(eigenvalues) / pairs.count.mean())) ** 2
        is_noise = eigenvalues <= noise_edge
        denoised = (
            np.where(is_noise, eigenvalues[is_noise].mean(), eigenvalues)
            if is_noise.any()
            else eigenvalues
        )
        _, signal_correlation = split((eigenvectors * denoised) @ eigenvectors.T)
        covariance: Array = np.outer(std, std) * signal_correlation
        return covariance


def _oracle(sample: Array, sessions: float) -> float:
    assets = len(sample)
    squares, trace = float((sample**2).sum()), float(np.trace(sample))
    above = (1 - 2 / assets) * squares + trace**2
    below = (sessions + 1 - 2 / assets) * (squares - trace**2 / assets)
    return min(above / below, 1.0) if below > 0 else 1.0
