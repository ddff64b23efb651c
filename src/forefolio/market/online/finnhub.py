"""Finnhub: daily candles, adjusted for splits and not for dividends; part of a paid plan."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np

from forefolio.core.errors import BadAnswer, SourceRefused, UnknownTicker
from forefolio.core.units import Dates
from forefolio.market.online import offers
from forefolio.market.online.base import Daily, Offer
from forefolio.market.online.request import Requests, Response
from forefolio.market.online.rows import daily, document
from forefolio.market.sources.zones import Stamps, exchange_days

ZONE = "America/New_York"  # of tickers without an ending
_COLUMNS = {"o": "open", "h": "high", "l": "low", "c": "close", "v": "volume"}
_LAST = 253_402_300_799  # seconds since 1970 at the end of the year 9999


@dataclass(frozen=True, slots=True, kw_only=True)
class Finnhub:
    """The provider; `key` travels in a header, not in the address."""

    requests: Requests
    key: str = field(repr=False)
    offer: Offer = offers.FINNHUB

    def daily(self, ticker: str, start: date, end: date) -> Daily:
        """The daily rows of one ticker; see `Provider.daily`."""
        if not self.key:
            raise SourceRefused("finnhub: it needs a key; set FOREFOLIO_FINNHUB_KEY")
        params = {
            "symbol": ticker,
            "resolution": "D",
            "from": str(_seconds(start)),
            "to": str(_seconds(end + timedelta(days=1)) - 1),
        }
        return self.requests.get(
            self.offer,
            "/api/v1/stock/candle",
            params,
            lambda answer: self._read(ticker, answer),
            {"X-Finnhub-Token": self.key},
        )

    def _read(self, ticker: str, answer: Response) -> Daily:
        made = document(self.offer, answer)
        if made.get("s") == "no_data":
            raise UnknownTicker([ticker], (), self.offer.name)
        stamps = made.get("t")
        if made.get("s") != "ok" or not isinstance(stamps, list) or not stamps:
            raise BadAnswer(f"{self.offer.name}: its answer holds no daily prices of {ticker}")
        columns = {n: made[k] for k, n in _COLUMNS.items() if isinstance(made.get(k), list)}
        if "close" not in columns:
            raise BadAnswer(f"{self.offer.name}: its rows of {ticker} have no close")
        return daily(self.offer, ticker, _days(self.offer, made, ticker), columns, zone=ZONE)


def _seconds(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())


def _days(offer: Offer, made: Mapping[str, Any], ticker: str) -> Dates:
    stamps = made["t"]
    if not all(isinstance(s, int) and not isinstance(s, bool) and 0 <= s <= _LAST for s in stamps):
        raise BadAnswer(f"{offer.name}: a day of {ticker} is no time")
    seconds = np.array(stamps, dtype=np.int64)
    days = (seconds // 86_400).astype("datetime64[D]")
    moments = Stamps(
        days=days, clock=seconds % 86_400, ahead=np.zeros(len(seconds), np.int64), zone=ZONE
    )
    return exchange_days(moments, ticker)
