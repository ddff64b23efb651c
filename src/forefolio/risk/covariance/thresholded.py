"""POET: principal components, and what they leave with its small correlations taken out."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from forefolio.core.units import Array
from forefolio.risk.covariance.moments import Pairs, split
from forefolio.risk.covariance.windowed import WindowedCovariance

MOST = 8  # factors that are looked for


class POET(WindowedCovariance):
    """Principal components, and the correlations of what they leave drawn to zero by a threshold.

    B B' + U, where B B' are the first `factors` principal components of the sample covariance and U
    is the rest: its variances are kept, and a correlation r of it becomes
    sign(r) max(|r| - t, 0) with t = `threshold` (sqrt(log(N) / T) + 1 / sqrt(N)), so that only
    assets which are close beyond the factors stay correlated. With missing returns, the sessions
    of an average pair count. Source: Fan, Liao and Mincheva (2013), "Large covariance estimation by
    thresholding principal orthogonal complements"; the number of factors by Bai and Ng (2002),
    "Determining the number of factors in approximate factor models", criterion IC1.

    >>> from forefolio.market import simulated_market
    >>> POET(factors=1)(simulated_market(seed=0, sessions=300, assets=3)).matrix.shape
    (3, 3)
    """

    kind: Literal["poet"] = "poet"
    factors: Annotated[int, Field(ge=0)] | None = Field(
        None, description="Number of principal components; by the criterion of Bai and Ng if none."
    )
    threshold: Annotated[float, Field(ge=0, le=10)] = Field(
        0.5, description="How large a correlation must be to stay, beside its usual error."
    )

    def matrix(self, pairs: Pairs) -> Array:
        """The covariances (N, N) of paired returns."""
        sample, sessions = pairs.second, float(pairs.count.mean())
        values, vectors = np.linalg.eigh(sample)
        values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
        factors = _factors(values, sessions) if self.factors is None else self.factors
        factors = min(factors, len(values) - 1)
        common = (vectors[:, :factors] * values[:factors]) @ vectors[:, :factors].T
        rest = sample - common
        np.fill_diagonal(rest, np.maximum(np.diag(rest), 0.0))
        total: Array = common + _thresholded(rest, self.threshold * _error(sessions, len(values)))
        still = np.diag(sample) == 0.0
        total[still], total[:, still] = 0.0, 0.0
        return total


def _factors(values: Array, sessions: float) -> int:
    """How many factors make the log of the variance left, plus their price, the least.

    `values` (N,) are the eigenvalues, falling.
    """
    assets = len(values)
    most = min(MOST, assets - 1, int(np.count_nonzero(values > 1e-12 * values[0])) - 1)
    if most < 1:
        return 0
    left = (values.sum() - np.append(0.0, np.cumsum(values[:most]))) / assets
    price = (assets + sessions) / (assets * sessions)
    price *= np.log(assets * sessions / (assets + sessions))
    return int(np.argmin(np.log(left) + price * np.arange(most + 1)))


def _error(sessions: float, assets: int) -> float:
    """How far a correlation of the rest is usually off."""
    return float(np.sqrt(np.log(assets) / sessions) + 1.0 / np.sqrt(assets))


def _thresholded(rest: Array, least: float) -> Array:
    """The covariance `rest` (N, N) with its correlations drawn to zero by `least`."""
    std, correlation = split(rest)
    kept = np.sign(correlation) * np.maximum(np.abs(correlation) - least, 0.0)
    np.fill_diagonal(kept, 1.0)
    thresholded: Array = np.outer(std, std) * kept
    return thresholded
