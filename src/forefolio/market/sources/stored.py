"""Prices in the database as a source: of a version, so that a question is about what it says."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component, content_digest
from forefolio.core.errors import DataError
from forefolio.core.lazy import lazy
from forefolio.core.settings import Settings
from forefolio.core.units import Words
from forefolio.market.cleaning.quality import Finding
from forefolio.market.sources.base import Bars, PublishedSeries, Raw
from forefolio.market.sources.fred_series import FRED, is_mapped, known_series
from forefolio.market.universe import daily_series
from forefolio.store.price_database import PriceDatabase, price_database

if TYPE_CHECKING:
    from forefolio.store.price_rows import PriceSeries

adjusting: Any = lazy("forefolio.store.adjusting")

_HERE: ContextVar[PriceDatabase | None] = ContextVar("stored_prices", default=None)


@contextmanager
def reading_from(prices: PriceDatabase) -> Iterator[None]:
    """Inside, stored prices are those of this database."""
    token = _HERE.set(prices)
    try:
        yield
    finally:
        _HERE.reset(token)


def prices_here() -> PriceDatabase:
    """The database of prices that is read here; by default that of the environment."""
    return _HERE.get() or price_database(Settings.read())


class StoredPart(Component):
    """Some tickers of one source as they were at one of its versions."""

    source: str = Field(description="The source that they came from, such as yahoo.")
    version: int = Field(description="Its version: each change of its prices makes another.")
    tickers: tuple[str, ...] = Field(description="Which of its tickers.")
    content: str = Field(description="A digest of their content.")


class StoredPrices(Component):
    """Prices that were fetched or imported before, as the database has them."""

    kind: Literal["stored"] = "stored"
    sources: Words = Field(
        (), description="Only what came from these, such as yahoo; none: from any."
    )
    parts: tuple[StoredPart, ...] = Field(
        (),
        description="Which version of which tickers; none: the latest, fixed when it is asked.",
        json_schema_extra={"advanced": True},
    )
    missing: Mapping[str, str] = Field(
        default_factory=dict,
        description="Tickers that could not be had, with the reason.",
        json_schema_extra={"advanced": True},
    )

    def version(self) -> str:
        """Names the content."""
        parts = self.parts or pinned(prices_here(), self.sources, ()).parts
        return content_digest("stored 1", *(one.model_dump_json() for one in parts))

    def read(
        self, tickers: tuple[str, ...] | None, start: np.datetime64, end: np.datetime64
    ) -> Raw:
        """Read the bars of `tickers`, by default of all that is fixed.

        Raises:
            DataError: the database does not have these prices any more.
        """
        prices = prices_here()
        parts = self.parts or pinned(prices, self.sources, tickers or ()).parts
        bars: dict[str, Bars] = {}
        series: dict[str, PublishedSeries] = {}
        macro: dict[str, PriceSeries] = {}
        for part in parts:
            known = [t for t in part.tickers if is_mapped(part.source, t)]
            wanted = [t for t in part.tickers if t in known or tickers is None or t in tickers]
            _same(prices, part)
            since = None if known else start  # a month before the first session is known on it
            found = prices.series(part.source, wanted, part.version, start=since, end=end)
            macro |= {ticker: rows for ticker, rows in found.items() if ticker in known}
            for ticker, rows in found.items():
                if "value" in rows.columns and not np.isfinite(rows.column("close")).any():
                    series[ticker.lower()] = daily_series(rows.dates, rows.column("value"))
                else:
                    bars[ticker] = as_bars(rows)
        bars = {t: bars[t] for t in (tickers or sorted(bars)) if t in bars}
        days = [one.dates for one in bars.values()]
        sessions = np.unique(np.concatenate(days)) if days else np.empty(0, "datetime64[D]")
        return Raw(
            source="the database of prices",
            bars=bars,
            tickers=tuple(
                t for part in parts for t in part.tickers if not is_mapped(part.source, t)
            ),
            series=series | known_series(macro, sessions),
            findings=tuple(_absent(t, why) for t, why in self.missing.items()),
        )


def _same(prices: PriceDatabase, part: StoredPart) -> None:
    """Insist on the content that the question was asked about."""
    if prices.digest(part.source, part.tickers, part.version) != part.content:
        raise DataError(
            f"the prices of {part.source} at version {part.version} are not those that were asked "
            "about; ask again"
        )


def _absent(ticker: str, why: str) -> Finding:
    return Finding(ticker=ticker, code="unknown", message=why, action="left out", severity="error")


def as_bars(rows: "PriceSeries") -> Bars:
    """Stored rows as bars: what was paid, and the adjusted close where dividends are known."""
    names = ("open", "high", "low", "close", "volume", "split")
    columns = {n: rows.column(n) for n in names if n in rows.columns}
    there = {n: v for n, v in columns.items() if n == "close" or np.isfinite(v).any()}
    if any(np.isfinite(rows.column(n)).any() for n in ("dividend", "split")):
        there["adjusted"] = adjusting.adjusted_close(rows)
    return Bars(dates=rows.dates, columns=there)


def pinned(
    prices: PriceDatabase,
    sources: tuple[str, ...],
    tickers: tuple[str, ...],
    chosen: Mapping[str, str] | None = None,
) -> StoredPrices:
    """The latest of `tickers` (none: of all) with its versions; `chosen` is their source.

    A ticker that several sources have is that of the first of `sources`, in their order. What is
    stored of the Federal Reserve's series goes with any prices.

    Raises:
        DataError: there are no such prices.
    """
    names = sources or tuple(prices.sources())
    own = dict(chosen or {})
    macro: list[str] = []
    for source, ticker in prices.coverage((*names, FRED)):
        if is_mapped(source, ticker):
            macro.append(ticker)
        elif source in names and (not tickers or ticker in tickers):
            own.setdefault(ticker, source)
    parts = []
    for source in dict.fromkeys((*own.values(), *((FRED,) if own and macro else ()))):
        latest = prices.version(source)
        if latest is None:
            continue
        more = macro if source == FRED else ()
        some = tuple(sorted({*more, *(t for t, s in own.items() if s == source)}))
        digest = prices.digest(source, some, latest.version)
        part = StoredPart(source=source, version=latest.version, tickers=some, content=digest)
        parts.append(part)
    if not parts:
        named = f" of {', '.join(tickers[:5])}" if tickers else ""
        raise DataError(
            f"no prices{named} are stored; fetch them by `forefolio data fetch`, or import a file"
        )
    return StoredPrices(sources=sources, parts=tuple(parts))
