"""Trading sessions: how many a year has, which are missing, and on which to decide."""

import warnings
from typing import Annotated, Any, Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from forefolio.core.component import Component, OneOf
from forefolio.core.errors import DataError
from forefolio.core.lazy import lazy
from forefolio.core.units import Array, Dates, Days, Flags

xcals: Any = lazy("exchange_calendars")

Rows: TypeAlias = NDArray[np.intp]

HALT = 14  # calendar days without a session, and four usual gaps: more is a halt, not a calendar
_CONVENTIONS = (52.0, 26.0, 24.0, 12.0, 6.0, 4.0, 2.0, 1.0)  # sessions a year, of slower records
_NEAR = 0.04  # of a convention
_FIVE_DAYS = (230.0, 263.0)  # sessions a year of an exchange open from Monday to Friday
_NEIGHBOURS = 4  # weeks before and after, that tell whether a weekend day is a session
_FIT = 0.97  # of a record's sessions: it keeps an exchange's calendar
_YEARS = np.timedelta64(2 * 365, "D")  # of an exchange's calendar that are counted
_HOLES = 0.01  # of an asset's sessions: so many missing rows are holes, not another calendar
_SHORT = 126  # sessions: a year's holidays are not seen in fewer


def periods_per_year(sessions: Dates) -> float:
    """How many such sessions a year has: the one place where a rate is annualised from.

    252 for a record of Mondays to Fridays, whatever its holidays, as is the custom; 365 for one of
    every day; 52, 12, 4 ... for a slower one that is near them; else as many as it has: about 256
    from Sunday to Thursday. A halt counts neither as sessions nor as time.
    """
    gaps = np.diff(sessions).astype(np.float64)
    if not len(gaps):
        return 252.0
    if gaps.max() > HALT:
        gaps = gaps[gaps <= max(HALT, 4.0 * float(np.median(gaps)))]
    measured = 365.25 / float(gaps.mean())
    few = len(gaps) < _SHORT  # too few for their mean to tell
    daily = few and np.quantile(gaps, 0.5, method="lower") == 1.0
    if measured >= _FIVE_DAYS[0] or daily:
        weekend = float(np.mean(~np.is_busday(sessions)))
        if weekend > 0.0 and measured > 350.0:
            return 365.0
        weekly = weekend < 0.01 and (measured <= _FIVE_DAYS[1] or len(gaps) < _SHORT)
        return 252.0 if weekly else float(round(measured))
    near = [usual for usual in _CONVENTIONS if abs(measured / usual - 1.0) <= _NEAR]
    return near[0] if near else float(round(measured, 1))


def sessions_per_year(sessions: Dates, exchange: str = "") -> float:
    """`periods_per_year` of a record, or of its `exchange`, where its sessions are of that one.

    A record may be short, of its exchange two years at least are counted.
    """
    own = periods_per_year(sessions)
    if not exchange or own == 252.0 or own < _FIVE_DAYS[0] or not len(sessions):
        return own
    held = exchange_sessions(exchange, min(sessions[0], sessions[-1] - _YEARS), sessions[-1])
    return periods_per_year(held) if keeps(sessions, held) else own


def keeps(sessions: Dates, calendar: Dates) -> bool:
    """Whether a record's sessions are those of a calendar, but for a few."""
    return bool(np.isin(sessions, calendar).mean() >= _FIT) if len(sessions) else False


def strays(sessions: Dates) -> Flags:
    """Days (T,) at a weekend on which this record has no session as a rule.

    Judged by the same weekday four weeks before and after: an exchange that opens on Sundays, or
    every day, or did so for a time, keeps them; a row that a file got wrong stands alone. In a
    record slower than daily no day is a stray.
    """
    weekend = ~np.is_busday(sessions)
    if not weekend.any() or len(sessions) < 2 or np.median(np.diff(sessions)).astype(int) > 3:
        return np.zeros(len(sessions), dtype=np.bool_)
    weeks = np.array([w for w in range(-_NEIGHBOURS, _NEIGHBOURS + 1) if w])
    around = sessions[:, None] + weeks * np.timedelta64(7, "D")
    inside = (around >= sessions[0]) & (around <= sessions[-1])
    there = (np.isin(around, sessions) & inside).sum(axis=1)
    return np.asarray(weekend & (3 * there < inside.sum(axis=1)))


def rows_per_year(traded: Flags, own: Array) -> float:
    """Sessions a year of the rows of a market, on which N assets `traded` (T, N).

    `own` (N,) are the sessions a year of each asset. The asset with the most sessions is the
    measure: a year has as many more rows than sessions of it as its own life has.
    """
    if not traded.size:
        return float(own.max(initial=0.0)) or 252.0
    count = traded.sum(axis=0)
    most = int(count.argmax())
    rows = np.flatnonzero(traded[:, most])
    if not len(rows):
        return float(own[most])
    ratio = (rows[-1] - rows[0] + 1) / len(rows)
    return float(own[most]) * (ratio if ratio > 1.0 + _HOLES else 1.0)


def exchange_sessions(exchange: str, first: np.datetime64, last: np.datetime64) -> Dates:
    """Every session (T,) of an exchange, such as "XNYS", from `first` to `last`.

    None where its calendar does not reach that far, or cannot be evaluated: then it tells nothing.

    Raises:
        DataError: there is no such exchange.
    """
    _check_exchange(exchange)
    margin = np.timedelta64(10, "D")  # a calendar of no session at all is refused
    with warnings.catch_warnings(action="ignore"):  # its deprecations are not ours
        try:
            kept = xcals.get_calendar(exchange, start=str(first - margin), end=str(last + margin))
        except ValueError:
            return np.empty(0, dtype="datetime64[D]")
        days: Dates = kept.sessions.to_numpy().astype("datetime64[D]")
    return days[(days >= first) & (days <= last)]


def exchange_zone(exchange: str) -> str:
    """The time zone of an exchange, such as "Asia/Tokyo" of "XTKS"; "" of none.

    Raises:
        DataError: there is no such exchange.
    """
    if not exchange:
        return ""
    _check_exchange(exchange)
    with warnings.catch_warnings(action="ignore"):  # as above
        return str(xcals.get_calendar(exchange, start="2023-01-02", end="2023-02-01").tz)


def _check_exchange(exchange: str) -> None:
    if exchange not in xcals.get_calendar_names(include_aliases=True):
        raise DataError(f"no exchange calendar {exchange!r}; the New York Stock Exchange is 'XNYS'")


# -- when to decide --------------------------------------------------------------------------------


@runtime_checkable
class TradingSchedule(Protocol):
    """Chooses the sessions after whose close a strategy decides."""

    def dates(self, sessions: Dates, first: int) -> Rows:
        """Row numbers (D,) from `first` on, ascending.

        Whether row t is one depends on sessions up to t only: `dates(sessions[:n], first)` is the
        part of `dates(sessions, first)` below n.
        """
        ...


class Every(Component):
    """Decide every so many sessions, from the first on.

    >>> import forefolio as ff
    >>> market = ff.simulated_market(seed=1, sessions=300, assets=4)
    >>> ff.Every(sessions=100).dates(market.sessions, 0)
    array([  0, 100, 200])
    """

    kind: Literal["every"] = "every"
    sessions: Days = Field(21, description="Sessions from one decision to the next.")

    def dates(self, sessions: Dates, first: int) -> Rows:
        """Rows first, first + sessions, ..."""
        return np.arange(first, len(sessions), self.sessions)


class MonthStart(Component):
    """Decide at the first session, and then at the first session of each month.

    Not at the last of a month: which one that was is only certain a session later.

    >>> import forefolio as ff
    >>> market = ff.simulated_market(seed=1, sessions=300, assets=4)
    >>> ff.MonthStart().dates(market.sessions, 0)[:3]
    array([ 0, 20, 40])
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


AnySchedule: TypeAlias = Annotated[TradingSchedule, OneOf(Every, MonthStart, WeekStart)]


def _changes(period: NDArray[np.int64], first: int) -> Rows:
    starts = np.flatnonzero(np.diff(period)) + 1
    later = starts[starts > first]
    return np.concatenate([[first], later]).astype(np.intp) if first < len(period) else later
