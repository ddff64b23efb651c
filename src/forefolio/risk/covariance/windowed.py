"""What covariances of a window of returns share."""

from abc import abstractmethod
from typing import Annotated, TypeAlias

from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.units import Array, Days
from forefolio.market import Market
from forefolio.risk.base import Covariance
from forefolio.risk.covariance.moments import MINIMUM, Pairs, recent_returns, repaired

Window: TypeAlias = Annotated[Days, Field(ge=MINIMUM)]


class WindowedCovariance(Component):
    """A covariance (N, N) that is a function of the last `window` sessions of returns."""

    kind: str
    window: Window = Field(
        250, description="Sessions of returns that the covariance is estimated from."
    )

    def __call__(self, market: Market) -> Covariance:
        """Covariance (N, N) of every asset.

        Raises:
            NotEnoughHistory: a pair of assets has fewer than 60 common sessions.
        """
        pairs = Pairs.of(recent_returns(market, self.window), market.assets)
        return repaired(market.assets, self.matrix(pairs))

    @abstractmethod
    def matrix(self, pairs: Pairs) -> Array:
        """The covariances (N, N) of paired returns."""
