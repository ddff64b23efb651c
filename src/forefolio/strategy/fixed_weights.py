"""Weights that somebody has chosen, kept: a saved portfolio as a strategy."""

from collections.abc import Mapping
from concurrent.futures import Executor
from typing import Literal

import numpy as np
from pydantic import Field, field_validator

from forefolio.core.component import Component
from forefolio.core.errors import ForefolioError, UnknownTicker
from forefolio.core.events import Job
from forefolio.core.units import Array, Dates
from forefolio.core.wording import listed
from forefolio.market import Market, refuse_percentages, sanitize_tickers
from forefolio.optimize import Allocation
from forefolio.strategy.base import Policy
from forefolio.strategy.baselines import alive


class FixedWeights(Component):
    """The weights given, gone back to at each decision; what they leave of 1 is cash.

    What does not trade at a decision has no weight then: its share is cash, and that is said. With
    hindsight weights earn well: they were chosen later than most of what they are tested on.

    >>> import forefolio as ff
    >>> market = ff.simulated_market(seed=1, sessions=300, assets=4)
    >>> rule = ff.FixedWeights(weights={"A0": 0.6, "A1": 0.3}, called="core")
    >>> rule.name, ff.AllocationStrategy(rule).allocate(market).weights.tolist()
    ('core', [0.6, 0.3, 0.0, 0.0])
    """

    kind: Literal["fixed_weights"] = "fixed_weights"
    weights: Mapping[str, float] = Field(
        {},
        description='Fractions by ticker, such as {"AAPL": 0.6, "KO": 0.3}; none: all is cash.',
    )
    called: str = Field("", max_length=80, description="What tables call it, such as core.")

    @field_validator("weights")
    @classmethod
    def _fractions(cls, given: Mapping[str, float]) -> Mapping[str, float]:
        weights = np.array(list(given.values()), dtype=np.float64)
        if not np.isfinite(weights).all():
            raise ValueError("every weight must be a number")
        try:
            refuse_percentages(weights)
            named = [
                (ticker, weight)
                for name, weight in given.items()
                for ticker in sanitize_tickers([name])
            ]
        except ForefolioError as error:
            raise ValueError(str(error)) from None
        return {ticker: sum(w for one, w in named if one == ticker) for ticker, _ in named}

    def __hash__(self) -> int:
        return hash(self.digest)  # a mapping has no hash of its own

    @property
    def name(self) -> str:
        """What tables call it."""
        return self.called or "fixed weights"

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:  # noqa: ARG002
        """Nothing to prepare.

        Raises:
            UnknownTicker: a weight is of an asset that the market never has.
        """
        yield from ()
        if unknown := [ticker for ticker in self.weights if ticker not in market.assets]:
            raise UnknownTicker(unknown, market.assets, "the market")
        return self.decide

    def decide(self, snapshot: Market, current: Array) -> Allocation:  # noqa: ARG002
        """The weights, of what trades at the last session."""
        wanted = np.array([self.weights.get(asset, 0.0) for asset in snapshot.assets])
        trades = alive(snapshot, 1)
        allocation = Allocation(
            assets=snapshot.assets, weights=np.where(trades, wanted, 0.0), method=self.kind
        )
        missing = [
            a for a, w, on in zip(snapshot.assets, wanted, trades, strict=True) if w and not on
        ]
        if not missing:
            return allocation
        return allocation.noted(f"{listed(missing)} did not trade: that share is cash")
