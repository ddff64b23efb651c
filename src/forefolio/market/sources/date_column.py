"""The column of dates where no heading says which: the first whose cells are dates."""

import re
from dataclasses import replace
from itertools import islice
from typing import Any

from forefolio.core.lazy import lazy
from forefolio.market.sources.cells import RawSheet
from forefolio.market.sources.dates import Undecided, read_moments

pd: Any = lazy("pandas")

_SAMPLE = 50  # cells
_NUMBER = re.compile(r"[-+(]?[^\w]*\d*[.,]?\d*(?:[eE][-+]?\d+)?[^\w]*")
_WHOLE_DAY = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])?")  # 20240131, 202401


def with_date_column(sheet: RawSheet) -> RawSheet:
    """The sheet with its column of dates named, whatever its heading is called.

    Datum, Fecha, Month and "Trade Date" are told by what stands below them. Numbers are days only
    where they are written as 20240131.
    """
    headings = sheet.headings
    if headings.date is not None:
        return sheet
    free = (c for c, field in enumerate(headings.fields) if not field)
    column = next((c for c in free if _are_dates(sheet.columns[c])), None)
    if column is None:
        return sheet
    fields = tuple("date" if c == column else f for c, f in enumerate(headings.fields))
    return replace(sheet, headings=replace(headings, fields=fields, date=column))


def _are_dates(cells: Any) -> bool:
    dtype = getattr(cells, "dtype", None)
    if dtype is not None and pd.api.types.is_datetime64_any_dtype(dtype):
        return True
    texts = (str(cell).strip() for cell in cells)
    sample = list(islice((text for text in texts if text), _SAMPLE))
    if not sample or any(_NUMBER.fullmatch(t) and not _WHOLE_DAY.fullmatch(t) for t in sample):
        return False
    if not all(any(letter.isdigit() for letter in text) for text in sample):
        return False
    try:
        read_moments(cells)
    except Undecided as problem:
        return "may be" in str(problem) or "mix" in str(problem)  # dates, but not which
    return True
