"""A page printed in a terminal: the summary, the main table, and the evidence if it is wanted."""

import textwrap
from collections.abc import Iterable

from rich import table as rich_table
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape

from forefolio.views.page import Block, Lines, Page, Row, Table
from forefolio.views.terminal.console import table_width

WIDTH = 79
NAMED = 20  # letters that the name of a row needs at least, if it is to take several lines
_STYLES = {"strong": "bold", "weak": "dim", "": ""}


def print_page(page: Page, console: Console, *, verbose: bool) -> None:
    """Print a page; without `verbose` what it rests on is left out."""
    console.print(f"[bold]{escape(page.headline)}[/bold]", highlight=False)
    for line in page.summary:
        console.print(escape(_filled(line)), highlight=False)
    print_blocks((*page.main, *(page.evidence if verbose else ())), console)


def print_blocks(blocks: Iterable[Block], console: Console) -> None:
    """Print tables and lists, an empty line before each."""
    for block in blocks:
        console.print()
        if isinstance(block, Table):
            _print_table(block, console)
        else:
            _print_lines(block, console)


def _print_table(block: Table, console: Console) -> None:
    shown = rich_table.Table(
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),  # everything fits into 80 columns
        show_edge=False,
    )
    console.print(f"[bold]{escape(block.title)}[/bold]", highlight=False)
    for column in block.columns:
        shown.add_column(escape(column.heading), justify=column.align, no_wrap=True)
    for row in block.rows:
        shown.add_row(*_cells(row), style=_STYLES[row.emphasis])
    if table_width(shown) > console.width:
        shown.padding = (0, 0, 0, 0)  # it may fit without
    if table_width(shown) > console.width:
        _wrap_names(shown, console.width)
    console.print(shown)
    if block.note:
        console.print(escape(_filled(block.note)), highlight=False, style="dim")


def _wrap_names(shown: rich_table.Table, width: int) -> None:
    """Let the names of rows take several lines, if that leaves them enough of the width."""
    names = shown.columns[0]
    longest = max(map(cell_len, map(str, (names.header, *names.cells))))
    names.no_wrap = width - (table_width(shown) - longest) < NAMED


def _filled(text: str, *, first: str = "", rest: str = "") -> str:
    """Lines of a width, a number and its per cent sign never apart."""
    joined = text.replace(" %", "\N{NO-BREAK SPACE}%")
    lines = textwrap.fill(joined, WIDTH, initial_indent=first, subsequent_indent=rest)
    return lines.replace("\N{NO-BREAK SPACE}%", " %")


def _cells(row: Row) -> list[str]:
    return [escape(cell) for cell in row.cells]


def _print_lines(block: Lines, console: Console) -> None:
    if block.title:
        console.print(f"[bold]{escape(block.title)}[/bold]", highlight=False)
    first, rest = ("- ", "  ") if block.listed else ("", "")
    for line in block.lines:
        filled = _filled(line, first=first, rest=rest)
        console.print(escape(filled), highlight=False)
