"""Caveats of a backtest that follow from its data, whatever their source.

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
SURVIVORS = "survivors"  # the code of the caveat that all assets still trade


@dataclass(frozen=True, slots=True, kw_only=True)
class Caveat:
    """A reservation to be stated beside a result: as a `sentence`, and as a `clause` of one."""

    code: str
    about: About
    sentence: str
    clause: str


def caveats(loaded: Loaded, sessions: int, *, beside_index: bool) -> tuple[Caveat, ...]:
    """The caveats of a backtest over so many sessions, with or without an index as benchmark."""
    market = loaded.market
    listed = [*_survivors(market)]
    if beside_index:
        listed += index_caveats(loaded.benchmark_dividends)
    return (*listed, *_record(sessions / market.periods_per_year), *_prices(market))


def caveat_clauses(all_caveats: tuple[Caveat, ...], about: tuple[About, ...]) -> str:
    """The caveats about something, to be appended to a claim; empty if there are none."""
    clauses = [one.clause for one in all_caveats if one.about in about]
    return f"; {', and '.join(clauses)}" if clauses else ""


def _survivors(market: Market) -> Iterator[Caveat]:
    count = len(market.assets)
    if np.isfinite(market.close[-RECENT:]).any(axis=0).all():
        many = f"all {count} assets" if count > 1 else "the asset"
        yield Caveat(
            code=SURVIVORS,
            about="assets",
            sentence=(
                f"{many} still trade{'' if count > 1 else 's'} at the end, so what failed on the "
                "way is not among them: this flatters every strategy here against the index."
            ).capitalize(),
            clause=f"{many} survived to the end",
        )


def index_caveats(counted: bool | None) -> Iterator[Caveat]:
    """Caveats of a comparison with an index; `counted`: whether it includes dividends, if known."""
    flattered = "that flatters every strategy against it by what it paid, some 2 % a year for many"
    if counted is None:
        yield Caveat(
            code="index_dividends_unknown",
            about="index",
            sentence=f"Whether the index counts dividends is not known: if not, {flattered}.",
            clause="whether the index counts dividends is not known",
        )
    elif not counted:
        yield Caveat(
            code="index_without_dividends",
            about="index",
            sentence=f"The index is without dividends: {flattered}.",
            clause="the index is without dividends",
        )


def _record(years: float) -> Iterator[Caveat]:
    if years < SHORT:
        length = number(years, 1)
        yield Caveat(
            code="short_record",
            about="record",
            sentence=(
                f"The record is of {length} years: a Sharpe ratio has a standard error of about "
                f"{number(1.0 / sqrt(years))} then."
            ),
            clause=f"the record is of {length} years",
        )


def _prices(market: Market) -> Iterator[Caveat]:
    if market.open is None:
        yield Caveat(
            code="closes_only",
            about="prices",
            sentence="No opens are known: orders are filled at the close of the next session.",
            clause="orders are filled at closes",
        )
