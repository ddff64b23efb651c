"""`forefolio orders`: from weights to what to buy and sell."""

import csv
import io
from pathlib import Path
from typing import Annotated

import typer

from forefolio.cli.options import AsJson, Source, StudyFile, answered, overrides, study_of

Capital = Annotated[float, typer.Option(help="Money: the value of what is held, and cash.")]
RunId = Annotated[str, typer.Option("--run", help="The run whose weights they are; the last.")]
Weights = Annotated[
    str | None, typer.Option(help="Such as AAPL=0.3,KO=0.2, or a CSV file: ticker, weight.")
]
Holdings = Annotated[
    str | None, typer.Option(help="Shares held now: AAPL=10,KO=5, or a CSV file: ticker, shares.")
]
Prices = Annotated[
    str | None, typer.Option(help="Money per share: AAPL=190.1, or a CSV file: ticker, price.")
]
Cost = Annotated[float, typer.Option("--cost-bps", min=0, help="Basis points of money traded.")]
File = Annotated[Path | None, typer.Option("--out", help="A CSV file for the orders.")]


def orders(
    capital: Capital,
    run: RunId = "",
    weights: Weights = None,
    holdings: Holdings = None,
    prices: Prices = None,
    cost_bps: Cost = 10.0,
    study: StudyFile = None,
    source: Source = None,
    out: File = None,
    as_json: AsJson = False,
) -> None:
    """Turn weights into whole-share orders for a capital, with what they cost and leave in cash.

    The weights are those of the last `forefolio run`, unless others are given. Prices that are not
    given are the last closes of the study's source, as they were paid where it has that; adjusted
    ones otherwise, which nobody trades at.
    """
    from forefolio.cli.advice_boards import show_orders
    from forefolio.ordering import orders as made_from

    ticket = made_from(
        capital,
        weights=None if weights is None else amounts(weights, "--weights"),
        run=run,
        holdings=None if holdings is None else amounts(holdings, "--holdings"),
        prices=None if prices is None else amounts(prices, "--prices"),
        cost_bps=cost_bps,
        study=None
        if study is None and source is None
        else study_of(study, overrides(source, None, None, None)),
    )
    document = ticket.to_dict()
    if out is not None:
        out.write_text(_csv(document["orders"]), encoding="utf-8")
        document["file"] = str(out.resolve())
    answered(document, show_orders, as_json=as_json)


def amounts(given: str, option: str) -> dict[str, float]:
    """Numbers by ticker, from AAPL=0.3,KO=0.2 or from a CSV file of two columns.

    Raises:
        InputError: something in it is no ticker with a number.
    """
    from forefolio.errors import InputError
    from forefolio.market import sanitize_tickers

    found: dict[str, float] = {}
    for name, value in _pairs(given):
        try:
            (ticker,) = sanitize_tickers([name])
            found[ticker] = found.get(ticker, 0.0) + float(value)
        except ValueError:
            raise InputError(
                f"{option}: {value!r} is no number for {name!r}; write AAPL=10,KO=5, or name a CSV "
                "file with a column of tickers and one of numbers"
            ) from None
    if not found:
        raise InputError(f"{option} names nothing; write AAPL=10,KO=5, or name a CSV file")
    return found


def _pairs(given: str) -> list[tuple[str, str]]:
    path = Path(given)
    if "=" in given or not path.is_file():
        words = given.replace(",", " ").split()
        halves = [word.rpartition("=") for word in words]
        return [(name or value, value if name else "") for name, _, value in halves]
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [[cell.strip() for cell in row] for row in csv.reader(file) if any(row)]
    return [(row[0], row[1] if len(row) > 1 else "") for row in rows[_heading(rows) :]]


def _heading(rows: list[list[str]]) -> int:
    """How many rows are headings: one, if its second column is a word."""
    return int(bool(rows) and len(rows[0]) > 1 and rows[0][1].replace(" ", "").isalpha())


def _csv(rows: list[dict[str, object]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else ["ticker"])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
