"""Yahoo Finance through `yfinance`, which brings its own HTTP client: a black box in one thread.

1. Everything in it that is global (session, cookies, caches) is touched by one thread alone; its
   caches lie under FOREFOLIO_HOME.
2. It asks through a session of ours, which waits for slots, bounds time and size, follows the
   address that is set, and names errors before the library makes empty frames of them.
3. An empty frame is an error, never "no data".
4. Yahoo divides earlier prices by later splits; they are multiplied back, so that what is stored is
   what was paid on the day, whatever happens later.
"""

import json
import logging
import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from forefolio.core.errors import (
    BadAnswer,
    SourceLimited,
    SourceUnavailable,
    UnknownTicker,
)
from forefolio.core.lazy import lazy
from forefolio.market.online import offers
from forefolio.market.online.base import Daily, Offer
from forefolio.market.online.request import CONNECT_S, LARGEST, READ_S, Requests
from forefolio.market.sources.base import Bars

yfinance: Any = lazy("yfinance")
curl: Any = lazy("curl_cffi.requests")

CACHE = "yahoo"  # under FOREFOLIO_HOME
_CHART = "/v8/finance/chart/"
_LIMITED_S = 60.0
_STOP = 0xFFFFFFFF  # what a callback returns to end a transfer
_COLUMNS = {
    "Open": "open",
    "High": "high",
    "Low": "low",
    "Close": "close",
    "Adj Close": "adjusted",
    "Volume": "volume",
    "Dividends": "dividend",
    "Stock Splits": "split",
}
_PER_SHARE = ("open", "high", "low", "close", "dividend")

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Yahoo:
    """The provider; its caches are kept under `home`."""

    requests: Requests
    home: Path
    offer: Offer = offers.YAHOO

    def daily(self, ticker: str, start: date, end: date) -> Daily:
        """The daily rows of one ticker; see `Provider.daily`.

        Whatever `end` is, it is asked up to today: only then all splits are in the answer.
        """
        today = datetime.now(UTC).date() + timedelta(days=1)
        return self.requests.tried(
            self.offer,
            lambda until: _in_the_thread(
                lambda: self._asked(ticker, start, max(end, today), until)
            ),
        )

    def _asked(self, ticker: str, start: date, end: date, until: float) -> Daily:
        with _session(self.requests, self.offer, until) as session:
            frame = self._history(session, ticker, start, end)
            meta = session.meta.get(ticker.upper(), {})
        if frame is None or not len(frame) or "Close" not in frame.columns:
            raise UnknownTicker([ticker], (), self.offer.name)
        columns = {n: frame[c].to_numpy(dtype=float) for c, n in _COLUMNS.items() if c in frame}
        if "Capital Gains" in frame:
            columns["dividend"] = columns["dividend"] + frame["Capital Gains"].to_numpy(dtype=float)
        days = np.array([stamp.date() for stamp in frame.index], dtype="datetime64[D]")
        bars = as_paid(Bars(dates=days, columns=columns))
        return Daily(
            ticker=ticker,
            source=self.offer.name,
            bars=bars,
            currency=str(meta.get("currency") or ""),
            zone=str(meta.get("exchangeTimezoneName") or ""),
        )

    def _history(self, session: Any, ticker: str, start: date, end: date) -> Any:
        _prepared(self.home)
        try:
            return yfinance.Ticker(ticker, session=session).history(
                start=str(start),
                end=str(end + timedelta(days=1)),
                auto_adjust=False,
                actions=True,
                timeout=READ_S,
            )
        except SourceUnavailable:
            raise
        except UnknownTicker:
            raise
        except yfinance.exceptions.YFRateLimitError:
            raise SourceLimited(self.offer.name, _LIMITED_S, _OFTEN) from None
        except yfinance.exceptions.YFTickerMissingError:
            raise UnknownTicker([ticker], (), self.offer.name) from None
        except curl.exceptions.RequestException:
            self.requests.limits.failed(self.offer.name)
            raise SourceUnavailable(
                f"{self.offer.name}: it cannot be reached, or broke off its answer"
            ) from None
        except Exception as error:  # noqa: BLE001 (whatever the library makes of a bad answer)
            raise BadAnswer(
                f"{self.offer.name}: its answer about {ticker} cannot be read "
                f"({type(error).__name__})"
            ) from None


_OFTEN = "it says that it was asked too often"


def as_paid(bars: Bars) -> Bars:
    """Prices and dividends as they were on their day: later splits are multiplied back."""
    split = bars.columns.get("split")
    if split is None:
        return bars
    ratio = np.where(np.isfinite(split) & (split > 0), split, 1.0)
    order = np.argsort(bars.dates, kind="stable")
    later = np.empty(len(bars))
    later[order] = np.cumprod(ratio[order][::-1])[::-1] / ratio[order]
    columns = {
        name: values * later if name in _PER_SHARE else values
        for name, values in bars.columns.items()
    }
    if "volume" in columns:
        columns["volume"] = columns["volume"] / later
    columns["split"] = np.where(ratio == 1.0, np.nan, ratio)
    return replace(bars, columns=columns)


# -- the thread, and what is global in the library -------------------------------------------------


@cache
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="yahoo")


def _in_the_thread(work: Callable[[], T]) -> T:
    return _thread().submit(work).result()


@cache
def _located(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    yfinance.cache.set_cache_location(str(folder))


def _prepared(home: Path) -> None:
    """Errors are raised, nothing is retried inside, and no answer is remembered."""
    _located(home / CACHE)
    warnings.filterwarnings("ignore", module=r"yfinance(\.|$)")  # about its own use of pandas
    logging.getLogger("yfinance").setLevel(logging.CRITICAL)  # what it has to say, we say
    yfinance.config.debug.hide_exceptions = False
    yfinance.config.network.retries = 0
    yfinance.data.YfData.cache_get.cache_clear()


def _session(requests: Requests, offer: Offer, until: float) -> Any:
    """A session of the library's own kind, bounded like every request of ours."""

    class Session(curl.Session):  # type: ignore[misc]
        meta: dict[str, Mapping[str, Any]] = {}  # noqa: RUF012 (each session has its own class)

        def request(self, method: str, url: str, **options: Any) -> Any:
            patience = max(until - requests.clock(), 0.0)
            requests.limits.wait_for_slot(offer.name, offer.limits, patience)
            parts: list[bytes] = []
            room = [LARGEST]

            def keep(chunk: bytes) -> int:
                room[0] -= len(chunk)
                if room[0] < 0:
                    return _STOP
                parts.append(chunk)
                return len(chunk)

            options |= {"timeout": (CONNECT_S, READ_S), "content_callback": keep}
            try:
                response = super().request(method, _elsewhere(url, offer.url), **options)
            except curl.exceptions.RequestException:
                if room[0] < 0:
                    reason = f"{offer.name}: its answer is larger than {LARGEST:,} bytes"
                    raise BadAnswer(reason) from None
                raise
            response.content = b"".join(parts)
            if _CHART in url:
                self._look(url, response)
            return response

        def _look(self, url: str, response: Any) -> None:
            """Name what is wrong with an answer before the library does."""
            ticker = url.partition(_CHART)[2].partition("?")[0]
            chart = _chart(offer, ticker, response)
            for result in chart.get("result") or ():
                meta = result.get("meta") if isinstance(result, Mapping) else None
                self.meta[ticker.upper()] = meta if isinstance(meta, Mapping) else {}
            requests.limits.answered(offer.name)

    return Session(impersonate="chrome")


def _elsewhere(url: str, base: str) -> str:
    """The same path at another address, where one is set."""
    if not base:
        return url
    return base.rstrip("/") + "/" + url.partition("://")[2].partition("/")[2]


def _chart(offer: Offer, ticker: str, response: Any) -> Mapping[str, Any]:
    """What a chart's answer holds.

    Raises:
        UnknownTicker: there is no such ticker.
        SourceLimited: it was asked too often.
        SourceUnavailable: it has an error of its own.
        BadAnswer: it is no chart.
    """
    status, text = response.status_code, response.content[:64].decode("utf-8", "replace")
    if status == 429 or "Too Many Requests" in text:
        raise SourceLimited(offer.name, _LIMITED_S, _OFTEN)
    if status >= 500:
        raise SourceUnavailable(f"{offer.name}: it answers with error {status}")
    if status == 404:
        raise UnknownTicker([ticker], (), offer.name)
    try:
        chart = json.loads(response.content)["chart"]
        first: Mapping[str, Any] = chart if isinstance(chart, Mapping) else {}
    except (ValueError, KeyError, TypeError, RecursionError):
        if status in (401, 403):
            return {}  # a wrong crumb: the library asks again
        raise BadAnswer(f"{offer.name}: its answer about {ticker} is no chart") from None
    return first
