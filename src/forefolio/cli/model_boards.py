"""Models trained, compared and explained, as tables a person reads in a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from forefolio.cli.tables import columns, say_fallbacks, table
from forefolio.core.wording import listed, number, percent, points, sessions

_BAR = 10  # characters of the longest
_PHASES = 6  # columns of a history that fit beside the names


def show_training(document: Mapping[str, Any], console: Console) -> None:
    """Print what was fitted, and under which id it is kept."""
    shown = table(f"Fitted on all that was known on {document['as_of']}")
    columns(shown, ("ahead", "seconds", "kB", "id"))
    for row in document["models"]:
        if row["id"] is not None:
            size = number(row["bytes"] / 1000, 1)
            shown.add_row(
                row["model"], str(row["horizon"]), number(row["seconds"]), size, row["id"][:16]
            )
    console.print(shown, "", sep="\n")
    for row in document["models"]:
        if row["failure"]:
            told = f"{row['model']} at {sessions(row['horizon'])}: {row['failure']}"
            console.print(f"- not fitted: {escape(told)}", highlight=False)
    console.print(
        "Each can be read again: forefolio.load_predictor(id).forecast(market)", highlight=False
    )


def show_comparisons(document: Mapping[str, Any], console: Console) -> None:
    """Print which model forecasts better, by horizon, and how sure that is."""
    for one in document["comparisons"]:
        shown = table(
            f"{sessions(one['horizon'])} ahead: {one['measure']}, {sessions(one['sessions'])}, "
            f"{one['independent']:,} apart"
        )
        columns(shown, ("loss", "against the first", "p", "p of all", "may be best"))
        against = {pair["reference"]: pair for pair in one["pairs"]}
        for name, loss in zip(one["names"], one["losses"], strict=True):
            shown.add_row(name, number(loss, 4), *_against(against.get(name)), _yes(name, one))
        console.print(shown)
        console.print(f"{escape(one['verdict'])}.\n", highlight=False)
    say_fallbacks(document["fallbacks"], console)


def _against(pair: Mapping[str, Any] | None) -> tuple[str, str, str]:
    if pair is None:
        return "", "", ""
    more = -pair["change"] / (1 + pair["change"])  # the change is the first's against this one
    alone = number(max(pair["p_value"], pair["p_bootstrap"]), 3)
    return percent(more, 2, signed=True), alone, number(pair["p_family"], 3)


def _yes(name: str, one: Mapping[str, Any]) -> str:
    return "yes" if name in one["best"] else "no"


def show_importance(document: Mapping[str, Any], console: Console) -> None:
    """Print what each feature is worth, as bars and over time."""
    for one in document["importance"]:
        console.print(_worth(one), "", sep="\n", highlight=False)
        console.print(_history(one), "", sep="\n", highlight=False)
        for group in one["groups"]:
            told = f"{listed(group)} move together: each stands in for the others."
            console.print(f"- {escape(told)}", highlight=False)
        console.print()
    for path in document.get("figures", ()):
        console.print(f"Figure: {path}", highlight=False, soft_wrap=True)


def _worth(one: Mapping[str, Any]) -> Table:
    rows = one["features"]
    shown = table(
        f"What {one['model']} loses without a feature, {sessions(one['horizon'])} ahead, points"
    )
    apart = any(row["size"] is not None for row in rows)
    columns(shown, ("R²", "rank IC", *(["moves by"] if apart else [])))
    shown.add_column("", no_wrap=True)
    largest = max(abs(row["r2_loss"]) for row in rows)
    for row in rows:
        cells = [
            points(row["r2_loss"], row["r2_loss_se"]),
            points(row["rank_ic_loss"], row["rank_ic_loss_se"], 1),
        ]
        moved = [percent(row["size"], 2)] if apart else []
        shown.add_row(_short(row["label"]), *cells, *moved, _bar(row["r2_loss"], largest))
    return shown


def _bar(value: float, largest: float) -> str:
    length = round(_BAR * abs(value) / largest) if largest else 0
    return f"[{'green' if value > 0 else 'red'}]{'█' * length}[/]" if length else ""


def _history(one: Mapping[str, Any]) -> Table:
    """Loss of R2 by phase: the folds in a few groups, oldest first."""
    folds = one["over_time"]
    step = -(-len(folds) // _PHASES)
    phases = [folds[first : first + step] for first in range(0, len(folds), step)]
    shown = table("The same over time: R², points, from")
    columns(shown, [phase[0]["session"][:7] for phase in phases])
    for row in one["features"]:
        shown.add_row(_short(row["label"]), *(_cell(phase, row["feature"]) for phase in phases))
    return shown


def _cell(phase: Sequence[Mapping[str, Any]], feature: str) -> str:
    lost = [fold["r2_loss"][feature] for fold in phase]
    return number(100 * sum(lost) / len(lost), signed=True)


def _short(label: str) -> str:
    return label if len(label) <= 30 else f"{label[:29]}…"
