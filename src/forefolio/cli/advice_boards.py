"""Orders as tables a person reads in a terminal."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console

from forefolio.cli.tables import columns, table
from forefolio.core.wording import number, percent


def show_orders(document: Mapping[str, Any], console: Console) -> None:
    """Print what to buy and sell, the largest positions first, and what is left."""
    made = f", weights made after the close of {document['made']}" if document["made"] else ""
    shown = table(f"Orders{made}")
    columns(shown, ("trade", "shares", "price", "value", "weight", "target"))
    for row in sorted(document["orders"], key=lambda row: -row["value"]):
        shown.add_row(
            row["ticker"],
            _traded(row["trade"]),
            number(row["shares"], 0),
            number(row["price"]),
            number(row["value"], 0),
            percent(row["weight"]),
            percent(row["target"]),
        )
    cash, capital = document["cash"], document["capital"]
    shown.add_row("cash", "", "", "", number(cash, 0), percent(cash / capital), "")
    console.print(shown, "", sep="\n")
    console.print(
        f"Capital {number(capital)}, costs {number(document['cost'])}, cash left {number(cash)}.",
        highlight=False,
    )
    for warning in document["warnings"]:
        console.print(f"- {warning}", highlight=False, markup=False)
    if "file" in document:
        console.print(f"Orders: {document['file']}", highlight=False, soft_wrap=True)


def _traded(shares: float) -> str:
    places = 0 if shares == round(shares) else 2  # what is held may be a fraction of a share
    return number(shares, places, signed=True) if shares else ""
