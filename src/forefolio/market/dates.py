"""Dates as files write them, read from the whole column and never guessed.

1. A date that starts with the year is itself; a time or a zone after it says when the market's day
   began, so the day written is the day meant.
2. Numbers are 20200131, or seconds or milliseconds since 1970.
3. Of 03/04/2020 only the whole column can tell the day from the month: one number above 12 does.
"""

import re
from typing import Any

import numpy as np

from forefolio.lazy import lazy
from forefolio.units import Dates

pd: Any = lazy("pandas")

_ISO = r"^\s*(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)"
_PARTS = r"^\s*(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?!\d)"
_EPOCHS = ((1e17, "ns"), (1e14, "us"), (1e11, "ms"), (1e8, "s"))


class Undecided(ValueError):
    """A column of dates that can be read in two ways, or in none."""


def read_dates(column: Any) -> Dates:
    """The days (n,) of a pandas column; NaT where a cell is no date.

    Raises:
        Undecided: day and month cannot be told apart, or most cells are no dates.
    """
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        zone = getattr(column.dtype, "tz", None)
        days = column if zone is None else column.dt.tz_localize(None)
        return np.asarray(days.to_numpy(), dtype="datetime64[D]")
    if pd.api.types.is_numeric_dtype(column.dtype):
        return _from_numbers(column)
    out = _from_texts(column.astype("string"))
    unread = np.isnat(out) & column.notna().to_numpy()
    if unread.mean() > 0.5:
        example = column[unread].iloc[0]
        raise Undecided(f"its dates cannot be read, such as {str(example)[:40]!r}; use 2020-12-31")
    return out


def _from_numbers(column: Any) -> Dates:
    number = float(column.dropna().abs().median()) if column.notna().any() else 0.0
    if 1e7 < number < 1e8:
        texts = column.astype("Int64").astype("string")
        return _days(pd.to_datetime(texts, format="%Y%m%d", errors="coerce"))
    for least, unit in _EPOCHS:
        if number >= least:
            return _days(pd.to_datetime(column, unit=unit, errors="coerce"))
    raise Undecided(f"its dates cannot be read, such as {number:g}; use 2020-12-31")


def _from_texts(texts: Any) -> Dates:
    iso = texts.str.extract(_ISO)
    if iso[0].notna().any():
        return _joined(iso[0], iso[1], iso[2])
    parts = texts.str.extract(_PARTS)
    if parts[0].notna().any():
        first, second = (pd.to_numeric(parts[i]) for i in (0, 1))
        day, month = (0, 1) if _day_first(first, second, texts) else (1, 0)
        return _joined(parts[2], parts[month], parts[day])
    if texts.str.fullmatch(r"\s*\d{8}\s*").any():
        return _days(pd.to_datetime(texts.str.strip(), format="%Y%m%d", errors="coerce"))
    named = texts.where(texts.str.contains(re.compile("[A-Za-z]{3}"), na=False))
    return _days(pd.to_datetime(named, format="mixed", errors="coerce"))


def _day_first(first: Any, second: Any, texts: Any) -> bool:
    day_first, month_first = bool((first > 12).any()), bool((second > 12).any())
    if day_first and month_first:
        both = [str(texts[numbers > 12].iloc[0]) for numbers in (first, second)]
        raise Undecided(f"its dates mix day first and month first ({both[0]}, {both[1]})")
    if not day_first and not month_first:
        example = str(texts.dropna().iloc[0])
        raise Undecided(f"{example} may be day/month or month/day; write its dates as 2020-12-31")
    return day_first


def _joined(year: Any, month: Any, day: Any) -> Dates:
    texts = year.str.cat([month.str.zfill(2), day.str.zfill(2)], sep="-")
    return _days(pd.to_datetime(texts, format="%Y-%m-%d", errors="coerce"))


def _days(stamps: Any) -> Dates:
    return np.asarray(stamps.to_numpy(), dtype="datetime64[D]")
