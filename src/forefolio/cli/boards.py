"""Forecasts and their records as tables a person reads in a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from forefolio.cli.tables import columns, say_fallbacks, table
from forefolio.core.wording import belief, counted, percent, points, sessions
from forefolio.forecast.scoring.score import (
    BEATS,
    KNOWN_RISKS,
    NOT_SHOWN,
    RANKS,
    RANKS_TOO_BOLDLY,
    UNDERPOWERED,
    WORSE,
)

_VERDICTS = {
    BEATS: "better",
    RANKS: "ranks well",
    RANKS_TOO_BOLDLY: "ranks, too bold",
    KNOWN_RISKS: "known risks",
    WORSE: "worse",
    NOT_SHOWN: "not shown",
    UNDERPOWERED: "underpowered",
}


def show_forecasts(document: Mapping[str, Any], console: Console) -> None:
    """Print what is expected of each asset, by horizon."""
    console.print(f"{_headline('Forecasts made', document)}\n", highlight=False)
    for combination in document["combination"]:
        horizon = combination["horizon"]
        rows = [row for row in document["forecasts"] if row["horizon"] == horizon]
        console.print(_forecast_table(rows))
        console.print(_belief(combination, rows), highlight=False)
        console.print()
    say_fallbacks(document["fallbacks"], console)


def show_leaderboard(document: Mapping[str, Any], console: Console) -> None:
    """Print how good every model was out of sample, by horizon, beside its naive baselines."""
    console.print(f"{_headline('Out of sample', document)}\n", highlight=False)
    for horizon in dict.fromkeys(row["horizon"] for row in document["leaderboard"]):
        rows = [row for row in document["leaderboard"] if row["horizon"] == horizon]
        console.print(_returns([row for row in rows if row["kind"] != "volatility"]))
        console.print()
        console.print(_volatility([row for row in rows if row["kind"] == "volatility"]))
        console.print()
    console.print(
        "± is one standard error, which counts neighbouring sessions as such. R²:\n"
        "squared error across assets saved over the pooled mean, for which assets above\n"
        "others is what is used; rank IC: rank correlation across assets; neutral: what\n"
        "volatility, market slope and size leave of it; per cent: outcomes in that\n"
        "interval. QLIKE: variance loss less the first row's, less is better; R² of log:\n"
        "of realised variance; over own: beside each asset's own past mean; CRPS: loss\n"
        "of the whole distribution that is saved. All in points. Verdicts are by two\n"
        "standard errors: of R² and the rank ICs, or of QLIKE.",
        highlight=False,
    )


def _headline(what: str, document: Mapping[str, Any]) -> str:
    data = document["data"]
    where = data["source"].get("path") or f"{data['source']['kind']} data"
    return (
        f"[bold]{what} after the close of {document['as_of']}[/bold]  "
        f"({counted(len(data['tickers']), 'asset')}, {sessions(data['sessions'])} from "
        f"{data['first']}, {where})"
    )


def _forecast_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    shown = table(f"Return over the next {sessions(rows[0]['horizon'])}")
    level = percent(rows[0]["level"], 0)
    columns(shown, ("forecast", f"{level} interval", "without models", "a year"))
    for row in sorted(rows, key=lambda row: -(row["mean"] or 0.0)):
        shown.add_row(
            row["ticker"],
            percent(row["mean"], 2, signed=True),
            f"{percent(row['low'], signed=True)} to {percent(row['high'], signed=True)}",
            percent(row["prior"], 2, signed=True),
            percent(row["annual_mean"], signed=True),
        )
    return shown


def _belief(combination: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str:
    """Which models spoke, and how far they are believed."""
    weights = sorted(combination["weights"].items(), key=lambda item: -item[1])
    shares = ", ".join(f"{name} {percent(weight, 0)}" for name, weight in weights)
    if not rows[0]["from_models"]:
        return f"No skill shown by {shares}: the prior is forecast."
    return f"Models: {shares}; believed to {belief(combination['slope'])}."


def _returns(rows: Sequence[Mapping[str, Any]]) -> Table:
    first = rows[0]
    shown = table(
        f"{sessions(first['horizon'])} ahead: returns, {sessions(first['sessions'])}, of which "
        f"{first['independent']:,} apart; points"
    )
    columns(shown, ("R²", "rank IC", "neutral", percent(rows[0]["level"], 0), "verdict"))
    for row in rows:
        shown.add_row(
            row["model"],
            points(row["r2_across"], row["r2_across_se"]),
            _if_known(row, "rank_ic"),
            _if_known(row, "rank_ic_neutral"),
            percent(row["coverage"]) if row["coverage"] is not None else "",
            _VERDICTS[row["verdict"].partition(":")[0]],
            style=_style(row),
        )
    return shown


def _volatility(rows: Sequence[Mapping[str, Any]]) -> Table:
    shown = table(f"{sessions(rows[0]['horizon'])} ahead: volatility; points")
    columns(shown, ("QLIKE", "R² of log", "over own", "CRPS", "verdict"))
    for row in rows:
        shown.add_row(
            row["model"],
            points(row["qlike"], row["qlike_se"]),
            _if_known(row, "r2_log_variance"),
            _if_known(row, "r2_log_own"),
            _if_known(row, "crps_gain"),
            _against_first(row, rows[0]),
        )
    return shown


def _if_known(row: Mapping[str, Any], name: str) -> str:
    known = row[name] is not None
    return points(row[name], row[f"{name}_se"], 1) if known else ""


def _against_first(row: Mapping[str, Any], first: Mapping[str, Any]) -> str:
    if row is first:
        return ""
    different = abs(row["qlike"]) > 2 * row["qlike_se"]
    return ("better" if row["qlike"] < 0 else "worse") if different else "no difference"


def _style(row: Mapping[str, Any]) -> str:
    return "bold" if row["kind"] == "combined" else "dim" if row["kind"] == "baseline" else ""
