"""How decisions become trades: decision dates, costs, the cash rate, delistings."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Discriminator, Field, Tag

from forefolio.backtest.delisting import DelistingLoss
from forefolio.backtest.metrics import per_session
from forefolio.core.component import Component
from forefolio.core.errors import DataError, NotEnoughHistory
from forefolio.core.units import AnnualRate, Array, Days, Money
from forefolio.market import Market
from forefolio.market.calendar import AnySchedule, Every, Rows
from forefolio.optimize.objectives.costs import AnyCost, Proportional
from forefolio.optimize.objectives.fees import AnyFees, Fees
from forefolio.strategy import Scheduled, Strategy

CashRate = Annotated[
    Annotated[AnnualRate, Tag("rate")] | Annotated[Literal["risk_free"], Tag("series")],
    Discriminator(lambda value: "series" if value == "risk_free" else "rate"),
]
"""A rate per year, or "risk_free": the market's own series of that name."""


class Trading(Component):
    """The account of a backtest: decision dates, costs, cash, and assets that stop trading.

    A decision at the close of session t is traded in session t + 1 (`Market.trade_price`).
    `cash_rate` is per year; `warmup` counts sessions before the first decision; an asset without a
    close for `delist_after` sessions is delisted and loses `delisting_loss` of its last close.

    >>> from forefolio.market import simulated_market
    >>> market = simulated_market(seed=1, sessions=600, assets=2)
    >>> Trading(decide=Every(sessions=21), warmup=504).decision_rows(market)
    array([503, 524, 545, 566, 587])
    """

    decide: AnySchedule = Field(
        Every(),
        description="Sessions on which a strategy without a schedule of its own decides anew.",
    )
    warmup: Days = Field(504, description="Sessions of prices that the first decision rests on.")
    costs: tuple[AnyCost, ...] = Field(
        (Proportional(),), description="What trading costs; several are added up."
    )
    fees: AnyFees = Field(Fees(), description="What holding costs a year; none unless given.")
    capital: Money = Field(1_000_000.0, description="Value of the portfolio at the start.")
    cash_rate: CashRate = Field(
        0.02, description="What cash earns a year, or `risk_free` for the market's own series."
    )
    delist_after: Days = Field(
        21,
        description="Sessions without a close after which an asset counts as delisted.",
        json_schema_extra={"advanced": True},
    )
    delisting_loss: DelistingLoss = Field(
        "unknown",
        description=(
            "Share of its last close that a delisted asset loses, or the reason it stopped trading."
        ),
        json_schema_extra={"advanced": True},
    )

    @property
    def is_proportional(self) -> bool:
        """Whether trading costs in proportion to what is traded, whatever its volume."""
        return all(isinstance(cost, Proportional) for cost in self.costs)

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
        """Return (T,) in each session of cash held since the previous close.

        Raises:
            DataError: the market has no series "risk_free", or none yet at the first decision.
        """
        if self.cash_rate != "risk_free":
            return np.full(len(market), per_session(self.cash_rate, market.periods_per_year))
        if "risk_free" not in market.series:
            raise DataError("cash_rate is 'risk_free', and this market has no such series")
        rate = _carried_forward(market.series["risk_free"])
        start = self.warmup - 1
        if np.isnan(rate[start : start + 1]).any():
            raise DataError(f"there is no risk-free rate yet on {market.sessions[start]}")
        return np.concatenate([rate[:1], rate[:-1]])


def scheduled(strategy: Strategy, trading: Trading) -> Trading:
    """The account, with the schedule of the strategy where it has one of its own."""
    own = strategy.schedule if isinstance(strategy, Scheduled) else None
    return trading if own is None else trading.model_copy(update={"decide": own})


def _carried_forward(values: Array) -> Array:
    rows = np.where(np.isfinite(values), np.arange(len(values)), -1)
    last = np.maximum.accumulate(rows)
    return np.where(last >= 0, values[last], np.nan)
