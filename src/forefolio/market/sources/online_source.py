"""Prices of a provider in the network as a source: refreshed first, then read as stored."""

from typing import Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import InputError, SourceUnavailable
from forefolio.core.events import finish
from forefolio.core.settings import Settings
from forefolio.market.online.offers import OFFERS, ProviderNames
from forefolio.market.online.refreshing import EARLIEST, TickerRefresh, Wish, refreshed
from forefolio.market.online.supply import Supply
from forefolio.market.sources.base import Raw
from forefolio.market.sources.stored import StoredPrices, pinned, reading_from
from forefolio.store.price_database import PriceDatabase

_FIRST, _LAST = np.datetime64("1800-01-02", "D"), np.datetime64("2200-01-01", "D")


class Online(Component):
    """Providers in the network, asked in turn; what they answer is kept, and then read.

    A stored study is asked about the version of the prices that there is once they are refreshed.
    """

    kind: Literal["online"] = "online"
    providers: ProviderNames = Field(
        (),
        description="Such as yahoo, or several in the order in which they are asked; none: those "
        "of FOREFOLIO_SOURCES.",
    )

    def version(self) -> str:
        """Names what is stored now; a study is about what there is once it is refreshed."""
        return StoredPrices(sources=self.providers).version()

    def read(
        self, tickers: tuple[str, ...] | None, start: np.datetime64, end: np.datetime64
    ) -> Raw:
        """Refresh the prices of `tickers`, by default of all that are stored, and read them.

        Raises:
            SourceUnavailable: nobody answers, and nothing is stored.
        """
        supply = Supply(settings=Settings.read().prepare())
        wish = Wish(
            tickers=tickers or all_stored(supply.prices, self.providers),
            sources=self.providers,
            start=EARLIEST if start < _FIRST else start.astype(object),
            end=None if end > _LAST else end.astype(object),
        )
        stored = stored_after(supply.prices, finish(refreshed(supply, wish)))
        with reading_from(supply.prices):
            return stored.read(tickers, start, end)


def all_stored(prices: PriceDatabase, sources: tuple[str, ...]) -> tuple[str, ...]:
    """The tickers that are stored of some providers.

    Raises:
        InputError: there are none.
    """
    names = sources or tuple(name for name in prices.sources() if name in OFFERS)
    found = tuple(dict.fromkeys(ticker for _, ticker in prices.coverage(names)))
    if not found:
        raise InputError(
            "say which tickers, such as --tickers AAPL,MSFT: nothing of "
            f"{', '.join(sources) or 'any provider'} is stored yet"
        )
    return found


def stored_after(prices: PriceDatabase, rows: tuple[TickerRefresh, ...]) -> StoredPrices:
    """What a refresh has brought, as a source of this very version.

    Raises:
        SourceUnavailable: it has brought nothing, and nothing was there.
    """
    chosen = {row.ticker: row.source for row in rows if row.source}
    if not chosen:
        reasons = "; ".join(dict.fromkeys(row.reason for row in rows))
        raise SourceUnavailable(f"no prices could be had: {reasons}")
    stored = pinned(prices, tuple(dict.fromkeys(chosen.values())), tuple(chosen), chosen)
    missing = {row.ticker: row.reason for row in rows if not row.source}
    return stored.model_copy(update={"sources": (), "missing": missing})
