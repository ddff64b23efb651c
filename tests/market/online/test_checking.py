"""What of an answer may be stored: only rows that are prices, whatever is answered."""

import json
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.market.online.conftest import Time
from tests.market.online.server import alpha_vantage_daily, finnhub_candles, weekdays

from forefolio.core.errors import DataError
from forefolio.market.online import alpha_vantage, finnhub
from forefolio.market.online.base import Daily
from forefolio.market.online.checking import checked, last_final
from forefolio.market.online.limits import Limits
from forefolio.market.online.request import Requests, Response
from forefolio.market.sources.base import Bars

START, END = date(2024, 1, 1), date(2024, 3, 31)
NOW = datetime(2024, 3, 1, 20, 0, tzinfo=UTC)  # 15:00 in New York: the session is not over
DAYS = weekdays(date(2024, 1, 2), 30)


def daily(closes: list[float], days: list[date] | None = None, **columns: list[float]) -> Daily:
    dates = np.array(days or DAYS[: len(closes)], dtype="datetime64[D]")
    values = {"close": closes, **columns}
    bars = Bars(dates=dates, columns={n: np.array(v, dtype=float) for n, v in values.items()})
    return Daily(ticker="AAA", source="p", bars=bars)


def reasons(one: Daily) -> list[tuple[str, str]]:
    return [(each.day, each.reason) for each in checked(one, START, END, NOW).rejected]


def test_rows_that_are_no_prices_are_kept_apart_with_the_reason() -> None:
    closes = [10.0, float("nan"), float("inf"), -1.0, 0.0, 1e12, 11.0]
    good = checked(daily(closes), START, END, NOW)
    assert good.daily.bars.close.tolist() == [10.0, 11.0]
    assert [one.day for one in good.rejected] == [str(day) for day in DAYS[1:6]]
    assert good.rejected[0].reason == "the close is missing"
    assert {one.reason for one in good.rejected[1:]} == {
        "the close is not a finite positive number"
    }
    assert json.loads(good.rejected[2].row) == {"close": "-1.0"}


def test_days_that_cannot_be() -> None:
    days = [date(1970, 1, 1), DAYS[0], date(2024, 3, 1), date(2030, 1, 1)]
    assert reasons(daily([1.0, 2.0, 3.0, 4.0], days)) == [
        ("1970-01-01", "the day was not asked for"),
        ("2024-03-01", "the session is not over yet"),
        ("2030-01-01", "the session is not over yet"),
    ]


def test_when_a_session_is_over() -> None:
    evening = datetime(2024, 3, 1, 23, 30, tzinfo=UTC)
    assert last_final("America/New_York", evening) == date(2024, 3, 1)
    assert last_final("America/New_York", NOW) == date(2024, 2, 29)
    assert last_final("Asia/Tokyo", evening) == date(2024, 3, 1)  # it is the second there, 8:30
    assert last_final("UTC", evening) == date(2024, 2, 29)  # coins trade until midnight
    assert last_final("", NOW) == last_final("Nowhere/Land", NOW) == date(2024, 2, 29)


def test_texts_are_no_numbers() -> None:
    document = alpha_vantage_daily(DAYS[:4], [10.0, 11.0, 12.0, 13.0])
    rows = document["Time Series (Daily)"]
    for day, column, text in (
        (DAYS[0], "4. close", "N/A"),
        (DAYS[1], "4. close", "1,234.50"),
        (DAYS[2], "1. open", "1.234,50"),
    ):
        rows[str(day)][column] = text
    good = checked(read_alpha_vantage(document), START, END, NOW)
    assert good.daily.bars.close.tolist() == [13.0]
    told = {one.reason for one in good.rejected}
    assert "the close is the text '1,234.50'" in told and "the open is the text '1.234,50'" in told
    assert "the close is missing" in told  # n/a is how nothing is written


def test_what_is_odd_is_said_and_kept() -> None:
    one = checked(daily([10.0] * 12 + [30.0, 31.0], volume=[5.0] * 13 + [0.0]), START, END, NOW)
    assert len(one.daily.bars) == 14
    assert one.notes == (
        f"1 move by a factor of 1.9 or more without a split, the last on {DAYS[12]}",
        "12 equal closes in a row",
        "1 bar without volume",
    )
    split = daily([10.0, 10.5, 5.3], split=[float("nan"), float("nan"), 2.0])
    assert not checked(split, START, END, NOW).notes
    gap = checked(daily([1.0, 1.1], [DAYS[0], DAYS[20]]), START, END, NOW)
    assert gap.notes == (f"no price for 28 days after {DAYS[0]}",)
    old = checked(daily([1.0, 1.1], open=[0.0, 1.0]), START, END, NOW)
    assert np.isnan(old.daily.bars.columns["open"][0]) and old.notes == ("1 open of 0 left out",)


# -- any answer at all -----------------------------------------------------------------------------

REQUESTS = Requests(limits=Limits(path=None, clock=Time()))  # type: ignore[arg-type]


def read_alpha_vantage(document: Any) -> Daily:
    provider = alpha_vantage.AlphaVantage(requests=REQUESTS, key="k")
    return provider._read("AAA", as_answer(document))


def read_finnhub(document: Any) -> Daily:
    return finnhub.Finnhub(requests=REQUESTS, key="k")._read("AAA", as_answer(document))


def as_answer(document: Any) -> Response:
    return Response(status=200, content_type="", body=json.dumps(document).encode())


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(),
    st.integers(-(2**70), 2**70),
    st.sampled_from(["", "N/A", "1,234.5", "1e400", "-1", "0", "12", "nan", "\ud800", "x" * 99]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


def mutated(document: Any, draw: Any) -> Any:
    """One thing in a document is something else, or gone, or stands twice."""
    if isinstance(document, dict) and document and draw(st.integers(0, 9)):
        key = draw(st.sampled_from(sorted(document)))
        if draw(st.integers(0, 9)) == 0:
            return {k: v for k, v in document.items() if k != key}
        return {**document, key: mutated(document[key], draw)}
    if isinstance(document, list) and document and draw(st.integers(0, 9)):
        at = draw(st.integers(0, len(document) - 1))
        made = [*document]
        match draw(st.integers(0, 3)):
            case 0:
                made.insert(at, made[at])
            case 1:
                del made[at]
            case _:
                made[at] = mutated(made[at], draw)
        return made
    return draw(ODD)


@given(st.data())
def test_whatever_is_answered_only_prices_pass(data: st.DataObject) -> None:
    closes = [10.0 + i for i in range(6)]
    made, read = data.draw(
        st.sampled_from(
            [
                (alpha_vantage_daily(DAYS[:6], closes), read_alpha_vantage),
                (finnhub_candles(DAYS[:6], closes), read_finnhub),
            ]
        )
    )
    for _ in range(data.draw(st.integers(1, 4))):
        made = mutated(made, data.draw)
    try:
        one = read(made)
    except DataError as error:
        assert "\n" not in str(error)
        return
    good = checked(one, START, END, NOW)
    bars = good.daily.bars
    assert len(bars) + len(good.rejected) == len(one.bars)
    assert np.isfinite(bars.close).all() and (bars.close > 0).all() and (bars.close < 1e12).all()
    assert ((bars.dates >= np.datetime64(START)) & (bars.dates < np.datetime64(NOW.date()))).all()
    for name, values in bars.columns.items():
        there = values[~np.isnan(values)]
        assert np.isfinite(there).all() and (there >= 0).all(), name


def test_a_document_that_is_no_document_is_refused() -> None:
    for body in (b"[" * 100_000, b'{"a": ' * 50_000, b"\xff\xfe", b"nul"):
        provider = finnhub.Finnhub(requests=REQUESTS, key="k")
        with pytest.raises(DataError, match="finnhub: its answer is no JSON"):
            provider._read("AAA", Response(status=200, content_type="", body=body))
