"""A run's document as tables a person reads in a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from forefolio.cli.tables import columns, say_fallbacks, table
from forefolio.core.wording import counted, listed, percent, plus_minus, points, sessions
from forefolio.views.report.words import earned, expectation


def show(document: Mapping[str, Any], console: Console) -> None:
    """Print what to hold tomorrow, why, and how far to believe it."""
    console.print(_headline(document), "", earned(document), "", sep="\n", highlight=False)
    console.print(_weights(document), "", _expectation(document), "", sep="\n", highlight=False)
    console.print(_return_board(document["leaderboard"]), "", sep="\n")
    console.print(_volatility_board(document["leaderboard"]), "", sep="\n")
    console.print(_backtest(document["backtest"]), "", sep="\n")
    _say_backtest(document, console)
    say_fallbacks(document["fallbacks"], console)


def _headline(document: Mapping[str, Any]) -> str:
    data = document["data"]
    source = data["source"]
    where = source.get("path") or f"{source['kind']} data"
    return (
        f"[bold]Weights for the session after {document['as_of']}[/bold]  "
        f"({counted(len(data['tickers']), 'asset')}, {sessions(data['sessions'])} "
        f"{data['first']} to {data['last']}, {where})"
    )


def _weights(document: Mapping[str, Any]) -> Table:
    horizons = sorted({f["horizon"] for f in document["forecasts"]})
    near = min(horizons, key=lambda h: abs(h - 21))
    rows = {f["ticker"]: f for f in document["forecasts"] if f["horizon"] == near}
    shown = table(f"Weights, and the {near}-session forecast of each")
    level = next((f"{percent(f['level'], 0)} interval" for f in rows.values()), "interval")
    columns(shown, ("weight", "forecast", level, "without models", "a year"))
    for ticker, weight in sorted(document["weights"].items(), key=lambda item: -item[1]):
        f = rows[ticker]
        shown.add_row(
            ticker,
            percent(weight),
            percent(f["mean"], 2, signed=True),
            f"{percent(f['low'], signed=True)} to {percent(f['high'], signed=True)}",
            percent(f["prior"], 2, signed=True),
            percent(document["expected_returns"].get(ticker), signed=True),
        )
    if abs(document["cash"]) > 5e-4:
        shown.add_row(
            "cash", percent(document["cash"]), "", "", "", percent(document["cash_return"])
        )
    return shown


def _expectation(document: Mapping[str, Any]) -> str:
    parts = document["allocation"]["parts"]
    shares = [f"{name} {percent(share)}" for name, share in parts.items()]
    return (f"Parts: {listed(shares)}.\n" if parts else "") + expectation(document)


def _return_board(leaderboard: Sequence[Mapping[str, Any]]) -> Table:
    rows = [row for row in leaderboard if row["kind"] != "volatility"]
    shown = table("Return forecasts, out of sample: R² across assets, points ± s.e.")
    return _pivot(shown, rows, lambda row: points(row["r2_across"], row["r2_across_se"]))


def _volatility_board(leaderboard: Sequence[Mapping[str, Any]]) -> Table:
    rows = [row for row in leaderboard if row["kind"] == "volatility"]
    shown = table(f"Volatility forecasts: QLIKE loss less {rows[0]['model']}'s, hundredths ± s.e.")
    return _pivot(shown, rows, lambda row: points(row["qlike"], row["qlike_se"]))


def _pivot(shown: Table, rows: Sequence[Mapping[str, Any]], cell: Any) -> Table:
    horizons = sorted({row["horizon"] for row in rows})
    columns(shown, map(sessions, horizons))
    for name in dict.fromkeys(row["model"] for row in rows):
        mine = {row["horizon"]: row for row in rows if row["model"] == name}
        kind = mine[horizons[0]]["kind"]
        style = "bold" if kind == "combined" else "dim" if kind == "baseline" else ""
        shown.add_row(name, *(cell(mine[h]) for h in horizons), style=style)
    return shown


def _backtest(results: Sequence[Mapping[str, Any]]) -> Table:
    first = results[0]
    shown = table(f"Backtest {first['first']} to {first['last']}, after costs, a year")
    columns(shown, ("return", "volatility", "Sharpe", "drawdown", "turnover", "costs"))
    for row in results:
        shown.add_row(
            row["name"],
            percent(row["annual_return"]),
            percent(row["annual_volatility"]),
            plus_minus(row["sharpe"], row["sharpe_error"]),
            percent(-row["max_drawdown"] if row["max_drawdown"] is not None else None),
            percent(row["turnover"], 0),
            percent(row["cost"], 2),
            style="bold" if row is first else "",
        )
    return shown


def _say_backtest(document: Mapping[str, Any], console: Console) -> None:
    for row in document["backtest"]:
        if row.get("ruined"):
            console.print(
                f"{row['name']} was ruined on {row['ruined']}: nothing is measured beyond",
                highlight=False,
            )
    for row in document["backtest"][1:]:
        console.print(
            f"{document['strategy']}: {row['strategy_versus_this']['verdict']}", highlight=False
        )
    for one in document["caveats"]:
        console.print(one["sentence"], highlight=False)
    console.print()
