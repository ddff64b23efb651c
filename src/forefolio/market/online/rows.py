"""An answer's rows as bars: every cell is a number, or is reported as the text that it is."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import numpy as np

from forefolio.core.errors import BadAnswer, SourceRefused
from forefolio.core.units import Dates
from forefolio.market.online.base import Daily, Offer
from forefolio.market.online.request import Response
from forefolio.market.sources.base import Bars

_NOTHING = ("", ".", "null", "none", "nan", "n/a", "n/d")  # how providers write that there is none
LONGEST_TEXT = 40  # of a cell that is no number, as it is reported


def document(offer: Offer, answer: Response) -> Mapping[str, Any]:
    """The JSON object of an answer.

    Raises:
        SourceRefused: the provider says that the key will not do.
        BadAnswer: it is no such thing.
    """
    refuse_status(offer, answer)
    if answer.text.lstrip()[:1] == "<":
        raise BadAnswer(f"{offer.name}: it answered with a web page instead of prices")
    try:
        made = json.loads(answer.body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise BadAnswer(f"{offer.name}: its answer is no JSON, or breaks off") from None
    if not isinstance(made, dict):
        raise BadAnswer(f"{offer.name}: its answer is no JSON object")
    return made


def _no_number(text: str) -> float:
    return float(text)  # NaN and infinities reach the validator, which refuses them by row


def refuse_status(offer: Offer, answer: Response) -> None:
    """Stop where the status says that there are no prices."""
    if answer.status in (401, 402, 403):
        wanted = f"set FOREFOLIO_{offer.key.upper()}" if offer.key else "it wants a paid plan"
        raise SourceRefused(
            f"{offer.name}: the key is missing or wrong, or its plan does not cover daily prices "
            f"({answer.status}); {wanted}, or name another source"
        )
    if answer.status >= 300:
        raise BadAnswer(f"{offer.name}: it answers with error {answer.status}")


def daily(
    offer: Offer,
    ticker: str,
    days: Dates,
    columns: Mapping[str, Iterable[Any]],
    *,
    currency: str = "",
    zone: str = "",
) -> Daily:
    """Cells as they were written, made numbers; what is none is NaN, and reported.

    Raises:
        BadAnswer: columns are not as long as the days.
    """
    values, unread = {}, list[tuple[str, str, str]]()
    for name, cells in columns.items():
        listed = list(cells)
        if len(listed) != len(days):
            raise BadAnswer(
                f"{offer.name}: {len(listed)} values of {name} for {len(days)} days of {ticker}"
            )
        made = np.empty(len(listed))
        for row, cell in enumerate(listed):
            made[row], text = _number(cell)
            if text:
                unread.append((str(days[row]), name, text))
        values[name] = made
    bars = Bars(dates=days, columns=values)
    return Daily(
        ticker=ticker,
        source=offer.name,
        bars=bars,
        currency=currency,
        zone=zone,
        unread=tuple(unread),
        kind=offer.kind,
    )


def _number(cell: Any) -> tuple[float, str]:
    """A number, and the text where it is none."""
    if cell is None or (isinstance(cell, str) and cell.strip().lower() in _NOTHING):
        return np.nan, ""
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        return np.nan, type(cell).__name__
    try:
        return float(cell), ""
    except (ValueError, OverflowError):
        return np.nan, str(cell)[:LONGEST_TEXT]


def days_of(offer: Offer, texts: Iterable[Any]) -> Dates:
    """Days as 2020-12-31; any other text is no day (NaT).

    Raises:
        BadAnswer: there are times of day: these are no daily prices.
    """
    made: list[date | None] = []
    for text in texts:
        written = str(text).strip()
        if len(written) > 10 and written[10:11] in " T":
            raise BadAnswer(f"{offer.name}: its answer has several rows a day, not daily prices")
        try:
            made.append(date.fromisoformat(written))
        except ValueError:
            made.append(None)
    return np.array(made, dtype="datetime64[D]")
