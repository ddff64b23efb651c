"""Files of every kind as the CSV file that says the same."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from tests.market.test_layouts import FRAMES, assert_both, load
from tests.market.test_spreadsheet import days, workbook

from forefolio.core.errors import BadFile
from forefolio.market import Files, load_market
from forefolio.market.sources.plain import as_csv, is_packed

MUCH = 1_000_000


@pytest.mark.parametrize("layout", FRAMES)
def test_parquet_is_the_same_as_csv(layout: str, tmp_path: Path) -> None:
    packed, plain = tmp_path / "packed.parquet", tmp_path / "prices.csv"
    FRAMES[layout]().to_parquet(packed)
    plain.write_bytes(as_csv(packed.read_bytes(), MUCH))
    assert_both(load(plain).market)


@pytest.mark.parametrize("heads", [["Date", "AAA", "BBB"], ["Date", "Close", "Volume, all"]])
def test_a_spreadsheet_is_the_same_as_csv(heads: list[str], tmp_path: Path) -> None:
    closes = 100 * np.exp(np.cumsum(np.random.default_rng(0).normal(0, 0.01, (300, 2)), axis=0))
    rows = [[day, *map(float, row)] for day, row in zip(days(300), closes, strict=True)]
    path = workbook(tmp_path / "AAA.xlsx", [["My prices", None, None], heads, *rows])
    (plain := tmp_path / "AAA.csv").write_bytes(as_csv(path.read_bytes(), MUCH))
    read, again = (load_market(Files(path=one), minimum_sessions=9).market for one in (path, plain))
    assert read.assets == again.assets and np.array_equal(read.sessions, again.sessions)
    assert np.array_equal(read.close, again.close)


def test_text_is_what_it_was_and_what_was_compressed_too() -> None:
    text = b"date,A\n2020-01-01,1\n"
    assert as_csv(text, MUCH) == text == as_csv(gzip.compress(text), MUCH)
    assert not is_packed(text) and is_packed(gzip.compress(text))


BAD = {
    "longer than it may be": (gzip.compress(b"1" * 1001), "more than 1,000 bytes"),
    "cut": (gzip.compress(b"date,A\n" * 99)[:20], "not a gzip file"),
    "packed twice": (gzip.compress(gzip.compress(b"1")), "packed twice"),
    "no spreadsheet": (b"PK\x03\x04" + b"\x00" * 50, "not a spreadsheet"),
    "an old spreadsheet, broken": (b"\xd0\xcf\x11\xe0" + b"\x00" * 600, "not a spreadsheet"),
    "no Parquet": (b"PAR1" + b"\x00" * 50, "not a Parquet file"),
}


@pytest.mark.parametrize(("raw", "reason"), BAD.values(), ids=BAD.keys())
def test_what_cannot_be_read_is_a_line(raw: bytes, reason: str) -> None:
    with pytest.raises(BadFile, match=reason):
        as_csv(raw, 1_000)
