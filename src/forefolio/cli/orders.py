"""`forefolio orders`: from weights to what to buy and sell."""

import csv
import io
from pathlib import Path
from typing import Annotated

import typer

from forefolio.cli.options import AsJson, Source, StudyFile, answered, overrides, study_of
from forefolio.cli.quantities import amounts, money
from forefolio.cli.quantities import weights as weights_in

Capital = Annotated[
    float,
    typer.Option(parser=money, metavar="MONEY", help="Such as 25,000: what is held, and cash."),
]
RunId = Annotated[str, typer.Option("--run", help="The run whose weights they are; the last.")]
Weights = Annotated[
    str | None, typer.Option(help="Such as AAPL=30%,KO=0.2, or a CSV file: ticker, weight.")
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
    from forefolio.core.writing import write_whole
    from forefolio.ordering import orders as made_from

    ticket = made_from(
        capital,
        weights=None if weights is None else weights_in(weights),
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
        write_whole(out, _csv(document["orders"]).encode())
        document["file"] = str(out.resolve())
    answered(document, show_orders, as_json=as_json)


def _csv(rows: list[dict[str, object]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else ["ticker"])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
