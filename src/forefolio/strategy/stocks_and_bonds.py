"""Stocks and bonds in fixed shares: what a portfolio of both has to be better than."""

from concurrent.futures import Executor
from typing import Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.events import Job
from forefolio.core.market_argument import takes_market
from forefolio.core.units import Array, Dates, Share
from forefolio.market import Market
from forefolio.optimize import Allocation
from forefolio.risk import LedoitWolf
from forefolio.risk.covariance.kinds import apart, is_mixed
from forefolio.strategy.base import Policy
from forefolio.strategy.baselines import HISTORY, equal, weigh_alive


class StocksAndBonds(Component):
    """60 % in stocks and 40 % in bonds and gold, equal weights within each.

    Prices tell which is which, as of each decision: bonds and gold are calmer than most assets and
    move less than half as much with the others; an asset whose sector is known is a stock. Where
    fewer than a tenth are of that kind all have equal weights.

    >>> import forefolio as ff
    >>> market = ff.simulated_market(seed=1, sessions=300, assets=4)
    >>> ff.AllocationStrategy(ff.StocksAndBonds()).allocate(market).weights.round(3).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """

    kind: Literal["stocks_and_bonds"] = "stocks_and_bonds"
    stocks: Share = Field(0.6, description="Share of the stocks; bonds and gold have the rest.")

    @property
    def name(self) -> str:
        """What tables call it, such as "60/40"."""
        return f"{self.stocks * 100:.0f}/{(1 - self.stocks) * 100:.0f}"

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:  # noqa: ARG002
        """Nothing to prepare."""
        yield from ()
        return self.decide

    def suits(self, market: Market) -> bool:
        """Whether bonds or gold stand beside stocks, among what trades at the last session."""
        return has_bonds(market)

    def decide(self, snapshot: Market, current: Array) -> Allocation:  # noqa: ARG002
        """The shares, by what the assets have been as of the last session.

        Raises:
            NotEnoughHistory: no asset has traded on enough of the last `HISTORY` sessions.
        """
        return weigh_alive(snapshot, HISTORY, self.name, self._weigh)

    def _weigh(self, held: Market) -> Array:
        covariance = LedoitWolf()(held)
        bonds = apart(covariance, held.sectors)
        if not is_mixed(covariance, held.sectors):
            return equal(len(bonds))
        share = np.where(bonds, 1.0 - self.stocks, self.stocks)
        weights: Array = share / np.where(bonds, bonds.sum(), (~bonds).sum())
        return weights


@takes_market
def has_bonds(market: Market) -> bool:
    """Whether bonds or gold stand beside stocks at the last session, among what trades then."""
    alive = market.select(
        [asset for asset, silent in zip(market.assets, market.silent, strict=True) if not silent]
    )
    return is_mixed(LedoitWolf()(alive), alive.sectors)
