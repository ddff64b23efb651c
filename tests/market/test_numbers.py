"""Numbers as text: whatever a locale writes is read back exactly, or refused; never guessed."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from forefolio.core.errors import BadFile
from forefolio.market import Files, load_market
from forefolio.market.sources.numbers import Ambiguous, read_numbers


def read(*cells: str, beside: tuple[str, ...] = (), usual: str = "") -> list[float]:
    (values,) = read_numbers([cells], [beside] if beside else [], usual).values
    return [float(value) for value in values]


LOCALES = {  # thousands sign, decimal sign
    "english": (",", "."),
    "german": (".", ","),
    "swiss": ("'", "."),
    "swiss, as typeset": ("\u2019", "."),
    "french": ("\u202f", ","),
    "czech": ("\u00a0", ","),
    "thin": ("\u2009", "."),
    "polish": (" ", ","),
    "plain": ("", "."),
    "plain comma": ("", ","),
}
CENTS = st.lists(st.integers(1, 10**10), min_size=1, max_size=30)


def written(cents: int, thousands: str, decimal: str) -> str:
    """As a person of that locale writes it; whole numbers without a fraction, as many do."""
    whole, rest = divmod(cents, 100)
    grouped = f"{whole:,}".replace(",", thousands)
    return f"{grouped}{decimal}{rest:02d}" if rest else grouped


@pytest.mark.parametrize("locale", LOCALES)
@given(cents=CENTS)
def test_whatever_a_locale_writes_is_read_back_exactly_or_refused(
    locale: str, cents: list[int]
) -> None:
    cells = [written(one, *LOCALES[locale]) for one in cents]
    try:
        values = read(*cells)
    except Ambiguous:
        assert all(one % 100 == 0 for one in cents)  # no cell has a fraction that tells
        return
    assert values == [one / 100 for one in cents]


@pytest.mark.parametrize("locale", LOCALES)
def test_one_fraction_anywhere_tells_all(locale: str) -> None:
    thousands, decimal = LOCALES[locale]
    cells = [f"1{thousands}234"] * 200 + [f"7{decimal}5"]
    assert read(*cells) == [1234.0] * 200 + [7.5]


@given(st.integers(0, 10**12))
def test_indian_groups_are_thousands(whole: int) -> None:
    last, rest = whole % 1000, whole // 1000
    groups = []
    while rest:
        rest, group = divmod(rest, 100)
        groups.append(group)
    text = ",".join([str(groups.pop()), *(f"{g:02d}" for g in reversed(groups))] if groups else [])
    cell = f"{text},{last:03d}" if text else str(last)
    assert read(f"{cell}.25") == [whole + 0.25]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_a_program_writes_is_read_to_the_last_bit(value: float) -> None:
    assert read(repr(value), usual=".") == [value]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("439.32K", 439_320.0),
        ("68.18k", 68_180.0),
        ("1.5M", 1.5e6),
        ("1,234.5M", 1.2345e9),
        ("2.07B", 2.07e9),
        ("3.1T", 3.1e12),
        ("12,34 Mio.", 12.34e6),
        ("1,2 Mrd", 1.2e9),
        ("3.5 bn", 3.5e9),
        ("$1,234.50", 1234.5),
        ("1.234,50 €", 1234.5),
        ("CHF 1'234.50", 1234.5),
        ("R$ 12,34", 12.34),
        ("(12.5)", -12.5),
        ("\u221212.5", -12.5),
        ("12.5-", -12.5),
        ("+12.5", 12.5),
        ("1,5E+03", 1500.0),
        ("1.5e-05", 1.5e-05),
        ("\u0661\u0662\u0663\u066b\u0665", 123.5),
        ("\uff11\uff12\uff0e\uff15", 12.5),
        (".5", 0.5),
        ("0,123", 0.123),
        ("1234,567", 1234.567),
        ("1.234.567", 1_234_567.0),
    ],
)
def test_signs_around_digits_are_understood(cell: str, value: float) -> None:
    assert read(cell) == [value]


@pytest.mark.parametrize("cell", ["", " ", "-", "n/a", "N/A", "NaN", "null", "#N/A", "--", "<NA>"])
def test_what_says_that_there_is_nothing_is_nothing(cell: str) -> None:
    found = read_numbers([["1.5", cell]])
    assert math.isnan(found.values[0][1]) and not found.texts[0].any()


@pytest.mark.parametrize(
    "cell", ["halted", "1.2%", "1.234,5.6", "12,34,5", "1 2", "TRUE", "(5", "5 shares", "1..5"]
)
def test_what_is_no_number_is_text_and_told(cell: str) -> None:
    found = read_numbers([["1.5", cell]])
    assert found.values[0][0] == 1.5 and math.isnan(found.values[0][1])
    assert found.texts[0].tolist() == [False, True]


def test_where_every_cell_can_be_read_in_two_ways_it_is_refused() -> None:
    with pytest.raises(Ambiguous, match=r"'1,234' may be 1234 or 1\.234, and no other cell tells"):
        read("1,234", "1,235")
    with pytest.raises(Ambiguous, match=r"'1\.234' may be 1234 or 1\.234"):
        read("1.234", "1.235")


def test_other_columns_of_the_file_tell() -> None:
    assert read("1,234", beside=("-1.80%",)) == [1234.0]
    assert read("1,234", beside=("-1,80%",)) == [1.234]
    prices, volume = read_numbers([["1.234", "1.235"], ["1.234.567", ""]]).values
    assert prices.tolist() == [1234.0, 1235.0] and volume[0] == 1_234_567.0


def test_a_column_does_not_leap() -> None:
    assert read("998", "999", "1,001", "1,002") == [998.0, 999.0, 1001.0, 1002.0]
    assert read("47", "48", "47,491", "48,125") == [47.0, 48.0, 47.491, 48.125]


def test_a_volume_may_leap() -> None:
    with pytest.raises(Ambiguous):
        read("1,234", "12", "850", "2,115")


def test_what_is_usual_is_told() -> None:
    found = read_numbers([["1.234"]], usual=".")
    assert found.values[0][0] == 1.234 and "'1.234' is read with a decimal point" in found.note
    assert read_numbers([["1.234", "1.24"]], usual=".").note == ""


def test_two_notations_or_two_currencies_in_a_column_are_refused() -> None:
    with pytest.raises(
        Ambiguous, match=r"mix a decimal point and a decimal comma \('1.5', '2,5'\)"
    ):
        read("1.5", "2,5")
    with pytest.raises(Ambiguous, match=r"mix \$ and €"):
        read("$1.5", "€2.5")


def test_a_stray_cell_of_another_notation_is_text() -> None:
    found = read_numbers([["1.5"] * 99 + ["1,5"]])
    assert found.texts[0].sum() == 1 and np.isnan(found.values[0][-1])


@given(st.lists(st.integers(1, 999_999), min_size=1, max_size=20), st.sampled_from(",."))
def test_three_digits_after_the_only_sign_are_never_taken_for_granted(
    thousandths: list[int], sign: str
) -> None:
    """Of columns with three decimals: right, or refused; no power of ten is lost."""
    assume(all(one >= 1000 for one in thousandths))
    cells = [f"{one // 1000}{sign}{one % 1000:03d}" for one in thousandths]
    with pytest.raises(Ambiguous):
        read(*cells)


# -- files -----------------------------------------------------------------------------------------


def prices(path: Path, rows: list[str], head: str, tail: str = "") -> Any:
    days = np.busday_offset(np.datetime64("2022-01-03"), np.arange(len(rows)))
    lines = [f"{day}{row}{tail}" for day, row in zip(days, rows, strict=True)]
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return load_market(Files(path=path, calendar=""), minimum_sessions=3)


def closes(path: Path, rows: list[str], head: str) -> list[float]:
    return [float(close) for close in prices(path, rows, head).market.close[:, 0]]


def test_a_first_row_of_a_whole_number_misleads_nobody(tmp_path: Path) -> None:
    rows = [";48", ";47,49", ";47,14", ";41,5"]
    assert closes(tmp_path / "A.csv", rows, "Date;Close") == [48.0, 47.49, 47.14, 41.5]


def test_thousands_and_decimal_commas_in_one_file(tmp_path: Path) -> None:
    rows = [";985,76", ";1.093,83", ";1.005,99"]
    assert closes(tmp_path / "A.csv", rows, "Date;Close") == [985.76, 1093.83, 1005.99]
    rows = ["\t47,14", "\t47,21", "\t47,57"]
    assert closes(tmp_path / "B.csv", rows, "Date\tClose") == [47.14, 47.21, 47.57]
    rows = [";985.76", ";1'013.87", ";1\u2019017.54"]
    assert closes(tmp_path / "C.csv", rows, "Date;Close") == [985.76, 1013.87, 1017.54]
    rows = [',"985.76"', ',"1,013.87"', ',"1,017.54"']
    assert closes(tmp_path / "D.csv", rows, "Date,Close") == [985.76, 1013.87, 1017.54]


def test_volumes_with_magnitudes_are_known(tmp_path: Path) -> None:
    rows = [',"807.80","270.82K","0.00%"', ',"814.78","1.05M","0.86%"', ',"815.00","-","0.03%"']
    market = prices(tmp_path / "A.csv", rows, '"Date","Price","Vol.","Change %"').market
    assert market.volume is not None
    assert market.volume[:2, 0].tolist() == [270_820.0, 1_050_000.0]
    assert math.isnan(market.volume[2, 0])


def test_a_file_that_could_be_read_in_two_ways_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"A\.csv: '1,234' may be 1234 or 1\.234"):
        prices(tmp_path / "A.csv", [";1,234", ";1,235", ";1,236"], "Date;Close")
    with pytest.raises(BadFile, match=r"B\.csv: '1\.234' may be 1234 or 1\.234"):
        prices(tmp_path / "B.csv", [";1.234", ";1.235", ";1.236"], "Date;Close")


def test_three_decimals_behind_commas_are_read_and_told(tmp_path: Path) -> None:
    loaded = prices(tmp_path / "A.csv", [",115.123", ",115.231", ",115.345"], "Date,Close")
    assert loaded.market.close[:, 0].tolist() == [115.123, 115.231, 115.345]
    (finding,) = loaded.report.findings
    assert finding.code == "decimals" and "'115.123' is read with a decimal point" in str(finding)
