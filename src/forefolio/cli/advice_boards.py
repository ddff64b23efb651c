"""Signals, their history and orders as tables a person reads in a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

from forefolio.cli.tables import columns, say_fallbacks, table
from forefolio.core.wording import number, percent, sessions

LATEST = 60  # rows of a history that a terminal is shown; --json has them all


def show_signals(document: Mapping[str, Any], console: Console) -> None:
    """Print what is worth a position, the largest first, and how nervous the market is."""
    data = document["data"]
    where = data["source"].get("path") or f"{data['source']['kind']} data"
    console.print(
        f"{document['skill']['told']}\n\n"
        f"[bold]Signals after the close of {document['as_of']}[/bold]  ({where})\n"
        f"{_regime(document['regime'])}\n",
        highlight=False,
    )
    rows = document["signals"]
    shown = table(f"Over the next {sessions(document['horizon'])}")
    level = percent(rows[0]["level"], 0)
    columns(shown, ("signal", "size", "confidence", "score", "forecast", f"{level} interval"))
    for row in sorted(rows, key=lambda row: (-abs(row["size"] or 0.0), -(row["score"] or 0.0))):
        shown.add_row(
            row["ticker"],
            _direction(row),
            percent(row["size"]),
            percent(row["confidence"], 0),
            number(row["score"], signed=True),
            percent(row["mean"], signed=True),
            f"{percent(row['low'], 0, signed=True)} to {percent(row['high'], 0, signed=True)}",
        )
    console.print(shown, "", sep="\n")
    console.print(
        f"{percent(document['invested'])} is in positions, the rest in cash, which earns "
        f"{percent(document['cash_return'], 2)} meanwhile.\n"
        "Score: expected over cash, in standard deviations. Confidence: the probability\n"
        "that the return is on the score's side of cash, the error of what is expected\n"
        "included. In brackets: held back.\n",
        highlight=False,
    )
    say_fallbacks(document["fallbacks"], console)


def show_history(rows: Sequence[Mapping[str, Any]], console: Console) -> None:
    """Print what was said, the latest first, and how often it was right."""
    if not rows:
        console.print("no signals yet; `forefolio signals` makes them")
        return
    shown = table("Signals that were given, and what came of them")
    columns(shown, ("ticker", "ahead", "signal", "size", "confidence", "forecast", "came", "until"))
    for row in rows[:LATEST]:
        shown.add_row(
            row["made"],
            row["ticker"],
            _direction(row),
            percent(row["size"]),
            percent(row["confidence"], 0),
            percent(row["mean"], signed=True),
            percent(row["realised"], signed=True) if row["ended"] else "open",
            row["ended"] or "",
            style="" if row["ended"] else "dim",
        )
    console.print(shown, "", sep="\n")
    console.print(_record(rows), highlight=False)


def _record(rows: Sequence[Mapping[str, Any]]) -> str:
    judged = [row["right"] for row in rows if row["right"] is not None]
    more = f"The latest {LATEST} of {len(rows)}. " if len(rows) > LATEST else ""
    if not judged:
        return f"{more}No position's horizon has ended yet."
    return (
        f"{more}Positions whose horizon has ended: {len(judged)}; they beat cash in "
        f"{percent(sum(judged) / len(judged), 0)}.\nOutcomes of nearby dates overlap."
    )


def _direction(row: Mapping[str, Any]) -> str:
    waiting = f" ({row['held_back']})" if row["held_back"] else ""
    return f"{row['direction']}{waiting}"


def _regime(probability: Mapping[str, float] | None) -> str:
    if probability is None:
        return "Regime: not known, too little history."
    told = ", ".join(f"{name} {percent(p, 0)}" for name, p in probability.items())
    return f"Regime: {told}."


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
