"""Stored prices for what has no event loop: a source, a job, a command.

Each call opens the database, does one thing whole, and closes it.
"""

from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from forefolio.core.lazy import lazy
from forefolio.core.settings import Settings

if TYPE_CHECKING:
    from forefolio.store.price_facts import Coverage, Imported, PriceVersion
    from forefolio.store.price_rows import PriceSeries, RefusedRow
    from forefolio.store.prices import Prices

asyncio: Any = lazy("asyncio")
opened: Any = lazy("forefolio.store.prices")

T = TypeVar("T")


def price_database(settings: Settings) -> "PriceDatabase":
    """The prices where the settings say that they are."""
    return PriceDatabase(url=settings.prices_url)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceDatabase:
    """The prices of one database, at its URL, which may hold a password."""

    url: str = field(repr=False)

    def sources(self) -> list[str]:
        """The sources that have prices."""
        return self._done(lambda prices: prices.sources())

    def coverage(self, sources: Iterable[str]) -> "dict[tuple[str, str], Coverage]":
        """What each source has now, by source and ticker."""

        async def look(prices: "Prices") -> "dict[tuple[str, str], Coverage]":
            return {
                (source, ticker): one
                for source in dict.fromkeys(sources)
                for ticker, one in (await prices.coverage(source)).items()
            }

        return self._done(look)

    def upsert(
        self,
        source: str,
        series: "Mapping[str, PriceSeries]",
        refused: "Iterable[RefusedRow]" = (),
    ) -> "Imported":
        """Store what is new or says something else; see `Prices.upsert`."""
        return self._done(lambda prices: prices.upsert(source, series, refused=refused))

    def series(
        self,
        source: str,
        tickers: Sequence[str],
        version: int | None = None,
        *,
        start: np.datetime64 | None = None,
        end: np.datetime64 | None = None,
    ) -> "dict[str, PriceSeries]":
        """The rows of each ticker that has any, as they were at `version`."""
        return self._done(
            lambda prices: prices.series(source, tickers, start=start, end=end, version=version)
        )

    def version(self, source: str) -> "PriceVersion | None":
        """The latest version of a source."""
        return self._done(lambda prices: prices.version(source))

    def digest(self, source: str, tickers: Sequence[str], version: int) -> str:
        """The name of all that a source has of `tickers` at a version."""
        return self._done(lambda prices: prices.digest(source, tickers, version))

    def refused(self, source: str, limit: int = 1000) -> "list[RefusedRow]":
        """The rows of a source that are kept apart."""
        return self._done(lambda prices: prices.refused(source, limit))

    def _done(self, work: "Callable[[Prices], Coroutine[Any, Any, T]]") -> T:
        async def do() -> T:
            async with opened.Prices.open(self.url) as prices:
                result: T = await work(prices)
                return result

        with ThreadPoolExecutor(1) as thread:  # a notebook has an event loop of its own
            done: T = thread.submit(asyncio.run, do()).result()
            return done
