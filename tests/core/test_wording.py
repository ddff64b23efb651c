from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forefolio.core.errors import NotEnoughHistory
from forefolio.core.wording import (
    belief,
    counted,
    listed,
    number,
    percent,
    plus_minus,
    points,
    sessions,
    took,
)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (percent(0.1234), "12.3 %"),
        (percent(-0.1234, 2), "\N{MINUS SIGN}12.34 %"),
        (percent(0.05, signed=True), "+5.0 %"),
        (percent(-0.0004), "0.0 %"),
        (percent(-0.0004, signed=True), "0.0 %"),
        (percent(None), "n/a"),
        (number(nan), "n/a"),
        (number(inf), "n/a"),
        (number(1234567.891), "1,234,567.89"),
        (plus_minus(0.614, 0.188), "0.61 ± 0.19"),
        (plus_minus(0.614, None), "0.61 ± n/a"),
        (plus_minus(None, 0.1), "n/a"),
        (plus_minus(0.0, 0.0), "0"),
        (points(0.0031, 0.004), "+0.31 ± 0.40"),
        (sessions(1), "1 session"),
        (sessions(2520), "2,520 sessions"),
    ],
)
def test_numbers_are_written_for_people(written: str, expected: str) -> None:
    assert written == expected


@given(st.floats(), st.integers(0, 4))
def test_no_number_is_ever_nan_or_a_negative_zero(value: float, places: int) -> None:
    for shown in (percent(value, places), number(value, places, signed=True)):
        assert "nan" not in shown and "inf" not in shown and "-" not in shown
        digits = shown.removesuffix(" %")
        assert digits.strip("0.") or not digits.startswith(("\N{MINUS SIGN}", "+"))


def test_words_are_listed_as_in_a_sentence() -> None:
    assert listed([]) == ""
    assert listed(["A"]) == "A"
    assert listed(["A", "B"]) == "A and B"
    assert listed(["A", "B", "C"], "or") == "A, B or C"


@pytest.mark.parametrize(
    ("slope", "told"), [(0.0, "0 %"), (0.001, "less than 1 %"), (0.006, "1 %"), (0.34, "34 %")]
)
def test_what_is_believed_a_little_is_not_believed_to_nothing(slope: float, told: str) -> None:
    assert belief(slope) == told


def test_one_thing_is_no_plural() -> None:
    assert [counted(n, "asset") for n in (0, 1, 2, 2520)] == [
        *("0 assets", "1 asset", "2 assets", "2,520 assets")
    ]
    assert "needs 504 sessions of history, 1 is available" in str(NotEnoughHistory(504, 1))
    assert "needs 1 session of history, 0 are available" in str(NotEnoughHistory(1, 0))


def test_what_took_some_time_took_no_nought_seconds() -> None:
    assert [took(s) for s in (0.0, 0.001, 0.02, 61.5, None)] == [
        "0.00",
        "< 0.01",
        "0.02",
        "61.50",
        "n/a",
    ]
