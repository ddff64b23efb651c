"""What flatters a backtest, as the data themselves tell it: no matter where they come from.

1. Survivors: where every asset still trades at the end, those that failed are not among them.
2. The index: one without dividends is easier to beat, by what it paid; often that is not known.
3. A short record: the standard error of a Sharpe ratio is about 1 / sqrt(years).
4. Closes alone: orders are filled at the next close, for no open is known.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from typing import Literal, TypeAlias

import numpy as np

from forefolio.core.wording import number
from forefolio.market import Loaded, Market

About: TypeAlias = Literal["assets", "index", "record", "prices"]

RECENT = 21  # sessions: what traded within them is still there, closed today or not
SHORT = 5.0  # years


@dataclass(frozen=True, slots=True, kw_only=True)
class Caveat:
    """What must be said where something is claimed: as a sentence, and as part of one."""

    code: str
    about: About
    said: str
    short: str


def caveats(loaded: Loaded, sessions: int, *, beside_index: bool) -> tuple[Caveat, ...]:
    """What flatters a backtest of so many sessions, with or without an index beside it."""
    market = loaded.market
    found = [*_survivors(market)]
    if beside_index:
        found += of_index(loaded.benchmark_dividends)
    return (*found, *_record(sessions / market.periods_per_year), *_prices(market))


def said_of(found: tuple[Caveat, ...], about: tuple[About, ...]) -> str:
    """The caveats about something, to be appended to a claim; empty if there are none."""
    told = [one.short for one in found if one.about in about]
    return f"; {', and '.join(told)}" if told else ""


def _survivors(market: Market) -> Iterator[Caveat]:
    count = len(market.assets)
    if np.isfinite(market.close[-RECENT:]).any(axis=0).all():
        many = f"all {count} assets" if count > 1 else "the asset"
        yield Caveat(
            code="survivors",
            about="assets",
            said=(
                f"{many} still trade{'' if count > 1 else 's'} at the end, so what failed on the "
                "way is not among them: this flatters every strategy here against the index."
            ).capitalize(),
            short=f"{many} survived to the end",
        )


def of_index(counted: bool | None) -> Iterator[Caveat]:
    """What flatters whatever stands beside an index, by whether it counts dividends, if known."""
    flattered = "that flatters every strategy against it by what it paid, some 2 % a year for many"
    if counted is None:
        yield Caveat(
            code="index_dividends_unknown",
            about="index",
            said=f"Whether the index counts dividends is not known: if not, {flattered}.",
            short="whether the index counts dividends is not known",
        )
    elif not counted:
        yield Caveat(
            code="index_without_dividends",
            about="index",
            said=f"The index is without dividends: {flattered}.",
            short="the index is without dividends",
        )


def _record(years: float) -> Iterator[Caveat]:
    if years < SHORT:
        told = number(years, 1)
        yield Caveat(
            code="short_record",
            about="record",
            said=(
                f"The record is of {told} years: a Sharpe ratio has a standard error of about "
                f"{number(1.0 / sqrt(years))} then."
            ),
            short=f"the record is of {told} years",
        )


def _prices(market: Market) -> Iterator[Caveat]:
    if market.open is None:
        yield Caveat(
            code="closes_only",
            about="prices",
            said="No opens are known: orders are filled at the close of the next session.",
            short="orders are filled at closes",
        )
