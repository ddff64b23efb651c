"""Whether a ticker has enough usable history, and whether it has ended."""

from collections.abc import Sequence
from dataclasses import replace
from math import ceil

import numpy as np

from forefolio.core.units import Dates
from forefolio.core.wording import sessions
from forefolio.market.calendar import periods_per_year
from forefolio.market.cleaning.quality import Finding
from forefolio.market.sources.base import Bars

SHORTEST = 2  # closes: a return
DAYS_A_YEAR = 252.0  # on which `minimum_sessions` are counted
ENDED_DAYS = 31  # without a close, after which a ticker has ended if others trade on
BAD_SHARE = 0.2  # of rows, above which a ticker's data is refused
NEVER = np.datetime64("1677-09-22", "D")

_ERRORS = {"undated", "future", "weekend", "conflict", "impossible", "range", "no_adjusted"}


def too_many_errors(findings: Sequence[Finding], rows_in: int) -> list[Finding]:
    """A finding that refuses the ticker where too many rows are wrong, each counted once."""
    wrong = [f.days for f in findings if f.code in _ERRORS and f.days is not None]
    days = np.concatenate([np.empty(0, "datetime64[D]"), *wrong])
    undated = np.isnat(days)
    bad = len(np.unique(days[~undated])) + int(undated.sum())
    if bad <= BAD_SHARE * rows_in:
        return []
    message = f"{bad} of {rows_in} rows are wrong, more than {BAD_SHARE:.0%}"
    return [Finding(code="bad_rows", message=message, action="refused", severity="error")]


def traded_days(bars: Bars) -> Dates:
    """The days (n,) with a close; the array of all days itself where there always is one."""
    traded = np.isfinite(bars.close)
    return bars.dates if traded.all() else bars.dates[traded]


def sessions_needed(days: Dates, minimum_sessions: int) -> int:
    """How many bars are as much time as `minimum_sessions` days of trading: fewer weeks or months.

    A week or a month is a session too, and fewer of them are as long a history.
    """
    share = min(periods_per_year(days) / DAYS_A_YEAR, 1.0) if len(days) > 1 else 1.0
    return max(ceil(minimum_sessions * share), min(minimum_sessions, SHORTEST))


def kept_as_history(short: Finding, days: Dates) -> Finding:
    """The finding about a short history, as a warning where the ticker has ended."""
    if len(days) < SHORTEST:
        return short
    message = f"{short.message}, and ended on {last_of(days)}"
    return replace(
        short, code="short_life", message=message, action="kept as history", severity="warning"
    )


def last_of(days: Dates) -> np.datetime64:
    """The last day with a close; `NEVER` where there is none."""
    return days[-1] if len(days) else NEVER


def longest_silence(days: Dates) -> np.timedelta64:
    """The time without a close after which a ticker has ended."""
    apart = int(np.median(np.diff(days).astype(np.int64))) if len(days) > 1 else 1
    return np.timedelta64(max(ENDED_DAYS, 3 * apart), "D")


def too_short(days: Dates, minimum_sessions: int) -> list[Finding]:
    """A finding that refuses the ticker where its history is too short."""
    traded, needed = len(days), sessions_needed(days, minimum_sessions)
    if traded >= needed:
        return []
    code, message = "short_history", f"{sessions(traded)} of history, needs {needed}"
    if not traded:
        code, message = "no_prices", "no row has a close that can be used"
    return [Finding(code=code, message=message, action="refused", severity="error")]
