"""What all tables of the command line have in common."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
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
    if not fallbacks:
        return
    console.print("[bold]What fell back or was left out, and why[/bold]")
    for line in _lines(fallbacks):
        console.print(f"- {line}", highlight=False)
    console.print()


def _lines(fallbacks: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    for item in fallbacks:
        times = item.get("times", 1)
        yield f"{item['stage']}: {item['about']}: {item['reason']}" + (
            f" ({times} decisions)" if times > 1 else ""
        )
