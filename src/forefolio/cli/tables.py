"""What all tables of the command line have in common."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table


def table(title: str) -> Table:
    """An empty table under `title`, whose first column names the rows."""
    empty = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),  # everything fits into 80 columns
        show_edge=False,
    )
    empty.add_column("", no_wrap=True)
    return empty


def columns(table: Table, headings: Iterable[str]) -> None:
    """Add columns of numbers."""
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)


def say_fallbacks(fallbacks: Sequence[Mapping[str, Any]], console: Console) -> None:
    """Print what did not go as asked, and why."""
    fallbacks = [item for item in fallbacks if item["stage"] != "data"]  # `say_repairs` does
    if not fallbacks:
        return
    console.print("[bold]What fell back or was left out, and why[/bold]")
    for line in _lines(fallbacks):
        console.print(f"- {line}", highlight=False)
    console.print()


def say_repairs(quality: Mapping[str, Sequence[str]], console: Console, *, most: int) -> None:
    """Print what was repaired in the data or left out of them, `most` kinds of it."""
    repairs = quality.get("repairs", ())
    if not repairs:
        return
    console.print("[bold]What was repaired in the data, or left out[/bold]")
    for line in repairs[:most]:
        console.print(f"- {escape(line)}", highlight=False)
    rest = f"{len(repairs) - most} kinds more; " if len(repairs) > most else ""
    console.print(f"- {rest}the whole list: --details\n", highlight=False)


def say_details(quality: Mapping[str, Sequence[str]], console: Console) -> None:
    """Print everything that was found in the data."""
    console.print("[bold]What was found in the data[/bold]")
    for line in quality.get("details", ()):
        console.print(f"- {escape(line)}", highlight=False)
    console.print()


def _lines(fallbacks: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    for item in fallbacks:
        times = item.get("times", 1)
        yield f"{item['stage']}: {item['about']}: {item['reason']}" + (
            f" ({times} decisions)" if times > 1 else ""
        )
