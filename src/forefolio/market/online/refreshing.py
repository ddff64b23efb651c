"""Stored prices brought up to date: only the days that are missing are asked for.

1. A ticker stays with the provider that its series came from while that one answers; another one's
   series stands beside it under its own name, and is never mixed with it.
2. The last days are asked for once more. If they are the same, the new ones are added; if they are
   not, the provider has adjusted or corrected its series, and all of it is loaded anew.
3. Each ticker is stored whole before the next is asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import DataError, UnknownTicker
from forefolio.core.events import Job, Note, Progress, Started
from forefolio.core.failpoints import failpoint
from forefolio.core.lazy import lazy
from forefolio.core.logs import about
from forefolio.market.online.base import Daily, Offer, Provider
from forefolio.market.online.catalog import Providers
from forefolio.market.online.checking import Checked, checked, last_final
from forefolio.market.online.covered import Covered, cover, covered
from forefolio.market.online.supply import Supply
from forefolio.store.price_database import PriceDatabase

if TYPE_CHECKING:
    from forefolio.store.price_facts import Coverage
    from forefolio.store.price_rows import PriceSeries

price_rows: Any = lazy("forefolio.store.price_rows")

EARLIEST = date(1990, 1, 1)  # from when prices are asked for where nobody says it
OVERLAP = 21  # calendar days that are asked for once more
ALIKE = 1e-5  # of the price: by how much two answers may differ by rounding
STAGE = "refresh"
MOST_REJECTED = 200  # rows of a ticker that a result lists

State: TypeAlias = Literal["new", "added", "current", "reloaded", "old", "failed"]


class Refusal(Component):
    """A provider that was asked and did not answer with prices."""

    source: str = Field(description="The provider.")
    code: str = Field(description="A stable name of the error, such as source_limited.")
    message: str = Field(description="What is the matter, and what to do.")


class RejectedRow(Component):
    """A row of an answer that is not stored."""

    day: str = Field(description="Its day; empty where it could not be read.")
    reason: str = Field(description="Why it is no price.")
    row: str = Field(description="What the provider wrote, as JSON.")


class TickerRefresh(Component):
    """What a refresh came to for one ticker."""

    ticker: str = Field(description="The ticker.")
    state: State = Field(
        description="new, added, current (nothing was missing), reloaded (the provider changed its "
        "series), old (nobody answered: what is stored is used) or failed."
    )
    source: str = Field("", description="Whose prices are stored; empty if there are none.")
    first: date | None = Field(None, description="The first day that is stored.")
    last: date | None = Field(None, description="The last day that is stored.")
    rows: int = Field(0, description="How many days are stored.")
    added: int = Field(0, description="How many of them are new.")
    changed: int = Field(0, description="How many days have other values than before.")
    asked_from: date | None = Field(None, description="The first day asked for; none if none was.")
    currency: str = Field("", description="Of the prices, where the provider says it.")
    rejected: int = Field(0, description="How many rows of the answer are no prices.")
    rejected_rows: tuple[RejectedRow, ...] = Field(
        (), description=f"The first {MOST_REJECTED} of them."
    )
    notes: tuple[str, ...] = Field((), description="What is odd about the prices.")
    refusals: tuple[Refusal, ...] = Field((), description="Who was asked without an answer.")

    @property
    def reason(self) -> str:
        """Why there is no answer, in a line."""
        return "; ".join(one.message for one in self.refusals)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What should be there: these tickers between two days, from these providers in turn."""

    tickers: tuple[str, ...]
    sources: tuple[str, ...] = ()
    start: date = EARLIEST
    end: date | None = None


def refreshed(supply: Supply, wish: Wish) -> Job[tuple[TickerRefresh, ...]]:
    """Bring stored prices up to date, ticker by ticker.

    Raises:
        InputError: there is no such provider.
    """
    providers, prices = supply.providers(), supply.prices
    asked = providers.named(wish.sources)
    have = prices.coverage(one.offer.name for one in asked)
    rows = []
    yield Started(stage=STAGE, total=len(wish.tickers))
    for done, ticker in enumerate(wish.tickers, 1):
        one = _Refreshing(providers, prices, wish, ticker, have)
        with about(ticker=ticker):
            rows.append(one.by(asked))
        failpoint("refresh.ticker")
        if rows[-1].refusals:
            yield Note(code="not_refreshed", about=ticker, message=sentence(rows[-1]))
        yield Progress(stage=STAGE, done=done, total=len(wish.tickers), message=f"prices {ticker}")
    return tuple(rows)


def sentence(row: TickerRefresh) -> str:
    """What a person should know of a ticker that somebody did not answer about."""
    if row.state == "old":
        return f"{row.ticker}: prices until {row.last} are used, since {row.reason}"
    if row.state == "failed":
        return f"{row.ticker}: {row.reason}"
    return f"{row.ticker}: prices of {row.source} are used, since {row.reason}"


class _Refreshing:
    """One ticker being refreshed."""

    def __init__(
        self,
        providers: Providers,
        prices: PriceDatabase,
        wish: Wish,
        ticker: str,
        have: "Mapping[tuple[str, str], Coverage]",
    ) -> None:
        self._providers, self._prices, self._wish, self._ticker = providers, prices, wish, ticker
        self._have = {source: one for (source, name), one in have.items() if name == ticker}

    def by(self, asked: tuple[Provider, ...]) -> TickerRefresh:
        """Ask whoever has been asked before first."""
        order = sorted(asked, key=lambda one: one.offer.name not in self._have)
        refusals: list[Refusal] = []
        for provider in order:
            name = provider.offer.name
            if name in self._have and self._is_current(name):
                return self._row(name, "current", refusals)
            try:
                row = self._from(provider, refusals)
            except DataError as error:
                refusals.append(Refusal(source=name, code=error.code, message=str(error)))
                continue
            if row is not None:
                return row
        earlier = next((p.offer.name for p in order if p.offer.name in self._have), "")
        return self._row(earlier, "old" if earlier else "failed", refusals)

    # -- what is missing -------------------------------------------------------------------------

    def _end(self, zone: str) -> date:
        """The last weekday whose session is over, and that is asked for."""
        final = last_final(zone, self._providers.now())
        end = min(self._wish.end or final, final)
        last: date = np.busday_offset(end, 0, roll="backward").astype(object)
        return end if zone in ("UTC", "Etc/UTC", "GMT") else last

    def _covered(self, source: str) -> Covered:
        """What was asked of a source; what is stored was asked at least."""
        own = self._have[source]
        first, last = own.first.astype(object), own.last.astype(object)
        covered_days = covered(self._providers.limits, source, self._ticker)
        return covered_days or Covered(since=first, until=last)

    def _is_current(self, source: str) -> bool:
        covered_days = self._covered(source)
        return covered_days.since <= self._wish.start and covered_days.until >= self._end(
            covered_days.zone
        )

    def _start(self, source: str) -> date:
        """From when to ask: a few days again, or everything where the beginning is missing."""
        if source not in self._have or self._covered(source).since > self._wish.start:
            return self._wish.start
        last: date = self._have[source].last.astype(object)
        return max(last - timedelta(days=OVERLAP), self._wish.start)

    # -- asking ----------------------------------------------------------------------------------

    def _from(self, provider: Provider, refusals: list[Refusal]) -> TickerRefresh | None:
        """What one provider's answer comes to; None if it has none, which is noted."""
        name, start = provider.offer.name, self._start(provider.offer.name)
        one = self._answer(provider, start, refusals)
        if one is None:
            return None
        state: State = "added" if name in self._have else "new"
        if name in self._have and not self._agrees(name, one, provider.offer):
            whole = min(self._wish.start, self._covered(name).since)
            if start > whole:
                start = whole
                one = self._answer(provider, start, refusals)
                if one is None:
                    return None
            state = "reloaded"
        return self._store(provider.offer, one, start, state, refusals)

    def _answer(self, provider: Provider, start: date, refusals: list[Refusal]) -> Checked | None:
        now, name = self._providers.now(), provider.offer.name
        end = max(self._wish.end or now.date(), start)
        try:
            daily = provider.daily(self._ticker, start, end)
        except UnknownTicker as error:
            reason = f"{name} has no prices of {self._ticker} since {start}"
            refusals.append(Refusal(source=name, code=error.code, message=reason))
            return None
        self._same_currency(name, daily)
        one = checked(daily, start, max(now.date(), end), now)
        if not len(one.daily.bars):
            why = one.rejected[0].reason if one.rejected else "the answer is empty"
            raise DataError(f"{name}: no row of {self._ticker} is a price: {why}")
        return one

    def _same_currency(self, source: str, daily: Daily) -> None:
        if source not in self._have:
            return
        covered_days = self._covered(source)
        if covered_days.currency and daily.currency and covered_days.currency != daily.currency:
            raise DataError(
                f"{source}: the currency of {self._ticker} was {covered_days.currency} and is "
                f"{daily.currency} now: another security may have its name; nothing is added"
            )

    def _agrees(self, source: str, one: Checked, offer: Offer) -> bool:
        """Whether the days that are stored say the same as the answer does."""
        stored = self._prices.series(source, [self._ticker])[self._ticker]
        new = _series(one.daily, offer)
        name = "value" if offer.kind == "series" else "close"
        days, old, own = np.intersect1d(stored.dates, new.dates, return_indices=True)
        if not len(days):
            return False
        before, now = stored.column(name)[old], new.column(name)[own]
        return bool(np.allclose(before, now, rtol=ALIKE, atol=0.0, equal_nan=True))

    # -- storing ---------------------------------------------------------------------------------

    def _store(
        self, offer: Offer, one: Checked, start: date, state: State, refusals: list[Refusal]
    ) -> TickerRefresh:
        daily, ticker = one.daily, self._ticker
        bad = [
            price_rows.RefusedRow(ticker=ticker, date=r.day, reason=r.reason, row=r.row)
            for r in one.rejected
        ]
        result = self._prices.upsert(offer.name, {ticker: _series(daily, offer)}, bad)
        self._have |= {
            source: coverage
            for (source, name), coverage in self._prices.coverage([offer.name]).items()
            if name == ticker
        }
        if offer.name not in self._have:
            raise DataError(f"{offer.name}: no row of {ticker} is a price")
        before = covered(self._providers.limits, offer.name, ticker)
        since = min(start, before.since) if before and state != "new" else start
        covered_days = Covered(
            since=since,
            until=self._end(daily.zone),
            currency=daily.currency or (before.currency if before else ""),
            zone=daily.zone,
        )
        cover(self._providers.limits, offer.name, ticker, covered_days)
        row = self._row(offer.name, state, refusals)
        lines = [RejectedRow(day=r.date, reason=r.reason, row=r.row) for r in result.refused]
        return row.model_copy(
            update={
                "added": result.inserted,
                "changed": result.changed,
                "asked_from": start,
                "rejected": len(lines),
                "rejected_rows": tuple(lines[:MOST_REJECTED]),
                "notes": one.notes,
            }
        )

    def _row(self, source: str, state: State, refusals: list[Refusal]) -> TickerRefresh:
        own = self._have.get(source)
        if own is None:
            return TickerRefresh(ticker=self._ticker, state=state, refusals=tuple(refusals))
        return TickerRefresh(
            ticker=self._ticker,
            state=state,
            source=source,
            first=own.first.astype(object),
            last=own.last.astype(object),
            rows=own.rows,
            currency=self._covered(source).currency,
            refusals=tuple(refusals),
        )


def _series(daily: Daily, offer: Offer) -> "PriceSeries":
    """A checked answer as it is stored: without what a provider adjusted beside the close."""
    columns = {n: v for n, v in daily.bars.columns.items() if n != "adjusted"}
    if offer.kind == "series":
        columns = {"value": columns["close"]}
    for name in ("dividend", "split"):  # nothing was paid, and one share is one: nothing to keep
        if name in columns:
            nothing = 0.0 if name == "dividend" else 1.0
            columns[name] = np.where(columns[name] == nothing, np.nan, columns[name])
    series: PriceSeries = price_rows.PriceSeries(dates=daily.bars.dates, columns=columns)
    return series
