"""The cells of a table as numbers: a sheet, and its columns once they are read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forefolio.core.lazy import lazy
from forefolio.core.units import Array, Flags
from forefolio.market.cleaning.quality import Finding
from forefolio.market.sources.headings import Headings
from forefolio.market.sources.numbers import Ambiguous, Numbers, read_numbers
from forefolio.market.sources.symbols import canonical

pd: Any = lazy("pandas")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RawSheet:
    """Columns of n cells, texts or numbers, and their headings."""

    headings: Headings
    columns: Sequence[Any]  # lists of texts, numpy arrays or pandas series
    usual: str = ""  # the decimal sign of texts where nothing in the table tells it
    symbol: Callable[[str], str] = canonical  # what a ticker is called here


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """Columns as numbers, and which of their cells were texts that are none."""

    values: Mapping[int, Array]
    texts: Mapping[int, Flags]
    sheet: RawSheet
    note: str = ""

    def decimal_finding(self, ticker: str) -> Finding:
        """That the decimal sign is assumed."""
        return Finding(
            ticker=ticker,
            code="decimals",
            message=f"{self.note}: nothing in the table tells it",
            action="check it",
        )

    def cell(self, column: int, row: int) -> str:
        """A cell as it stands in the table."""
        cells = self.sheet.columns[column]
        return str(cells.iloc[row] if hasattr(cells, "iloc") else cells[row])


def cells_as_numbers(sheet: RawSheet, columns: Sequence[int]) -> Cells:
    """The `columns` of a sheet as numbers.

    Raises:
        Ambiguous: their numbers can be read in two ways.
    """
    values: dict[int, Array] = {}
    texts: dict[int, Flags] = {}
    worded: dict[int, list[str]] = {}
    for column in columns:
        numbers, words = _numeric(sheet.columns[column])
        if words is None:
            values[column], texts[column] = numbers, np.zeros(len(numbers), bool)
        else:
            values[column], worded[column] = numbers, words
    if not worded:
        return Cells(values=values, texts=texts, sheet=sheet)
    beside = [
        list(cells)
        for c, cells in enumerate(sheet.columns)
        if c not in columns and c != sheet.headings.date and isinstance(cells, list)
    ]
    read: Numbers = read_numbers(list(worded.values()), beside, sheet.usual)
    for column, own, bad in zip(worded, read.values, read.texts, strict=True):
        values[column] = np.where(np.isnan(values[column]), own, values[column])
        texts[column] = bad
    return Cells(values=values, texts=texts, sheet=sheet, note=read.note)


def _numeric(cells: Any) -> tuple[Array, list[str] | None]:
    """The numbers (n,) of a column, and its texts, if it has any."""
    if isinstance(cells, list):
        return np.full(len(cells), np.nan), cells
    kind = cells.dtype
    if isinstance(cells, np.ndarray) and kind == np.float64:
        return cells, None
    if pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind):
        if pd.api.types.is_complex_dtype(kind):
            raise Ambiguous("its numbers are complex; give real ones")
        series = cells if hasattr(cells, "iloc") else pd.Series(cells)
        return np.asarray(series.to_numpy(dtype=np.float64, na_value=np.nan)), None
    objects = pd.Series(cells).astype(object)
    empty = objects.isna().to_numpy(bool)
    numbers = np.array(
        [
            float(c) if _is_number(c) and not e else np.nan
            for c, e in zip(objects, empty, strict=True)
        ]
    )
    words = [
        "" if e or _is_number(c) else str(c).replace("\n", " ")
        for c, e in zip(objects, empty, strict=True)
    ]
    return numbers, words


def _is_number(cell: Any) -> bool:
    """Whether a cell is a number already: Python's, numpy's or a decimal; true is none."""
    return hasattr(cell, "__float__") and not isinstance(cell, bool | np.bool_ | str)
