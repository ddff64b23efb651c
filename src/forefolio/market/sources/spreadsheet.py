"""The first worksheet of a spreadsheet (.xlsx, .xls, .ods) as rows of text, like those of a CSV."""

from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

from forefolio.core.lazy import lazy
from forefolio.market.sources.sheet_parts import Unreadable

calamine: Any = lazy("python_calamine")

ENDINGS = (".xlsx", ".xls", ".ods")


def spreadsheet_rows(path: Path) -> list[list[str]]:
    """The rows of a file.

    Raises:
        Unreadable: it is no spreadsheet, or holds nothing.
    """
    with path.open("rb") as file:
        return rows_of(file)


def rows_of(file: BinaryIO) -> list[list[str]]:
    """Every row that is not empty; dates as 2020-12-31, numbers with a point.

    Raises:
        Unreadable: it is no spreadsheet, or holds nothing.
    """
    try:
        book = calamine.CalamineWorkbook.from_filelike(file)
        sheets = (book.get_sheet_by_index(n).to_python() for n in range(len(book.sheet_names)))
        filled: list[list[Any]] = next((cells for cells in sheets if cells), [])
    except calamine.CalamineError as problem:
        reason = str(problem).splitlines()[0][:80]
        raise Unreadable(f"not a spreadsheet ({reason}); save it as CSV") from None
    rows = [[_text(cell) for cell in row] for row in filled]
    if not (rows := [row for row in rows if any(row)]):
        raise Unreadable("the spreadsheet is empty; save the prices into its first worksheet")
    return rows


def _text(cell: Any) -> str:
    match cell:
        case datetime() as moment:
            day = moment.date().isoformat()
            return day if moment.time().isoformat() == "00:00:00" else moment.isoformat(sep=" ")
        case date() as day:
            return day.isoformat()
        case bool() | str():
            return str(cell)
        case float() as number if number.is_integer():
            return str(int(number))
        case float() | int():
            return repr(cell)
        case _:
            return ""
