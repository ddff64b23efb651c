"""Trading sessions: how many a year has, which are missing, and on which to decide."""

import warnings
from typing import Annotated, Any, Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from forefolio.component import Component, OneOf
from forefolio.errors import DataError
from forefolio.lazy import lazy
from forefolio.units import Dates, Days

xcals: Any = lazy("exchange_calendars")

Rows: TypeAlias = NDArray[np.intp]

_WEEKEND_SHARE = 0.05  # of sessions, above which the market trades at weekends
_PER_YEAR = ((80, 4.0), (25, 12.0), (5, 52.0))  # days between sessions, sessions a year


def periods_per_year(sessions: Dates) -> float:
    """How many of such sessions a year has: the one place where a rate is annualised from."""
    apart = float(np.median(np.diff(sessions).astype(float))) if len(sessions) > 1 else 1.0
    for days, periods in _PER_YEAR:
        if apart >= days:
            return periods
    return 365.0 if trades_weekends(sessions) else 252.0


def trades_weekends(sessions: Dates) -> bool:
    """Whether weekends are sessions as a rule, as for cryptocurrencies, and not by mistake."""
    return bool(len(sessions)) and float(np.mean(~np.is_busday(sessions))) > _WEEKEND_SHARE


def exchange_sessions(exchange: str, first: np.datetime64, last: np.datetime64) -> Dates:
    """Every session (T,) of an exchange, such as "XNYS", from `first` to `last`.

    Raises:
        DataError: there is no such exchange.
    """
    names = xcals.get_calendar_names(include_aliases=True)
    if exchange not in names:
        raise DataError(f"no exchange calendar {exchange!r}; the New York Stock Exchange is 'XNYS'")
    margin = np.timedelta64(10, "D")  # a calendar of no session at all is refused
    with warnings.catch_warnings(action="ignore"):  # its deprecations are not ours
        calendar = xcals.get_calendar(exchange, start=str(first - margin), end=str(last + margin))
        days: Dates = calendar.sessions.to_numpy().astype("datetime64[D]")
    return days[(days >= first) & (days <= last)]


# -- when to decide --------------------------------------------------------------------------------


@runtime_checkable
class Schedule(Protocol):
    """Chooses the sessions after whose close a strategy decides."""

    def dates(self, sessions: Dates, first: int) -> Rows:
        """Row numbers (D,) from `first` on, ascending.

        Whether row t is one depends on sessions up to t only: `dates(sessions[:n], first)` is the
        part of `dates(sessions, first)` below n.
        """
        ...


class Every(Component):
    """Decide every so many sessions, from the first on."""

    kind: Literal["every"] = "every"
    sessions: Days = 21

    def dates(self, sessions: Dates, first: int) -> Rows:
        """Rows first, first + sessions, ..."""
        return np.arange(first, len(sessions), self.sessions)


class MonthStart(Component):
    """Decide at the first session, and then at the first session of each month.

    Not at the last of a month: which one that was is only certain a session later.
    """

    kind: Literal["month_start"] = "month_start"

    def dates(self, sessions: Dates, first: int) -> Rows:
        """Rows whose month differs from the row before."""
        return _changes(sessions.astype("datetime64[M]").astype(np.int64), first)


class WeekStart(Component):
    """Decide at the first session, and then at the first session of each week."""

    kind: Literal["week_start"] = "week_start"

    def dates(self, sessions: Dates, first: int) -> Rows:
        """Rows whose week, from Monday on, differs from the row before."""
        monday = np.datetime64("1969-12-29")
        return _changes((sessions - monday).astype(np.int64) // 7, first)


AnySchedule: TypeAlias = Annotated[Schedule, OneOf(Every, MonthStart, WeekStart)]


def _changes(period: NDArray[np.int64], first: int) -> Rows:
    starts = np.flatnonzero(np.diff(period)) + 1
    later = starts[starts > first]
    return np.concatenate([[first], later]).astype(np.intp) if first < len(period) else later
