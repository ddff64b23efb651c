"""Stored prices: written in bulk, read as panels, exactly as they were at any version.

1. What is stored is what was paid on the day, with dividends and splits: a split rewrites nothing.
2. Every transaction that changes prices of a source is a version of it. Values that are replaced
   are kept in the same transaction, so that an old version reads the same for ever.
3. A transaction takes less than a second, and holds whole tickers.
"""

import time
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Self, TypeVar

import numpy as np
from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from forefolio.core.errors import InputError, SourceUnavailable, UnknownTicker
from forefolio.core.failpoints import Clock
from forefolio.core.settings import Settings
from forefolio.core.units import Array, Dates
from forefolio.store import price_sql
from forefolio.store.adjusting import adjusted_close
from forefolio.store.database import Database
from forefolio.store.engine import PATIENCE_S
from forefolio.store.panels import Panels, PricePanel
from forefolio.store.price_facts import Coverage, Imported, PriceVersion, Revision
from forefolio.store.price_rows import PriceSeries, RefusedRow, checked
from forefolio.store.price_tables import (
    FIELDS,
    SOURCE,
    TICKER,
    price_refused,
    price_revision,
    price_series,
    price_version,
)
from forefolio.store.price_writing import PriceWriting
from forefolio.store.waiting import waited

T = TypeVar("T")

_ROWS = 25_000  # of a transaction that writes, unless one ticker alone has more
_TICKERS = 40  # of a transaction: each one's rows are read again to name its content
_DATES = "datetime64[D]"
_EVER = (-(2**31), 2**31 - 1)  # days since 1970


class Prices:
    """The prices in one database. Made by `Prices.open`, or of a database that is open."""

    def __init__(
        self, database: Database, panels: Panels | None = None, clock: Clock = time.time
    ) -> None:
        self._database, self._panels, self._clock = database, panels, clock

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        url: str,
        panels: Panels | None = None,
        clock: Clock = time.time,
        patience_s: float = PATIENCE_S,
    ) -> AsyncIterator[Self]:
        """Connect to the database of prices; `panels` is where panels are kept for the next time.

        Raises:
            StoreError: the database cannot be opened, or a newer version wrote it.
        """
        async with Database.open(url, patience_s) as database:
            yield cls(database, panels, clock)

    # -- writing ---------------------------------------------------------------------------------

    async def upsert(
        self,
        source: str,
        series: Mapping[str, PriceSeries],
        *,
        refused: Iterable[RefusedRow] = (),
        today: np.datetime64 | None = None,
    ) -> Imported:
        """Store every row that is new or says something else; a row given replaces the whole day.

        Rows that are no prices are kept apart with the reason, together with those `refused`
        before; `today` is the last day a row may have. Stopped half way, some tickers are stored
        whole and the others not at all; the same call again does the rest.

        Raises:
            InputError: a name is empty or too long.
            StoreError: the database cannot be written.
        """
        _named(source, SOURCE, "source")
        inserted, changed, kept_apart = 0, 0, list(refused)
        if kept_apart:
            await self._database.write(lambda c: self._writing(c, source).keep_apart(kept_apart))
        for batch in _batches(series):
            good: dict[str, PriceSeries] = {}
            bad: list[RefusedRow] = []
            for ticker, rows in batch.items():
                kept, no_prices = checked(_named(ticker, TICKER, "ticker"), rows, today)
                bad += no_prices
                if len(kept):
                    good[ticker] = kept
            new = await self._database.write(partial(self._write, source, good, bad))
            inserted, changed = inserted + new[0], changed + new[1]
            kept_apart += bad
        latest = await self.version(source)
        return Imported(
            version=0 if latest is None else latest.version,
            inserted=inserted,
            changed=changed,
            refused=tuple(kept_apart),
        )

    async def _write(
        self,
        source: str,
        batch: Mapping[str, PriceSeries],
        refused: Sequence[RefusedRow],
        connection: AsyncConnection,
    ) -> tuple[int, int]:
        return await self._writing(connection, source).write(batch, refused)

    def _writing(self, connection: AsyncConnection, source: str) -> PriceWriting:
        return PriceWriting(connection, source, self._clock())

    # -- reading ---------------------------------------------------------------------------------

    async def version(self, source: str, as_of: float | None = None) -> PriceVersion | None:
        """The latest version of a source, or the one at a time in seconds since 1970."""
        latest = await self.versions(source, limit=1, as_of=as_of)
        return latest[0] if latest else None

    async def versions(
        self, source: str, limit: int = 100, as_of: float | None = None
    ) -> list[PriceVersion]:
        """The versions of a source, newest first."""
        c = price_version.c
        question = select(price_version).where(c.source == source)
        if as_of is not None:
            question = question.where(c.known_at <= as_of)
        rows = await self._database.rows(question.order_by(c.version.desc()).limit(limit))
        return [PriceVersion(**row._mapping) for row in rows]

    async def sources(self) -> list[str]:
        """The sources that have prices here."""
        return [
            row[0]
            for row in await self._database.rows(
                select(price_version.c.source).distinct().order_by(price_version.c.source)
            )
        ]

    async def coverage(
        self, source: str, tickers: Sequence[str] | None = None
    ) -> dict[str, Coverage]:
        """What the source has now of each ticker (None: of all that it has)."""
        c = price_series.c
        rows = await self._database.rows(
            select(price_series).where(c.source == source).order_by(c.ticker)
        )
        wanted = None if tickers is None else set(tickers)
        return {
            row.ticker: Coverage(
                ticker=row.ticker,
                version=row.version,
                rows=row.rows,
                first=np.datetime64(row.first, "D"),
                last=np.datetime64(row.last, "D"),
                digest=row.digest,
            )
            for row in rows
            if wanted is None or row.ticker in wanted
        }

    async def series(
        self,
        source: str,
        tickers: Sequence[str],
        fields: Sequence[str] = FIELDS,
        *,
        start: np.datetime64 | None = None,
        end: np.datetime64 | None = None,
        version: int | None = None,
    ) -> dict[str, PriceSeries]:
        """The rows of each ticker that has any, as they were at `version` (None: the latest)."""
        version = await self._settled(source, version)
        read = tuple(dict.fromkeys(("close", "value", *fields)))
        series: dict[str, PriceSeries] = {}
        days = (
            price_sql.EVER[0] if start is None else price_sql.day_number(start),
            price_sql.EVER[1] if end is None else price_sql.day_number(end),
        )
        names = sorted(set(tickers))
        for i in range(0, len(names), _TICKERS):
            some = names[i : i + _TICKERS]
            asked = price_sql.RowsAsked(
                source=source, tickers=some, fields=read, version=version, days=days
            )
            work = partial(price_sql.get, asked=asked)
            rows = await self._database.read(work)
            series |= {
                ticker: price_sql.series_of(rows[ticker], read) for ticker in some if ticker in rows
            }
        return series

    async def panel(
        self,
        source: str,
        tickers: Sequence[str],
        fields: Sequence[str] = ("close",),
        *,
        start: np.datetime64 | None = None,
        end: np.datetime64 | None = None,
        version: int | None = None,
    ) -> PricePanel:
        """Fields of `tickers` side by side, as they were at `version` (None: the latest).

        Beside the stored fields there is "adjusted": the close adjusted for the dividends and
        splits of the panel's own days.

        Raises:
            UnknownTicker: the source had nothing of one.
        """
        state = await self._state(source, version)
        asked = PricePanel.question(state.digest, tickers, fields, start, end)
        if self._panels is not None and (kept := self._panels.get(asked)) is not None:
            return kept
        raw = tuple(dict.fromkeys(name for f in fields for name in _MADE_OF.get(f, (f,))))
        series = await self.series(
            source, tickers, raw, start=start, end=end, version=state.version
        )
        if missing := [ticker for ticker in tickers if ticker not in series]:
            raise UnknownTicker(missing, sorted(series), f"{source} at version {state.version}")
        panel = _side_by_side(state.digest, tickers, fields, series)
        if self._panels is not None:
            return self._panels.keep(asked, panel)
        return panel

    async def digest(self, source: str, tickers: Sequence[str], version: int | None = None) -> str:
        """The name of all that the source has of `tickers` at a version: equal rows, equal name.

        Raises:
            UnknownTicker: the source had nothing of one.
        """
        version = await self._settled(source, version)
        now = await self.coverage(source, tickers)
        names = {t: one.digest for t, one in now.items() if one.version <= version}
        later = sorted(set(now) - set(names))
        if later:
            before = await self.series(source, later, version=version)
            names |= {ticker: series.digest() for ticker, series in before.items()}
        if missing := [ticker for ticker in tickers if ticker not in names]:
            raise UnknownTicker(missing, sorted(names or now), f"{source} at version {version}")
        return price_sql.digest_of(names.items())

    async def revisions(self, source: str, ticker: str) -> list[Revision]:
        """The values that were replaced, in the order of days and of time."""
        c = price_revision.c
        old, new = price_version.alias(), price_version.alias()
        question = (
            select(price_revision, old.c.known_at, new.c.known_at.label("replaced_at"))
            .join(old, and_(old.c.source == c.source, old.c.version == c.version))
            .join(new, and_(new.c.source == c.source, new.c.version == c.replaced_by))
            .where(c.source == source, c.ticker == ticker)
            .order_by(c.date, c.version)
        )
        return [
            Revision(
                date=np.datetime64(row.date, "D"),
                values={name: row._mapping[name] for name in FIELDS},
                known_at=row.known_at,
                replaced_at=row.replaced_at,
            )
            for row in await self._database.rows(question)
        ]

    async def refused(self, source: str, limit: int = 1000) -> list[RefusedRow]:
        """The rows kept apart, by ticker and day."""
        c = price_refused.c
        question = select(price_refused).where(c.source == source)
        rows = await self._database.rows(question.order_by(c.ticker, c.date, c.id).limit(limit))
        return [
            RefusedRow(
                ticker=row.ticker,
                date="" if row.date is None else str(np.datetime64(row.date, "D")),
                reason=row.reason,
                row=row.row,
            )
            for row in rows
        ]

    async def _state(self, source: str, version: int | None) -> PriceVersion:
        c = price_version.c
        question = select(price_version).where(c.source == source)
        if version is not None:
            question = question.where(c.version == version)
        for row in await self._database.rows(question.order_by(c.version.desc()).limit(1)):
            return PriceVersion(**row._mapping)
        which = "no prices" if version is None else f"no version {version} of its prices"
        raise SourceUnavailable(
            f"the database has {which} from {source}; `forefolio data fetch` stores some"
        )

    async def _settled(self, source: str, version: int | None) -> int:
        if version is not None:
            return version
        latest = await self.version(source)
        return 0 if latest is None else latest.version


_MADE_OF = {"adjusted": ("close", "dividend", "split")}


def _batches(series: Mapping[str, PriceSeries]) -> Iterator[dict[str, PriceSeries]]:
    """The series in the order of their tickers, a transaction's worth at a time."""
    batch: dict[str, PriceSeries] = {}
    rows = 0
    for ticker in sorted(series):
        if batch and (rows + len(series[ticker]) > _ROWS or len(batch) == _TICKERS):
            yield batch
            batch, rows = {}, 0
        batch[ticker] = series[ticker]
        rows += len(series[ticker])
    if batch:
        yield batch


def _named(name: str, most: int, what: str) -> str:
    """A name that both databases keep as it is."""
    if not 0 < len(name) <= most or not name.isprintable():
        raise InputError(f"{what} {name!r} must be 1 to {most} printable characters")
    return name


def _side_by_side(
    digest: str, tickers: Sequence[str], fields: Sequence[str], series: Mapping[str, PriceSeries]
) -> PricePanel:
    own = [series[ticker].dates for ticker in tickers]
    dates: Dates = np.unique(np.concatenate(own)) if own else np.array([], _DATES)
    made = {name: np.full((len(dates), len(tickers)), np.nan) for name in fields}
    for column, ticker in enumerate(tickers):
        rows = np.searchsorted(dates, series[ticker].dates)
        for name in fields:
            made[name][rows, column] = _field(series[ticker], name)
    return PricePanel(digest=digest, dates=dates, tickers=tuple(tickers), fields=made)


def _field(series: PriceSeries, name: str) -> Array:
    return adjusted_close(series) if name == "adjusted" else series.column(name)


def opened(settings: Settings) -> AbstractAsyncContextManager[Prices]:
    """The prices where the settings say that they are."""
    return Prices.open(
        settings.prices_url,
        Panels(settings.home / "panels"),
        patience_s=settings.database_patience_s,
    )


def with_prices(
    url: str, work: Callable[[Prices], Awaitable[T]], panels: Panels | None = None
) -> T:
    """Open the prices, do `work` and close them, from code that does not await.

    >>> with_prices("sqlite:///prices.db", lambda prices: prices.sources())
    []
    """

    async def done() -> T:
        async with Prices.open(url, panels) as prices:
            return await work(prices)

    return waited(done)
