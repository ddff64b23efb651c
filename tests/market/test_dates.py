"""Dates: what day a cell means, and which day of the exchange a moment was on."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from forefolio.core.errors import DataError
from forefolio.core.lazy import lazy
from forefolio.core.units import Dates
from forefolio.market import Files
from forefolio.market.sources.dates import Undecided, read_dates, read_moments
from forefolio.market.sources.zones import exchange_days

pd: Any = lazy("pandas")


def days(*cells: str) -> list[str]:
    return [str(day) for day in read_dates(list(cells))]


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2022-01-03", "2022-01-03"),
        ("2022-1-3", "2022-01-03"),
        ("20220103", "2022-01-03"),
        ("20220103.0", "2022-01-03"),
        ("20220103 093000", "2022-01-03"),
        ("2022-01-03T00:00:00-05:00", "2022-01-03"),
        ("31-Dec-21", "2021-12-31"),
        ("Dec 31, 2021", "2021-12-31"),
        ("Mon Jan 03 2022 00:00:00 GMT-0500 (EST)", "2022-01-03"),
        ("31/12/2021 16:00", "2021-12-31"),
        ("1641168000", "2022-01-03"),
        ("1641168000000", "2022-01-03"),
        ("200002", "2000-02-29"),
        ("2000-02", "2000-02-29"),
        ("02/2000", "2000-02-29"),
        ("Feb 2000", "2000-02-29"),
        ("2000M02", "2000-02-29"),
        ("200007", "2000-07-31"),
        ("2022-01", "2022-01-31"),
        ("202204", "2022-04-29"),  # the 30th was a Saturday
        ("2000Q1", "2000-03-31"),
    ],
)
def test_the_day_a_cell_means(cell: str, day: str) -> None:
    assert days(cell) == [day]


def test_what_cannot_be_read_is_shown_as_it_stands() -> None:
    with pytest.raises(Undecided, match="such as 'soon'"):
        days("soon", "later")
    with pytest.raises(Undecided, match="such as 1562;"):
        days("1562", "1563")
    with pytest.raises(Undecided, match="such as 0;"):
        read_dates(pd.Series(range(5)))
    with pytest.raises(Undecided, match="03/04/2022 may be day/month or month/day"):
        days("03/04/2022", "05/04/2022")
    with pytest.raises(Undecided, match="03/04/22 may be day/month or month/day"):
        days("03/04/22", "05/04/22")
    with pytest.raises(Undecided, match="such as 'Jan-03'"):  # a day of no year, or a month
        days("Jan-03", "Jan-04", "Jan-05")
    with pytest.raises(Undecided, match="such as 1;"):  # a count of rows, however many
        read_dates(pd.Series(range(1, 60_000)))


@pytest.mark.parametrize(
    ("cells", "first", "last"),
    [
        (("01/03/22", "01/13/22", "02/01/22"), "2022-01-03", "2022-02-01"),
        (("3/1/22 16:00", "13/1/22 16:00"), "2022-01-03", "2022-01-13"),
        (("30.12.99", "03.01.00"), "1999-12-30", "2000-01-03"),
        (("22-01-03", "22-01-04", "22-02-05"), "2022-01-03", "2022-02-05"),
        (("99/12/31", "00/01/03"), "1999-12-31", "2000-01-03"),
        (("12/31/68", "1/2/69"), "1968-12-31", "1969-01-02"),
        (("Dec-99", "Jan-00", "Feb-00"), "1999-12-31", "2000-02-29"),
        (("Nov 22", "Dec 22"), "2022-11-30", "2022-12-30"),
        (("2022 01 03", "2022 01 04"), "2022-01-03", "2022-01-04"),
        (("2022-1", "2022-2"), "2022-01-31", "2022-02-28"),
        (("45322", "45323"), "2024-01-31", "2024-02-01"),
        (("45322.0", "45323.0"), "2024-01-31", "2024-02-01"),
    ],
)
def test_short_years_and_the_days_of_spreadsheets(
    cells: tuple[str, ...], first: str, last: str
) -> None:
    read = days(*cells)
    assert (read[0], read[-1]) == (first, last)


@given(
    start=st.dates(date(1971, 1, 1), date(2014, 1, 1)),
    form=st.sampled_from(["%d/%m/%y", "%m/%d/%y", "%y-%m-%d", "%d.%m.%y", "%y/%m/%d"]),
    count=st.integers(60, 3000),
)
@example(start=date(2001, 9, 13), form="%m/%d/%y", count=3400)
def test_two_months_of_sessions_or_more_tell_where_the_year_is(
    start: date, form: str, count: int
) -> None:
    sessions = pd.bdate_range(start, periods=count)
    np.testing.assert_array_equal(
        read_dates(list(sessions.strftime(form))), sessions.to_numpy().astype("datetime64[D]")
    )


def stamped(sessions: Any, clock: str, zone: str) -> Any:
    """Sessions as UTC moments of a time of day on the clock of `zone`."""
    return (sessions + pd.Timedelta(clock)).tz_localize(zone).tz_convert("UTC")


def session_days(first: str, count: int) -> tuple[Any, Dates]:
    sessions = pd.bdate_range(first, periods=count)
    return sessions, np.asarray(sessions.to_numpy(), "datetime64[D]")


CLOCKS = {
    "America/New_York": ("0h", "9h30min", "16h"),
    "America/Sao_Paulo": ("0h", "10h"),
    "Europe/London": ("0h", "8h"),
    "Europe/Berlin": ("0h", "17h30min"),
    "Asia/Kolkata": ("0h", "9h15min"),
    "Asia/Shanghai": ("0h", "15h"),
    "Asia/Tokyo": ("0h", "9h", "15h"),
    "Australia/Sydney": ("0h", "10h"),
    "Pacific/Auckland": ("0h", "10h"),
}
WAYS: dict[str, Callable[[Any], Any]] = {
    "texts": lambda stamps: stamps.strftime("%Y-%m-%d %H:%M:%S+00:00").tolist(),
    "zulu": lambda stamps: stamps.strftime("%Y-%m-%dT%H:%M:%SZ").tolist(),
    "seconds": lambda stamps: [str(one) for one in stamps.as_unit("s").astype("int64")],
    "stamps": lambda stamps: pd.Series(stamps),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("zone", "clock"), [(z, c) for z, clocks in CLOCKS.items() for c in clocks]
)
@pytest.mark.parametrize(("first", "count"), [("2022-01-03", 60), ("2022-06-01", 600)])
def test_a_moment_in_utc_belongs_to_the_day_of_its_exchange(
    zone: str, clock: str, way: str, first: str, count: int
) -> None:
    sessions, meant = session_days(first, count)
    moments = read_moments(WAYS[way](stamped(sessions, clock, zone)))
    assert np.array_equal(exchange_days(moments), meant)


@pytest.mark.parametrize("zone", CLOCKS)
def test_the_clock_of_the_exchange_says_its_day(zone: str) -> None:
    sessions, meant = session_days("2022-01-03", 300)
    local = (sessions + pd.Timedelta("9h")).tz_localize(zone)
    for column in (pd.Series(local), local.strftime("%Y-%m-%d %H:%M:%S%z").tolist()):
        assert np.array_equal(exchange_days(read_moments(column)), meant)


def test_midnight_of_utc_is_a_day_wherever_the_market_is() -> None:
    sessions, meant = session_days("2022-01-03", 100)
    moments = read_moments(pd.Series(sessions.tz_localize("UTC")))
    for ticker in ("", "PETR4.SA", "7203.T"):
        assert np.array_equal(exchange_days(moments, ticker), meant)


def test_the_ending_of_a_ticker_tells_its_zone() -> None:
    two = read_moments(["2022-01-03T15:30:00Z", "2022-01-04T07:00:00Z"])  # at no one time of day
    assert exchange_days(two, "7203.T").astype(str).tolist() == ["2022-01-04", "2022-01-04"]
    assert str(exchange_days(two, "SAP.DE")[0]) == "2022-01-03"


def test_the_exchange_that_is_said_tells_the_zone(tmp_path: Path) -> None:
    place = tmp_path / "7203.csv"  # stamps at no one time of day, which say nothing by themselves
    rows = ["2022-01-03T15:30:00Z,1.0", "2022-01-05T06:00:00Z,2.0", "2022-01-05T23:59:00Z,3.0"]
    place.write_text("\n".join(["date,close", *rows]))
    asked = (None, np.datetime64("2022-01-01"), np.datetime64("2022-02-01"))
    said = Files(path=place, calendar="XTKS").read(*asked).bars["7203"].dates
    assert said.astype("datetime64[D]").astype(str).tolist() == [
        *("2022-01-04", "2022-01-05", "2022-01-06")
    ]
    usual = Files(path=place).read(*asked).bars["7203"].dates  # New York is not said, but assumed
    assert usual.astype("datetime64[D]").astype(str).tolist()[0] == "2022-01-03"
    with pytest.raises(DataError, match="MOON"):
        Files(path=place, calendar="MOON").read(*asked)


def test_every_day_of_the_week_at_midnight_of_new_york() -> None:
    sessions = pd.date_range("2022-01-01", periods=400)
    moments = read_moments(pd.Series(stamped(sessions, "0h", "America/New_York")))
    assert np.array_equal(exchange_days(moments), np.asarray(sessions, "datetime64[D]"))


def test_half_sessions_do_not_hide_the_clock() -> None:
    sessions, meant = session_days("2022-01-03", 500)
    close = stamped(sessions, "16h", "Australia/Sydney").to_series(index=range(500))
    opened = stamped(sessions, "10h", "Australia/Sydney").to_series(index=range(500))
    opened[::50] = close[::50]
    assert np.array_equal(exchange_days(read_moments(opened)), meant)
