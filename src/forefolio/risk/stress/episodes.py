"""Past episodes as stress scenarios: each asset's own return then, or by its market beta."""

from datetime import date
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from forefolio.core.component import Component
from forefolio.core.errors import DataError
from forefolio.core.units import Array
from forefolio.core.wording import listed
from forefolio.market import Market
from forefolio.market.cleaning.alignment import in_step
from forefolio.market.own_sessions import carried_forward
from forefolio.risk.factors.market_factors import market_growth
from forefolio.risk.factors.model import regression
from forefolio.risk.stress.base import Moves

FEWEST = 60  # sessions that a beta is estimated from


class Episode(Component):
    """A past episode: each asset's return from the close of `first` to the close of `last`.

    An asset without prices then has the return of its market beta, compounded:
    (1 + market)^beta - 1. The portfolio is not rebalanced on the way.

    >>> from datetime import date
    >>> Episode(name="crash of 1987", first=date(1987, 10, 13), last=date(1987, 10, 19)).name
    'crash of 1987'
    """

    kind: Literal["episode"] = "episode"
    name: Annotated[str, Field(min_length=1)] = Field(
        "pandemic", description="What the episode is called in tables."
    )
    first: date = Field(date(2020, 2, 19), description="Date whose close the episode starts from.")
    last: date = Field(date(2020, 3, 23), description="Date whose close the episode ends with.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.first >= self.last:
            raise ValueError(f"first {self.first} must be before last {self.last}")
        return self

    def moves(self, weights: Array, market: Market) -> Moves:
        """The return of every held asset in the episode.

        Raises:
            DataError: the market's sessions do not reach over the episode, or too little is known
                of an asset.
        """
        first, last = self._rows(market)
        returns, borrowed = np.zeros(len(weights)), []
        for column in np.flatnonzero(weights):
            close = carried_forward(market.close[: last + 1, [column]])[:, 0]
            if np.isfinite(close[first]) and not market[: first + 1].silent[column]:
                returns[column] = close[last] / close[first] - 1.0
            else:
                returns[column], beta = _by_beta(market, int(column), slice(first + 1, last + 1))
                borrowed.append(f"{market.assets[column]} ({beta:.2f})")
        borrowed_note = f"estimated by market beta, as there are no prices: {listed(borrowed)}"
        return Moves(returns=returns, notes=(borrowed_note,) if borrowed else ())

    def _rows(self, market: Market) -> tuple[int, int]:
        """Rows of the last sessions at or before the first and the last day."""
        days = np.array([self.first, self.last], dtype="datetime64[D]")
        first, last = (int(row) - 1 for row in np.searchsorted(market.sessions, days, "right"))
        if first < 0 or last <= first or days[1] > market.sessions[-1]:
            raise DataError(
                f"prices run from {market.sessions[0]} to {market.sessions[-1]}, the episode from "
                f"{self.first} to {self.last}"
            )
        return first, last


EPISODES = (  # closing highs and lows of the S&P 500
    Episode(name="dot-com crash", first=date(2000, 3, 24), last=date(2002, 10, 9)),
    Episode(name="financial crisis", first=date(2007, 10, 9), last=date(2009, 3, 9)),
    Episode(name="euro and downgrade", first=date(2011, 4, 29), last=date(2011, 10, 3)),
    Episode(name="pandemic", first=date(2020, 2, 19), last=date(2020, 3, 23)),
    Episode(name="inflation and rates", first=date(2022, 1, 3), last=date(2022, 10, 12)),
)


def _by_beta(market: Market, column: int, over: slice) -> tuple[float, float]:
    """The return of an asset by its market beta, and the beta."""
    then = market_growth(market)[over]
    if not np.isfinite(then).any():
        raise DataError(f"neither {market.assets[column]} nor the market has prices then")
    step = in_step(market, len(market))
    index, close = market_growth(step), step.returns[:, column]
    finite = np.isfinite(index) & np.isfinite(close)
    if finite.sum() < FEWEST:
        raise DataError(
            f"{market.assets[column]} has no prices then, and too few for a beta: "
            f"{finite.sum()}, {FEWEST} are needed"
        )
    beta = float(regression(close[finite], index[finite, None])[0][1])
    whole = float(np.prod(1.0 + then[np.isfinite(then)]))
    return whole**beta - 1.0, beta
