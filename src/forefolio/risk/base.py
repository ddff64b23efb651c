"""What a risk model is, and what it says."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from forefolio.market import Market
from forefolio.units import Array, read_only


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Covariance:
    """Covariance (N, N) of simple returns per session; `note` says what was repaired, if any."""

    assets: tuple[str, ...]
    matrix: Array
    note: str = ""

    def __post_init__(self) -> None:
        read_only(self.matrix)

    @property
    def std(self) -> Array:
        """Standard deviations (N,) per session."""
        return np.sqrt(np.diag(self.matrix))

    @property
    def correlation(self) -> Array:
        """Correlations (N, N)."""
        std = self.std
        return self.matrix / np.outer(std, std)


@runtime_checkable
class RiskModel(Protocol):
    """Estimates the covariance from what is known."""

    def __call__(self, market: Market) -> Covariance:
        """Covariance over `market.assets`, every one of which trades at the last session."""
        ...
