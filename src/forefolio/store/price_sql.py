"""Rows of prices in bulk: how each database writes and reads many of them fast.

SQLite takes rows as tuples, in the order of the key, and gives them back by ticker. PostgreSQL
takes and gives one array for each ticker and field. Both leave alone what is there already.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
from sqlalchemy.ext.asyncio import AsyncConnection

from forefolio.core.units import Array
from forefolio.store.price_rows import PriceSeries
from forefolio.store.price_tables import FIELDS

Days = np.ndarray[tuple[int], np.dtype[np.int64]]
Rows = tuple[Days, Array]
"""Days (n,) since 1970-01-01, ascending, and values (n, F)."""

_DATES = "datetime64[D]"
EVER = (-(2**31), 2**31 - 1)  # days since 1970

_COLUMNS = ", ".join(("source", "ticker", "date", *FIELDS, "version"))
_VALUES = ", ".join(FIELDS)
_SET = ", ".join(f"{name} = excluded.{name}" for name in (*FIELDS, "version"))
_ON_CONFLICT = f"ON CONFLICT (source, ticker, date) DO UPDATE SET {_SET} WHERE"

_PUT_SQLITE = (
    f"INSERT INTO price_data ({_COLUMNS}) VALUES ({', '.join('?' * (len(FIELDS) + 4))}) "
    f"{_ON_CONFLICT} " + " OR ".join(f"{name} IS NOT excluded.{name}" for name in FIELDS)
)
_PUT_POSTGRESQL = (
    f"INSERT INTO price_data AS old ({_COLUMNS}) "
    "SELECT $1::text, $2::text, date, "
    + ", ".join(f"nullif({name}, 'NaN')" for name in FIELDS)
    + ", $3::int FROM unnest($4::int[], "
    + ", ".join(f"${5 + i}::float8[]" for i in range(len(FIELDS)))
    + f") AS given (date, {_VALUES}) {_ON_CONFLICT} "
    + f"({', '.join(f'old.{name}' for name in FIELDS)}) IS DISTINCT FROM "
    + f"({', '.join(f'excluded.{name}' for name in FIELDS)})"
)
_WHERE = "source = {0} AND ticker = {1} AND date BETWEEN {2} AND {3} AND version <= {4}"
_AS_THEY_WERE = (  # one statement: whatever is written meanwhile, each day stands in one of them
    f"SELECT {{columns}} FROM price_data WHERE {_WHERE} "
    f"UNION ALL SELECT {{columns}} FROM price_revision WHERE {_WHERE} AND replaced_by > {{4}}"
)


async def put(
    connection: AsyncConnection, source: str, version: int, batch: Mapping[str, PriceSeries]
) -> None:
    """Store rows: new ones, and those whose values differ, which keep `version`."""
    if connection.dialect.name == "sqlite":
        for ticker, series in sorted(batch.items()):
            values = (series.column(name).tolist() for name in FIELDS)  # NaN is bound as NULL
            rows = zip(
                repeat(source), repeat(ticker), series.days.tolist(), *values, repeat(version)
            )
            await connection.exec_driver_sql(_PUT_SQLITE, list(rows))
    elif batch:
        await connection.exec_driver_sql(
            _PUT_POSTGRESQL,
            [
                (
                    source,
                    ticker,
                    version,
                    series.days.tolist(),
                    *(series.column(name).tolist() for name in FIELDS),
                )
                for ticker, series in sorted(batch.items())
            ],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsAsked:
    """Which rows: fields of a source's tickers, from one day to another, as of a version."""

    source: str
    tickers: Sequence[str]
    fields: Sequence[str]
    version: int
    days: tuple[int, int] = EVER


async def get(connection: AsyncConnection, asked: RowsAsked) -> dict[str, Rows]:
    """The rows of each ticker that has any."""
    read = _get_sqlite if connection.dialect.name == "sqlite" else _get_postgresql
    return {ticker: _by_day(*rows) for ticker, rows in (await read(connection, asked)).items()}


async def _get_sqlite(connection: AsyncConnection, asked: RowsAsked) -> dict[str, Rows]:
    raw: Any = (await connection.get_raw_connection()).driver_connection
    columns = ", ".join(("date", *asked.fields))
    question = _AS_THEY_WERE.format("?1", "?2", "?3", "?4", "?5", columns=columns)
    series: dict[str, Rows] = {}
    for ticker in asked.tickers:
        given = (asked.source, ticker, *asked.days, asked.version)
        if rows := await raw.execute_fetchall(question, given):
            whole = np.array(rows, dtype=np.float64)
            series[ticker] = whole[:, 0].astype(np.int64), whole[:, 1:]
    return series


async def _get_postgresql(connection: AsyncConnection, asked: RowsAsked) -> dict[str, Rows]:
    marks = ("$1::text", "ANY($2::text[])", "$3::int", "$4::int", "$5::int")
    columns = ", ".join(("ticker", "date", *asked.fields))
    packed = "||".join(f"float8send(coalesce({name}, 'NaN'))" for name in asked.fields)
    question = (
        f"SELECT ticker, string_agg(int4send(date)||{packed}, ''::bytea) "
        f"FROM ({_AS_THEY_WERE.format(*marks, columns=columns)}) AS rows GROUP BY ticker"
    )
    kind = np.dtype([("day", ">i4"), ("values", ">f8", (len(asked.fields),))])
    series: dict[str, Rows] = {}
    given = (asked.source, list(asked.tickers), *asked.days, asked.version)
    answer: Any = await connection.exec_driver_sql(question, given)
    for ticker, raw in answer:
        rows = np.frombuffer(raw, kind)
        series[ticker] = rows["day"].astype(np.int64), rows["values"].astype(np.float64)
    return series


def _by_day(days: Days, values: Array) -> Rows:
    if (np.diff(days) > 0).all():
        return days, values
    order = np.argsort(days)
    return days[order], values[order]


def series_of(rows: Rows, fields: Sequence[str]) -> PriceSeries:
    """Rows as a series; their columns are `fields`, in order."""
    days, values = rows
    columns = {name: values[:, i] for i, name in enumerate(fields)}
    return PriceSeries(dates=days.astype(_DATES), columns=columns)


def day_number(date: np.datetime64) -> int:
    """A day as it is stored, days since 1970-01-01."""
    return int(date.astype(_DATES).astype(np.int64))


def digest_of(series: Iterable[tuple[str, str]]) -> str:
    """The name of several series together, of their tickers and digests."""
    whole = "\n".join(f"{ticker}\t{digest}" for ticker, digest in sorted(series))
    return hashlib.sha256(whole.encode()).hexdigest()
