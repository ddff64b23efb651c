"""Alpha Vantage: daily prices with the adjusted close, dividends and splits beside them.

Everything that it refuses comes with HTTP 200 and a text under another key, in which it may repeat
the caller's key: the text is sorted, and never repeated.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from forefolio.core.errors import BadAnswer, SourceLimited, SourceRefused, UnknownTicker
from forefolio.market.online import offers
from forefolio.market.online.base import Daily, Offer
from forefolio.market.online.request import Requests, Response
from forefolio.market.online.rows import daily, days_of, document

COMPACT_DAYS = 130  # calendar days in which the hundred rows of a short answer surely lie

_ROWS = "Time Series (Daily)"
_COLUMNS = {
    "1. open": "open",
    "2. high": "high",
    "3. low": "low",
    "4. close": "close",
    "5. adjusted close": "adjusted",
    "6. volume": "volume",
    "7. dividend amount": "dividend",
    "8. split coefficient": "split",
}
_BURST_S = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class AlphaVantage:
    """The provider; `key` is asked for with every request."""

    requests: Requests
    key: str = field(repr=False)
    offer: Offer = offers.ALPHA_VANTAGE

    def daily(self, ticker: str, start: date, end: date) -> Daily:  # noqa: ARG002 (its two lengths)
        """The daily rows of one ticker; see `Provider.daily`."""
        if not self.key:
            raise SourceRefused(
                "alpha_vantage: it needs a key; set FOREFOLIO_ALPHA_VANTAGE_KEY (free at "
                "www.alphavantage.co)"
            )
        recent = (datetime.now(UTC).date() - start).days < COMPACT_DAYS
        params = {
            "function": "TIME_SERIES_DAILY_ADJUSTED",
            "symbol": ticker,
            "outputsize": "compact" if recent else "full",
            "datatype": "json",
            "apikey": self.key,
        }
        return self.requests.get(
            self.offer, "/query", params, lambda answer: self._read(ticker, answer)
        )

    def _read(self, ticker: str, answer: Response) -> Daily:
        made = document(self.offer, answer)
        rows = made.get(_ROWS)
        if not isinstance(rows, Mapping):
            raise self._refusal(ticker, made)
        if not rows:
            raise UnknownTicker([ticker], (), self.offer.name)
        if not all(isinstance(row, Mapping) and "4. close" in row for row in rows.values()):
            raise BadAnswer(f"{self.offer.name}: its rows of {ticker} have no close")
        meta = made.get("Meta Data")
        columns = {
            name: [row.get(key) for row in rows.values()]
            for key, name in _COLUMNS.items()
            if any(key in row for row in rows.values())
        }
        zone = str(meta.get("5. Time Zone", "")) if isinstance(meta, Mapping) else ""
        return daily(self.offer, ticker, days_of(self.offer, rows), columns, zone=zone)

    def _refusal(self, ticker: str, made: Mapping[str, Any]) -> Exception:
        """What an answer without prices means."""
        name = self.offer.name
        notes = " ".join(str(made.get(k, "")) for k in ("Information", "Note", "Error Message"))
        text = notes.lower()
        if "error message" in (key.lower() for key in made):
            if "apikey" in text or "api key" in text:
                return SourceRefused(f"{name}: its key is wrong; see FOREFOLIO_ALPHA_VANTAGE_KEY")
            return UnknownTicker([ticker], (), name)
        if "per second" in text or "sparingly" in text:
            return SourceLimited(name, _BURST_S, "it is asked once a second at most")
        if "premium endpoint" in text:
            return SourceRefused(
                f"{name}: adjusted daily prices need a paid plan of it; name another source"
            )
        if "per minute" in text or "frequency" in text:
            return SourceLimited(name, 60.0, "its requests of this minute are used up")
        if "per day" in text or "rate limit" in text:
            return SourceLimited(name, 6 * 3600.0, "its requests of this day are used up")
        return BadAnswer(f"{name}: its answer holds no daily prices of {ticker}")
