"""Portfolios and frontiers as tables a person reads in a terminal."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console

from forefolio.cli.tables import columns, say_fallbacks, table
from forefolio.core.wording import counted, number, percent, sessions

WIDTH = 79
MOST_LIMITS = 8
NO_SHORT = "no short position"  # told after the limits that somebody set
NAMED = 3  # positions of a point on the frontier
RISKS = {"cvar": "CVaR a session", "cdar": "CDaR"}
UNITS = {
    "maximum_sharpe": "Sharpe",
    "minimum_variance": "volatility",
    "target_return": "volatility",
    "target_volatility": "return",
    "utility": "utility",
}


def show_portfolio(document: Mapping[str, Any], console: Console) -> None:
    """Print weights, what is expected of them, what binds and why."""
    console.print(
        _headline(f"Portfolio by {_words(document['objective'])}", document), highlight=False
    )
    console.print()
    _weights(document, console)
    console.print(
        f"Expected a year: return {percent(document['expected_return'])}, volatility "
        f"{percent(document['volatility'])}, Sharpe {number(document['expected_sharpe'])}: what is "
        "expected, not what was earned before (`forefolio risk` has that).\n"
        f"Solved by {document['status'] or _words(document['objective'])}.\n",
        highlight=False,
    )
    if "sentences" in document["why"]:
        console.print("[bold]Why[/bold]")
        _say(document["why"]["sentences"], console)
    else:
        _limits(document, console)
        _say(document["why"]["missing"], console)
    _say(document["notes"], console)
    say_fallbacks(document["fallbacks"], console)
    _figures(document, console)


def show_frontier(document: Mapping[str, Any], console: Console) -> None:
    """Print the frontier from the least risk up, and the portfolio of the best ratio."""
    found = document["frontier"]
    risk, best = _words(found["risk_measure"]), found["maximum_ratio"]
    console.print(_headline(f"Efficient frontier against {risk}", document), highlight=False)
    console.print()
    console.print("[bold]From the least risk to the greatest return, a year[/bold]")
    shown = table("")
    columns(shown, ("return", RISKS.get(found["risk_measure"], risk), "ratio"))
    shown.add_column("largest positions", no_wrap=True)
    for place, point in enumerate(found["points"], start=1):
        shown.add_row(str(place), *_cells(point))
    if len(found["points"]) > 1:
        shown.add_row("best", *_cells(best), style="bold")
    console.print(shown)
    console.print()
    _say([point["trouble"] for point in found["points"] if point["trouble"]], console)
    held = ", ".join(f"{name} {percent(weight)}" for name, weight in best["weights"].items())
    compared = "the benchmark" if found["risk_measure"] == "active_risk" else "cash"
    if len(found["points"]) > 1:
        _say([f"The best ratio of return beyond {compared} to risk: {held}."], console)
    _say([f"Ratio: {found['ratio_is']}."], console)
    _say([*best["notes"], *found["notes"], *document["notes"]], console)
    say_fallbacks(document["fallbacks"], console)
    _figures(document, console)


def _headline(what: str, document: Mapping[str, Any]) -> str:
    data, count = document["data"], len(document["data"]["tickers"])
    by = "learnt forecasts" if document["forecast"] == "machine_learning" else "past means, shrunk"
    where = data["source"].get("path") or f"{data['source']['kind']} data"
    return (
        f"[bold]{what} after the close of {document['as_of']}[/bold]\n"
        f"{counted(count, 'asset')}, {sessions(data['sessions'])} from "
        f"{data['first']}, "
        f"{where}\nExpected returns: {by}"
    )


def _weights(document: Mapping[str, Any], console: Console) -> None:
    known = {row["ticker"]: row for row in document["assets"]}
    console.print("[bold]Weights, and what is expected of each asset a year[/bold]")
    shown = table("")
    columns(shown, ("weight", "return", "volatility"))
    for ticker, weight in document["weights"].items():
        row = known[ticker]
        shown.add_row(
            ticker, percent(weight), percent(row["expected_return"]), percent(row["volatility"])
        )
    if abs(document["cash"]) > 5e-4:
        shown.add_row("cash", percent(document["cash"]), percent(document["cash_return"]), "")
    console.print(shown)
    console.print()


def _limits(document: Mapping[str, Any], console: Console) -> None:
    limits = sorted(document["why"]["limits"], key=lambda one: one["name"].endswith(NO_SHORT))
    if not limits:
        return
    unit = UNITS.get(document["objective"], "")
    in_points = unit != "Sharpe"
    console.print("[bold]What binds, and what one point more room would gain[/bold]")
    shown = table("")
    columns(shown, (f"{unit}, points a year" if in_points else unit,))
    for limit in limits[:MOST_LIMITS]:
        gain = limit["price"] * 0.01
        told = number(100 * gain, 3, signed=True) if in_points else number(gain, 4, signed=True)
        shown.add_row(limit["name"], told)
    console.print(shown)
    if len(limits) > MOST_LIMITS:
        console.print(f"and {len(limits) - MOST_LIMITS} that matter less", style="dim")
    console.print()


def _cells(point: Mapping[str, Any]) -> Sequence[str]:
    if point["trouble"]:
        return percent(point["target"]), "none", "", "out of reach"
    largest = list(point["weights"].items())[:NAMED]
    more = len(point["weights"]) - len(largest)
    names = ", ".join(f"{name} {percent(weight, 0)}" for name, weight in largest)
    return (
        percent(point["expected_return"]),
        percent(point["risk"], 2),
        _ratio(point["ratio"]),
        f"{names}, {more} more" if more else names,
    )


def _ratio(value: float | None) -> str:
    """With digits enough where it is of one session, and small."""
    return number(value, 2 if value is None or abs(value) >= 0.1 else 3)


def _say(sentences: Iterable[str], console: Console) -> None:
    told = [textwrap.fill(s, WIDTH, initial_indent="- ", subsequent_indent="  ") for s in sentences]
    if told:
        console.print("\n".join(told), highlight=False, markup=False)
        console.print()


def _figures(document: Mapping[str, Any], console: Console) -> None:
    for path in document.get("figures", ()):
        console.print(f"Figure: {path}", highlight=False, soft_wrap=True)


def _words(kind: str) -> str:
    short = {"cvar": "CVaR", "cdar": "CDaR"}
    return short.get(kind, kind.replace("_", " "))
