"""One file of prices, CSV, Parquet or a spreadsheet, in any of the layouts people save them in.

1. What is no table is told apart by its first bytes: a Git LFS pointer, an error reply, a page.
2. Every cell of a text file stays text until its column is read (`numbers`, `dates`): a reader that
   guesses takes NA and 005930 for something else.
3. Lines above the first with a date are headings: one, or those that yfinance and pandas write for
   columns of several labels.
"""

import csv
import gzip
import re
from collections import Counter
from itertools import zip_longest
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from forefolio.core.errors import BadFile
from forefolio.core.lazy import lazy
from forefolio.market.cleaning.quality import Finding
from forefolio.market.sources import spreadsheet
from forefolio.market.sources.cells import RawSheet
from forefolio.market.sources.headings import field_of, read_headings, word
from forefolio.market.sources.sheet import TableBars, read_sheet
from forefolio.market.sources.sheet_parts import Unreadable
from forefolio.market.sources.symbols import canonical, is_symbol, symbol_of_name

pd: Any = lazy("pandas")

_HEADER_LINES = 8  # no table has more lines of headings
_DATE_LIKE = re.compile(
    r"\d{4}-?\d{1,2}|\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}|\d{6,19}|.*\d{1,4}.*\d{4}"
)
_MARKUP = re.compile(rb"<(?!\w+>\s*[,;\t|])")
_LABELS = {"", "price", "ticker", "date", "datetime", "symbol", "tickers", "attributes", "field"}


def read_table(path: Path, zone: str = "") -> TableBars:
    """Read a CSV or Parquet file, or the first worksheet of a spreadsheet.

    `zone` is that of the exchange, where it is said.

    Raises:
        BadFile: it holds no prices that can be read; the reason says what to do.
    """
    try:
        sheet = _sheet(path)
        table = read_sheet(sheet, file_ticker(path), zone)
    except Unreadable as problem:
        raise BadFile(path, str(problem)) from None
    return TableBars(bars=table.bars, findings=(*table.findings, *_renamed(path, table)))


def _sheet(path: Path) -> RawSheet:
    if path.suffix == ".parquet":
        return _parquet(path)
    if path.suffix in spreadsheet.ENDINGS:
        return _sheet_of_rows(spreadsheet.spreadsheet_rows(path), usual=".")
    return _csv(path)


def file_ticker(path: Path) -> str:
    """The ticker a file is named after; what a ticker cannot contain becomes a hyphen."""
    return symbol_of_name(_stem(path))


def has_columns(path: Path) -> bool:
    """Whether a text file begins with a line of several cells, as prose does not."""
    try:
        first = _text(path).split("\n", 1)[0]
    except (Unreadable, OSError):
        return False
    return any(field_of(cell) for cell in re.split(r"[,;\t|]", first)[1:])


def _stem(path: Path) -> str:
    name = path.name.removesuffix(".gz")
    return re.sub(r"\.(csv|txt|parquet|xlsx|xls|ods)$", "", name)


def _renamed(path: Path, table: TableBars) -> list[Finding]:
    ticker = file_ticker(path)
    if ticker not in table.bars or is_symbol(canonical(_stem(path))):
        return []
    message = f"the name of {path.name} is not a ticker"
    return [Finding(ticker=ticker, code="name", message=message, action=f"called {ticker} here")]


# -- Parquet ---------------------------------------------------------------------------------------


def _parquet(path: Path) -> RawSheet:
    return sheet_of_frame(frame_of_parquet(path))


def frame_of_parquet(file: Path | BinaryIO) -> Any:
    """The frame that a Parquet file holds.

    Raises:
        Unreadable: it is none, or is damaged.
    """
    try:
        return pd.read_parquet(file)
    except MemoryError:
        raise
    except Exception as problem:  # noqa: BLE001 (what a damaged file says of itself may be anything)
        reason = (str(problem).splitlines() or [type(problem).__name__])[0][:80]
        raise Unreadable(f"not a Parquet file: {reason}") from None


def sheet_of_frame(frame: Any) -> RawSheet:
    """A pandas frame as a sheet; an index that has a name, or is no count of rows, is a column."""
    labels: list[tuple[str, ...]] = []
    columns: list[Any] = []
    index = frame.index
    for level in range(index.nlevels):
        values = index.get_level_values(level)
        counts = pd.api.types.is_integer_dtype(values.dtype) and index.nlevels == 1
        if index.names[level] is not None or not counts:
            labels.append((str(index.names[level] or _level_name(values)),))
            columns.append(_days(values.to_series().reset_index(drop=True)))
    labels += [tuple(map(str, n)) if isinstance(n, tuple) else (str(n),) for n in frame.columns]
    columns += _columns_of(frame)
    depth = max(map(len, labels), default=1)
    return RawSheet(
        headings=read_headings([label + ("",) * (depth - len(label)) for label in labels]),
        columns=columns,
        usual=".",
    )


def named_index(frame: Any) -> tuple[Any, bool]:
    """A frame whose index has a name where it is a column, and whether it is one."""
    index = frame.index
    names = list(index.names)
    if index.nlevels == 1 and names == [None] and pd.api.types.is_integer_dtype(index.dtype):
        return frame, False
    levels = [index.get_level_values(level) for level in range(index.nlevels)]
    named = [name or _level_name(each) for name, each in zip(names, levels, strict=True)]
    return frame.rename_axis(index=named), True


def _columns_of(frame: Any) -> list[Any]:
    """The cells of each column; numbers alone are taken out of a frame at once."""
    if len(frame.columns) and all(kind == np.float64 for kind in frame.dtypes):
        return list(np.ascontiguousarray(frame.to_numpy().T))
    columns = range(len(frame.columns))
    return [_days(frame.iloc[:, position].reset_index(drop=True)) for position in columns]


def _level_name(values: Any) -> str:
    texts = values.dtype == object or pd.api.types.is_string_dtype(values.dtype)
    dated = not texts or bool(_DATE_LIKE.match(str(values[0]))) if len(values) else True
    return "date" if dated else "ticker"


def _days(series: Any) -> Any:
    """Periods as the days they end on; everything else as it is."""
    if isinstance(series.dtype, pd.PeriodDtype):
        return pd.Series(series.dt.end_time.dt.normalize())
    return series


# -- text ------------------------------------------------------------------------------------------


def _csv(path: Path) -> RawSheet:
    text = _text(path)
    lines = text.split("\n", _HEADER_LINES)[:_HEADER_LINES]
    separator = _separator(lines)
    if match := re.match(r"sep=(.)\n", text):  # a line that Excel reads
        separator, text = match.group(1), text[len(match.group()) :]
    reader = csv.reader(text.split("\n"), delimiter=separator)
    try:
        rows = [row for row in reader if row]
    except csv.Error as problem:
        raise Unreadable(f"not a table: {str(problem)[:80]}, in line {reader.line_num}") from None
    quoted = '"' in text
    return _sheet_of_rows(rows, usual="." if separator == "," and not quoted else "")


def _sheet_of_rows(rows: list[list[str]], usual: str) -> RawSheet:
    """Rows of text, titles and headings among them; `usual` is the decimal sign, if it is plain."""
    rows = _downwards(rows[_preamble(rows) :])
    skip, labels = _header(rows)
    columns = _columns(rows, skip, len(labels))
    return RawSheet(headings=read_headings(labels), columns=columns, usual=usual)


def _downwards(rows: list[list[str]]) -> list[list[str]]:
    """The rows with dates below one another: turned, where they stand beside one another."""
    across = [cell.strip() for cell in rows[0][1:] if cell.strip()] if rows else []
    dates = sum(bool(_DATE_LIKE.fullmatch(cell)) for cell in across)
    if len(across) < 2 or dates < len(across) or _DATE_LIKE.fullmatch(rows[0][0].strip()):
        return rows
    turned = list(map(list, zip_longest(*rows, fillvalue="")))
    return [["date", *turned[0][1:]], *(row for row in turned[1:] if row[0].strip())]


def _separator(lines: list[str]) -> str:
    """The sign of which most of the first lines have equally many."""

    def agreed(sign: str) -> tuple[int, int]:
        counts = Counter(line.count(sign) for line in lines if sign in line)
        return max(((lines, signs) for signs, lines in counts.items()), default=(0, 0))

    return max(";\t|,", key=agreed)  # a comma is a decimal sign too


def _columns(rows: list[list[str]], skip: int, width: int) -> list[list[str]]:
    """The cells below the headings, by column; short rows end in empty cells."""
    body = rows[skip:]
    for number, row in enumerate(body):
        if len(row) > width and any(cell.strip() for cell in row[width:]):
            reason = f"row {skip + number + 1} has {len(row)} cells, the header has {width}"
            raise Unreadable(f"not a table: {reason}")
    columns = list(map(list, zip_longest(*body, fillvalue="")))[:width]
    return columns + [[""] * len(body) for _ in range(width - len(columns))]


def _preamble(rows: list[list[str]]) -> int:
    """How many lines of title stand above the headings: one cell, where the table has more."""
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows[: 2 * _HEADER_LINES]]
    widest = max(filled, default=1)
    above = 0
    while above < len(filled) - 1 and filled[above] == 1 < widest and not _labels(rows[above]):
        above += 1
    return above


def _labels(row: list[str]) -> bool:
    return any(field_of(cell) for cell in row)


def _header(rows: list[list[str]]) -> tuple[int, list[tuple[str, ...]]]:
    """How many lines are headings, and the labels of each column."""
    first = rows[0]
    dates = [c for c, cell in enumerate(first) if field_of(cell) == "date"]
    column = dates[0] if dates else 0
    if len(rows) > 1 and _DATE_LIKE.fullmatch(first[column].strip()):
        raise Unreadable(f"no header: it begins with {first[column].strip()[:20]!r}; add one")
    head = [first]
    for row in rows[1:_HEADER_LINES]:
        if not _is_heading(row, column, len(first)):
            break
        head.append(row)
    skip = len(head)
    named = [row for row in head[1:] if not any(_others(row, column))]
    levels = list({tuple(row): row for row in head if row not in named}.values())
    if len(levels) == 1 and not named:
        return 1, [(cell,) for cell in _trimmed(first)]
    if not any(_mostly_fields(row, column) for row in levels):
        return 1, [(cell,) for cell in _trimmed(first)]
    labels = [tuple(row[c] if c < len(row) else "" for row in levels) for c in range(len(first))]
    if all(word(label) in _LABELS for label in labels[0]):  # names of the levels: of no column
        labels[0] = ("",) * len(levels)
    labels[column] = ("Date", *[""] * (len(levels) - 1))
    return skip, labels


def _is_heading(row: list[str], column: int, width: int) -> bool:
    """Whether a line below the first is one of headings too."""
    own = row[column].strip() if column < len(row) else "none"
    if word(own) not in _LABELS or re.search(r"\d", own) or len(row) != width:
        return False
    return not any(re.fullmatch(r"[-+]?\d*[.,]\d+(?:[eE][-+]?\d+)?", c.strip()) for c in row)


def _others(row: list[str], column: int) -> list[str]:
    return [cell for c, cell in enumerate(row) if c != column and cell.strip()]


def _mostly_fields(row: list[str], column: int) -> bool:
    others = _others(row, column)
    return bool(others) and 2 * sum(bool(field_of(cell)) for cell in others) >= len(others)


def _trimmed(row: list[str]) -> list[str]:
    """Headings without the empty one that a sign at the end of each line makes."""
    return row[:-1] if len(row) > 2 and not row[-1].strip() else row


def _text(path: Path) -> str:
    raw = path.read_bytes()
    raw = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raw = raw.decode("utf-16", "replace").encode()
    start = raw[:200].lstrip(b"\xef\xbb\xbf \r\n\t")
    if not start:
        raise Unreadable("the file is empty; download it again")
    if start.startswith(b"version https://git-lfs"):
        raise Unreadable("a Git LFS pointer instead of the data; run `git lfs pull`")
    if start[:1] in b"{[" or _MARKUP.match(start):
        shown = " ".join(start[:60].decode("utf-8", "replace").split())
        raise Unreadable(f"a reply saved as a table, {shown!r}; download it again")
    if b"\x00" in start:
        raise Unreadable("not a text file; give CSV or Parquet")
    text = decoded(raw).replace("\r\n", "\n").replace("\r", "\n")
    return text.lstrip("\n")


def decoded(raw: bytes) -> str:
    """Text of a file: UTF-8, or what Windows wrote before it."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")
