"""From weights to whole-share orders: what to buy and sell, at which prices, at what cost.

1. The weights are those given, or those of a run: the last one that has any, unless one is named.
2. Prices that are not given are the last closes of the data: what was paid where the source has
   that, else the adjusted close, and it is said of when.
3. Weights become whole shares (`whole_shares`).
4. Where lots are known, a sale says which it takes, and what is gained on them (`sold_lots`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from forefolio.core.component import Component, content_digest
from forefolio.core.errors import InputError, UnknownTicker
from forefolio.core.events import Job, Progress, Started
from forefolio.core.units import Balance, Bps, Money, Share
from forefolio.core.wording import listed, number
from forefolio.market import Loaded, Market
from forefolio.optimize.lots import AnyLot, LotOrder, SoldLot, check_bought, shares_of, sold_lots
from forefolio.optimize.shares import Orders, whole_shares
from forefolio.studies.base import StudyDocument
from forefolio.studies.data import Data, repairs
from forefolio.studies.holding import (
    Amounts,
    Chosen,
    Holding,
    PortfolioFacts,
    named_otherwise,
)
from forefolio.studies.order_reasons import NoTrade, lots_taken, reasons
from forefolio.studies.place import Place, Recall
from forefolio.studies.result import DataFacts, Number, Result, notes

Action = Literal["Buy", "Sell", "Keep"]


class Order(Component):
    """What to do with one asset."""

    ticker: str = Field(description="The asset.")
    action: Action = Field(description="Buy, Sell or Keep.")
    trade: float = Field(description="Shares to buy; negative: to sell.")
    shares: float = Field(description="Shares afterwards, whole ones where it trades.")
    held: float = Field(description="Shares before.")
    price: float = Field(description="Money per share.")
    priced: date | None = Field(description="The session of that close; none: it was given.")
    value: float = Field(description="Money in it afterwards.")
    weight: float = Field(description="That as a fraction of the capital.")
    target: float = Field(description="The weight asked for.")
    reason: str = Field("", description="Why it is traded, or left as it is.")


Lots = Annotated[
    tuple[AnyLot, ...],
    BeforeValidator(lambda given: (given,) if isinstance(given, str) else given),
    Field(
        description='What was bought when and for how much a share, such as "AAPL 10 at 90 on '
        '2020-05-04"; sales then say which of it they take.',
        json_schema_extra={"several": True, "in_words": True},
    ),
]
"""Tax lots in words, one or several."""


class PortfolioOrders(Result):
    """Orders that bring an account to its weights; money is in the currency of the prices."""

    kind: Literal["orders"] = "orders"
    portfolio: PortfolioFacts = Field(description="Whose weights they are, and which.")
    orders: tuple[Order, ...] = Field(description="The largest positions first.")
    capital: float = Field(description="Money: what is held, and cash.")
    cash: float = Field(description="Money left when all is done.")
    cost: float = Field(description="Money that trading takes.")
    error: float = Field(
        description="Sum of the distances between weights and targets, fraction of the capital."
    )
    sold: tuple[SoldLot, ...] = Field((), description="Lots that the sales take, in their order.")
    realised_gain: Number = Field(
        None, description="Money: what sales gain on their lots, before costs; none without lots."
    )
    short_term_gain: Number = Field(
        None,
        description="The part of it on lots held for a year or less; lots of no known day have no "
        "part in it.",
    )


class OrdersStudy(StudyDocument):
    """Turn weights into whole-share orders for a capital, with what they cost and leave in cash.

    Without other weights: those of the last run that has any. Prices that are not given are the
    last closes of the data, as they were paid where the source has that; adjusted ones otherwise,
    which nobody trades at.

    >>> import forefolio as ff
    >>> data = ff.Data(source=ff.Synthetic(sessions=400, assets=3), minimum_sessions=100)
    >>> study = ff.OrdersStudy(data=data, weights={"A0": 0.6, "A1": 0.4}, capital=10_000)
    >>> [order.ticker for order in ff.ask(study).orders]
    ['A0', 'A1']
    """

    path: ClassVar[str] = "orders"
    command: ClassVar[str] = "orders"
    result: ClassVar[type[PortfolioOrders]] = PortfolioOrders
    stages: ClassVar[Mapping[str, float]] = {"data": 70, "orders": 30}

    kind: Literal["orders"] = "orders"
    capital: Money | None = Field(None, description="Such as 25,000: what is held, and cash.")
    cash: Balance | None = Field(
        None, description="The money beside what is held; it takes the place of the capital."
    )
    holding: Holding = Field(
        Holding(run="last"), description="The weights: given, or those of a run."
    )
    holdings: Amounts = Field(
        {},
        description="Shares held now, such as AAPL=10,KO=5; what has no weight is sold.",
        json_schema_extra={"in_words": True},
    )
    prices: Amounts = Field(
        {}, description="Money per share, such as AAPL=190.1.", json_schema_extra={"in_words": True}
    )
    lots: Lots = ()
    sell_first: LotOrder = Field(
        "highest_cost",
        description="Lots that sales take first: highest_cost, oldest, or long_term, held for more "
        "than a year.",
    )
    cost_bps: Bps = Field(10.0, description="What trading costs, basis points of money traded.")
    smallest_trade: Balance = Field(
        0.0, description="Money: what would trade less is left as it is."
    )
    band: Share = Field(
        0.0,
        description="No-trade band: what is held, and no further than this from its weight, is "
        "left as it is.",
    )
    data: Data = Field(Data(), description="Which prices, of which assets and dates.")

    @model_validator(mode="after")
    def _has_money(self) -> Self:
        if self.capital is None and self.cash is None:
            raise ValueError(
                "say what there is to invest: capital, such as 25,000, or cash, the money beside "
                "the holdings"
            )
        return self

    @model_validator(mode="after")
    def _has_lots_of_all_it_holds(self) -> Self:
        for ticker, shares in shares_of(self.lots).items():
            if abs(self.held[ticker] - shares) > 1e-6 * shares:
                raise ValueError(
                    f"holdings: {self.held[ticker]:g} {ticker} are held, and its lots have "
                    f"{shares:g}; name every lot, or none"
                )
        return self

    @property
    def held(self) -> dict[str, float]:
        """Shares by ticker: those said, and else those of the lots."""
        return {**shares_of(self.lots), **self.holdings}

    def settled(self, recall: Recall) -> Self:
        """The same question with a run's whole id, and with its data unless others are named.

        Raises:
            InputError: there is no such run; or no run is named, and the last has other data.
        """
        if self.holding.run is None:
            return self
        chosen = self.holding.chosen(recall)
        own, run = chosen.data or self.data, chosen.run or ""
        other = named_otherwise(self.data, own)
        if other and self.holding.run == "last":
            raise InputError(
                f"the latest {chosen.words} have other data than these prices: the "
                f"{listed(other)} differ; say --run {run[:8]} if that is meant, or give --weights"
            )
        data = self.data if other else own
        return self.model_copy(update={"data": data, "holding": Holding(run=run)})

    def job(self, place: Place) -> Job[PortfolioOrders]:
        """Look up the prices that are not given, and make the orders.

        Raises:
            InputError: weights, prices or money make no sense together.
            UnknownTicker: the source has no price of something wanted.
        """
        yield Started(stage="data", total=1)
        chosen = self.holding.chosen(place.recall)
        weights = yield from self._weights(chosen)
        needed = tuple(dict.fromkeys([*weights, *self.held]))
        loaded = yield from self._loaded(tuple(t for t in needed if t not in self.prices))
        yield Progress(stage="data", done=1, total=1)
        yield Started(stage="orders", total=1)
        closes = {} if loaded is None else _last_closes(loaded.market)
        prices = {**self.prices, **{ticker: close.price for ticker, close in closes.items()}}
        left = NoTrade(smallest=self.smallest_trade, band=self.band)
        orders = whole_shares(
            weights,
            prices,
            self._money(prices),
            self.held,
            self.cost_bps,
            left.smallest,
            left.band,
        )
        yield Progress(stage="orders", done=1, total=1)
        about = self._about(chosen, closes, loaded, needed)
        about["remarks"] = (*about.get("remarks", ()), *notes(self._owed(orders), "prices"))
        check_bought(self.lots, about["as_of"])
        sold = tuple(self._sold(orders, about["as_of"]))
        return PortfolioOrders(
            **about,
            **_gains(sold, known=bool(self.lots)),
            portfolio=_facts(chosen, weights),
            orders=tuple(_rows(orders, closes, left, sold)),
            capital=orders.capital,
            cash=orders.cash,
            cost=orders.cost,
            error=orders.error,
        )

    def _weights(self, chosen: Chosen) -> Job[dict[str, float]]:
        """By ticker; equal ones are of all the assets of the data."""
        if chosen.weights is not None:
            return dict(chosen.weights)
        loaded = yield from self.data.read()
        assets = loaded.market.assets
        return dict.fromkeys(assets, 1.0 / len(assets))

    def _sold(self, orders: Orders, on: date) -> Iterator[SoldLot]:
        """The lots that sales take, where they are known."""
        for ticker, trade, price in zip(orders.assets, orders.trades, orders.prices, strict=True):
            own = [lot for lot in self.lots if lot.ticker == ticker]
            if own and trade < 0:
                sold = min(-float(trade), self.held[ticker])  # what is sold beyond it is short
                yield from sold_lots(own, sold, float(price), on, self.sell_first)

    def _owed(self, orders: Orders) -> tuple[str, ...]:
        """That more is held than the capital is, which is then no sum of what is held and cash."""
        worth = float(orders.held @ orders.prices)
        if self.cash is not None or worth <= orders.capital * (1 + 1e-9):
            return ()
        return (
            f"what is held is worth {number(worth)}, more than the capital of "
            f"{number(orders.capital)}: the rest is taken as owed; cash says what there is beside "
            "it",
        )

    def _money(self, prices: Mapping[str, float]) -> float:
        if self.cash is None:
            return self.capital or 0.0
        return self.cash + sum(shares * prices[name] for name, shares in self.held.items())

    def _loaded(self, tickers: tuple[str, ...]) -> Job[Loaded | None]:
        """The prices of these tickers; None where there are none to look up."""
        if not tickers:
            return None
        asked = self.data.model_copy(update={"tickers": tickers, "minimum_sessions": 1})
        try:
            loaded = yield from asked.read()
        except UnknownTicker as error:
            kept = [ticker for ticker in error.tickers if ticker in self.held]
            if not kept:
                raise
            raise InputError(
                f"no price of {listed(kept)}, held already: {error}; give one, as in --prices "
                f"{kept[0]}=12.50"
            ) from None
        if not loaded.report.has_prices:
            raise InputError(
                f"{asked.facts(loaded).name} holds returns, and what a share costs does not follow "
                f"from them; orders take each price, as in --prices {tickers[0]}=12.50"
            )
        return loaded

    def _about(
        self,
        chosen: Chosen,
        closes: Mapping[str, "_Close"],
        loaded: Loaded | None,
        needed: tuple[str, ...],
    ) -> dict[str, Any]:
        """The fields that every result has."""
        if loaded is None:
            day = chosen.made or datetime.now(UTC).date()
            digest = content_digest(repr(sorted(self.prices.items())))
            facts = DataFacts.without_prices("given prices", needed, digest)
            return {"as_of": day, "data": facts}
        latest = max(close.day for close in closes.values())
        facts = self.data.facts(loaded)
        warnings = notes(_warnings(facts.name, closes, chosen.made), "prices")
        return {
            "as_of": latest,
            "data": facts,
            "remarks": (*repairs(loaded.report), *warnings),
        }


@dataclass(frozen=True, slots=True)
class _Close:
    price: float
    day: date
    traded: bool  # whether that is what was paid, and no adjusted price


def _last_closes(market: Market) -> dict[str, _Close]:
    """The last close of each asset in money, as far as the source has it."""
    paid = market.close * np.nan if market.traded_close is None else market.traded_close
    last = {}
    for column, asset in enumerate(market.assets):
        row = int(np.flatnonzero(np.isfinite(market.close[:, column]))[-1])
        price, traded = float(market.price[row, column]), bool(np.isfinite(paid[row, column]))
        last[asset] = _Close(price, market.sessions[row].astype(object), traded)
    return last


def _facts(chosen: Chosen, weights: Mapping[str, float]) -> PortfolioFacts:
    return PortfolioFacts(
        words=chosen.words,
        run=chosen.run,
        made=chosen.made,
        weights=weights,
        cash=1.0 - sum(weights.values()),
    )


def _gains(sold: tuple[SoldLot, ...], *, known: bool) -> dict[str, Any]:
    short = [one.gain for one in sold if one.long_term is False]
    if not known:
        return {}
    gain = sum(one.gain for one in sold)
    return {"sold": sold, "realised_gain": gain, "short_term_gain": sum(short)}


def _rows(
    orders: Orders, closes: Mapping[str, _Close], left: NoTrade, sold: tuple[SoldLot, ...]
) -> Iterator[Order]:
    why = dict(zip(orders.assets, reasons(orders, left), strict=True))
    table = orders.to_frame().sort_values("value", ascending=False, kind="stable")
    for ticker, row in table.iterrows():
        close = closes.get(str(ticker))
        trade = float(row["trade"])
        yield Order(
            ticker=str(ticker),
            action="Buy" if trade > 0 else "Sell" if trade < 0 else "Keep",
            trade=trade,
            priced=None if close is None else close.day,
            reason=why[str(ticker)] + lots_taken([x for x in sold if x.ticker == ticker]),
            **{name: float(row[name]) for name in _COLUMNS},
        )


_COLUMNS = ("shares", "held", "price", "value", "weight", "target")


def _warnings(where: str, closes: Mapping[str, _Close], made: date | None) -> Iterator[str]:
    """What to look at before the orders are placed."""
    latest = max(close.day for close in closes.values())
    adjusted = [ticker for ticker, close in closes.items() if not close.traded]
    whose = "prices are" if len(adjusted) == len(closes) else f"prices of {listed(adjusted)} are"
    yield (
        f"{whose} the adjusted closes of {latest} ({where}), which are not traded prices; "
        "give today's before placing an order"
        if adjusted
        else f"prices are the closes of {latest} ({where}); give today's before placing an order"
    )
    if made is not None and made != latest:
        yield f"the weights were made after the close of {made}, the prices are of {latest}"
    for ticker, close in closes.items():
        if close.day != latest:
            yield f"{ticker} last traded on {close.day}: its price is of that day"
