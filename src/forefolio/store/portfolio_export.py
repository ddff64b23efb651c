"""Saved portfolios as JSON and CSV, for other programs and for spreadsheets."""

import csv
import io
import json
from collections.abc import Iterable, Sequence

from forefolio.store.portfolio_records import SavedPortfolio

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a spreadsheet knows a formula
_COLUMNS = ("portfolio", "number", "saved", "as_of", "objective", "ticker", "weight", "shares")


def as_json(portfolios: Iterable[SavedPortfolio]) -> str:
    """The portfolios as one JSON array, with all that is known of each."""
    documents = [one.model_dump(mode="json") for one in portfolios]
    return json.dumps(documents, indent=1, allow_nan=False) + "\n"


def as_csv(portfolios: Iterable[SavedPortfolio]) -> str:
    """The portfolios as CSV, a row for each asset and one for cash.

    Text that a spreadsheet would read as a formula stands behind an apostrophe; numbers are
    written with all their digits.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for one in portfolios:
        of = (one.name, one.number, one.saved.isoformat(), str(one.as_of or ""), one.objective)
        for ticker, weight in one.weights.items():
            writer.writerow(_row([*of, ticker, weight, one.shares.get(ticker, "")]))
        writer.writerow(_row([*of, "cash", one.cash, ""]))
    return out.getvalue()


def _row(cells: Sequence[str | float]) -> list[str]:
    return [_text(cell) if isinstance(cell, str) else repr(cell) for cell in cells]


def _text(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
