"""Prices in a spreadsheet: the first worksheet is read like a CSV file."""

import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forefolio.core.errors import DataError
from forefolio.market import Files, load_market

_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
    'relationships">{}</Relationships>'
)


def workbook(path: Path, rows: list[list[Any]]) -> Path:
    """A spreadsheet of one worksheet, written by hand: the test needs no library that writes."""
    link = f'<Relationship Id="r1" Type="{_OFFICE}/{{}}" Target="{{}}"/>'
    styles = (
        f'<styleSheet xmlns="{_MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
        '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
    )
    style_link = f'<Relationship Id="r2" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("[Content_Types].xml", _TYPES)
        book.writestr("_rels/.rels", _RELS.format(link.format("officeDocument", "xl/workbook.xml")))
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
            '<sheet name="Prices" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        links = link.format("worksheet", "worksheets/sheet1.xml") + style_link
        book.writestr("xl/_rels/workbook.xml.rels", _RELS.format(links))
        book.writestr("xl/styles.xml", styles)
        body = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
        sheet = f'<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData></worksheet>'
        book.writestr("xl/worksheets/sheet1.xml", sheet)
    return path


def cell(value: Any) -> str:
    match value:
        case date() as day:
            return f'<c s="1"><v>{(day - date(1899, 12, 30)).days}</v></c>'
        case int() | float():
            return f"<c><v>{value!r}</v></c>"
        case None:
            return "<c/>"
        case text:
            return f'<c t="inlineStr"><is><t>{text}</t></is></c>'


def days(count: int) -> list[date]:
    every = (date(2019, 1, 2) + timedelta(days=n) for n in range(2 * count))
    return [day for day in every if day.weekday() < 5][:count]


def test_a_worksheet_with_a_title_dates_and_tickers_is_read(tmp_path: Path) -> None:
    closes = 100 * np.exp(np.cumsum(np.random.default_rng(0).normal(0, 0.01, (300, 2)), axis=0))
    rows = [[day, *map(float, row)] for day, row in zip(days(300), closes.round(4), strict=True)]
    path = workbook(
        tmp_path / "prices.xlsx", [["My prices", None, None], ["Date", "AAA", "BBB"], *rows]
    )
    market = load_market(Files(path=path, calendar=""), minimum_sessions=100).market
    assert market.assets == ("AAA", "BBB") and len(market) == 300
    assert np.array_equal(market.close, closes.round(4))
    assert str(market.sessions[0]) == "2019-01-02"


def test_a_folder_may_hold_spreadsheets_named_after_their_tickers(tmp_path: Path) -> None:
    rows = [[day, 100.0 + n] for n, day in enumerate(days(300))]
    workbook(tmp_path / "AAA.xlsx", [["Date", "Close"], *rows])
    market = load_market(Files(path=tmp_path, calendar=""), minimum_sessions=100).market
    assert market.assets == ("AAA",) and market.close[-1, 0] == 399.0


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"not a workbook", "not a spreadsheet"), (None, "the spreadsheet is empty")],
)
def test_what_is_no_spreadsheet_is_one_line(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    path = tmp_path / "AAA.xlsx"
    if content is None:
        workbook(path, [])
    else:
        path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        load_market(Files(path=path))
