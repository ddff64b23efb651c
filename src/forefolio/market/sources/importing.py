"""Files of prices put into the database: every row is stored, or kept apart with the reason."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from forefolio.core.errors import DataError, InputError
from forefolio.core.lazy import lazy
from forefolio.market.online.offers import OFFERS
from forefolio.market.sources.base import Bars
from forefolio.market.sources.files import Files
from forefolio.store.price_database import PriceDatabase

if TYPE_CHECKING:
    from forefolio.store.price_rows import PriceSeries, RefusedRow

price_rows: Any = lazy("forefolio.store.price_rows")

NAME = "imported"  # of what is imported without another
_EVER = np.datetime64("1800-01-01", "D"), np.datetime64("2261-12-31", "D")
_FIELDS = ("open", "high", "low", "close", "volume", "split")
_SCALED = ("open", "high", "low", "close")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedTicker:
    """What became of the rows of one ticker: rows = stored + refused + repeated."""

    ticker: str
    rows: int
    stored: int
    refused: int  # that are no prices
    repeated: int  # that say again what another row of the day says
    adjusted: bool  # whether they were put on the scale of the file's adjusted close


@dataclass(frozen=True, slots=True, kw_only=True)
class FileImport:
    """What an import came to."""

    source: str  # the name under which it is stored
    tickers: tuple[ImportedTicker, ...]
    added: int  # days that are new
    changed: int  # days that have other values than before
    refused: "tuple[RefusedRow, ...]"
    unread: Mapping[str, str]  # tickers, or files, of which nothing could be read, with the reason


def import_prices(
    path: Path, prices: PriceDatabase, name: str = NAME, today: np.datetime64 | None = None
) -> FileImport:
    """Store the prices of a file or of a folder under a name.

    Where there is an adjusted close, prices are stored on its scale: files have no dividends.

    Raises:
        InputError: the name is that of a provider, whose prices are not mixed with others.
        BadFile: there is no such file, or nothing in it can be read.
    """
    if name in OFFERS:
        raise InputError(f"{name} is a provider, whose prices are not mixed with others; name it")
    raw = Files(path=path, calendar="").read(None, *_EVER)
    last = today or np.datetime64("today", "D")
    good: dict[str, PriceSeries] = {}
    bad: list[RefusedRow] = []
    rows = []
    for ticker, bars in raw.bars.items():
        series, adjusted = _series(bars)
        good[ticker], refused = price_rows.checked(ticker, series, last)
        bad += refused
        counts = len(bars), len(good[ticker]), len(refused)
        rows.append(_counted(ticker, *counts, adjusted=adjusted))
    unread = {f.ticker: f.message for f in raw.findings if f.severity == "error"}
    if not any(map(len, good.values())):
        raise DataError(f"{path}: none of its rows is a price{_first(bad, unread)}")
    done = prices.upsert(name, good, bad)
    return FileImport(
        source=name,
        tickers=tuple(rows),
        added=done.inserted,
        changed=done.changed,
        refused=tuple(bad),
        unread=unread,
    )


def _counted(
    ticker: str, rows: int, stored: int, refused: int, *, adjusted: bool
) -> ImportedTicker:
    return ImportedTicker(
        ticker=ticker,
        rows=rows,
        stored=stored,
        refused=refused,
        repeated=rows - stored - refused,
        adjusted=adjusted,
    )


def _first(bad: "list[RefusedRow]", unread: Mapping[str, str]) -> str:
    reasons: Iterator[str] = iter([*unread.values(), *(one.reason for one in bad)])
    first = next(reasons, "")
    return f": {first}" if first else ""


def _series(bars: Bars) -> "tuple[PriceSeries, bool]":
    """Rows as they are stored, and whether they were put on the scale of an adjusted close."""
    columns = {n: v for n, v in bars.columns.items() if n in _FIELDS}
    adjusted = bars.columns.get("adjusted")
    scaled = adjusted is not None and bool(np.isfinite(adjusted).any())
    if scaled and adjusted is not None:
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = adjusted / bars.close
        columns |= {n: columns[n] * scale for n in _SCALED if n in columns}
        columns["close"] = adjusted
        columns.pop("split", None)  # the adjusted close counts it
    if "split" in columns:
        columns["split"] = np.where(columns["split"] == 1, np.nan, columns["split"])
        columns["split"] = np.where(columns["split"] == 0, np.nan, columns["split"])
    series: PriceSeries = price_rows.PriceSeries(dates=bars.dates, columns=columns)
    return series, scaled
