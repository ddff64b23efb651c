"""Other ways to tell what assets have in common from what chance made them share.

1. `OAS` shrinks towards equal variances, by what is best if returns are normal.
2. `EWMACovariance` forgets: half of the weight lies on the last `half_life` sessions.
3. `Denoised` keeps the eigenvalues that noise cannot explain and makes the others alike.
"""

from typing import Annotated, Literal, TypeAlias

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

Window: TypeAlias = Annotated[Days, Field(ge=MINIMUM)]


class OAS(Component):
    """The covariance of the last `window` sessions, shrunk towards equal variances by the oracle.

    Chen, Wiesel, Eldar and Hero 2010, "Shrinkage algorithms for MMSE covariance estimation",
    equation 23; with holes, the sessions of an average pair count.
    """

    kind: Literal["oas"] = "oas"
    window: Window = 250

    def __call__(self, market: Market) -> Covariance:
        """Covariance (N, N) of every asset.

        Raises:
            NotEnoughHistory: a pair of assets has fewer than 60 common sessions.
        """
        pairs = Pairs.of(recent_returns(market, self.window), market.assets)
        sample, sessions = pairs.second, float(pairs.count.mean())
        level = float(np.diag(sample).mean())
        share = _oracle(sample, sessions)
        return repaired(market.assets, (1 - share) * sample + share * level * np.eye(len(sample)))


class EWMACovariance(Component):
    """Products of returns, the newest weighing most: half of the weight on `half_life` sessions.

    RiskMetrics 1996 has 11 sessions; the more assets there are, the more it takes.
    """

    kind: Literal["ewma_covariance"] = "ewma_covariance"
    half_life: Days = 63

    def __call__(self, market: Market) -> Covariance:
        """Covariance (N, N) of every asset.

        Raises:
            NotEnoughHistory: a pair of assets has fewer than 60 common sessions.
        """
        window = max(HALF_LIVES * self.half_life, MINIMUM)
        pairs = Pairs.of(recent_returns(market, window), market.assets)
        return repaired(market.assets, pairs.fading(self.half_life))


class Denoised(Component):
    """Correlations of the last `window` sessions without what noise alone would show.

    Eigenvalues below the edge of Marchenko and Pastur (1967) become their mean, so that
    variances stay; Laloux et al. 1999, "Noise dressing of financial correlation matrices".
    """

    kind: Literal["denoised"] = "denoised"
    window: Window = 250

    def __call__(self, market: Market) -> Covariance:
        """Covariance (N, N) of every asset.

        Raises:
            NotEnoughHistory: a pair of assets has fewer than 60 common sessions.
        """
        pairs = Pairs.of(recent_returns(market, self.window), market.assets)
        std, correlation = split(pairs.second)
        values, vectors = np.linalg.eigh(correlation)
        edge = (1 + np.sqrt(len(values) / pairs.count.mean())) ** 2
        noise = values <= edge
        alike = np.where(noise, values[noise].mean(), values) if noise.any() else values
        _, kept = split((vectors * alike) @ vectors.T)
        return repaired(market.assets, np.outer(std, std) * kept)


def _oracle(sample: Array, sessions: float) -> float:
    assets = len(sample)
    squares, trace = float((sample**2).sum()), float(np.trace(sample))
    above = (1 - 2 / assets) * squares + trace**2
    below = (sessions + 1 - 2 / assets) * (squares - trace**2 / assets)
    return min(above / below, 1.0) if below > 0 else 1.0
