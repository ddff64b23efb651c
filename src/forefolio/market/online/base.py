"""What a provider is: one small interface, the limits within which it is asked, and its answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol, TypeAlias

from forefolio.core.errors import InputError
from forefolio.market.sources.base import Bars

Adjusted: TypeAlias = Literal["beside", "within", "no"]
"""Where dividends are counted: in a column beside the close, within the close, or nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """At most `times` requests in any `seconds`."""

    times: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a provider has, and how often it may be asked.

    `revised`: whether it changes earlier rows when there is a split or a dividend.
    """

    name: str  # such as alpha_vantage
    title: str  # such as Alpha Vantage
    url: str
    adjusted: Adjusted
    limits: tuple[RateLimit, ...]
    kind: Literal["prices", "series"] = "prices"
    key: str = ""  # the setting that has its key; none is needed where it is empty


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Daily:
    """The daily rows of one ticker as a provider answered, not yet checked.

    `currency` and `zone` are empty where the provider does not say them; `unread` holds the cells
    that are no numbers, each as date, column and text.
    """

    ticker: str
    source: str
    bars: Bars
    currency: str = ""
    zone: str = ""
    unread: tuple[tuple[str, str, str], ...] = ()
    kind: Literal["prices", "series"] = "prices"


class Provider(Protocol):
    """Where daily prices can be asked for."""

    @property
    def offer(self) -> Offer:
        """What it has."""

    def daily(self, ticker: str, start: date, end: date) -> Daily:
        """The daily rows of one ticker, both days included.

        Raises:
            UnknownTicker: there is no such ticker, or nothing of it in that time.
            SourceRefused: the key is missing or wrong, or does not cover this.
            SourceLimited: it may not be asked again yet.
            BadAnswer: what it answered is no table of prices.
            SourceUnavailable: it does not answer.
        """
        ...


_SECONDS: Mapping[str, float] = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}


def limits_in(words: str) -> tuple[RateLimit, ...]:
    """Limits as people write them: "5/minute 25/day".

    Raises:
        InputError: they cannot be read.
    """
    limits = []
    for part in words.split():
        times, _, unit = part.partition("/")
        if not times.isdecimal() or int(times) < 1 or unit not in _SECONDS:
            raise InputError(
                f"FOREFOLIO_SOURCE_LIMITS: {part!r} is no limit; say 5/minute 25/day, for example"
            )
        limits.append(RateLimit(times=int(times), seconds=_SECONDS[unit]))
    return tuple(limits)
