"""What of a provider's answer may be stored: each row that may not is kept apart with its reason.

Nothing is repaired or filled in here; what is merely odd is stored and said.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from forefolio.core.units import Array, Flags
from forefolio.core.wording import counted
from forefolio.market.online.base import Daily
from forefolio.market.sources.base import Bars

OVER = time(18, 0)  # on the exchange's clock: by then its session is over, and its bar is final
JUMP = 1.9  # a move by this factor without a split is said
STALE, SILENT_DAYS = 10, 10  # equal closes in a row, calendar days without any: said
_USUAL_ZONE = "America/New_York"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A row that is not stored; `row` is a JSON document of what the provider wrote."""

    day: str  # ISO; "" where it could not be read
    reason: str
    row: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Checked:
    """The rows of an answer that may be stored, those that may not, and what is odd."""

    daily: Daily
    rejected: tuple[Rejected, ...]
    notes: tuple[str, ...]


def checked(daily: Daily, start: date, end: date, now: datetime) -> Checked:
    """Take the rows of an answer apart: asked for, over, and numbers, or not.

    `now` says which sessions are over; it has a zone.
    """
    final = last_final(daily.zone, now)
    reasons: dict[int, str] = {}
    for reason, rows in _wrong(daily, start, min(end, final), final):
        for row in np.flatnonzero(rows):
            reasons.setdefault(int(row), reason)
    good = np.ones(len(daily.bars), bool)
    good[list(reasons)] = False
    bars, emptied = _without_zero_opens(daily.bars.at(good))
    rejected = [_rejected(daily, row, why) for row, why in sorted(reasons.items())]
    notes = (*emptied, *_odd(bars))
    return Checked(daily=replace(daily, bars=bars), rejected=tuple(rejected), notes=notes)


def last_final(zone: str, now: datetime) -> date:
    """The last day on the exchange whose bar can be final."""
    try:
        there = now.astimezone(ZoneInfo(zone or _USUAL_ZONE))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        there = now.astimezone(ZoneInfo(_USUAL_ZONE))
    all_day = zone in ("UTC", "Etc/UTC", "GMT")  # coins trade until midnight
    over = there.time() >= OVER and not all_day
    return there.date() if over else there.date() - timedelta(days=1)


def _wrong(daily: Daily, start: date, end: date, final: date) -> Iterator[tuple[str, Flags]]:
    """Each rule that rows break, and the rows that do."""
    bars = daily.bars
    yield "the date cannot be read", np.isnat(bars.dates)
    yield "the session is not over yet", bars.dates > np.datetime64(final)
    outside = (bars.dates < np.datetime64(start)) | (bars.dates > np.datetime64(end))
    yield "the day was not asked for", outside
    days = bars.dates.astype(str)
    for day, column, text in daily.unread:
        yield f"the {column} is the text {text!r}", days == day
    yield "the close is missing", np.isnan(bars.close)
    for name, values in bars.columns.items():
        least = -np.inf if daily.kind == "series" else 0.0
        most = 1e18 if name == "volume" else 1e12
        with np.errstate(invalid="ignore"):
            bad = np.isinf(values) | (values < least) | (values >= most)
            if name not in ("volume", "dividend", "open"):
                bad |= values == least
        kind = "finite number" if daily.kind == "series" else "finite positive number"
        yield f"the {name} is not a {kind}", bad


def _rejected(daily: Daily, row: int, reason: str) -> Rejected:
    day = daily.bars.dates[row]
    values = {name: repr(float(column[row])) for name, column in daily.bars.columns.items()}
    texts = {c: text for d, c, text in daily.unread if d == str(day)}
    return Rejected(
        day="" if np.isnat(day) else str(day), reason=reason, row=json.dumps(values | texts)
    )


def _without_zero_opens(bars: Bars) -> tuple[Bars, tuple[str, ...]]:
    """An open of 0 is how providers write, of decades ago, that none is known."""
    opens = bars.columns.get("open")
    if opens is None or not (opens == 0).any():
        return bars, ()
    note = f"{counted(int((opens == 0).sum()), 'open')} of 0 left out"
    return bars.having(open=np.where(opens == 0, np.nan, opens)), (note,)


def _odd(bars: Bars) -> Iterator[str]:
    """What a person should look at."""
    order = np.argsort(bars.dates, kind="stable")
    days, close = bars.dates[order], bars.close[order]
    if len(close) < 2:
        return
    split = bars.columns.get("split")
    ratio = np.nan_to_num(split[order][1:], nan=1.0) if split is not None else 1.0
    with np.errstate(all="ignore"):  # a price may be as small as a number can be
        moves = np.abs(np.log(close[1:] / close[:-1] * ratio))
    jumps = np.flatnonzero(moves > np.log(JUMP)) + 1
    if len(jumps):
        yield (
            f"{counted(len(jumps), 'move')} by a factor of {JUMP} or more without a split, the "
            f"last on {days[jumps[-1]]}"
        )
    stale = _longest_run(close)
    if stale > STALE:
        yield f"{stale} equal closes in a row"
    gaps = np.diff(days).astype(np.int64)
    if (gaps > SILENT_DAYS).any():
        row = int(np.argmax(gaps))
        yield f"no price for {gaps[row]} days after {days[row]}"
    volume = bars.columns.get("volume")
    if volume is not None and (volume == 0).any():
        yield f"{counted(int((volume == 0).sum()), 'bar')} without volume"


def _longest_run(values: Array) -> int:
    starts = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1], [True]]))
    return int(np.diff(starts).max())
