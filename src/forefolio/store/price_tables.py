"""The tables of stored prices: what is there, what was there before, and what was refused.

A day is its number since 1970-01-01. A version counts the changes of one source: every transaction
that changes its prices is one.
"""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Double,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from forefolio.store.tables import metadata

SOURCE = 40  # characters of a source's name
TICKER = 32
FIELDS = ("open", "high", "low", "close", "volume", "dividend", "split", "value")
"""What is stored of a day, as it was on that day: nothing is adjusted for what happened later.

`dividend` is money per share, `split` new shares per old one, both on the day from which on the
price is without them; `value` is that of a series that is no price, such as a rate.
"""
RANGES = {
    "open": (0, 1e12),
    "high": (0, 1e12),
    "low": (0, 1e12),
    "close": (0, 1e12),
    "volume": (0, 1e18),
    "dividend": (0, 1e12),
    "split": (0, 1e6),
    "value": (-1e12, 1e12),
}
"""Between which numbers, both excluded, each may be."""
ZERO = ("volume", "dividend")  # may be 0 as well


def _key() -> list[Column[object]]:
    return [
        Column("source", String(SOURCE), primary_key=True),
        Column("ticker", String(TICKER), primary_key=True),
    ]


def _day() -> Column[int]:
    return Column("date", Integer, primary_key=True, autoincrement=False)


def _version() -> Column[int]:
    return Column("version", Integer, primary_key=True, autoincrement=False)


def _values() -> list[Column[float]]:
    return [Column(name, Double) for name in FIELDS]


def _in_range(name: str) -> CheckConstraint:
    low, high = (f"{bound:.0f}" for bound in RANGES[name])
    least = ">=" if name in ZERO else ">"
    return CheckConstraint(f"{name} {least} {low} and {name} < {high}", name=f"{name}_in_range")


price_data = Table(
    "price_data",
    metadata,
    *_key(),
    _day(),
    *_values(),
    Column("version", Integer, nullable=False),  # that wrote this row
    *(_in_range(name) for name in FIELDS),
    CheckConstraint("(close is null) <> (value is null)", name="price_or_value"),
    sqlite_with_rowid=False,
)

price_revision = Table(  # written by a trigger of price_data, in the transaction that replaces
    "price_revision",
    metadata,
    *_key(),
    _day(),
    _version(),  # that wrote the old values
    *_values(),
    Column("replaced_by", Integer, nullable=False),  # the version that replaced them
    Index("ix_price_revision_replaced_by", "source", "replaced_by"),
    sqlite_with_rowid=False,
)

price_version = Table(
    "price_version",
    metadata,
    Column("source", String(SOURCE), primary_key=True),
    _version(),
    Column("known_at", Double, nullable=False),  # seconds since 1970
    Column("inserted", Integer, nullable=False),  # rows that are new
    Column("changed", Integer, nullable=False),  # rows whose values were replaced
    Column("digest", String(64), nullable=False),  # of everything the source has at this version
    sqlite_with_rowid=False,
)

price_series = Table(  # how each series is now
    "price_series",
    metadata,
    *_key(),
    Column("version", Integer, nullable=False),  # the last that changed it
    Column("rows", Integer, nullable=False),
    Column("first", Integer, nullable=False),  # day
    Column("last", Integer, nullable=False),  # day
    Column("digest", String(64), nullable=False),  # of all its rows
    sqlite_with_rowid=False,
)

price_refused = Table(  # the quarantine: rows that are no prices
    "price_refused",
    metadata,
    Column("id", String(32), primary_key=True),  # of the content: the same row is kept once
    Column("source", String(SOURCE), nullable=False),
    Column("ticker", String(TICKER), nullable=False),
    Column("date", Integer),  # day; null where it could not be read
    Column("reason", Text, nullable=False),
    Column("row", Text, nullable=False),  # JSON
    Column("refused_at", Double, nullable=False),  # seconds since 1970
    Index("ix_price_refused_source", "source", "ticker", "date"),
)
