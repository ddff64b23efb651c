"""One transaction that writes prices: rows, what they replace, and the version that comes of it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import case, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from forefolio.core.failpoints import failpoint
from forefolio.store import price_sql
from forefolio.store.price_rows import PriceSeries, RefusedRow
from forefolio.store.price_sql import day_number, digest_of, series_of
from forefolio.store.price_tables import (
    FIELDS,
    TICKER,
    price_data,
    price_refused,
    price_revision,
    price_series,
    price_version,
)


@dataclass(frozen=True, slots=True)
class PriceWriting:
    """What one transaction on `connection` does to the prices of a source; `now` is its time."""

    connection: AsyncConnection
    source: str
    now: float

    async def write(
        self, batch: Mapping[str, PriceSeries], refused: Sequence[RefusedRow]
    ) -> tuple[int, int]:
        """Rows, what they replace, how each series is now, and the version.

        Returns:
            How many rows were new, and how many said something else before.
        """
        connection, source = self.connection, self.source
        if connection.dialect.name == "postgresql":  # one after the other: versions have an order
            number = int.from_bytes(hashlib.sha256(source.encode()).digest()[:8], signed=True)
            await connection.execute(select(func.pg_advisory_xact_lock(number)))
        latest = select(func.max(price_version.c.version)).where(price_version.c.source == source)
        version = (await connection.scalar(latest) or 0) + 1
        failpoint("prices.before_rows")
        await price_sql.put(connection, source, version, batch)
        failpoint("prices.after_rows")
        touched = await self._touched(list(batch), version)
        if refused:
            await self.keep_apart(refused)
        if not touched:
            return 0, 0
        await self._describe(version, batch, touched)
        failpoint("prices.after_series")
        return await self._number(version, touched)

    async def _touched(self, tickers: list[str], version: int) -> list[Any]:
        """How each series is now, of those that `version` has changed."""
        c = price_data.c
        new = func.sum(case((c.version == version, 1), else_=0))
        question = (
            select(
                c.ticker,
                func.count().label("rows"),
                func.min(c.date).label("first"),
                func.max(c.date).label("last"),
                new.label("new"),
            )
            .where(c.source == self.source, c.ticker.in_(tickers))
            .group_by(c.ticker)
        )
        return [row for row in await self.connection.execute(question) if row.new]

    async def _describe(
        self, version: int, batch: Mapping[str, PriceSeries], touched: Sequence[Any]
    ) -> None:
        """Write how each changed series is now; its content is named by all of its rows."""
        partly = [row.ticker for row in touched if row.rows != len(batch[row.ticker])]
        stored = {}
        if partly:
            asked = price_sql.RowsAsked(
                source=self.source, tickers=partly, fields=FIELDS, version=version
            )
            stored = await price_sql.get(self.connection, asked)
        whole = {ticker: series_of(rows, FIELDS) for ticker, rows in stored.items()}
        described = [
            {
                "source": self.source,
                "ticker": row.ticker,
                "version": version,
                "rows": row.rows,
                "first": row.first,
                "last": row.last,
                "digest": whole.get(row.ticker, batch[row.ticker]).digest(),
            }
            for row in touched
        ]
        await self.connection.execute(
            _insert(self.connection, price_series, ("version", "rows", "first", "last", "digest")),
            described,
        )

    async def _number(self, version: int, touched: Sequence[Any]) -> tuple[int, int]:
        c = price_revision.c
        replaced = select(func.count()).where(c.source == self.source, c.replaced_by == version)
        changed = await self.connection.scalar(replaced) or 0
        inserted = int(sum(row.new for row in touched)) - changed
        everything = select(price_series.c.ticker, price_series.c.digest).where(
            price_series.c.source == self.source
        )
        digests = [(row.ticker, row.digest) for row in await self.connection.execute(everything)]
        values = {
            "source": self.source,
            "version": version,
            "known_at": self.now,
            "inserted": inserted,
            "changed": changed,
            "digest": digest_of(digests),
        }
        await self.connection.execute(insert(price_version).values(values))
        return inserted, changed

    async def keep_apart(self, refused: Sequence[RefusedRow]) -> None:
        """Rows that are no prices, each once, with the reason."""
        rows = {
            row.key(self.source): {
                "id": row.key(self.source),
                "source": self.source,
                "ticker": row.ticker[:TICKER],
                "date": day_number(np.datetime64(row.date, "D")) if row.date else None,
                "reason": row.reason,
                "row": row.row,
                "refused_at": self.now,
            }
            for row in refused
        }
        await self.connection.execute(_insert(self.connection, price_refused), list(rows.values()))


def _insert(connection: AsyncConnection, table: Any, replacing: Sequence[str] = ()) -> Any:
    """An insert that leaves alone what is there but for the columns named."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    if not replacing:
        return statement.on_conflict_do_nothing()
    new = {name: statement.excluded[name] for name in replacing}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=new)
