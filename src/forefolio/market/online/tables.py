"""Providers that answer with a table of text: Stooq's prices and FRED's series."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from forefolio.core.errors import BadAnswer, SourceLimited, UnknownTicker
from forefolio.market.online import offers
from forefolio.market.online.base import Daily, Offer
from forefolio.market.online.request import Requests, Response
from forefolio.market.online.rows import daily, days_of, refuse_status

_ENDINGS: Mapping[str, str] = {"DE": "de", "L": "uk", "T": "jp", "HK": "hk", "WA": "", "BD": "hu"}
_INDICES: Mapping[str, str] = {"^GSPC": "^spx", "^DJI": "^dji", "^IXIC": "^ndq", "^VIX": "vi.f"}
_MOST_COLUMNS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Stooq:
    """Daily prices as CSV, adjusted for splits and dividends; no key."""

    requests: Requests
    offer: Offer = offers.STOOQ

    def daily(self, ticker: str, start: date, end: date) -> Daily:
        """The daily rows of one ticker; see `Provider.daily`."""
        params = {"s": stooq_symbol(ticker), "d1": f"{start:%Y%m%d}", "d2": f"{end:%Y%m%d}"}
        return self.requests.get(
            self.offer, "/q/d/l/", {**params, "i": "d"}, lambda answer: self._read(ticker, answer)
        )

    def _read(self, ticker: str, answer: Response) -> Daily:
        refuse_status(self.offer, answer)
        text = answer.text
        if "exceeded the daily hits limit" in text[:200].lower():
            raise SourceLimited(self.offer.name, 6 * 3600.0, "its requests of this day are used up")
        if text.strip().lower() in ("no data", ""):
            if not text.strip():
                raise BadAnswer(f"{self.offer.name}: its answer is empty")
            raise UnknownTicker([ticker], (), self.offer.name)
        days, columns = _table(self.offer, text)
        names = ("close", "open", "high", "low", "volume")
        own = {name: columns[name] for name in names if name in columns}
        if "close" not in columns:
            raise BadAnswer(f"{self.offer.name}: its rows of {ticker} have no close")
        if not days:
            raise UnknownTicker([ticker], (), self.offer.name)
        return daily(self.offer, ticker, days_of(self.offer, days), own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fred:
    """Series of the Federal Reserve as CSV, such as DGS10 or VIXCLS: values, not prices; no key."""

    requests: Requests
    offer: Offer = offers.FRED

    def daily(self, ticker: str, start: date, end: date) -> Daily:
        """The values of one series under "close"; see `Provider.daily`."""
        params = {"id": ticker, "cosd": str(start), "coed": str(end)}
        return self.requests.get(
            self.offer,
            "/graph/fredgraph.csv",
            params,
            lambda answer: self._read(ticker, answer),
        )

    def _read(self, ticker: str, answer: Response) -> Daily:
        if answer.status == 404:
            raise UnknownTicker([ticker], (), self.offer.name)
        refuse_status(self.offer, answer)
        days, columns = _table(self.offer, answer.text)
        if ticker.lower() not in columns:
            raise BadAnswer(f"{self.offer.name}: its answer holds no values of {ticker}")
        values = columns[ticker.lower()]
        made = daily(self.offer, ticker, days_of(self.offer, days), {"close": values})
        there = ~(made.bars.close != made.bars.close)  # a point is a day without a value
        return replace(made, bars=made.bars.at(there))


def stooq_symbol(ticker: str) -> str:
    """A ticker as Stooq spells it: aapl.us, brk-b.us, sap.de."""
    if ticker in _INDICES:
        return _INDICES[ticker]
    stem, dot, ending = ticker.rpartition(".")
    if dot and ending in _ENDINGS:
        return ".".join(filter(None, [stem.lower(), _ENDINGS[ending]]))
    return f"{ticker.replace('.', '-').lower()}.us"


def _table(offer: Offer, text: str) -> tuple[list[str], dict[str, list[str]]]:
    """The first column, and the others by name in lower case.

    Raises:
        BadAnswer: it is no such table, or its rows are of different lengths.
    """
    if text.lstrip()[:1] in ("<", "{"):
        raise BadAnswer(f"{offer.name}: it answered with a page instead of a table")
    try:
        rows = [row for row in csv.reader(io.StringIO(text), strict=True) if row]
    except csv.Error:
        raise BadAnswer(f"{offer.name}: its answer is no table") from None
    if not rows or not 2 <= len(rows[0]) <= _MOST_COLUMNS or "date" not in rows[0][0].lower():
        raise BadAnswer(f"{offer.name}: its answer is no table with a date")
    header, body = [name.strip().lower() for name in rows[0]], rows[1:]
    if wrong := [number for number, row in enumerate(body, 2) if len(row) != len(header)]:
        raise BadAnswer(f"{offer.name}: line {wrong[0]} of its answer breaks off")
    columns = list(zip(*body, strict=True)) or [()] * len(header)
    return list(columns[0]), {n: list(c) for n, c in zip(header[1:], columns[1:], strict=True)}
