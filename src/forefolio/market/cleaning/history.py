"""Whether a ticker has enough usable history, and whether it has ended."""

from collections.abc import Sequence
from dataclasses import replace
from math import ceil

import numpy as np

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


def sessions_needed(bars: Bars, minimum_sessions: int) -> int:
    """How many bars are as much time as `minimum_sessions` days of trading: fewer weeks or months.

    A week or a month is a session too, and fewer of them are as long a history.
    """
    traded = bars.dates[np.isfinite(bars.close)]
    share = min(periods_per_year(traded) / DAYS_A_YEAR, 1.0) if len(traded) > 1 else 1.0
    return max(ceil(minimum_sessions * share), min(minimum_sessions, SHORTEST))


def kept_as_history(short: Finding, bars: Bars) -> Finding:
    """The finding about a short history, as a warning where the ticker has ended."""
    if int(np.isfinite(bars.close).sum()) < SHORTEST:
        return short
    message = f"{short.message}, and ended on {last_traded(bars)}"
    return replace(
        short, code="short_life", message=message, action="kept as history", severity="warning"
    )


def last_traded(bars: Bars) -> np.datetime64:
    """The day of the last close; `NEVER` where there is none."""
    traded = bars.dates[np.isfinite(bars.close)]
    return traded[-1] if len(traded) else NEVER


def longest_silence(bars: Bars) -> np.timedelta64:
    """The time without a close after which a ticker has ended."""
    traded = bars.dates[np.isfinite(bars.close)]
    apart = int(np.median(np.diff(traded).astype(np.int64))) if len(traded) > 1 else 1
    return np.timedelta64(max(ENDED_DAYS, 3 * apart), "D")


def too_short(bars: Bars, minimum_sessions: int) -> list[Finding]:
    """A finding that refuses the ticker where its history is too short."""
    traded, needed = int(np.isfinite(bars.close).sum()), sessions_needed(bars, minimum_sessions)
    if traded >= needed:
        return []
    code, message = "short_history", f"{sessions(traded)} of history, needs {needed}"
    if not traded:
        code, message = "no_prices", "no row has a close that can be used"
    return [Finding(code=code, message=message, action="refused", severity="error")]
