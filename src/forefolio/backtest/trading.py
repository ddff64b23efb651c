"""How decisions become trades: when, at what cost, and what cash earns meanwhile."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Discriminator, Tag

from forefolio.backtest.delisting import DelistingLoss
from forefolio.backtest.metrics import per_session
from forefolio.core.component import Component
from forefolio.core.errors import DataError, NotEnoughHistory
from forefolio.core.units import AnnualRate, Array, Days, Money
from forefolio.market import Market
from forefolio.market.calendar import AnySchedule, Every, Rows
from forefolio.optimize.objectives.costs import AnyCost, Proportional

CashRate = Annotated[
    Annotated[AnnualRate, Tag("rate")] | Annotated[Literal["risk_free"], Tag("series")],
    Discriminator(lambda given: "series" if given == "risk_free" else "rate"),
]
"""A rate per year, or the name of the market's own."""


class Trading(Component):
    """The account: decision dates, costs, cash and what happens to assets that stop trading.

    A decision at the close of session t is traded in session t + 1 (`Market.trade_price`).
    """

    decide: AnySchedule = Every()
    warmup: Days = 504
    costs: tuple[AnyCost, ...] = (Proportional(),)
    capital: Money = 1_000_000.0
    cash_rate: CashRate = 0.02
    delist_after: Days = 21
    delisting_loss: DelistingLoss = "unknown"

    def decision_rows(self, market: Market) -> Rows:
        """Rows (D,) of the market at whose close a decision is made and can still be traded.

        Raises:
            NotEnoughHistory: there is no such session after the warm-up.
        """
        rows = self.decide.dates(market.sessions[:-1], self.warmup - 1)
        if not len(rows):
            raise NotEnoughHistory(self.warmup + 1, len(market), "a backtest's first decision")
        return rows

    def cash_returns(self, market: Market) -> Array:
        """What cash held at the previous close earns in each session, (T,).

        Raises:
            DataError: the risk-free rate is asked for and not known, or not known early enough.
        """
        if self.cash_rate != "risk_free":
            rate = per_session(self.cash_rate, market.periods_per_year)
            return np.full(len(market), rate)
        if "risk_free" not in market.series:
            raise DataError("cash_rate is 'risk_free', and this market has no such series")
        known = _last_known(market.series["risk_free"])
        start = self.warmup - 1
        if np.isnan(known[start : start + 1]).any():
            raise DataError(f"the risk-free rate is not known on {market.sessions[start]}")
        return np.concatenate([known[:1], known[:-1]])


def _last_known(values: Array) -> Array:
    rows = np.where(np.isfinite(values), np.arange(len(values)), -1)
    last = np.maximum.accumulate(rows)
    return np.where(last >= 0, values[last], np.nan)
