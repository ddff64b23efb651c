import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forefolio.core.errors import DataError
from forefolio.core.units import Dates
from forefolio.market import Every, MonthStart, WeekStart, periods_per_year
from forefolio.market.calendar import TradingSchedule, exchange_sessions

DAYS = np.arange(np.datetime64("2019-12-20"), np.datetime64("2021-03-01"))
WEEKDAYS = DAYS[np.is_busday(DAYS)]


@pytest.mark.parametrize(
    ("sessions", "periods"),
    [
        (WEEKDAYS, 252),
        (DAYS, 365),
        (DAYS[::7], 52),
        (DAYS[::30], 12),
        (DAYS[::91], 4),
        (WEEKDAYS[:1], 252),
        (WEEKDAYS[:0], 252),
    ],
)
def test_periods_per_year_follow_from_the_sessions(sessions: Dates, periods: float) -> None:
    assert periods_per_year(sessions) == periods


@given(
    st.sampled_from([Every(sessions=1), Every(), MonthStart(), WeekStart()]),
    st.integers(0, 60),
    st.integers(0, 300),
)
def test_a_decision_never_depends_on_later_sessions(
    schedule: TradingSchedule, first: int, cut: int
) -> None:
    whole = schedule.dates(WEEKDAYS, first)
    assert schedule.dates(WEEKDAYS[:cut], first).tolist() == whole[whole < cut].tolist()
    assert whole[0] == first


def test_month_and_week_start_at_the_first_session_of_each() -> None:
    months = WEEKDAYS[MonthStart().dates(WEEKDAYS, 0)]
    assert months[:4].astype(str).tolist() == [
        "2019-12-20", "2020-01-01", "2020-02-03", "2020-03-02",
    ]  # fmt: skip
    weeks = WEEKDAYS[WeekStart().dates(WEEKDAYS, 3)]
    assert weeks[:3].astype(str).tolist() == ["2019-12-25", "2019-12-30", "2020-01-06"]


def test_the_new_york_stock_exchange_was_closed_after_september_11() -> None:
    sessions = exchange_sessions("XNYS", np.datetime64("2001-09-10"), np.datetime64("2001-09-18"))
    assert sessions.astype(str).tolist() == ["2001-09-10", "2001-09-17", "2001-09-18"]


def test_an_unknown_exchange_is_told() -> None:
    with pytest.raises(DataError, match="XNYS"):
        exchange_sessions("MOON", WEEKDAYS[0], WEEKDAYS[-1])


def test_a_few_days_with_a_holiday_among_them_are_days() -> None:
    days = ["2023-05-30", "2023-05-31", "2023-06-02", "2023-06-05", "2023-06-06"]
    assert periods_per_year(np.array(days, dtype="datetime64[D]")) == 252.0
    weeks = np.array(["2023-05-01", "2023-05-08", "2023-05-15"], dtype="datetime64[D]")
    assert periods_per_year(weeks) == 52.0
