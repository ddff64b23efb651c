"""Dates whose year has two digits, read from the whole column: 31/12/24, 24-12-31, Dec-24.

1. The year stands first or last; first only before a month, and with no point between them. A
   number above 31, or 00, is no day: where one stands, the year stands. Else the year is that of
   the first and the last number which has fewer values.
2. Years are of this century up to next year, and of the one before beyond it.
3. A month and a number (Dec-24) are a month of that year where the column goes on month by month;
   else they may be a day of no year, and nothing is read.
"""

import datetime
import re
from typing import Any, TypeAlias

import numpy as np

from forefolio.core.lazy import lazy

pd: Any = lazy("pandas")

SHORT = r"^(\d{1,2})(?:[-/. ])(\d{1,2})(?:[-/. ])(\d{2})(?!\d)"
_NAMED = re.compile(r"^([A-Za-z]{3,9})\.?[-/ ,']+(\d{2})$")
_DOTTED = re.compile(r"^\d{1,2}\.\d{1,2}\.")
_GAPS = 0.2  # of the months between the first and the last, at most, that a column may lack

Numbers: TypeAlias = Any  # a pandas series


def long_years(texts: Any) -> Any:
    """The texts with four digits for the year, year first or last as they stand; None if none are.

    >>> list(long_years(pd.Series(["31/12/24", "02/01/25"], dtype="string")))
    ['31/12/2024', '02/01/2025']
    >>> list(long_years(pd.Series(["99-12-31", "00-01-03"], dtype="string")))
    ['1999-12-31', '2000-01-03']
    """
    parts = texts.str.extract(SHORT)
    if not parts[0].notna().any():
        return None
    numbers = [pd.to_numeric(parts[i]) for i in range(3)]
    first = _year_first(numbers, bool(texts.str.contains(_DOTTED, na=False).any()))
    year = _full(numbers[0 if first else 2])
    ends = (year, parts[2]) if first else (parts[0], year)
    sign = "-" if first else "/"
    return ends[0].str.cat([parts[1], ends[1]], sep=sign)


def months_of_short_years(texts: Any) -> Any:
    """ "Dec-24" as "Dec 2024", where the column goes on month by month; else None."""
    parts = texts.str.extract(_NAMED)
    named = parts[0].notna()
    if not named.any():
        return None
    year = _full(pd.to_numeric(parts[1]))
    full = parts[0].str[:3].str.cat(year, sep=" ")
    months = pd.to_datetime(full, format="%b %Y", errors="coerce")
    apart = np.unique(months.dropna().to_numpy().astype("datetime64[M]")).astype(np.int64)
    if len(apart) < 2 or len(apart) < (1 - _GAPS) * (apart[-1] - apart[0] + 1):
        return None
    return full


def _year_first(numbers: list[Numbers], dotted: bool) -> bool:
    if dotted or _no_day(numbers[2]) or bool((numbers[1] > 12).any()):
        return False
    return _no_day(numbers[0]) or numbers[0].nunique() < numbers[2].nunique()


def _no_day(numbers: Numbers) -> bool:
    return bool(((numbers > 31) | (numbers == 0)).any())


def _full(years: Numbers) -> Any:
    """Years of two digits with their century, as texts."""
    latest = datetime.datetime.now(tz=datetime.UTC).year + 1
    century = latest // 100 * 100
    return (years + century - 100 * (years + century > latest)).astype("Int64").astype("string")
