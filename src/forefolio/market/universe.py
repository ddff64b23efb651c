"""Sectors of the assets, and macro series with their publication lags.

A macro value counts as known from the first day of a month, `lag_months` after the month it
describes, until 45 days later, when the next should long have come: then it is NaN again.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from forefolio.core.errors import BadFile
from forefolio.core.units import Array, Dates
from forefolio.market.sources.base import PublishedSeries
from forefolio.market.sources.headings import word
from forefolio.market.sources.symbols import canonical
from forefolio.market.sources.tables import decoded

STALE_AFTER_DAYS = 45

SAMPLE_SECTORS = {  # GICS, 2023
    "AAPL": "Information Technology",
    "AMD": "Information Technology",
    "BAC": "Financials",
    "BBY": "Consumer Discretionary",
    "CVX": "Energy",
    "GE": "Industrials",
    "HD": "Consumer Discretionary",
    "JNJ": "Health Care",
    "JPM": "Financials",
    "KO": "Consumer Staples",
    "LLY": "Health Care",
    "MRK": "Health Care",
    "MSFT": "Information Technology",
    "PEP": "Consumer Staples",
    "PFE": "Health Care",
    "PG": "Consumer Staples",
    "RRC": "Energy",
    "UNH": "Health Care",
    "WMT": "Consumer Staples",
    "XOM": "Energy",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Macro:
    """A monthly series: what it is, and how long after its month it is known."""

    name: str
    meaning: str
    source: str
    lag_months: int
    why: str


MACRO = (
    Macro(
        name="core_cpi",
        meaning="US consumer prices without food and energy, index, seasonally adjusted",
        source="FRED CPILFESL, 2018 vintage: seasonal factors were revised up to five years back",
        lag_months=2,
        why="published between the 10th and the 27th of the next month, later in a shutdown",
    ),
    Macro(
        name="aaa",
        meaning="Moody's seasoned Aaa corporate bond yield, month's average, fraction a year",
        source="FRED AAA",
        lag_months=1,
        why="an average is known when its month is over",
    ),
    Macro(
        name="baa",
        meaning="Moody's seasoned Baa corporate bond yield, month's average, fraction a year",
        source="FRED BAA",
        lag_months=1,
        why="an average is known when its month is over",
    ),
    Macro(
        name="risk_free",
        meaning="one-month Treasury bill held for the month, fraction a session",
        source="K. R. French data library, RF",
        lag_months=0,
        why="the bill is bought at the start of the month, at a yield known then",
    ),
)


def monthly_series(series: Macro, months: Dates, values: Array) -> PublishedSeries:
    """Values (n,) of ascending `months` (n,), each from the day it was known."""
    since = (months.astype("datetime64[M]") + series.lag_months).astype("datetime64[D]")
    return PublishedSeries(since=since, values=values, days=STALE_AFTER_DAYS)


def read_sectors(path: Path) -> dict[str, str]:
    """Sectors from a CSV file with the columns ticker (or symbol) and sector (or GICS sector).

    Raises:
        BadFile: a column is missing.
    """
    lines = decoded(path.read_bytes()).splitlines()
    separator = max(",;\t", key=lines[0].count) if lines else ","
    heading, *rows = [*csv.reader(lines, delimiter=separator)] or [[]]
    if not rows:
        return {}
    words = [word(cell) for cell in heading]
    owner = next((words.index(one) for one in ("ticker", "symbol") if one in words), None)
    column = next((words.index(one) for one in ("sector", "gicssector") if one in words), None)
    if column is None or owner is None:
        raise BadFile(path, f"needs the columns ticker and sector, has {', '.join(heading)}")
    whole = (row for row in rows if len(row) > max(owner, column))
    return {canonical(row[owner]): row[column].strip() for row in whole}


def daily_series(dates: Dates, values: Array) -> PublishedSeries:
    """Values (n,) known at the close of their own day, and latest on that day only."""
    order = np.argsort(dates, kind="stable")
    return PublishedSeries(since=dates[order], values=values[order])
