"""One file of prices, in any of the layouts people save them in, as bars by ticker.

1. What is no table is told apart by its first bytes: a Git LFS pointer, an error reply, a page.
2. The header is the first line, or yfinance's three: fields, tickers, and a line saying Date.
3. Columns are named by what they mean. With a ticker column the layout is long; with a close it is
   one ticker's, named by the file; with neither, where every column is a ticker, it is wide.
"""

import gzip
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from forefolio.errors import BadFile
from forefolio.lazy import lazy
from forefolio.market.dates import Undecided, read_dates
from forefolio.market.quality import Finding
from forefolio.market.raw import Bars
from forefolio.market.symbols import is_symbol
from forefolio.units import Array

pd: Any = lazy("pandas")

_MEANING = {
    "date": "date timestamp datetime time day session index",
    "ticker": "ticker symbol name asset tic",
    "open": "open openprice",
    "high": "high highprice",
    "low": "low lowprice",
    "close": "close closeprice closelast last price",
    "adjusted": "adjclose adjustedclose adjcloseprice closeadj closeadjusted",
    "volume": "volume vol",
    "split": "split splits stocksplit stocksplits splitcoefficient",
}
_FIELD = {word: field for field, words in _MEANING.items() for word in words.split()}
_VALUES = ("open", "high", "low", "close", "adjusted", "volume", "split")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """The bars a file holds, and what was odd about it."""

    bars: Mapping[str, Bars]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sheet:
    cells: Any  # a pandas frame with columns 0, 1, ...
    fields: tuple[str, ...]  # what each column means, "" for nothing known
    names: tuple[str, ...]  # what each column is called
    tickers: tuple[str, ...]  # whose each column is, "" where the header does not say


def read_table(path: Path) -> Table:
    """Read a CSV or Parquet file.

    Raises:
        BadFile: it holds no prices that can be read; the reason says what to do.
    """
    sheet = _parquet(path) if path.suffix == ".parquet" else _csv(path)
    if "date" not in sheet.fields:
        raise BadFile(path, f"no date column among {_shown(sheet.names)}; name one 'date'")
    if sheet.cells.empty:
        raise BadFile(path, "a header and no rows; download it again, or check the symbol")
    try:
        dates = read_dates(sheet.cells[sheet.fields.index("date")])
    except Undecided as problem:
        raise BadFile(path, str(problem)) from None
    findings: list[Finding] = []
    bars = {}
    for ticker, rows, columns in _parts(path, sheet):
        values = {f: _numbers(sheet.cells[c], rows, dates, ticker, findings) for f, c in columns}
        close = values.get("close", values.get("adjusted"))
        if close is None:
            raise BadFile(path, f"no close price of {ticker}; download it again with one")
        bars[ticker] = Bars(dates=dates[rows], columns={**values, "close": close})
    return Table(bars=bars, findings=(*findings, *_renamed(path, bars)))


def file_ticker(path: Path) -> str:
    """The ticker a file is named after; what a ticker cannot contain becomes a hyphen."""
    stem = path.name.removesuffix(".gz").removesuffix(path.suffix).removesuffix(".csv").upper()
    return re.sub(r"[^A-Z0-9.\-=^]+", "-", stem)[:32].strip("-.=") or "X"


def _renamed(path: Path, bars: Mapping[str, Bars]) -> list[Finding]:
    ticker = file_ticker(path)
    stem = path.name.split(".csv")[0].removesuffix(".parquet")
    if ticker not in bars or is_symbol(stem.upper()):
        return []
    message = f"the name of {path.name} is not a ticker"
    return [Finding(ticker=ticker, code="name", message=message, action=f"called {ticker} here")]


# -- layouts ---------------------------------------------------------------------------------------


def _parts(path: Path, sheet: _Sheet) -> Iterator[tuple[str, Any, list[tuple[str, int]]]]:
    """Ticker, rows and (field, column) pairs of everyone in the file."""
    everything = np.arange(len(sheet.cells))
    columns = {f: sheet.fields.index(f) for f in _VALUES if f in sheet.fields}
    if "close" in columns and not any(sheet.tickers):
        _only_one(path, sheet, "close")
    if any(sheet.tickers):
        for ticker in dict.fromkeys(filter(None, sheet.tickers)):
            own = [(f, c) for c, f in enumerate(sheet.fields) if sheet.tickers[c] == ticker]
            yield _symbol(path, ticker), everything, [(f, c) for f, c in own if f in _VALUES]
    elif {"close", "adjusted"} & columns.keys():
        if "ticker" not in sheet.fields:
            yield file_ticker(path), everything, list(columns.items())
            return
        labels = sheet.cells[sheet.fields.index("ticker")].astype("string").str.strip().str.upper()
        for ticker, rows in labels.groupby(labels).indices.items():
            yield _symbol(path, ticker), rows, list(columns.items())
    else:
        yield from _wide(path, sheet, everything)


def _wide(
    path: Path, sheet: _Sheet, everything: Any
) -> Iterator[tuple[str, Any, list[tuple[str, int]]]]:
    own = [c for c in range(len(sheet.fields)) if c != sheet.fields.index("date")]
    bars = sum(sheet.fields[c] != "" for c in own)  # though LOW and OPEN are tickers too
    if 2 * bars >= len(own) or not all(is_symbol(sheet.names[c].upper()) for c in own):
        raise BadFile(path, f"no close price among {_shown(sheet.names)}; name one 'close'")
    for column in own:
        yield sheet.names[column].upper(), everything, [("close", column)]


def _only_one(path: Path, sheet: _Sheet, field: str) -> None:
    names = [repr(name) for name, f in zip(sheet.names, sheet.fields, strict=True) if f == field]
    if len(names) > 1:
        raise BadFile(path, f"several columns mean {field}: {', '.join(names)}; keep one")


def _symbol(path: Path, text: str) -> str:
    symbol = str(text).upper()
    if not is_symbol(symbol):
        raise BadFile(path, f"its ticker {text!r} is not one, such as AAPL or BRK.B")
    return symbol


def _shown(names: Sequence[str]) -> str:
    return "its columns " + ", ".join(repr(n[:30]) for n in names[:12])


# -- cells -----------------------------------------------------------------------------------------


def _numbers(column: Any, rows: Any, dates: Any, ticker: str, findings: list[Finding]) -> Array:
    cells = column.iloc[rows]
    if pd.api.types.is_numeric_dtype(cells.dtype):
        return np.asarray(cells.to_numpy(dtype=np.float64, na_value=np.nan))
    texts = cells.astype("string").str.replace(r"[$€£,\s]", "", regex=True)
    numbers = pd.to_numeric(texts, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    bad = np.isnan(numbers) & (texts.fillna("") != "").to_numpy(bool)
    if bad.any():
        example = str(cells[bad].iloc[0])[:20]
        told = Finding.on(dates[rows][bad], "text", f"text for a number, {example!r}", "emptied")
        findings.append(replace(told, ticker=ticker))
    return np.asarray(numbers)


# -- files -----------------------------------------------------------------------------------------


def _parquet(path: Path) -> _Sheet:
    try:
        frame = pd.read_parquet(path)
    except (OSError, ValueError) as problem:
        raise BadFile(path, f"not a Parquet file: {str(problem).splitlines()[0][:80]}") from None
    if frame.index.name is not None or not pd.api.types.is_integer_dtype(frame.index.dtype):
        frame = frame.rename_axis(index=frame.index.name or "date").reset_index()
    pairs = [c if isinstance(c, tuple) else (c, "") for c in frame.columns]
    frame.columns = range(len(pairs))
    return _sheet(frame, [str(name) for name, *_ in pairs], [str(of[0]) for _, *of in pairs])


def _csv(path: Path) -> _Sheet:
    text = _text(path)
    lines = text.split("\n", 8)[:8]
    separator = max(",;\t|", key=lines[0].count)
    heads = [[cell.strip().strip('"') for cell in line.split(separator)] for line in lines]
    skip, names, tickers = _header(heads)
    body = lines[skip] if skip < len(lines) else ""
    decimal = "," if separator == ";" and re.search(r"\d,\d", body) else "."
    try:
        cells = pd.read_csv(
            io.StringIO(text),
            sep=separator,
            header=None,
            skiprows=skip,
            names=range(len(names)),
            index_col=False,
            decimal=decimal,
            low_memory=False,
        )
    except ValueError as problem:  # pandas' ParserError is one
        raise BadFile(path, f"not a table: {str(problem).strip()[:80]}") from None
    return _sheet(cells, names, tickers)


def _header(heads: list[list[str]]) -> tuple[int, list[str], list[str]]:
    """Lines to skip, names and tickers of the columns."""
    names, tickers = heads[0], [""] * len(heads[0])
    yfinance = len(heads) > 1 and heads[1][0] == "Ticker" and len(heads[1]) == len(names)
    if not yfinance:
        return 1, names, tickers
    tickers = ["", *heads[1][1:]]
    names = ["Date", *("Adj Close" if n == "Price" else n for n in names[1:])]
    skip = next(i for i, cells in enumerate(heads) if i and cells[0] != "Ticker")
    return skip + (heads[skip][0] == "Date"), names, tickers


def _sheet(cells: Any, names: list[str], tickers: list[str]) -> _Sheet:
    words = [re.sub(r"^\d+\.|[^a-z]", "", name.lower()) for name in names]
    fields = [_FIELD.get(word, "") for word in words]
    if "date" not in fields and names and names[0] in ("", "Unnamed: 0", "Price"):
        fields[0] = "date"
    return _Sheet(cells=cells, fields=tuple(fields), names=tuple(names), tickers=tuple(tickers))


def _text(path: Path) -> str:
    raw = path.read_bytes()
    raw = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    start = raw[:200].lstrip(b"\xef\xbb\xbf \r\n\t")
    if not start:
        raise BadFile(path, "the file is empty; download it again")
    if start.startswith(b"version https://git-lfs"):
        raise BadFile(path, "a Git LFS pointer instead of the data; run `git lfs pull`")
    if start[:1] in b"{[<":
        shown = " ".join(start[:60].decode("utf-8", "replace").split())
        raise BadFile(path, f"a reply saved as a table, {shown!r}; download it again")
    if b"\x00" in start:
        raise BadFile(path, "not a text file; give CSV or Parquet")
    text = raw.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return text.lstrip("\n")
