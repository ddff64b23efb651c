"""Covariances of what matters in the returns alone: large moves together, and losses."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from forefolio.core.units import Array
from forefolio.risk.covariance.moments import Pairs
from forefolio.risk.covariance.windowed import WindowedCovariance


class Gerber(WindowedCovariance):
    """Sample volatilities times the Gerber statistic: how often two assets move far together.

    A move is far from `threshold` of the asset's standard deviation on. The statistic is the number
    of sessions on which both moved far in the same direction, less those in opposite ones, over the
    sessions on which at least one moved far; what is small and what is extreme count alike. Source:
    Gerber, Markowitz, Ernst, Miao, Javid and Sargen (2022), "The Gerber statistic", equation 8.

    >>> from forefolio.market import simulated_market
    >>> Gerber(threshold=0.7)(simulated_market(seed=0, sessions=300, assets=3)).matrix.shape
    (3, 3)
    """

    kind: Literal["gerber"] = "gerber"
    threshold: Annotated[
        float, Field(gt=0, le=3, json_schema_extra={"unit": "standard deviations"})
    ] = Field(0.5, description="From where on a move of an asset counts.")

    def matrix(self, pairs: Pairs) -> Array:
        """The covariances (N, N) of paired returns."""
        std = np.sqrt(np.diag(pairs.second))
        far = np.sign(pairs.centred) * (np.abs(pairs.centred) >= self.threshold * std)
        far *= (pairs.observed > 0) & (std > 0)
        together, still = far.T @ far, _both_still(far, pairs.observed)
        moved = pairs.count - still
        statistic = np.divide(together, moved, out=np.zeros_like(moved), where=moved > 0)
        np.fill_diagonal(statistic, 1.0)
        covariance: Array = np.outer(std, std) * statistic
        return covariance


def _both_still(far: Array, observed: Array) -> Array:
    """On how many sessions neither of two assets (N, N) moved far, and both were observed."""
    still = (far == 0) * observed
    both: Array = still.T @ still
    return both


class Semicovariance(WindowedCovariance):
    """Covariances of losses alone: the mean product of what two returns fall below the `target`.

    The variance of a portfolio by it is at least its own mean squared shortfall. Source: Markowitz
    (1959), "Portfolio selection", chapter 9; Estrada (2008), "Mean-semivariance optimization: a
    heuristic approach".

    >>> from forefolio.market import simulated_market
    >>> Semicovariance()(simulated_market(seed=0, sessions=300, assets=3)).matrix.shape
    (3, 3)
    """

    kind: Literal["semicovariance"] = "semicovariance"
    target: float = Field(
        0.0,
        description="What a return is to exceed its mean by, a fraction per session.",
        json_schema_extra={"unit": "fraction per session"},
    )

    def matrix(self, pairs: Pairs) -> Array:
        """The covariances (N, N) of paired returns."""
        short = np.minimum(pairs.centred - self.target, 0.0) * pairs.observed
        return pairs.mean(short, short)
