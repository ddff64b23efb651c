"""Tickers and numbers in a CSV file; `forefolio.core.quantities` reads each number."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from forefolio.core.errors import InputError
from forefolio.core.quantities import NOTHING, beside_percentages, fraction
from forefolio.market.sources.symbols import canonical

TICKERS = ("ticker", "symbol", "instrument", "asset", "name", "isin", "security")
WEIGHTS = ("weight", "weights", "target", "targetweight", "allocation", "%ofaccount",
           "%ofportfolio", "%", "share")  # fmt: skip
SHARES = ("shares", "quantity", "qty", "units", "holding", "holdings", "held", "position", "amount")
PRICES = ("price", "lastprice", "last", "close", "currentprice", "marketprice")
_TITLES = 10  # lines that may stand above the headings of an export


def weights_in(path: Path) -> list[tuple[str, str]]:
    """Tickers and weights, as they are written in a file."""
    return number_pairs(path, WEIGHTS)


def holdings_in(path: Path) -> list[tuple[str, str]]:
    """Tickers and numbers of shares, as they are written in a file."""
    return number_pairs(path, SHARES)


def prices_in(path: Path) -> list[tuple[str, str]]:
    """Tickers and prices, as they are written in a file."""
    return number_pairs(path, PRICES)


def number_pairs(path: Path, called: Sequence[str]) -> list[tuple[str, str]]:
    """Tickers and numbers, as they are written, from a CSV file.

    A first line of words is its heading; columns may be parted by semicolons or tabs as well. Of
    more than two columns, as a bank exports them, the headings say which are meant: `called`, in
    small letters, the surest first. Lines above the headings, and rows without a number, are none.

    Raises:
        InputError: it is no text, or no heading says which of several columns is meant.
    """
    rows = _rows(path)
    if max(map(len, rows), default=0) > 2:
        return _pairs_of_export(path, rows, called)
    return [(row[0], row[1] if len(row) > 1 else "") for row in rows[_heading(rows) :]]


def _pairs_of_export(
    path: Path, rows: list[list[str]], called: Sequence[str]
) -> list[tuple[str, str]]:
    for above, row in enumerate(rows[:_TITLES], start=1):
        headings = [re.sub(r"[^a-z%]", "", re.sub(r"\(.*\)$", "", cell.lower())) for cell in row]
        owner = next((headings.index(one) for one in TICKERS if one in headings), None)
        place = next((headings.index(one) for one in called if one in headings), None)
        if owner is not None and place is not None:
            inside = (one for one in rows[above:] if len(one) > max(owner, place))
            return [(one[owner], one[place]) for one in inside if _written(one[place])]
    raise InputError(
        f"{path} has several columns, {', '.join(rows[0][:8])}, and none called {called[0]} beside "
        f"one called {TICKERS[0]}; name them so, or give two columns"
    )


def number_columns(path: Path) -> dict[str, dict[str, float]]:
    """Numbers by column and ticker from a CSV file with a heading.

    The tickers are in the column that is called so, or in the first.

    Percentages are fractions, and an empty cell or one such as N/A is no number; columns of more
    words than numbers are left out.

    Raises:
        InputError: there is no such file, it is no text, it has no column of numbers, a column of
            numbers has a word in it or large numbers beside percentages, or a ticker or a column
            is there twice.
    """
    if not path.is_file():
        raise InputError(f"there is no file {path}; give a CSV file of tickers and scores")
    heading, *rows = _with_tickers_first(_rows(path)) or [[]]
    for what, labels in (("columns", heading[1:]), ("tickers", [row[0] for row in rows])):
        if twice := [label for label, times in Counter(labels).items() if label and times > 1]:
            raise InputError(
                f"{path} has {what} more than once: {', '.join(twice[:12])}; keep one of each"
            )
    columns: dict[str, dict[str, float]] = {}
    for place, name in enumerate(heading[1:], start=1):
        cells = {row[0]: row[place] for row in rows if len(row) > place and _written(row[place])}
        numbers = {
            ticker: value for ticker in cells if (value := _number(cells[ticker])) is not None
        }
        words = [ticker for ticker in cells if ticker not in numbers]
        if len(words) > len(numbers):
            continue
        if words:
            raise InputError(
                f"{path} has {cells[words[0]]!r} as {name} of {words[0]}, which is no number; "
                "write 71 or 70%, or leave the cell empty"
            )
        if unclear := beside_percentages(name, cells, numbers):
            raise InputError(f"{path} has {unclear}")
        if name and numbers:
            columns[name] = numbers
    if not columns:
        raise InputError(
            f"{path} has no column of numbers beside its tickers; give a heading and rows such as "
            "'ticker,esg' and 'AAPL,71'"
        )
    return columns


def _with_tickers_first(rows: list[list[str]]) -> list[list[str]]:
    """The rows with the column of tickers in front, and tickers as they are written here."""
    headings = [cell.lower() for cell in rows[0]] if rows else []
    place = next((headings.index(one) for one in TICKERS[:2] if one in headings), 0)
    front = [[row[place], *row[:place], *row[place + 1 :]] for row in rows if len(row) > place]
    return [*front[:1], *([canonical(row[0]), *row[1:]] for row in front[1:])]


def _written(cell: str) -> bool:
    return cell.lower() not in NOTHING


def _number(cell: str) -> float | None:
    """The number in a cell, a percentage as a fraction; None where it holds words."""
    for read in (float, fraction):
        with suppress(ValueError):
            return read(cell)
    return None


def _rows(path: Path) -> list[list[str]]:
    """The lines of a CSV file that are not empty, their cells without blanks around them."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path} is no text in UTF-8; save it as a CSV file in UTF-8") from None
    first = text.partition("\n")[0]
    mark = next((mark for mark in ";\t" if mark in first), ",")
    lines = csv.reader(text.splitlines(), delimiter=mark)
    return [[cell.strip() for cell in row] for row in lines if any(row)]


def _heading(rows: list[list[str]]) -> int:
    """How many rows are headings: one, if its second column is a word."""
    return int(bool(rows) and len(rows[0]) > 1 and rows[0][1].replace(" ", "").isalpha())
