"""A server on this machine that behaves like a provider, well or badly, as a test tells it."""

import gzip
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What is sent: a whole answer, or one that is broken in a way."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    reset: bool = False
    pause_s: float = 0.0  # before every byte of the body
    length: int | None = None  # that is claimed


def json_reply(document: Any, status: int = 200) -> Reply:
    return Reply(body=json.dumps(document).encode(), status=status)


def bomb(size: int = 105_000_000) -> Reply:
    return Reply(body=gzip.compress(bytes(size), 9), headers={"Content-Encoding": "gzip"})


@dataclass(frozen=True, kw_only=True)
class Asked:
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass
class Served:
    """The server, while it runs; `asked` are the requests, in their order."""

    url: str
    asked: list[Asked]


@contextmanager
def serving(answer: Callable[[Asked], Reply]) -> Iterator[Served]:
    asked: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {k: v[-1] for k, v in parse_qs(parts.query).items()}
            request = Asked(path=parts.path, query=query, headers=dict(self.headers))
            asked.append(request)
            reply = answer(request)
            if reply.reset:
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.connection.close()
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            size = len(reply.body) if reply.length is None else reply.length
            self.send_header("Content-Length", str(size))
            self.end_headers()
            try:
                for byte in [reply.body] if not reply.pause_s else _bytes(reply):
                    self.wfile.write(byte)
                    self.wfile.flush()
            except OSError:
                pass  # whoever asked has gone: that is what some tests are about

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Served(url=f"http://127.0.0.1:{server.server_address[1]}", asked=asked)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _bytes(reply: Reply) -> Iterator[bytes]:
    for i in range(len(reply.body)):
        time.sleep(reply.pause_s)
        yield reply.body[i : i + 1]


# -- answers as the providers give them ------------------------------------------------------------


def weekdays(first: date, count: int) -> list[date]:
    days = (first + timedelta(days=i) for i in range(3 * count + 7))
    return [day for day in days if day.weekday() < 5][:count]


def yahoo_chart(
    days: list[date],
    closes: list[float | None],
    *,
    ticker: str = "AAA",
    currency: str = "USD",
    splits: Mapping[date, float] | None = None,
    dividends: Mapping[date, float] | None = None,
) -> dict[str, Any]:
    stamps = {day: int(datetime(day.year, day.month, day.day, 9, 30, tzinfo=NEW_YORK).timestamp())
              for day in (*days, *(splits or ()), *(dividends or ()))}  # fmt: skip
    events: dict[str, Any] = {}
    if splits:
        events["splits"] = {
            str(stamps[d]): {"date": stamps[d], "numerator": r, "denominator": 1.0,
                             "splitRatio": f"{r:g}:1"}
            for d, r in splits.items()
        }  # fmt: skip
    if dividends:
        events["dividends"] = {
            str(stamps[d]): {"date": stamps[d], "amount": a} for d, a in dividends.items()
        }
    meta = {
        "currency": currency,
        "symbol": ticker,
        "exchangeName": "NMS",
        "instrumentType": "EQUITY",
        "firstTradeDate": 0,
        "gmtoffset": -18000,
        "timezone": "EST",
        "exchangeTimezoneName": "America/New_York",
        "regularMarketPrice": 1.0,
        "priceHint": 2,
        "dataGranularity": "1d",
        "range": "",
        "validRanges": ["1d", "5d", "1mo", "1y", "max"],
    }
    quote = {
        "open": closes,
        "high": [None if c is None else c * 1.01 for c in closes],
        "low": [None if c is None else c * 0.99 for c in closes],
        "close": closes,
        "volume": [None if c is None else 1000 for c in closes],
    }
    result: dict[str, Any] = {
        "meta": meta,
        "timestamp": [stamps[day] for day in days],
        "indicators": {"quote": [quote], "adjclose": [{"adjclose": closes}]},
    }
    if events:
        result["events"] = events
    return {"chart": {"result": [result], "error": None}}


def alpha_vantage_daily(days: list[date], closes: list[float]) -> dict[str, Any]:
    rows = {
        str(day): {
            "1. open": f"{close:.4f}",
            "2. high": f"{close * 1.01:.4f}",
            "3. low": f"{close * 0.99:.4f}",
            "4. close": f"{close:.4f}",
            "5. adjusted close": f"{close:.4f}",
            "6. volume": "1000",
            "7. dividend amount": "0.0000",
            "8. split coefficient": "1.0",
        }
        for day, close in reversed(list(zip(days, closes, strict=True)))
    }
    meta = {"2. Symbol": "AAA", "5. Time Zone": "US/Eastern"}
    return {"Meta Data": meta, "Time Series (Daily)": rows}


def finnhub_candles(days: list[date], closes: list[float]) -> dict[str, Any]:
    stamps = [
        int(datetime(d.year, d.month, d.day, 9, 30, tzinfo=NEW_YORK).timestamp()) for d in days
    ]
    return {
        "s": "ok",
        "t": stamps,
        "o": closes,
        "h": [c * 1.01 for c in closes],
        "l": [c * 0.99 for c in closes],
        "c": closes,
        "v": [1000] * len(days),
    }


def stooq_csv(days: list[date], closes: list[float]) -> str:
    rows = (f"{d},{c},{c * 1.01},{c * 0.99},{c},1000" for d, c in zip(days, closes, strict=True))
    return "\r\n".join(["Date,Open,High,Low,Close,Volume", *rows]) + "\r\n"
