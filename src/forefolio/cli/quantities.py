"""Tickers and numbers in a CSV file; `forefolio.core.quantities` reads each number."""

import csv
from pathlib import Path


def number_pairs(path: Path) -> list[tuple[str, str]]:
    """Tickers and numbers, as they are written, from a CSV file of two columns.

    A first line of words is its heading; columns may be parted by semicolons or tabs as well.
    """
    text = path.read_text(encoding="utf-8-sig")
    first = text.partition("\n")[0]
    mark = next((mark for mark in ";\t" if mark in first), ",")
    lines = csv.reader(text.splitlines(), delimiter=mark)
    rows = [[cell.strip() for cell in row] for row in lines if any(row)]
    return [(row[0], row[1] if len(row) > 1 else "") for row in rows[_heading(rows) :]]


def _heading(rows: list[list[str]]) -> int:
    """How many rows are headings: one, if its second column is a word."""
    return int(bool(rows) and len(rows[0]) > 1 and rows[0][1].replace(" ", "").isalpha())
