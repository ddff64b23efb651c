"""The terminal: tables that lose no digit in any width, streams that close, fill or are plain.

1. A table wider than the terminal is written as a list: a row is a paragraph, a cell is a line.
   Where the output is a file or a pipe, no width is given, and tables have the one they need.
2. Whoever reads may have seen enough (`head`), or the disk is full: `Shut` and `InputError`, so
   that neither the parser nor the console takes it for a fault of its own.
3. A stream that cannot write a sign writes one that is like it.
"""

import codecs
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO, cast

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from forefolio.core.errors import InputError

_LIKE = {
    "\N{MINUS SIGN}": "-",
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "\N{MULTIPLICATION SIGN}": "x",
    "\N{PLUS-MINUS SIGN}": "+-",
    "\N{SUPERSCRIPT TWO}": "2",
    "\N{MIDDLE DOT}": "*",
    "\N{HORIZONTAL ELLIPSIS}": "...",
    "\N{NO-BREAK SPACE}": " ",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{LESS-THAN OR EQUAL TO}": "<=",
    "\N{GREATER-THAN OR EQUAL TO}": ">=",
    "\N{RIGHTWARDS ARROW}": "->",
    "\N{EURO SIGN}": "EUR",
    "\N{POUND SIGN}": "GBP",
}


class Shut(BaseException):
    """Nobody reads any more: no error, and nothing that anybody should catch on the way."""


class Terminal(Console):
    """A console whose tables are never cut."""

    def print(self, *objects: Any, **how: Any) -> None:
        """Print; a table that is too wide is written in another form."""
        for thing in objects or ("",):
            if isinstance(thing, Table):
                self._table(thing)
            else:
                super().print(thing, **how)

    def on_broken_pipe(self) -> None:
        """Leave it to whoever called: rich would end with the exit code of a fault."""
        raise Shut

    def _table(self, table: Table) -> None:
        needed = table_width(table)
        if needed <= self.width:
            super().print(table)
        elif not self.is_terminal and "COLUMNS" not in os.environ:
            self._at_width(table, needed)
        else:
            super().print(_as_list(table), overflow="fold")

    def _at_width(self, table: Table, width: int) -> None:
        """Print a table wider than the console: its own width is the most that rich allows."""
        before = self._width
        self.width = width
        try:
            super().print(table, crop=False)
        finally:
            self._width = before


@contextmanager
def streams() -> Iterator[None]:
    """Standard streams that are there, and say in one way what they cannot write."""
    before = sys.stdout, sys.stderr
    _opened()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=_PLAIN)
    sys.stdout = cast("TextIO", _Watched(sys.stdout))
    try:
        yield
        sys.stdout.flush()
    except Shut:
        silenced()
        raise
    finally:
        sys.stdout, sys.stderr = before[0] or sys.stdout, before[1] or sys.stderr


def silenced() -> None:
    """Let what is still to be written go nowhere: the interpreter would complain at its end."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno())  # type: ignore[union-attr]
    except (AttributeError, OSError, ValueError):  # there is none, or it is no file
        return


class _Watched:
    """A stream that tells a reader that has gone from a disk that is full."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with _closed_pipe():
            return self._stream.write(text)

    def flush(self) -> None:
        with _closed_pipe():
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def _closed_pipe() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise Shut from None
    except OSError as error:
        silenced()
        raise InputError(f"standard output cannot be written to: {error.strerror}") from None


def _opened() -> None:
    """Open what the shell closed: a file opened next would otherwise stand in its place."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stdout is None:
        sys.stdout = _nowhere()
    if sys.stderr is None:
        sys.stderr = _nowhere()


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w")


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    shown = "".join(_LIKE.get(sign, "?") for sign in error.object[error.start : error.end])
    return shown, error.end


_PLAIN = "forefolio.plain"
codecs.register_error(_PLAIN, _plain)


def table_width(table: Table) -> int:
    """The width in which no column is cut: columns of words may wrap, down to their longest."""
    columns = [
        max(
            _longest(cell, whole=column.no_wrap or False) for cell in (column.header, *column.cells)
        )
        for column in table.columns
    ]
    _, right, _, left = table.padding
    between = len(columns) - 1 if table.box else 0  # signs of the box
    return sum(columns) + (right + left) * len(columns) + between


def _longest(cell: Any, *, whole: bool) -> int:
    text = _text(cell)
    parts = text.splitlines() if whole else text.split()
    return max(map(cell_len, parts), default=0)


def _as_list(table: Table) -> str:
    """The table as paragraphs, one for each row; empty cells are left out."""
    headings = [_text(column.header) for column in table.columns]
    lines = [_text(table.title)] if table.title else []
    for row in zip(*(list(column.cells) for column in table.columns), strict=True):
        first, *rest = map(_text, row)
        lines.append(first)
        shown = zip(headings[1:], rest, strict=True)
        lines += [f"  {name} {cell}".rstrip() for name, cell in shown if cell]
    return "\n".join(lines)


def _text(cell: Any) -> str:
    return Text.from_markup(cell).plain if isinstance(cell, str) else str(cell)
