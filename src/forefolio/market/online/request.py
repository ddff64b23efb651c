"""The one function that asks a provider over HTTP: bounded in time, size and number.

1. A request waits for its slot (`limits`), takes at most a minute in at most five tries, and
   follows no redirect to another host.
2. A body is read up to 20 MB, and no more than that is ever unpacked from it.
3. An error says the provider and what is the matter, never the address: it may hold a key.
"""

import logging
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from forefolio.core.counting import count
from forefolio.core.errors import (
    BadAnswer,
    DataError,
    SourceLimited,
    SourceRefused,
    SourceResting,
    SourceUnavailable,
    UnknownTicker,
)
from forefolio.core.failpoints import Clock
from forefolio.core.lazy import lazy
from forefolio.market.online.base import Offer
from forefolio.market.online.limits import Limits

logger = logging.getLogger(__name__)

httpx: Any = lazy("httpx2")
stamina: Any = lazy("stamina")

T = TypeVar("T")

CALLS, FAILURES = "provider_calls", "provider_failures"
TRIES = 5
TOTAL_S = 60.0
CONNECT_S, READ_S = 5.0, 15.0
LARGEST = 20_000_000  # bytes, unpacked
REDIRECTS = 3
_CHUNK = 1 << 16
_LONGEST_S = 86_400.0  # no provider keeps us away for longer
_LIMITED_S = 60.0  # a provider that refuses, and does not say how long, is left alone so long


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What came back."""

    status: int
    content_type: str
    body: bytes

    @property
    def text(self) -> str:
        """The body as text; a byte that is none is replaced."""
        return self.body.decode("utf-8-sig", "replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """What is asked of a provider, however often it is tried."""

    offer: Offer
    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]

    def url(self) -> Any:
        return httpx.URL(self.offer.url.rstrip("/") + self.path, params=dict(self.params))


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """Asks providers. `secrets` are never repeated, whatever a provider says."""

    limits: Limits
    secrets: tuple[str, ...] = field(default=(), repr=False)
    clock: Clock = time.monotonic

    def get(
        self,
        offer: Offer,
        path: str,
        params: Mapping[str, str],
        read: Callable[[Response], T],
        headers: Mapping[str, str] | None = None,
    ) -> T:
        """Ask, and return what `read` makes of the answer; `read` may raise a typed error.

        Raises:
            SourceLimited: the provider may not be asked again yet.
            SourceUnavailable: it does not answer, or its answer is none.
        """
        question = _Question(offer=offer, path=path, params=params, headers=headers or {})
        return self.tried(offer, lambda end: read(self._once(question, end)))

    def tried(self, offer: Offer, once: Callable[[float], T]) -> T:
        """What `once` returns, tried again where that may help; it gets the end of all patience.

        Raises:
            SourceUnavailable: as `get`.
        """
        end = self.clock() + TOTAL_S
        problem: DataError
        try:
            with _quiet():
                for attempt in stamina.retry_context(
                    on=lambda error: self._again(offer, error, end),
                    attempts=TRIES,
                    timeout=TOTAL_S,
                    wait_initial=0.5,
                    wait_max=10.0,
                ):
                    with attempt:
                        count(CALLS, offer.name)
                        result = once(end)
                        self.limits.answered(offer.name)
                return result
        except (SourceUnavailable, UnknownTicker) as error:
            problem = error
        if isinstance(problem, UnknownTicker | BadAnswer | SourceRefused):
            self.limits.answered(offer.name)
        raise self._without_keys(offer, problem)

    def _again(self, offer: Offer, error: Exception, end: float) -> bool | float:
        """Whether, or after how many seconds, it is worth asking once more."""
        if isinstance(error, DataError):
            count(FAILURES, offer.name)
            logger.info("%s", self.redacted(str(error)))
        match error:
            case SourceLimited(wait_s=wait):
                return wait if self.clock() + wait < end else False
            case SourceRefused() | BadAnswer() | SourceResting():
                return False
            case SourceUnavailable():
                return True
        return False

    def _without_keys(self, offer: Offer, problem: DataError) -> DataError:
        """The error without what it came from, which knows the address; its wait is remembered."""
        if isinstance(problem, SourceLimited) and problem.wait_s >= 1:
            self.limits.come_back(offer.name, problem.wait_s, "it said that it was asked too often")
        problem.__cause__ = problem.__context__ = None
        problem.args = tuple(self.redacted(str(arg)) for arg in problem.args)
        return problem

    def redacted(self, text: str) -> str:
        """A text without any key."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text

    # -- one try -------------------------------------------------------------------------------

    def _once(self, question: "_Question", end: float) -> Response:
        offer = question.offer
        self.limits.wait_for_slot(offer.name, offer.limits, max(end - self.clock(), 0.0))
        reason = ""
        try:
            answer, retry_after = self._exchanged(question, end)
        except httpx.TimeoutException:
            reason = "it does not answer in time"
        except httpx.TransportError as error:
            reason = _words(error)
        except httpx.InvalidURL:
            reason = f"{offer.name}: its address is none; see FOREFOLIO_SOURCE_URLS"
            raise SourceRefused(reason) from None
        if reason:
            self.limits.failed(offer.name)
            raise SourceUnavailable(f"{offer.name}: {reason}")
        if answer.status == 429:
            wait = retry_after if retry_after is not None else _LIMITED_S
            raise SourceLimited(offer.name, wait, "it says that it was asked too often")
        if answer.status >= 500 or answer.status == 408:
            self.limits.failed(offer.name)
            reason = f"{offer.name}: it answers with error {answer.status}"
            if retry_after is not None:
                raise SourceLimited(offer.name, retry_after, f"it answers with {answer.status}")
            raise SourceUnavailable(reason)
        return answer

    def _exchanged(self, question: "_Question", end: float) -> tuple[Response, float | None]:
        """The answer, and the seconds that it asks us to wait, if it does."""
        offer = question.offer
        timeout = httpx.Timeout(READ_S, connect=CONNECT_S)
        own = {"Accept-Encoding": "gzip, deflate", "User-Agent": "forefolio", **question.headers}
        with httpx.Client(timeout=timeout, follow_redirects=False) as client:
            url = question.url()
            for _ in range(REDIRECTS + 1):
                with client.stream("GET", url, headers=own) as response:
                    if not response.is_redirect:
                        body = b"".join(self._body(offer, response, end))
                        kind = response.headers.get("content-type", "")
                        answer = Response(status=response.status_code, content_type=kind, body=body)
                        return answer, retry_after(response.headers.get("retry-after"), time.time())
                    onward = url.join(response.headers.get("location", ""))
                if (onward.scheme, onward.netloc) != (url.scheme, url.netloc):
                    raise BadAnswer(
                        f"{offer.name}: it sends us to another host, which is not asked"
                    )
                url = onward
        raise BadAnswer(f"{offer.name}: it sends us on and on")

    def _body(self, offer: Offer, response: Any, end: float) -> Iterator[bytes]:
        """The body, unpacked, and never more of it than is allowed, nor for longer."""
        unpack = _unpacking(offer, response.headers.get("content-encoding", ""))
        size = 0
        for chunk in response.iter_raw():
            for part in unpack(chunk):
                size += len(part)
                if size > LARGEST:
                    raise BadAnswer(f"{offer.name}: its answer is larger than {LARGEST:,} bytes")
                yield part
            if self.clock() > end:
                raise SourceUnavailable(f"{offer.name}: its answer does not end in time")


def _unpacking(offer: Offer, encoding: str) -> Callable[[bytes], Iterator[bytes]]:
    """What unpacks a chunk, in pieces that are never large."""
    if encoding.lower() in ("", "identity"):
        return lambda chunk: iter((chunk,))
    if encoding.lower() not in ("gzip", "x-gzip", "deflate"):
        raise BadAnswer(f"{offer.name}: its answer is packed in a way that was not asked for")
    inflating = zlib.decompressobj(zlib.MAX_WBITS | 32)

    def unpack(chunk: bytes) -> Iterator[bytes]:
        try:
            while chunk:
                yield inflating.decompress(chunk, _CHUNK)
                chunk = inflating.unconsumed_tail
        except zlib.error:
            raise BadAnswer(f"{offer.name}: its answer is damaged") from None

    return unpack


def retry_after(header: str | None, now: float) -> float | None:
    """The seconds that a Retry-After asks for, given as seconds or as a date; None if unread."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return min(float(header), _LONGEST_S)
    try:
        then = parsedate_to_datetime(header)
    except (TypeError, ValueError):
        return None
    zoned = then if then.tzinfo else then.replace(tzinfo=UTC)
    ahead = (zoned - datetime.fromtimestamp(now, UTC)).total_seconds()
    return min(max(ahead, 0.0), _LONGEST_S)


def _words(error: Exception) -> str:
    match error:
        case httpx.ConnectError():
            return "it cannot be reached; is there a network?"
        case httpx.ProtocolError() | httpx.ReadError():
            return "it broke off its answer"
        case httpx.UnsupportedProtocol():
            return "its address is none; see FOREFOLIO_SOURCE_URLS"
    return "the connection failed"


# -- what is not logged ----------------------------------------------------------------------------

_LOGGERS = (
    "stamina",
    "httpx2",
    *(f"httpcore2.{part}" for part in ("connection", "http11", "proxy", "socks")),
)
_asking = threading.local()


class _WithoutAddress(logging.Filter):
    """The library's log lines name the address with its key; ours say what is needed."""

    def filter(self, _: logging.LogRecord) -> bool:
        return not getattr(_asking, "now", False)


_HIDE = _WithoutAddress()


@contextmanager
def _quiet() -> Iterator[None]:
    """What this thread asks is not logged by the library; others' requests are."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_HIDE)
    _asking.now = True
    try:
        yield
    finally:
        _asking.now = False
