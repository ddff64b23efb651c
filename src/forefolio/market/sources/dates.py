"""Dates as files write them, read from the whole column and never guessed.

1. A date that starts with the year is itself. A time after it, and how far its clock is from UTC,
   are kept: which day that was on the exchange is told by `zones`.
2. Numbers are 20200131, or seconds to nanoseconds since 1970. 202001, 2020-01 and Jan 2020 are
   months, 2020Q1 is a quarter: each stands for its last weekday, when its price was known.
3. Of 03/04/2020 only the whole column can tell the day from the month: one number above 12 does.
   Years of two digits are read by `short_years`.
4. Numbers such as 45322 are days as spreadsheets count them.
"""

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forefolio.core.lazy import lazy
from forefolio.core.units import Dates
from forefolio.market.sources.short_years import long_years, months_of_short_years
from forefolio.market.sources.zones import Stamps

pd: Any = lazy("pandas")

_ISO = r"^(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})(?!\d)"
_PARTS = r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?!\d)"
_MONTH = r"^((?:18|19|20)\d{2})(?:[-/.M]?(?=\d{2}$)|[-/.M])(0?[1-9]|1[0-2])$"
_MONTH_FIRST = r"^()(0?[1-9]|1[0-2])[-/.]((?:18|19|20)\d{2})$"
_QUARTER = r"^((?:18|19|20)\d{2})[- ]?[Qq]([1-4])$"
_NAMED_MONTH = r"^(?:[A-Za-z]{3,9})[- ,.]+\d{4}$|^\d{4}[- ]+[A-Za-z]{3,9}$"
_TIME = re.compile(
    r"[T ]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([AaPp][Mm])?"
    r"\s*(Z|UTC|GMT|[-+]\d{2}:?\d{2}(?::\d{2})?|[-+]\d{2})?"
)
_COMPACT_TIME = re.compile(r"^(\d{8})[T ](\d{2})(\d{2})(\d{2})?()(Z|[-+]\d{2}:?\d{2})?$")
_EARLIEST = np.datetime64("1600-01-01")
_SERIAL = (25569.0, 73051.0)  # 1970 to 2100, in days since the one a spreadsheet calls 0
_EPOCHS = ((1e17, "ns"), (1e14, "us"), (1e11, "ms"), (1e8, "s"))


class Undecided(ValueError):
    """A column of dates that can be read in two ways, or in none."""


def read_dates(column: Any) -> Dates:
    """The days (n,) written in a pandas column; NaT where a cell is no date.

    Raises:
        Undecided: day and month cannot be told apart, or most cells are no dates.
    """
    return read_moments(column).days


def read_moments(column: Any) -> Stamps:
    """The stamps (n,) of a pandas column or a list of texts; NaT where a cell is no date.

    Raises:
        Undecided: day and month cannot be told apart, or most cells are no dates.
    """
    column = column if hasattr(column, "dtype") else pd.Series(column, dtype="object")
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return _from_stamps(column)
    if pd.api.types.is_bool_dtype(column.dtype):
        raise Undecided("its dates cannot be read: they are true or false; use 2020-12-31")
    if pd.api.types.is_numeric_dtype(column.dtype):
        return _from_numbers(column)
    return _from_cells(column)


def _from_stamps(column: Any) -> Stamps:
    zone = getattr(column.dtype, "tz", None)
    moment = np.asarray(
        (column if zone is None else column.dt.tz_localize(None)).to_numpy(), "datetime64[s]"
    )
    days, clock = _split(moment)
    if zone is None:
        return Stamps(days=days, clock=clock)
    utc = np.asarray(column.dt.tz_convert(None).to_numpy(), "datetime64[s]")
    ahead = np.where(np.isnat(utc), 0, (moment - utc).astype(np.int64))
    return Stamps(days=days, clock=clock, ahead=ahead)


def _split(moment: Any) -> tuple[Dates, NDArray[np.int64]]:
    days = moment.astype("datetime64[D]")
    return days, np.where(np.isnat(days), 0, (moment - days).astype(np.int64))


def _whole_days(days: Dates) -> Stamps:
    return Stamps(days=days, clock=np.zeros(len(days), np.int64))


def _from_numbers(column: Any) -> Stamps:
    present = column.dropna()
    number = float(present.abs().median()) if len(present) else 0.0
    if len(present) and present.between(*_SERIAL).all():
        return _whole_days(
            _days(pd.to_datetime(column, unit="D", origin="1899-12-30").dt.floor("D"))
        )
    if 1e5 < number < 1e8:
        whole = present[present == present.round()].astype("int64").astype("string")
        return _from_texts(whole.reindex(column.index))
    for least, unit in _EPOCHS:
        if number >= least:
            seconds = pd.to_datetime(column, unit=unit, errors="coerce").to_numpy()
            days, clock = _split(np.asarray(seconds, "datetime64[s]"))
            return Stamps(days=days, clock=clock, ahead=np.zeros(len(days), np.int64))
    example = f"{present.iloc[0]:.15g}" if len(present) else "nothing"
    raise Undecided(f"its dates cannot be read, such as {example}; use 2020-12-31")


def _from_cells(column: Any) -> Stamps:
    """Texts, or days as Python has them; what stands there often is read once."""
    codes, cells = pd.factorize(np.asarray(column, dtype=object))
    texts = pd.Series([str(cell) for cell in cells], dtype="string").str.strip()
    numbers = texts.where(texts.str.fullmatch(r"\d{5,}(?:\.0*)?|\d{1,7}"))
    if len(texts) and numbers.notna().mean() > 0.5:
        read = _from_numbers(pd.to_numeric(numbers).astype("float64"))
    else:
        read = _from_texts(texts)
    filled = (codes >= 0) & (texts != "").to_numpy(bool)[codes] if len(texts) else codes >= 0
    stamps = _spread(read, codes)
    unread = np.isnat(stamps.days) & filled
    if len(unread) and unread.mean() > 0.5:
        example = _shown(column[unread].iloc[0] if hasattr(column, "iloc") else column[unread][0])
        raise Undecided(f"its dates cannot be read, such as {example}; use 2020-12-31")
    return stamps


def _spread(read: Stamps, codes: Any) -> Stamps:
    """The stamps of distinct cells at each cell; a code of -1 is an empty one."""
    ahead = None if read.ahead is None else np.append(read.ahead, 0)[codes]
    days = np.append(read.days, np.datetime64("NaT", "D"))[codes]
    return Stamps(days=days, clock=np.append(read.clock, 0)[codes], ahead=ahead)


def _from_texts(texts: Any) -> Stamps:
    days = _days_of(texts)
    if (
        not texts.str.contains(":", regex=False, na=False).any()
        and not texts.str.contains(r"^\d{8}[T ]\d", na=False).any()
    ):
        return _whole_days(days)
    clocks = [_clock(text) for text in texts.fillna("")]
    ahead = np.array([0 if a is None else a for _, a in clocks], dtype=np.int64)
    zoned = any(a is not None for _, a in clocks)
    clock = np.array([seconds for seconds, _ in clocks], dtype=np.int64)
    return Stamps(days=days, clock=clock, ahead=ahead if zoned else None)


def _clock(text: str) -> tuple[int, int | None]:
    """Seconds after midnight, and ahead of UTC if that is written."""
    if compact := _COMPACT_TIME.match(text):
        hour, minute, second, half, zone = compact.groups()[1:]
    elif match := _TIME.search(text):
        hour, minute, second, half, zone = match.groups()
    else:
        return 0, None
    hours = int(hour) % 12 + 12 * (half.lower() == "pm") if half else int(hour)
    return hours * 3600 + int(minute) * 60 + int(second or 0), _ahead(zone)


def _ahead(zone: str | None) -> int | None:
    if zone is None:
        return None
    if zone[0] not in "+-":
        return 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    return (-1 if zone[0] == "-" else 1) * (int(digits[:2]) * 3600 + int(digits[2:4]) * 60)


def _days_of(written: Any) -> Dates:
    texts = _with_long_years(written)
    iso = texts.str.extract(_ISO)
    if iso[0].notna().any():
        return _joined(iso[0], iso[1], iso[2])
    parts = texts.str.extract(_PARTS)
    if parts[0].notna().any():
        first, second = (pd.to_numeric(parts[i]) for i in (0, 1))
        day, month = (0, 1) if _day_first(first, second, written) else (1, 0)
        return _joined(parts[2], parts[month], parts[day])
    if texts.str.contains(r"^\d{8}(?:$|[T ])", na=False).any():
        return _days(pd.to_datetime(texts.str[:8], format="%Y%m%d", errors="coerce"))
    if (months := _months(texts)) is not None:
        return months
    named = texts.where(texts.str.contains(re.compile("[A-Za-z]{3}"), na=False))
    named = named.str.replace(_TIME, " ", regex=True).str.replace(r"\s*\(.*\)$", "", regex=True)
    days = _days(pd.to_datetime(named.str.strip(" ,"), format="mixed", errors="coerce"))
    return np.where(days < _EARLIEST, np.datetime64("NaT", "D"), days)  # of no year: 3 January


def _with_long_years(texts: Any) -> Any:
    """The texts as they are, where no year of two digits stands in them."""
    if texts.str.contains(r"\d{4}", na=False).any():
        return texts
    for read in (long_years, months_of_short_years):
        if (longer := read(texts)) is not None:
            return longer
    return texts


def _months(texts: Any) -> Dates | None:
    """The last weekdays of months or quarters, if that is what is written."""
    for pattern, months in ((_MONTH, 1), (_QUARTER, 3)):
        match = texts.str.extract(pattern)
        if match[0].notna().any():
            month = (pd.to_numeric(match[1]) * months).astype("Int64").astype("string")
            return _last_weekdays(_joined(match[0], month, month.where(month.isna(), "1")))
    match = texts.str.extract(_MONTH_FIRST)
    if match[1].notna().any():
        return _last_weekdays(_joined(match[2], match[1], match[1].where(match[1].isna(), "1")))
    named = texts.where(texts.str.contains(_NAMED_MONTH, na=False))
    if named.notna().any():
        first = pd.to_datetime("1 " + named, format="mixed", errors="coerce")
        return _last_weekdays(_days(first))
    return None


def _last_weekdays(days: Dates) -> Dates:
    ends = ((days.astype("datetime64[M]") + 1).astype("datetime64[D]")) - 1
    out = ends.copy()
    there = ~np.isnat(ends)
    out[there] = np.busday_offset(ends[there], 0, roll="backward")
    return out


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


def _shown(cell: Any) -> str:
    return repr(cell[:40]) if isinstance(cell, str) else f"{cell}"[:40]
